//! Where a deployment's gateway can be reached from here.

/// The address to reach the gateway's published port at, from where this program runs. `endpoint` is
/// where the engine was found.
pub fn gateway_address(listen: &str, endpoint: &str) -> String {
    // A remote engine publishes on its own machine, not on ours.
    if let Some(rest) = endpoint
        .strip_prefix("tcp://")
        .or_else(|| endpoint.strip_prefix("https://"))
        .or_else(|| endpoint.strip_prefix("http://"))
    {
        let host = rest.split('/').next().unwrap_or(rest);
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
        return host.trim_matches(['[', ']']).to_owned();
    }
    match listen {
        "0.0.0.0" => "127.0.0.1".to_owned(),
        "::" => "::1".to_owned(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gateway_is_where_its_port_is_published() {
        assert_eq!(
            gateway_address("0.0.0.0", "unix:///var/run/docker.sock"),
            "127.0.0.1"
        );
        assert_eq!(gateway_address("10.0.0.7", "unix:///x"), "10.0.0.7");
        assert_eq!(
            gateway_address("0.0.0.0", "tcp://engine.example:2376"),
            "engine.example"
        );
        assert_eq!(
            gateway_address("0.0.0.0", "tcp://[fd00::1]:2376"),
            "fd00::1"
        );
    }
}
