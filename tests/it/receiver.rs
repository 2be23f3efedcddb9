//! A receiver of webhooks: a small server on loopback that notes what it is sent and answers as it is told.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// What a receiver was sent.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The path, with what stands behind the question mark.
    pub path: String,
    /// Names in lower case, and values.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
}

/// How a receiver answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// With a status.
    Status(u16),
    /// With a status and where to look instead.
    Elsewhere(u16, String),
    /// With a head and then a body without end.
    Endless,
    /// Not at all, for so long.
    Never(Duration),
}

/// A server that notes what it is sent.
pub struct Receiver {
    /// Where it listens.
    pub address: SocketAddr,
    noted: Arc<(Mutex<Vec<Delivery>>, Condvar)>,
}

impl Receiver {
    /// Starts one; `answer` is given how many deliveries there were before, and this one.
    pub fn start(answer: impl Fn(usize, &Delivery) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let noted = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
        let (shared, answer) = (Arc::clone(&noted), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (noted, answer) = (Arc::clone(&shared), Arc::clone(&answer));
                thread::spawn(move || receive(stream, &noted, &*answer));
            }
        });
        Self { address, noted }
    }

    /// Returns a URL of this receiver.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Returns all that came so far.
    pub fn all(&self) -> Vec<Delivery> {
        self.noted.0.lock().unwrap().clone()
    }

    /// Waits until so many have come.
    #[track_caller]
    pub fn wait(&self, n: usize, longest: Duration) -> Vec<Delivery> {
        let (noted, come) = &*self.noted;
        let started = Instant::now();
        let mut noted = noted.lock().unwrap();
        while noted.len() < n {
            let left = longest.checked_sub(started.elapsed());
            let left = left.unwrap_or_else(|| panic!("{} of {n} came: {noted:?}", noted.len()));
            noted = come.wait_timeout(noted, left).unwrap().0;
        }
        noted.clone()
    }
}

impl Delivery {
    /// Returns a header.
    #[track_caller]
    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(found, _)| found == name);
        &found.unwrap_or_else(|| panic!("no {name}: {self:?}")).1
    }

    /// Reads the body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Says whether the signature is that of a secret, worked out as RFC 2104 says it.
    pub fn is_signed_by(&self, secret: &str) -> bool {
        let mut key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        assert_eq!(key.len(), 32);
        key.resize(64, 0);
        let padded = |with: u8| key.iter().map(|byte| byte ^ with).collect::<Vec<u8>>();
        let signed = format!("{}.{}.{}", self.header("webhook-id"), self.header("webhook-timestamp"), self.body);
        let inner = Sha256::digest([padded(0x36), signed.into_bytes()].concat());
        let outer = Sha256::digest([padded(0x5c), inner.to_vec()].concat());
        self.header("webhook-signature") == format!("v1,{}", STANDARD.encode(outer))
    }
}

fn receive(
    mut stream: TcpStream,
    noted: &(Mutex<Vec<Delivery>>, Condvar),
    answer: &dyn Fn(usize, &Delivery) -> Answer,
) {
    let Some(delivery) = read(&mut stream) else { return };
    let mut all = noted.0.lock().unwrap();
    let answer = answer(all.len(), &delivery);
    all.push(delivery);
    drop(all);
    noted.1.notify_all();
    let head = |status: u16, more: &str| format!("HTTP/1.1 {status} X\r\n{more}Connection: close\r\n");
    let _ = match answer {
        Answer::Status(status) => stream.write_all(format!("{}Content-Length: 0\r\n\r\n", head(status, "")).as_bytes()),
        Answer::Elsewhere(status, url) => {
            let more = format!("Location: {url}\r\nContent-Length: 0\r\n");
            stream.write_all(format!("{}\r\n", head(status, &more)).as_bytes())
        }
        Answer::Endless => {
            let _ = stream.write_all(format!("{}\r\n", head(200, "")).as_bytes());
            while stream.write_all(&[b'a'; 1 << 16]).is_ok() {}
            Ok(())
        }
        Answer::Never(time) => {
            thread::sleep(time);
            Ok(())
        }
    };
}

/// Reads a request with a length; `None` if it breaks off.
fn read(stream: &mut TcpStream) -> Option<Delivery> {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    let mut more = |bytes: &mut Vec<u8>| {
        let n = stream.read(&mut chunk).ok().filter(|n| *n > 0)?;
        bytes.extend_from_slice(&chunk[..n]);
        Some(())
    };
    let end = loop {
        match bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            Some(end) => break end,
            None => more(&mut bytes)?,
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let mut lines = head.lines();
    let path = lines.next()?.split(' ').nth(1)?.to_owned();
    let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    let headers: Vec<(String, String)> = lines.filter_map(header).collect();
    let length: usize = headers.iter().find(|(name, _)| name == "content-length")?.1.parse().ok()?;
    while bytes.len() < end + 4 + length {
        more(&mut bytes)?;
    }
    let body = String::from_utf8(bytes[end + 4..].to_vec()).ok()?;
    Some(Delivery { path, headers, body })
}
