//! The address that a caller used, as far as a reverse proxy tells it.

use hyper::HeaderMap;

use super::crash::Crash;
use super::settings::Settings;

/// How far the proxy's headers are believed: `ApiSettings:UseReverseProxyHeaders` and the two overrides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReverseProxy {
    believe_headers: bool,
    server: Option<String>,
    port: Option<u16>,
}

impl ReverseProxy {
    /// Reads the settings. The image's default is to believe the headers.
    pub fn from_settings(settings: &Settings) -> Result<Self, Crash> {
        let port = "ApiSettings:OverrideForForwardingHostPort";
        Ok(Self {
            believe_headers: settings.flag("ApiSettings:UseReverseProxyHeaders", true)?,
            server: settings
                .get("ApiSettings:OverrideForForwardingHostServer")
                .map(str::to_owned),
            port: if settings.get(port).is_some() {
                Some(settings.number(port, 0)?)
            } else {
                None
            },
        })
    }

    /// Scheme, host and port of the address, without a slash at the end; a port is left out where it is the scheme's own.
    ///
    /// `None` where no address can be built: `X-Forwarded-Host` must be a bare name. With a port behind it the real program
    /// fails too, because it takes the whole header for the name.
    pub fn origin(&self, headers: &HeaderMap) -> Option<String> {
        let header = |name: &str| {
            headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .filter(|value| !value.is_empty())
        };
        let proxied = |name: &str| header(name).filter(|_| self.believe_headers);
        let (own_name, own_port) = split_host(header("host").unwrap_or("localhost"));
        // Several proxies in a row make a list; the first is the one nearest to the caller.
        let scheme = proxied("x-forwarded-proto")
            .and_then(|list| list.split(',').next())
            .map_or("http", str::trim)
            .to_lowercase();
        let default = if scheme == "https" { 443 } else { 80 };
        let name = self
            .server
            .as_deref()
            .filter(|_| self.believe_headers)
            .or_else(|| proxied("x-forwarded-host"))
            .unwrap_or(own_name);
        let port = self
            .port
            .filter(|_| self.believe_headers)
            .or_else(|| proxied("x-forwarded-port").and_then(|port| port.trim().parse().ok()))
            .or(own_port)
            .unwrap_or(default);
        let bare =
            name.starts_with('[') && name.ends_with(']') || !name.contains([':', '/', ',', ' ']);
        bare.then(|| {
            if port == default {
                format!("{scheme}://{name}")
            } else {
                format!("{scheme}://{name}:{port}")
            }
        })
    }
}

fn split_host(host: &str) -> (&str, Option<u16>) {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()),
        _ => (host, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(settings: &[(&str, &str)], headers: &[(&'static str, &str)]) -> Option<String> {
        let settings = Settings::from_variables(
            settings
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect(),
        );
        let headers = headers
            .iter()
            .map(|(n, v)| (n.parse().unwrap(), v.parse().unwrap()))
            .collect();
        ReverseProxy::from_settings(&settings)
            .unwrap()
            .origin(&headers)
    }

    #[test]
    fn default_ports_are_left_out() {
        let https = [
            ("host", "api"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "sis.example.org"),
        ];
        assert_eq!(
            origin(&[], &https).as_deref(),
            Some("https://sis.example.org")
        );
        let mut with_port = https.to_vec();
        with_port.push(("x-forwarded-port", "443"));
        assert_eq!(
            origin(&[], &with_port).as_deref(),
            Some("https://sis.example.org")
        );
        with_port.push(("x-forwarded-port", "1"));
        with_port.remove(3);
        with_port[3] = ("x-forwarded-port", "8443");
        assert_eq!(
            origin(&[], &with_port).as_deref(),
            Some("https://sis.example.org:8443")
        );
    }

    #[test]
    fn without_a_proxy_the_host_header_counts() {
        assert_eq!(
            origin(&[], &[("host", "localhost:8080")]).as_deref(),
            Some("http://localhost:8080")
        );
        assert_eq!(
            origin(&[], &[("host", "[::1]:8080")]).as_deref(),
            Some("http://[::1]:8080")
        );
        assert_eq!(
            origin(&[], &[("host", "[::1]")]).as_deref(),
            Some("http://[::1]")
        );
        assert_eq!(origin(&[], &[]).as_deref(), Some("http://localhost"));
    }

    #[test]
    fn only_the_first_of_several_protocols_counts() {
        let headers = [("host", "h"), ("x-forwarded-proto", "https, http")];
        assert_eq!(origin(&[], &headers).as_deref(), Some("https://h"));
    }

    #[test]
    fn overrides_win_and_disbelief_ignores_everything() {
        let headers = [
            ("host", "api"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "h"),
        ];
        let set = [
            (
                "ApiSettings__OverrideForForwardingHostServer",
                "edfi.example.org",
            ),
            ("ApiSettings__OverrideForForwardingHostPort", "444"),
        ];
        assert_eq!(
            origin(&set, &headers).as_deref(),
            Some("https://edfi.example.org:444")
        );
        let disbelief = [("ApiSettings__UseReverseProxyHeaders", "false")];
        assert_eq!(origin(&disbelief, &headers).as_deref(), Some("http://api"));
    }

    #[test]
    fn a_port_in_the_forwarded_host_breaks_the_address() {
        assert_eq!(
            origin(&[], &[("host", "api"), ("x-forwarded-host", "h:8443")]),
            None
        );
    }
}
