//! One attempt to deliver: signed as Standard Webhooks says, to an address that was judged, within bounds of time and size.

use std::io::Read;
use std::net::SocketAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ureq::config::Config;
use ureq::http::Uri;
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};
use ureq::{Agent, Error};

use crate::digest::sign;
use crate::model::{Moment, Trouble};
use crate::secret::HookSecret;
use crate::service::hooks::targets::{Refused, Targets, port_of};
use crate::service::limits::{HOOK_ANSWER_BYTES_MAX, HOOK_HEAD_BYTES_MAX, HOOK_TIME_MAX};

/// Addresses of a host that are tried at most; a bound of the client.
const ADDRESSES_MAX: usize = 16;

/// Sends what is to be delivered.
#[derive(Debug)]
pub(super) struct Sender {
    agent: Agent,
}

/// What is to be delivered.
pub(super) struct Parcel<'a> {
    /// Where to.
    pub url: &'a str,
    /// What signs it.
    pub secret: &'a HookSecret,
    /// What tells it from others; the same each time it is sent again.
    pub id: &'a str,
    /// JSON.
    pub body: &'a str,
}

impl Sender {
    /// Builds a sender to some targets.
    pub(super) fn new(targets: Targets) -> Self {
        let tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier).build();
        let config = Config::builder()
            .tls_config(tls)
            .timeout_global(Some(HOOK_TIME_MAX))
            // What the target says is not for others, and what others say is not for the target.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .http_status_as_error(false)
            // A connection that is kept would be one to an address that was judged long ago.
            .max_idle_connections(0)
            .max_response_header_size(HOOK_HEAD_BYTES_MAX)
            .user_agent(concat!("lianqiao/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: Agent::with_parts(config, DefaultConnector::new(), Judge(targets)) }
    }

    /// Sends a parcel, signed at this moment; returns the status of the answer, and what went wrong.
    pub(super) fn send(&self, parcel: &Parcel<'_>, moment: &Moment) -> (Option<u16>, Option<Trouble>) {
        let seconds = moment.unix_seconds().to_string();
        let request = self
            .agent
            .post(parcel.url)
            .header("content-type", "application/json")
            .header("webhook-id", parcel.id)
            .header("webhook-timestamp", &seconds)
            .header("webhook-signature", signature(parcel, &seconds));
        match request.send(parcel.body) {
            Ok(response) => {
                let status = response.status().as_u16();
                // A short answer is read to its end, so that whoever writes it is not cut off; nobody reads what it says.
                let reader = response.into_body().into_reader();
                let _ = std::io::copy(&mut reader.take(HOOK_ANSWER_BYTES_MAX), &mut std::io::sink());
                (Some(status), (!(200..300).contains(&status)).then_some(Trouble::Status))
            }
            Err(error) => (None, Some(trouble(&error))),
        }
    }
}

/// Signs a parcel: `v1,` and the HMAC-SHA-256 of its number, the second and the body.
fn signature(parcel: &Parcel<'_>, seconds: &str) -> String {
    let signed = sign(&parcel.secret.bytes(), format!("{}.{seconds}.{}", parcel.id, parcel.body).as_bytes());
    format!("v1,{}", STANDARD.encode(signed))
}

fn trouble(error: &Error) -> Trouble {
    match error {
        Error::Other(cause) if cause.downcast_ref::<Refused>() == Some(&Refused::Closed) => Trouble::Target,
        Error::Other(_) | Error::HostNotFound | Error::BadUri(_) => Trouble::Host,
        Error::Timeout(_) => Trouble::Timeout,
        Error::Io(cause) if cause.kind() == std::io::ErrorKind::TimedOut => Trouble::Timeout,
        // The library of TLS speaks through errors of input and output, too.
        Error::Io(cause) if cause.kind() == std::io::ErrorKind::InvalidData => Trouble::Tls,
        Error::Tls(_) | Error::Rustls(_) | Error::TlsRequired => Trouble::Tls,
        Error::Io(_) | Error::ConnectionFailed => Trouble::Connection,
        _ => Trouble::Protocol,
    }
}

/// Lets the client connect to addresses that were judged, and to no others.
#[derive(Debug)]
struct Judge(Targets);

impl Resolver for Judge {
    fn resolve(&self, uri: &Uri, _: &Config, _: NextTimeout) -> Result<ResolvedSocketAddrs, Error> {
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else { return Err(Error::HostNotFound) };
        let judged = self.0.addresses(scheme, host, port_of(uri)).map_err(|refused| Error::Other(Box::new(refused)))?;
        let mut addresses = self.empty();
        judged.iter().take(ADDRESSES_MAX).for_each(|address: &SocketAddr| addresses.push(*address));
        Ok(addresses)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn send(sender: &Sender, url: &str) -> (Option<u16>, Option<Trouble>) {
        let secret = HookSecret::random().expect("random");
        let moment = Moment { instant: "2026-06-01T00:00:00Z".to_owned(), as_of: jiff::civil::date(2026, 6, 1) };
        sender.send(&Parcel { url, secret: &secret, id: "a", body: "{}" }, &moment)
    }

    /// Listens without ever taking a connection; those that were made are waiting.
    fn door() -> (TcpListener, u16) {
        let door = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        door.set_nonblocking(true).expect("a socket");
        let port = door.local_addr().expect("an address").port();
        (door, port)
    }

    fn n_came(door: &TcpListener) -> usize {
        std::iter::from_fn(|| door.accept().ok()).count()
    }

    #[test]
    fn signatures_are_those_of_standard_webhooks() {
        // Worked out with hmac of Python's library.
        let secret = HookSecret::parse("whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=").expect("a secret");
        let parcel = Parcel { url: "", secret: &secret, id: "msg_1", body: "{\"a\":1}" };
        assert_eq!(signature(&parcel, "1614265330"), "v1,LfBVyr1Ojqs2RU1DIPrvVichkcHCm2jVdF+09aYCZ4Q=");
    }

    #[test]
    fn nothing_knocks_at_a_closed_door_however_it_is_written() {
        let (door, port) = door();
        let sender = Sender::new(Targets::new(Vec::new()));
        let hosts = [
            "127.0.0.1",
            "127.1",
            "127.0.1",
            "2130706433",
            "0x7f000001",
            "0x7f.0.0.1",
            "0x7f.1",
            "0177.0.0.1",
            "0177.1",
            "017700000001",
            "127.0.0.1.",
            "127.000.000.001",
            "0x7f.0.0.0x1",
            "0",
            "0.0.0.0",
            "0x0",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[0:0:0:0:0:ffff:7f00:0001]",
            "[::7f00:1]",
            "127.0.0.2",
            "127.255.255.254",
            "a@127.0.0.1",
            "a:b@[::1]",
        ];
        for host in hosts {
            for scheme in ["https", "http"] {
                let (status, trouble) = send(&sender, &format!("{scheme}://{host}:{port}/"));
                assert!(matches!(trouble, Some(Trouble::Target | Trouble::Host)), "{scheme} {host}: {trouble:?}");
                assert_eq!(status, None);
            }
        }
        assert_eq!(n_came(&door), 0);
    }

    #[test]
    fn a_name_that_changes_its_mind_is_judged_again_and_asked_once() {
        let (door, port) = door();
        let n_asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&n_asked);
        // First what is open, then what is closed.
        let resolve = move |_: &str, port| {
            let n = counted.fetch_add(1, Ordering::Relaxed);
            Ok(vec![(if n == 0 { Ipv4Addr::new(8, 8, 8, 8) } else { Ipv4Addr::LOCALHOST }, port).into()])
        };
        let targets = Targets::resolving(Vec::new(), Arc::new(resolve));
        let url = targets.accept(&format!("https://rebinding.example:{port}/")).expect("open at first");
        let sender = Sender::new(targets);
        for n in 2..5 {
            assert_eq!(send(&sender, &url), (None, Some(Trouble::Target)));
            assert_eq!(n_asked.load(Ordering::Relaxed), n, "the address that is judged is the one that is used");
        }
        assert_eq!(n_came(&door), 0);
    }

    #[test]
    fn the_connection_is_made_to_the_address_that_was_judged() {
        let (door, port) = door();
        let allowed = vec!["127.0.0.0/8".parse().expect("a network")];
        let n_asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&n_asked);
        let resolve = move |_: &str, port| {
            // Whoever asked again would be led elsewhere.
            let n = counted.fetch_add(1, Ordering::Relaxed);
            Ok(vec![(if n == 0 { Ipv4Addr::LOCALHOST } else { Ipv4Addr::new(192, 0, 2, 1) }, port).into()])
        };
        let sender = Sender::new(Targets::resolving(allowed, Arc::new(resolve)));
        let server = std::thread::spawn(move || {
            use std::io::Write;
            door.set_nonblocking(false).expect("a socket");
            let (mut stream, _) = door.accept().expect("a connection");
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).expect("a request");
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").expect("answered");
        });
        assert_eq!(send(&sender, &format!("http://name.example:{port}/")), (Some(204), None));
        server.join().expect("served");
        assert_eq!(n_asked.load(Ordering::Relaxed), 1);
    }
}
