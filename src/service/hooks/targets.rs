//! What webhooks may be sent to: hosts on the open internet over HTTPS, and what the operator allows besides. Whoever asks
//! for a webhook could else have the service knock at doors that only the service can reach. So an address is judged after
//! the name was resolved, at each delivery anew, and the connection is made to the very address that was judged.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use ureq::http::Uri;
use url::Url;

use crate::service::limits::{HOOK_URL_BYTES_MAX, RESOLVE_TIME_MAX};

/// Addresses of IPv4 that are not on the open internet: the registry of special-purpose addresses (RFC 6890 and after),
/// multicast and what is reserved.
const CLOSED_V4: &[(Ipv4Addr, u8)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 52, 193, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(192, 175, 48, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// Where the open internet of IPv6 is. Everything else is closed: loopback, local addresses, multicast, and IPv4 in the
/// forms that are mapped, compatible or translated (NAT64).
const OPEN_V6: (Ipv6Addr, u8) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// What is closed in there: protocol assignments (Teredo, benchmarks, ORCHID), documentation, 6to4, AS112.
const CLOSED_V6: &[(Ipv6Addr, u8)] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// The ports below this one are those of other services, all but these two.
const FREE_PORTS: u16 = 1_024;
const WEB_PORTS: [u16; 2] = [80, 443];

/// A network that webhooks may be sent to though it is not on the open internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let single = || text.parse::<IpAddr>().map(IpNet::from);
        let network = text.parse::<IpNet>().or_else(|_| single());
        network.map(Self).map_err(|_| "应为网段或地址，如 10.20.0.0/16、fd12::/48 或 10.20.0.8".to_owned())
    }
}

/// Finds the addresses of a host, each with the port.
pub(super) type Resolve = dyn Fn(&str, u16) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// Says what webhooks may be sent to.
#[derive(Clone)]
pub(super) struct Targets {
    allowed: Arc<[Network]>,
    resolve: Arc<Resolve>,
}

/// Why a target is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::service) enum Refused {
    /// The text is no address that webhooks may have; why, in Chinese.
    Form(&'static str),
    /// The host has no address, or none was found in time.
    Unknown,
    /// The host has an address that nothing may be sent to.
    Closed,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Form(why) => why,
            Self::Unknown => "查不到这个主机的地址",
            Self::Closed => "主机的地址不在公网上（或用了 http），也不在管理员允许的网段里",
        })
    }
}

impl std::error::Error for Refused {}

impl fmt::Debug for Targets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Targets").field("allowed", &self.allowed).finish_non_exhaustive()
    }
}

impl Targets {
    /// Allows some networks besides the open internet, and asks the system for addresses.
    pub(super) fn new(allowed: Vec<Network>) -> Self {
        Self::resolving(allowed, Arc::new(resolve))
    }

    /// Allows some networks, and asks `resolve` for addresses.
    pub(super) fn resolving(allowed: Vec<Network>, resolve: Arc<Resolve>) -> Self {
        Self { allowed: allowed.into(), resolve }
    }

    /// Reads where somebody wants a webhook to be sent, and returns it in its plain form.
    ///
    /// # Errors
    /// [`Refused`].
    pub(super) fn accept(&self, text: &str) -> Result<String, Refused> {
        let url = read(text)?;
        let (host, port) = url.host_str().zip(url.port_or_known_default()).ok_or(Refused::Form("缺少主机"))?;
        // Whoever sends reads the plain form with another program; both must see the same.
        if is_read_alike(url.as_str(), host, port) {
            self.addresses(url.scheme(), host, port)?;
            Ok(url.into())
        } else {
            Err(Refused::Form("网址里有不可用的字符"))
        }
    }

    /// Returns the addresses of a host, after judging every one of them; nothing else may be connected to.
    ///
    /// # Errors
    /// [`Refused`].
    pub(super) fn addresses(&self, scheme: &str, host: &str, port: u16) -> Result<Vec<SocketAddr>, Refused> {
        let addresses = (self.resolve)(host, port).map_err(|_| Refused::Unknown)?;
        if addresses.is_empty() {
            return Err(Refused::Unknown);
        }
        let may = |address: &SocketAddr| {
            let is_allowed = self.allowed.iter().any(|network| network.0.contains(&address.ip()));
            is_allowed || (scheme == "https" && is_open(address.ip()))
        };
        // One that may not be sent to spoils them all: whoever mixes them has something in mind.
        if addresses.iter().all(|address| address.port() == port && may(address)) {
            Ok(addresses)
        } else {
            Err(Refused::Closed)
        }
    }
}

/// Reads an address of the web, in whichever way hosts and numbers are written.
fn read(text: &str) -> Result<Url, Refused> {
    if text.len() > HOOK_URL_BYTES_MAX {
        return Err(Refused::Form("地址太长"));
    }
    let url = Url::parse(text).map_err(|_| Refused::Form("不是完整的网址，应如 https://example.com/hook"))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(Refused::Form("应以 https:// 开头"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refused::Form("不能带用户名和密码"));
    }
    if url.fragment().is_some() {
        return Err(Refused::Form("不能带 # 之后的部分"));
    }
    match url.port_or_known_default() {
        Some(port) if port >= FREE_PORTS || WEB_PORTS.contains(&port) => Ok(url),
        _ => Err(Refused::Form("端口应为 443、80 或 1024 以上")),
    }
}

/// Says whether the client of HTTP finds this host and this port in an address.
fn is_read_alike(url: &str, host: &str, port: u16) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    uri.host() == Some(host) && port_of(&uri) == port
}

/// Returns the port that the client of HTTP connects to.
pub(super) fn port_of(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 })
}

/// Says whether an address is on the open internet.
fn is_open(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            !CLOSED_V4.iter().any(|(first, bits)| Ipv4Net::new_assert(*first, *bits).contains(&address))
        }
        IpAddr::V6(address) => {
            let is_in = |(first, bits): &(Ipv6Addr, u8)| Ipv6Net::new_assert(*first, *bits).contains(&address);
            is_in(&OPEN_V6) && !CLOSED_V6.iter().any(is_in)
        }
    }
}

/// Asks the system for the addresses of a host, and does not wait for longer than is reasonable.
fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    let name = format!("{host}:{port}");
    within(RESOLVE_TIME_MAX, move || Ok(name.to_socket_addrs()?.collect()))
}

/// Waits for an answer for so long. Whoever does not answer is left to it: the system gives up in the end.
fn within<T: Send + 'static>(time: Duration, ask: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    let (sender, receiver) = mpsc::sync_channel(1);
    thread::Builder::new().spawn(move || sender.send(ask()))?;
    receiver.recv_timeout(time).unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Mutex;

    use proptest::prelude::*;

    use super::*;

    fn targets(allowed: &[&str]) -> Targets {
        Targets::new(allowed.iter().map(|text| text.parse().expect("a network")).collect())
    }

    /// Writes an address of IPv4 in the ways that some programs understand.
    fn forms(address: Ipv4Addr) -> Vec<String> {
        let [a, b, c, d] = address.octets();
        let number = u32::from(address);
        let high = u32::from(b) << 16 | u32::from(c) << 8 | u32::from(d);
        let wide: String = address
            .to_string()
            .chars()
            .map(|digit| if digit == '.' { '\u{3002}' } else { full_width(digit) })
            .collect();
        let encoded: String = address.to_string().bytes().map(|byte| format!("%{byte:02x}")).collect();
        vec![
            format!("{address}"),
            format!("{address}."),
            format!("{number}"),
            format!("{number:#x}"),
            format!("{number:#X}").replace("0X", "0x"),
            format!("0{number:o}"),
            format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
            format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
            format!("{a:#x}.{b}.0{c:o}.{d}"),
            format!("{a}.{high}"),
            format!("{a:#x}.{high:#x}"),
            format!("{a}.{b}.{}", u32::from(c) << 8 | u32::from(d)),
            format!("000{a:o}.{b}.{c}.{d}"),
            wide,
            encoded,
            format!("[::ffff:{address}]"),
            format!("[::ffff:{:x}:{:x}]", number >> 16, number & 0xffff),
            format!("[0:0:0:0:0:ffff:{:x}:{:x}]", number >> 16, number & 0xffff),
            format!("[::{address}]"),
            format!("[64:ff9b::{address}]"),
            format!("[64:ff9b:1::{address}]"),
            format!("[2002:{:x}:{:x}::1]", number >> 16, number & 0xffff),
            format!("[2001::{:x}:{:x}]", !number >> 16, !number & 0xffff),
        ]
    }

    fn full_width(digit: char) -> char {
        char::from_u32(u32::from(digit) - u32::from('0') + 0xff10).expect("a digit")
    }

    const CLOSED: [[u8; 4]; 17] = [
        [0, 0, 0, 0],
        [10, 0, 0, 1],
        [100, 64, 0, 1],
        [100, 127, 255, 254],
        [127, 0, 0, 1],
        [169, 254, 169, 254],
        [172, 16, 0, 1],
        [172, 31, 255, 254],
        [192, 0, 0, 8],
        [192, 0, 2, 1],
        [192, 88, 99, 1],
        [192, 168, 1, 1],
        [198, 19, 0, 1],
        [198, 51, 100, 1],
        [203, 0, 113, 1],
        [224, 0, 0, 1],
        [255, 255, 255, 255],
    ];

    #[test]
    fn closed_addresses_are_refused_however_they_are_written() {
        let targets = targets(&[]);
        let v4 = CLOSED.iter().flat_map(|octets| forms(Ipv4Addr::from(*octets)));
        let v6 = [
            "[::]",
            "[::1]",
            "[fe80::1]",
            "[fe80::1%25eth0]",
            "[fe80::1%eth0]",
            "[fc00::1]",
            "[fd12:3456::1]",
            "[ff02::1]",
            "[fec0::1]",
            "[100::1]",
            "[2001:db8::1]",
            "[2001:2::1]",
            "[2001:10::1]",
            "[2001:20::1]",
            "[3fff::1]",
            "[5f00::1]",
            "[0000:0000:0000:0000:0000:0000:0000:0001]",
            "[::0001]",
            "[64:ff9b::7f00:1]",
            "[::ffff:0:127.0.0.1]",
            "localhost",
            "LocalHost",
            "localhost.",
            "ｌｏｃａｌｈｏｓｔ",
            "loc\u{ad}alhost",
            "%6c%6f%63alhost",
        ];
        let hosts: BTreeSet<String> = v4.chain(v6.map(str::to_owned)).collect();
        assert!(hosts.len() >= 300, "{}", hosts.len());
        for host in hosts {
            for port in ["", ":8443"] {
                let text = format!("https://{host}{port}/hook");
                let accepted = targets.accept(&text);
                assert!(accepted.is_err(), "{text}: {accepted:?}");
            }
        }
    }

    #[test]
    fn the_edges_of_networks_are_where_they_should_be() {
        let is_open = |text: &str| is_open(text.parse().expect("an address"));
        for open in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "8.8.8.8",
            "2000::1",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2003::1",
            "2400:3200::1",
            "3ffe:ffff::1",
        ] {
            assert!(is_open(open), "{open}");
        }
        for closed in ["::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1", "4000::1", "1fff::1", "240.0.0.1"] {
            assert!(!is_open(closed), "{closed}");
        }
    }

    #[test]
    fn only_plain_addresses_of_the_web_are_taken() {
        let targets = targets(&["10.0.0.0/8", "fd12::/48"]);
        for (text, expected) in [
            ("https://8.8.8.8", "https://8.8.8.8/"),
            ("HTTPS://134744072:8443/a?b=c", "https://8.8.8.8:8443/a?b=c"),
            ("http://10.1.2.3/a", "http://10.1.2.3/a"),
            ("http://[fd12::1]:8080/", "http://[fd12::1]:8080/"),
            ("https://10.1.2.3:1024", "https://10.1.2.3:1024/"),
            ("https://8.8.8.8\\@10.1.2.3:1/", "https://8.8.8.8/@10.1.2.3:1/"),
        ] {
            assert_eq!(targets.accept(text).as_deref(), Ok(expected), "{text}");
        }
        for text in [
            "",
            "example.com",
            "//8.8.8.8/",
            "ftp://8.8.8.8/",
            "file:///etc/passwd",
            "gopher://8.8.8.8/",
            "data:text/plain,a",
            "https://",
            "https://8.8.8.8:0/",
            "https://8.8.8.8:22/",
            "https://8.8.8.8:25/",
            "https://8.8.8.8:99999/",
            "https://a@8.8.8.8/",
            "https://a:b@8.8.8.8/",
            "https://8.8.8.8/#a",
            "http://8.8.8.8/",
            "http://8.8.8.8:443/",
            "http://[fd13::1]/",
            "https://999.1.1.1/",
            "https://0x7g.1/",
            "https://[::1",
            "https://8.8.8.8:443:1/",
            "https:// /",
            &format!("https://8.8.8.8/{}", "a".repeat(HOOK_URL_BYTES_MAX)),
        ] {
            assert!(targets.accept(text).is_err(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn what_is_judged_is_what_is_connected_to(
            scheme in "https|HTTP|http|ftp|",
            slashes in "://|:/|:|:\\\\",
            before in "|[a@:.\\\\/%\t]{0,4}",
            host in r"8\.8\.8\.8|[a-z]{1,5}\.example|0x[0-9a-f]{1,8}|[0-7.]{1,12}|\[[0-9a-f:.%]{2,12}\]|[a-z0-9.%_\-]{1,9}|\PC{1,6}",
            port in "|:[0-9]{1,5}|:",
            tail in "[/?#\\\\@]{0,2}\\PC{0,12}",
        ) {
            let asked = Arc::new(Mutex::new(Vec::new()));
            let noted = Arc::clone(&asked);
            let resolve = move |host: &str, port| {
                noted.lock().expect("nobody panicked").push((host.to_owned(), port));
                // Numbers are what they are, names are open.
                let address = host.trim_matches(['[', ']']).parse().unwrap_or(IpAddr::from([8, 8, 8, 8]));
                Ok(vec![SocketAddr::new(address, port)])
            };
            let targets = Targets::resolving(vec!["8.8.8.8".parse().expect("a network")], Arc::new(resolve));
            if let Ok(plain) = targets.accept(&format!("{scheme}{slashes}{before}{host}{port}{tail}")) {
                let uri: Uri = plain.parse().expect("the client reads it");
                let judged = asked.lock().expect("nobody panicked").pop();
                prop_assert_eq!(Some((uri.host().expect("a host").to_owned(), port_of(&uri))), judged);
                let literal = uri.host().and_then(|host| host.trim_matches(['[', ']']).parse().ok());
                prop_assert!(literal.is_none_or(is_open), "{}", plain);
                prop_assert_eq!(targets.accept(&plain), Ok(plain.clone()));
            }
        }
    }

    #[test]
    fn one_closed_address_among_several_is_enough() {
        let resolving = |addresses: &[&str]| {
            let addresses: Vec<IpAddr> = addresses.iter().map(|text| text.parse().expect("an address")).collect();
            let resolve =
                move |_: &str, port| Ok(addresses.iter().map(|address| SocketAddr::new(*address, port)).collect());
            Targets::resolving(Vec::new(), Arc::new(resolve)).accept("https://name.example/")
        };
        assert!(resolving(&["8.8.8.8", "2001:4860:4860::8888"]).is_ok());
        assert_eq!(resolving(&["8.8.8.8", "127.0.0.1"]), Err(Refused::Closed));
        assert_eq!(resolving(&["::1", "8.8.8.8"]), Err(Refused::Closed));
        assert_eq!(resolving(&[]), Err(Refused::Unknown));
    }

    #[test]
    fn whoever_does_not_answer_is_not_waited_for() {
        let (sender, receiver) = mpsc::channel::<()>();
        let late = within(Duration::from_millis(10), move || receiver.recv().map_err(io::Error::other));
        assert_eq!(late.map_err(|error| error.kind()), Err(io::ErrorKind::TimedOut));
        drop(sender);
        assert_eq!(within(Duration::from_secs(60), || Ok(7)).ok(), Some(7));
    }

    #[test]
    fn networks_are_read_and_others_are_not() {
        for text in ["10.20.0.0/16", "10.20.0.8", "fd12::/48", "::1"] {
            assert!(text.parse::<Network>().is_ok(), "{text}");
        }
        for text in ["", "10.20.0.0/33", "10.20", "example.com", "0x7f.1"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
