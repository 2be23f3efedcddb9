//! What services share through a Redis, a real one that the tests start themselves: whatever it does, no answer changes.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
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

/// A way to a Redis on which every answer may be held up.
struct Way {
    address: SocketAddr,
    millis: &'static AtomicU64,
}

impl Way {
    /// Opens a way to an address. Its threads end with the test.
    fn to(redis: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, millis) = (listener.local_addr().unwrap(), &*Box::leak(Box::new(AtomicU64::new(0))));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(redis) else { continue };
                let (Ok(there), Ok(back)) = (client.try_clone(), server.try_clone()) else { continue };
                thread::spawn(move || carry(there, server, &AtomicU64::new(0)));
                thread::spawn(move || carry(back, client, millis));
            }
        });
        Self { address, millis }
    }

    fn hold_up(&self, by: Duration) {
        self.millis.store(u64::try_from(by.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

/// Carries bytes on until either end closes.
fn carry(mut from: TcpStream, mut to: TcpStream, millis: &AtomicU64) {
    let mut bytes = vec![0; 65_536];
    while let Ok(n @ 1..) = from.read(&mut bytes) {
        thread::sleep(Duration::from_millis(millis.load(Ordering::Relaxed)));
        if to.write_all(bytes.get(..n).unwrap_or_default()).is_err() {
            break;
        }
    }
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

/// How long the trouble of each sort lasts: some seconds, or as long as whoever measures says.
fn trouble_time() -> Duration {
    let told = std::env::var("LIANQIAO_REDIS_SECONDS").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(told.unwrap_or(3))
}

/// The time after which nobody should notice any more, and in which a Redis that is back is used again.
const NOTICED: Duration = Duration::from_secs(1);
const RECOVERY: Duration = Duration::from_secs(2);
/// What trouble may add to an answer, in the time after it was noticed; and what it may on a machine that others use too.
const ADDED: Duration = Duration::from_millis(50);
const NOISE: Duration = Duration::from_millis(50);

/// When a request was begun, and how long its answer took.
type Taken = (Instant, Duration);

/// Returns what 99 in a hundred of the requests took that were begun in a span, but for its first second.
fn p99(taken: &[Taken], (from, to): (Instant, Instant)) -> Duration {
    let is_in = |begun: Instant| begun >= from + NOTICED && begun < to;
    let mut times: Vec<Duration> = taken.iter().filter(|(begun, _)| is_in(*begun)).map(|(_, took)| *took).collect();
    times.sort_unstable();
    assert!(times.len() > 100, "{} requests in {:?}", times.len(), to - from);
    times[times.len() * 99 / 100]
}

/// Waits until a Redis that is back is used again, and returns how long that took.
fn recovery(service: &Service) -> Duration {
    let started = Instant::now();
    wait_until("it is used again", || is_up(service));
    started.elapsed()
}

/// Makes trouble of every sort, one after the other; returns when each was, and how long it took until all was well.
fn make_trouble(
    service: &Service,
    mut redis: Redis,
    way: &Way,
) -> Vec<(&'static str, (Instant, Instant), Option<Duration>)> {
    let mut told = Vec::new();
    let mut pass = |name, begin: &mut dyn FnMut(), end: &mut dyn FnMut()| {
        let from = Instant::now();
        begin();
        thread::sleep(trouble_time());
        let to = Instant::now();
        end();
        told.push((name, (from, to), Some(recovery(service))));
    };
    let (address, id) = (redis.address, redis.child.id());
    let signal = |name: &str| {
        assert!(Command::new("kill").args([name, &id.to_string()]).status().unwrap().success());
    };
    pass("well", &mut || (), &mut || ());
    pass("flushed", &mut || drop(redis.ask("FLUSHALL")), &mut || ());
    pass("paused", &mut || signal("-STOP"), &mut || signal("-CONT"));
    pass("slow", &mut || way.hold_up(Duration::from_secs(5)), &mut || way.hold_up(Duration::ZERO));
    redis.child.kill().unwrap();
    redis.child.wait().unwrap();
    let mut again = None;
    pass("gone", &mut || (), &mut || again = Some(Redis::start_at(address)));
    told
}

#[test]
fn whatever_redis_does_every_answer_is_right_and_none_is_late() {
    let (place, key) = place();
    let redis = Redis::start();
    let way = Way::to(redis.address);
    // Each request is counted in Redis, and what is asked for newly is looked for there.
    let service = Service::start_with(&place, &["--rate", "1000000", "--redis", &format!("redis://{}/0", way.address)]);
    wait_until("the service is connected", || is_up(&service));
    let texts: Vec<String> = (0..40).map(|n| format!("调心滚子轴承 {n}")).collect();
    let ask = |text: &str, top: usize| {
        let body = json!({ "kind": "procurement", "text": text, "top": top }).to_string();
        let reply = service.ask("POST", "/api/v1/matches", &key, &body);
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body
    };
    // However many are wanted there are only so few: the answer is the same, but none is kept yet.
    let expected: Vec<String> = texts.iter().map(|text| ask(text, 10)).collect();
    let (is_over, n_asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (told, taken) = thread::scope(|scope| {
        let client = |_| {
            scope.spawn(|| {
                let mut taken: Vec<Taken> = Vec::new();
                while !is_over.load(Ordering::Relaxed) {
                    let n = n_asked.fetch_add(1, Ordering::Relaxed);
                    let place = n % texts.len();
                    let started = Instant::now();
                    assert_eq!(ask(&texts[place], 11 + n / texts.len() % 80), expected[place]);
                    taken.push((started, started.elapsed()));
                    thread::sleep(Duration::from_millis(5));
                }
                taken
            })
        };
        let clients: Vec<_> = (0..4).map(client).collect();
        let _over = Over(&is_over);
        let told = make_trouble(&service, redis, &way);
        is_over.store(true, Ordering::Relaxed);
        let taken: Vec<Taken> = clients.into_iter().flat_map(|client| client.join().unwrap()).collect();
        (told, taken)
    });
    let well = p99(&taken, told[0].1);
    for (name, span, recovery) in &told {
        let late = p99(&taken, *span);
        println!("{name}: p99 {late:?}, used again after {recovery:?}");
        assert!(late < well + ADDED + NOISE, "{name}: {late:?}, {well:?} when all is well");
        assert!(recovery.is_none_or(|took| took < RECOVERY), "{name}: {recovery:?}");
    }
    let slowest = taken.iter().map(|(_, took)| *took).max().unwrap();
    assert!(slowest < Duration::from_secs(2), "{slowest:?}");
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
