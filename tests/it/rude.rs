//! Rude clients of every sort at once, and a polite one beside them: each rude one is answered or cut off, and the polite
//! one hardly notices.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::http::{Service, ask, connect};
use crate::support::Place;

/// So many requests of the polite client each time, one every so often.
const POLITE: usize = 200;
const PAUSE: Duration = Duration::from_millis(10);
/// So often it asks alone and then beside rude clients; the middle one of the times counts.
const ROUNDS: usize = 3;
/// So many hostile searches in all, at least.
const HOSTILE: usize = 1_000;
/// What others who use the machine may add to one in a hundred answers.
const NOISE: Duration = Duration::from_millis(100);

/// A place with supplies that searches find.
fn place() -> Place {
    let place = Place::new();
    let rows = (0..2_000).map(|n| {
        format!(
            "G{n},示例{}有限公司,{}轴承,用于{}\n",
            n % 200,
            ["深沟球", "圆锥滚子", "调心"][n % 3],
            ["电机", "农机"][n % 2]
        )
    });
    place.import("catalog", &format!("编号,企业名称,产品名称,产品说明\n{}", rows.collect::<String>()));
    place
}

/// Asks politely, each time something else; returns how long the answers took, the shortest first.
fn ask_politely(service: &Service, key: &str, from: usize) -> Vec<Duration> {
    let mut times = Vec::new();
    for n in from..from + POLITE {
        let body = json!({ "text": format!("轴承 电机 {n}"), "top": 20 }).to_string();
        let started = Instant::now();
        let reply = service.ask("POST", "/api/v1/searches", key, &body);
        assert_eq!(reply.status, 200, "{}", reply.body);
        times.push(started.elapsed());
        thread::sleep(PAUSE);
    }
    times.sort_unstable();
    times
}

/// Texts that cost much to look at, or that a language of queries would choke on.
fn hostile_text(n: usize) -> String {
    let size = n / 10 + 1;
    match n % 10 {
        0 => "(".repeat(size * 70),
        1 => "轴承 ".repeat(size * 100),
        2 => format!("{}轴*承?{}", "*".repeat(size), "?".repeat(size)),
        3 => (0..size * 100).map(|i| format!("词{i} OR ")).collect(),
        4 => format!("title:/({}/ AND [* TO *] ~{n} ^{n}", "a+".repeat(size)),
        5 => "\\\"\u{0}\u{202e}".repeat(size),
        6 => "NOT ".repeat(size) + "轴承",
        7 => "轴".repeat(499),
        8 => "\u{1f469}\u{200d}".repeat(size),
        _ => "a".repeat(1 << 20),
    }
}

/// Sends hostile searches one after the other, as fast as they are answered: so many, and on until it is over.
fn search_hostilely(
    service: &Service,
    key: &str,
    (next, until): (&AtomicUsize, usize),
    is_over: &AtomicBool,
) -> Duration {
    let mut slowest = Duration::ZERO;
    while !is_over.load(Ordering::Relaxed) || next.load(Ordering::Relaxed) < until {
        let n = next.fetch_add(1, Ordering::Relaxed) % HOSTILE;
        let body = json!({ "text": hostile_text(n), "kind": "catalog" }).to_string();
        let started = Instant::now();
        // What is refused while it is still being sent may be cut off.
        let status =
            ask(service.address, "POST", "/api/v1/searches", &[("Authorization", &format!("Bearer {key}"))], &body)
                .map_or(413, |reply| reply.status);
        assert!(matches!(status, 200 | 400 | 413 | 429), "{n}: {status}");
        slowest = slowest.max(started.elapsed());
    }
    slowest
}

/// Sends a head letter by letter on many connections.
fn send_slowly(service: &Service, is_over: &AtomicBool) {
    let mut streams: Vec<_> = (0..100).map(|_| connect(service.address)).collect();
    for letter in b"GET /api/v1/parties HTTP/1.1\r\nHost: x\r\nX-Long: ".iter().chain(std::iter::repeat(&b'a')) {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        streams.retain_mut(|stream| stream.write_all(&[*letter]).is_ok());
        thread::sleep(Duration::from_millis(50));
    }
}

/// Sends heads that are too large, and bodies that are too large to requests that are refused at once.
fn send_much(service: &Service, key: &str, is_over: &AtomicBool) {
    let large = "a".repeat(1 << 20);
    let heads = [
        format!("GET /api/v1/parties HTTP/1.1\r\nHost: x\r\nX-Long: {large}\r\n\r\n"),
        format!("GET /api/v1/parties HTTP/1.1\r\nHost: x\r\n{}\r\n", "X-Many: a\r\n".repeat(20_000)),
        "POST /api/v1/searches HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer lqk_wrong\r\nContent-Length: 99999999999\r\n\r\n".to_owned(),
        format!("POST /api/v1/searches HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Length: 99999999999\r\n\r\n"),
        "POST /api/v1/nothing HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n100000\r\n".to_owned(),
    ];
    for head in heads.iter().cycle() {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let mut stream = connect(service.address);
        let started = Instant::now();
        if stream.write_all(head.as_bytes()).is_ok() {
            while stream.write_all(large.as_bytes()).is_ok() {
                // It is answered at once; who goes on sending is cut off after a second, that the answer may be read.
                assert!(started.elapsed() < Duration::from_secs(20), "it is read on and on: {head:.80}");
            }
        }
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).and_then(|text| text.parse::<u16>().ok()).unwrap_or(0);
        assert!(status == 0 || (400..500).contains(&status), "{answer}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Asks politely beside rude clients of every sort, of whom `until` hostile searches have been sent in the end.
fn ask_beside_rude_ones(
    service: &Service,
    keys: &[String],
    from: usize,
    (next, until): (&AtomicUsize, usize),
) -> (Vec<Duration>, Duration) {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let hostile = [1, 2].map(|n| {
            let (key, is_over) = (&keys[n], &is_over);
            scope.spawn(move || search_hostilely(service, key, (next, until), is_over))
        });
        scope.spawn(|| send_slowly(service, &is_over));
        scope.spawn(|| send_much(service, &keys[3], &is_over));
        let beside = ask_politely(service, &keys[0], from);
        is_over.store(true, Ordering::Relaxed);
        let slowest = hostile.into_iter().map(|one| one.join().unwrap()).max().unwrap();
        (beside, slowest)
    })
}

#[test]
fn rude_clients_of_every_sort_hardly_slow_down_a_polite_one() {
    let place = place();
    let keys: Vec<String> = (0..4).map(|_| place.key(&["--role", "reader"])).collect();
    let service = Service::start_with(&place, &[]);
    ask_politely(&service, &keys[0], 0);
    let (next, mut slowest) = (AtomicUsize::new(0), Duration::ZERO);
    let (mut alone, mut beside) = (Vec::new(), Vec::new());
    let p99 = |times: &[Duration]| times[times.len() * 99 / 100];
    for round in 0..ROUNDS {
        let calm = ask_politely(&service, &keys[0], (2 * round + 1) * POLITE);
        let until = HOSTILE * (round + 1) / ROUNDS;
        let (times, rudest) = ask_beside_rude_ones(&service, &keys, (2 * round + 2) * POLITE, (&next, until));
        println!(
            "p50 {:?} and p99 {:?} alone; p50 {:?} and p99 {:?} beside rude clients; slowest rude answer {rudest:?}",
            calm[POLITE / 2],
            p99(&calm),
            times[POLITE / 2],
            p99(&times)
        );
        slowest = slowest.max(rudest);
        alone.push(p99(&calm));
        beside.push(p99(&times));
    }
    let middle = |times: &mut Vec<Duration>| {
        times.sort_unstable();
        times[ROUNDS / 2]
    };
    let (alone, beside) = (middle(&mut alone), middle(&mut beside));
    println!("in the middle: p99 {alone:?} alone, {beside:?} beside rude clients");
    assert!(beside < alone * 2 + NOISE, "{alone:?} {beside:?}");
    assert!(slowest < Duration::from_secs(10), "{slowest:?}");
    assert_eq!(service.ask("GET", "/api/v1/parties", &keys[0], "").status, 200);
}
