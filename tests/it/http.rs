//! The program as a service on a free port, and a client that speaks just enough HTTP to be rude to it.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::support::Place;

/// A running service; it is killed when the test ends.
pub struct Service {
    child: Child,
    /// Kept open: the service may write to it.
    _stdout: BufReader<ChildStdout>,
    /// Where it listens.
    pub address: SocketAddr,
    /// The key that it printed at its first start.
    pub key: Option<String>,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The head as text.
    pub head: String,
    /// The body as text.
    pub body: String,
}

impl Reply {
    /// Reads the body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Service {
    /// Starts the service on a free port of a place.
    pub fn start(place: &Place) -> Self {
        Self::start_with(place, &["--rate", "0"])
    }

    /// Starts the service with more arguments.
    pub fn start_with(place: &Place, arguments: &[&str]) -> Self {
        let start = ["--format", "json", "serve", "--listen", "127.0.0.1:0"];
        Self::spawn(place.command(&[&start, arguments].concat()).stderr(Stdio::null()))
    }

    /// Starts the service with more arguments, its log in a file.
    pub fn start_noted(place: &Place, arguments: &[&str], log: &Path) -> Self {
        let start = ["--format", "json", "serve", "--listen", "127.0.0.1:0"];
        let mut command = place.command(&[&start, arguments].concat());
        Self::spawn(command.stderr(File::create(log).unwrap()))
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        let told: Value = loop {
            assert_ne!(stdout.read_line(&mut text).unwrap(), 0, "the service ended: {text}");
            if let Ok(told) = serde_json::from_str(&text) {
                break told;
            }
        };
        let address = told["address"].as_str().unwrap().trim_start_matches("http://").parse().unwrap();
        let key = told["key"].as_str().map(str::to_owned);
        Self { child, _stdout: stdout, address, key }
    }

    /// Ends the service without a word.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Tells the service to stop, and waits until it has.
    pub fn stop(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.child.wait().unwrap().code()
    }

    /// Sends a request with a key and a body.
    pub fn ask(&self, method: &str, path: &str, key: &str, body: &str) -> Reply {
        ask(self.address, method, path, &[("Authorization", &format!("Bearer {key}"))], body).unwrap()
    }

    /// Sends bytes as they are and returns what comes back until the connection ends.
    pub fn raw(&self, bytes: &[u8]) -> String {
        String::from_utf8_lossy(&self.raw_bytes(bytes)).into_owned()
    }

    /// Sends bytes as they are and returns what comes back, as it is.
    pub fn raw_bytes(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = connect(self.address);
        // A service that has had enough closes the connection in the middle of what is sent.
        let _ = stream.write_all(bytes);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        answer
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Opens a connection on which nothing takes longer than a minute.
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// Sends a request on a connection of its own; `None` if the service went away before its answer was whole.
pub fn ask(address: SocketAddr, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Option<Reply> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(120))).ok()?;
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    read_reply(&String::from_utf8_lossy(&answer))
}

/// A stream of server-sent events.
pub struct Events {
    reader: BufReader<TcpStream>,
    /// The status.
    pub status: u16,
    /// The identifier of the last event.
    pub last: Option<String>,
}

impl Events {
    /// Opens a stream, from an event on if one is given.
    pub fn open(service: &Service, key: &str, last: Option<&str>) -> Self {
        let mut stream = connect(service.address);
        let last = last.map_or(String::new(), |last| format!("Last-Event-ID: {last}\r\n"));
        let head = format!(
            "GET /api/v1/alerts/stream HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n{last}\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        let mut events = Self { reader: BufReader::new(stream), status: 0, last: None };
        let head = events.line().unwrap();
        events.status = head.split(' ').nth(1).unwrap().parse().unwrap();
        // What stands before the first event tells where the stream begins.
        while events.status == 200 && events.last.is_none() {
            let line = events.line().unwrap();
            events.last = line.strip_prefix("id: ").map(str::to_owned);
        }
        events
    }

    /// Waits for the next event; `None` if none comes in time, or the stream has ended.
    pub fn next(&mut self, time: Duration) -> Option<Value> {
        self.reader.get_ref().set_read_timeout(Some(time)).unwrap();
        loop {
            let line = self.line()?;
            if let Some(id) = line.strip_prefix("id: ") {
                self.last = Some(id.to_owned());
            } else if let Some(data) = line.strip_prefix("data: ") {
                return Some(serde_json::from_str(data).unwrap());
            }
        }
    }

    /// Reads the next line, whatever it is.
    pub fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let n_read = self.reader.read_line(&mut line).ok()?;
        (n_read > 0).then(|| line.trim_end().to_owned())
    }
}

/// Gets a file: the status and the bytes.
pub fn fetch(address: SocketAddr, path: &str, key: &str) -> (u16, Vec<u8>) {
    let mut stream = connect(address);
    let head =
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {key}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let status = String::from_utf8_lossy(&answer[..end]).split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_off(end + 4))
}

/// Takes an answer apart; `None` if it is not whole.
pub fn read_reply(text: &str) -> Option<Reply> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    let is_whole = length.trim().parse() == Ok(body.len());
    is_whole.then(|| Reply { status, head: head.to_owned(), body: body.to_owned() })
}

/// Writes what may not stand in a path as it is.
pub fn escape(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    text.bytes().map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
