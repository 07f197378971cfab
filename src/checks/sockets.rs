//! Who listens on this computer, from `/proc`, which exists on Linux only.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::path::Path;

/// A listening TCP socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listener {
    pub address: IpAddr,
    pub port: u16,
    /// The socket's number, by which its process is found.
    pub inode: u64,
}

/// Every listening TCP socket; none where the system does not tell.
pub(super) fn listeners() -> Option<Vec<Listener>> {
    let v4 = std::fs::read_to_string("/proc/net/tcp").ok()?;
    // Absent where IPv6 is switched off.
    let v6 = std::fs::read_to_string("/proc/net/tcp6").unwrap_or_default();
    Some(parse(&v4).chain(parse(&v6)).collect())
}

/// The lines of `/proc/net/tcp` and `tcp6` that are in state 0A, listening.
fn parse(table: &str) -> impl Iterator<Item = Listener> + '_ {
    table.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let local = words.nth(1)?;
        let state = words.nth(1)?;
        let inode = words.nth(5)?.parse().ok()?;
        let (address, port) = local.split_once(':')?;
        (state == "0A").then_some(Listener {
            address: address_of(address)?,
            port: u16::from_str_radix(port, 16).ok()?,
            inode,
        })
    })
}

/// The kernel prints addresses as words of 32 bits in its own byte order.
fn address_of(hex: &str) -> Option<IpAddr> {
    let word = |at: usize| {
        let word = u32::from_str_radix(hex.get(at..at + 8)?, 16).ok()?;
        Some(word.to_ne_bytes())
    };
    match hex.len() {
        8 => Some(Ipv4Addr::from(word(0)?).into()),
        32 => {
            let words = [word(0)?, word(8)?, word(16)?, word(24)?];
            let mut bytes = [0; 16];
            for (byte, value) in bytes.iter_mut().zip(words.into_iter().flatten()) {
                *byte = value;
            }
            Some(Ipv6Addr::from(bytes).to_canonical())
        }
        _ => None,
    }
}

/// Whether two listeners on the same port are in each other's way. A listener for all IPv6
/// addresses usually serves IPv4 too.
pub(super) fn collide(a: IpAddr, b: IpAddr) -> bool {
    let all = |address: IpAddr, other: IpAddr| match address {
        IpAddr::V4(address) => address.is_unspecified() && other.is_ipv4(),
        IpAddr::V6(address) => address.is_unspecified(),
    };
    a == b || all(a, b) || all(b, a)
}

/// Whether a port cannot be opened because somebody has it.
pub(super) fn is_busy(address: IpAddr, port: u16) -> bool {
    TcpListener::bind((address, port))
        .is_err_and(|error| error.kind() == std::io::ErrorKind::AddrInUse)
}

/// The process that holds a socket, with its name. Without root only our own can be seen.
pub(super) fn process(inode: u64) -> Option<(u32, String)> {
    let link = format!("socket:[{inode}]");
    std::fs::read_dir("/proc")
        .ok()?
        .filter_map(Result::ok)
        .find_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let folder = entry.path();
            holds(&folder.join("fd"), &link).then(|| {
                let name = std::fs::read_to_string(folder.join("comm")).unwrap_or_default();
                (pid, name.trim().to_owned())
            })
        })
}

fn holds(folder: &Path, link: &str) -> bool {
    std::fs::read_dir(folder).is_ok_and(|entries| {
        entries
            .filter_map(Result::ok)
            .any(|entry| std::fs::read_link(entry.path()).is_ok_and(|to| to.as_os_str() == link))
    })
}

/// The lowest port that a program without root may open.
pub(super) fn lowest_port() -> Option<u16> {
    std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start")
        .ok()?
        .trim()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_endian = "little")]
    fn the_kernels_table_is_read() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
   0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1661 1 0 100 0 0 10 0\n\
   1: 0100007F:D47F 0100007F:1234 01 00000000:00000000 00:00000000 00000000   101        0 27238 1 0 100 0 0 10 0\n\
   2: 00000000000000000000000001000000:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 99 1 0\n\
   3: 0000000000000000FFFF00000100007F:0051 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 98 1 0\n\
   nonsense\n";
        let found: Vec<Listener> = parse(table).collect();
        let listener = |address: &str, port, inode| Listener {
            address: address.parse().unwrap(),
            port,
            inode,
        };
        assert_eq!(
            found,
            [
                listener("0.0.0.0", 2024, 1661),
                listener("::1", 80, 99),
                listener("127.0.0.1", 81, 98),
            ]
        );
    }

    #[test]
    fn addresses_that_are_in_each_others_way() {
        for (a, b, expected) in [
            ("0.0.0.0", "127.0.0.1", true),
            ("127.0.0.1", "0.0.0.0", true),
            ("::", "127.0.0.1", true),
            ("::", "::1", true),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "192.168.1.5", false),
            ("0.0.0.0", "::1", false),
            ("::1", "127.0.0.1", false),
        ] {
            let seen = collide(a.parse().unwrap(), b.parse().unwrap());
            assert_eq!(seen, expected, "{a} {b}");
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn our_own_listener_is_found_with_its_process() {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let listeners = listeners().unwrap();
        let ours = listeners
            .iter()
            .find(|listener| listener.port == address.port() && listener.address == address.ip())
            .unwrap();
        let (pid, name) = process(ours.inode).unwrap();
        assert_eq!(pid, std::process::id());
        assert!(!name.is_empty());
        assert!(is_busy(address.ip(), address.port()));
        assert_eq!(process(u64::MAX), None);
    }
}
