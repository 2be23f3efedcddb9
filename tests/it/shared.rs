//! What services share through a Redis, a real one that the tests start themselves: whatever it does, no answer changes.

use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::http::Service;
use crate::support::Place;

const SUPPLIES: &str = "编号,企业名称,产品名称
G1,示例甲有限公司,深沟球轴承
G2,示例乙有限公司,圆锥滚子轴承
G3,示例丙有限公司,调心滚子轴承
";

/// A redis-server on a free port, without anything on the disk.
struct Redis {
    child: Child,
    address: SocketAddr,
}

impl Redis {
    fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self::start_at(free)
    }

    fn start_at(address: SocketAddr) -> Self {
        let port = address.port().to_string();
        let mut command = Command::new("redis-server");
        command.args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("redis-server is installed");
        let redis = Self { child, address };
        wait_until("redis answers", || redis.ask("PING").is_some_and(|answer| answer.starts_with("+PONG")));
        redis
    }

    fn url(&self) -> String {
        format!("redis://{}/0", self.address)
    }

    /// Sends an inline command; `None` if nothing comes back.
    fn ask(&self, command: &str) -> Option<String> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        stream.set_read_timeout(Some(Duration::from_millis(500))).ok()?;
        stream.write_all(format!("{command}\r\n").as_bytes()).ok()?;
        let mut answer = vec![0; 65_536];
        let n = stream.read(&mut answer).ok()?;
        (n > 0).then(|| String::from_utf8_lossy(answer.get(..n).unwrap_or_default()).into_owned())
    }

    fn names(&self, pattern: &str) -> Vec<String> {
        let answer = self.ask(&format!("KEYS {pattern}")).unwrap_or_default();
        answer.lines().filter(|line| line.starts_with("lianqiao:")).map(str::to_owned).collect()
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.child.id().to_string()]).status().unwrap().success());
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Ends what goes on meanwhile, also when a test fails.
struct Over<'a>(&'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(20), "not yet: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A place with some supplies, and a reader's key.
fn place() -> (Place, String) {
    let place = Place::new();
    fs::write(place.folder().join("目录.csv"), SUPPLIES).unwrap();
    place.json(0, &["import", "目录.csv", "--kind", "catalog"]);
    let made = place.json(0, &["key", "add", "--role", "reader"]);
    (place, made["key"].as_str().unwrap().to_owned())
}

fn start(place: &Place, redis: &Redis) -> Service {
    let service = Service::start_with(place, &["--rate", "0", "--redis", &redis.url()]);
    wait_until("the service is connected", || is_up(&service));
    service
}

fn is_up(service: &Service) -> bool {
    let metrics = crate::http::ask(service.address, "GET", "/metrics", &[], "").unwrap().body;
    metrics.contains("lianqiao_redis_up 1")
}

/// Asks for matches of a text; every question has its own answer.
fn matches(service: &Service, key: &str, top: usize) -> String {
    let body = json!({ "kind": "procurement", "text": "调心滚子轴承", "top": top }).to_string();
    let reply = service.ask("POST", "/api/v1/matches", key, &body);
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body
}

#[test]
fn an_answer_is_kept_until_the_data_change() {
    let (place, key) = place();
    let redis = Redis::start();
    let service = start(&place, &redis);
    let first = matches(&service, &key, 5);
    let kept = redis.names("lianqiao:result:*");
    assert_eq!((kept.len(), matches(&service, &key, 5)), (1, first.clone()));
    // Another service of the same data finds it there; a forged one, one of another question and a broken one do not count.
    drop(service);
    let other = matches(&start(&place, &redis), &key, 7);
    let second = redis.names("lianqiao:result:*").into_iter().find(|name| !kept.contains(name)).unwrap();
    assert!(redis.ask(&format!("COPY {second} {} REPLACE", kept[0])).unwrap().starts_with(":1"));
    let service = start(&place, &redis);
    assert_eq!(matches(&service, &key, 5), first);
    assert_eq!(matches(&service, &key, 7), other);
    drop(service);
    for forgery in [format!("SET {} {{}}", kept[0]), format!("SETRANGE {} 90 x", kept[0])] {
        redis.ask(&forgery).unwrap();
        assert_eq!(matches(&start(&place, &redis), &key, 5), first, "{forgery}");
    }
    redis.ask(&format!("DEL {}", kept[0])).unwrap();
    redis.ask(&format!("LPUSH {} a", kept[0])).unwrap();
    let service = start(&place, &redis);
    assert_eq!(matches(&service, &key, 5), first, "a list is no answer");
    let admin = place.run(&["key", "list"]);
    assert!(admin.status.success());
    let written = service.ask("POST", "/api/v1/searches", &key, &json!({ "text": "轴承" }).to_string());
    assert_eq!(written.json()["found"].as_array().map(Vec::len), Some(3), "{}", written.body);
}

#[test]
fn a_change_of_the_data_leaves_no_answer_behind() {
    let (place, key) = place();
    let made = place.json(0, &["key", "add", "--role", "party", "--party", "P1"]);
    let own = made["key"].as_str().unwrap();
    let redis = Redis::start();
    let service = start(&place, &redis);
    let found = |service: &Service| {
        let reply = service.ask("POST", "/api/v1/searches", &key, &json!({ "text": "推力轴承" }).to_string());
        reply.json()["found"].as_array().unwrap().iter().any(|hit| hit["title"] == "推力轴承")
    };
    assert!(!found(&service));
    let posting = json!({ "kind": "catalog", "fields": { "code": "G9", "title": "推力轴承" } }).to_string();
    assert_eq!(service.ask("POST", "/api/v1/postings", own, &posting).status, 201);
    assert!(found(&service));
    assert_eq!(service.ask("DELETE", "/api/v1/postings/P1:catalog:G9", own, "").status, 200);
    assert!(!found(&service));
}

#[test]
fn whatever_redis_does_every_answer_is_right_and_none_is_late() {
    let (place, key) = place();
    let mut redis = Redis::start();
    let service = start(&place, &redis);
    let expected: Vec<String> = (1..=20).map(|top| matches(&service, &key, top)).collect();
    let (is_over, n_asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let late = |_| {
            scope.spawn(|| {
                let mut slowest = Duration::ZERO;
                while !is_over.load(Ordering::Relaxed) {
                    let place = n_asked.fetch_add(1, Ordering::Relaxed) % expected.len();
                    let started = Instant::now();
                    assert_eq!(matches(&service, &key, place + 1), expected[place]);
                    slowest = slowest.max(started.elapsed());
                }
                slowest
            })
        };
        let clients: Vec<_> = (0..4).map(late).collect();
        let _over = Over(&is_over);
        let pause = || thread::sleep(Duration::from_millis(700));
        pause();
        redis.ask("FLUSHALL").unwrap();
        pause();
        redis.signal("-STOP");
        pause();
        wait_until("nobody waits for it any more", || !is_up(&service));
        redis.signal("-CONT");
        wait_until("it is used again", || is_up(&service));
        redis.ask("CLIENT PAUSE 1000 ALL").unwrap();
        pause();
        wait_until("it is used again", || is_up(&service));
        let address = redis.address;
        drop(std::mem::replace(&mut redis, Redis::start()));
        pause();
        drop(std::mem::replace(&mut redis, Redis::start_at(address)));
        wait_until("it is used again", || is_up(&service));
        is_over.store(true, Ordering::Relaxed);
        for client in clients {
            let slowest = client.join().unwrap();
            assert!(slowest < Duration::from_secs(2), "{slowest:?}");
        }
    });
    assert!(n_asked.load(Ordering::Relaxed) > 200);
}

#[test]
fn who_asks_too_often_is_told_so_with_redis_and_without() {
    let (place, key) = place();
    let redis = Redis::start();
    for shared in [None, Some(redis.url())] {
        let mut arguments = vec!["--rate", "5"];
        arguments.extend(shared.iter().flat_map(|url| ["--redis", url.as_str()]));
        let service = Service::start_with(&place, &arguments);
        wait_until("the service is connected", || shared.is_none() || is_up(&service));
        let statuses = |key: &str| -> Vec<u16> {
            (0..40).map(|_| service.ask("GET", "/api/v1/parties", key, "").status).collect()
        };
        let count = |statuses: &[u16], status| statuses.iter().filter(|one| **one == status).count();
        let told = statuses(&key);
        assert!(count(&told, 200) >= 5 && count(&told, 429) > 0, "{told:?}");
        assert_eq!(count(&told, 200) + count(&told, 429), 40, "{told:?}");
        let told = statuses("lqk_wrong");
        assert!(count(&told, 401) >= 10 && count(&told, 401) + count(&told, 429) == 40, "{told:?}");
        // Whoever is let in again is not held up by strangers at the same address.
        wait_until("a second has gone by", || service.ask("GET", "/api/v1/parties", &key, "").status == 200);
        assert_eq!(redis.names("lianqiao:rate:*").len(), usize::from(shared.is_some()));
    }
}
