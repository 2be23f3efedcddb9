//! A session of three buyers and five SMEs that a person can plan by hand, and what becomes of it: the meetings, the
//! files, a repair, and what a wrong event file is told. `fixtures/agenda/README.md` says what must come out.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::OnceLock;

use serde_json::Value;

use crate::support::{Place, fixture, walk};

const FILES: [&str; 7] = [
    "01-主体.csv",
    "02-资质.csv",
    "10-采购需求.csv",
    "20-供应目录.csv",
    "42-融资需求-股权.csv",
    "43-基金投资意向.csv",
    "95-对接成果.csv",
];

/// One import serves all tests, which only read.
fn filled() -> &'static Place {
    static PLACE: OnceLock<Place> = OnceLock::new();
    PLACE.get_or_init(|| {
        let place = Place::new();
        let files = FILES.map(|file| fixture(&format!("agenda/{file}")));
        let arguments: Vec<&str> = std::iter::once("import").chain(files.iter().map(String::as_str)).collect();
        place.json(0, &arguments);
        place
    })
}

fn event() -> String {
    fs::read_to_string(fixture("agenda/场次.toml")).unwrap()
}

/// Writes an event of the test's own and returns its path.
fn write(folder: &Path, text: &str) -> String {
    let path = folder.join("场次.toml");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Plans an event, expecting an exit code; returns the file of the agenda.
fn plan(text: &str, code: i32) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let (event, out) = (write(folder.path(), text), folder.path().join("out"));
    filled().json(code, &["agenda", "plan", &event, "--out", out.to_str().unwrap(), "--seconds", "1"]);
    serde_json::from_slice(&fs::read(out.join("agenda.json")).unwrap()).unwrap()
}

/// Plans an event that cannot be; returns what the user is told.
fn refused(text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (event, out) = (write(folder.path(), text), folder.path().join("out"));
    let output = filled().run(&["agenda", "plan", &event, "--out", out.to_str().unwrap(), "--seconds", "1"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(!out.exists(), "nothing is written: {told}");
    told
}

fn name<'a>(agenda: &'a Value, party: &Value) -> &'a str {
    agenda["parties"][usize::try_from(party.as_u64().unwrap()).unwrap()]["name"].as_str().unwrap()
}

fn at(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// One line for each meeting: start, table, buyer, SME; in the order of time.
fn meetings(agenda: &Value) -> Vec<String> {
    let line = |meeting: &Value| {
        let pair = &agenda["pairs"][at(&meeting["pair"])];
        let start = agenda["slots"][at(&meeting["slot"])]["start"].as_str().unwrap();
        let (buyer, sme) = (name(agenda, &pair["buyer"]), name(agenda, &pair["sme"]));
        format!("{start} {} {buyer} {sme}", meeting["table"])
    };
    let mut lines: Vec<String> = agenda["meetings"].as_array().unwrap().iter().map(line).collect();
    lines.sort();
    lines
}

/// The pairs of the meetings, without time and table.
fn who_meets(agenda: &Value) -> BTreeSet<String> {
    meetings(agenda).iter().map(|line| line.splitn(3, ' ').nth(2).unwrap().to_owned()).collect()
}

fn start_of(agenda: &Value, buyer: &str, sme: &str) -> String {
    let ending = format!("{buyer} {sme}");
    let found = meetings(agenda).into_iter().find(|line| line.ends_with(&ending));
    found.unwrap_or_else(|| panic!("{ending}: {:?}", meetings(agenda)))[11..16].to_owned()
}

const ALL_FIVE: [&str; 5] = [
    "示例创业投资有限公司 示例帘线有限公司",
    "示例轮胎股份有限公司 示例帘线有限公司",
    "示例轮胎股份有限公司 示例炭黑有限公司",
    "示例重工股份有限公司 示例支承有限公司",
    "示例重工股份有限公司 示例液压有限公司",
];

#[test]
fn those_who_suit_each_other_meet() {
    let agenda = plan(&event(), 0);
    assert_eq!(who_meets(&agenda), ALL_FIVE.map(str::to_owned).into());
    assert_eq!(agenda["result"]["proved"], true, "{}", agenda["result"]);
    let unserved = agenda["result"]["unserved"].as_array().unwrap();
    let unserved: Vec<&str> = unserved.iter().map(|one| name(&agenda, &one["party"])).collect();
    assert_eq!(unserved, ["示例面粉有限公司"]);
    assert_eq!(agenda["result"]["unserved"][0]["reason"], "与到场单位没有够起点分的匹配");
    let names: Vec<&str> = agenda["parties"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert!(!names.contains(&"示例外省帘线有限公司"), "not of the province: {names:?}");
}

#[test]
fn nobody_is_at_two_places_and_procurement_comes_first() {
    let agenda = plan(&event(), 0);
    let mut busy = BTreeSet::new();
    for meeting in agenda["meetings"].as_array().unwrap() {
        let pair = &agenda["pairs"][at(&meeting["pair"])];
        for taken in [
            format!("party {}", pair["buyer"]),
            format!("party {}", pair["sme"]),
            format!("table {}", meeting["table"]),
        ] {
            assert!(busy.insert((at(&meeting["slot"]), taken.clone())), "{taken} twice: {:?}", meetings(&agenda));
        }
        assert!((1..=2).contains(&at(&meeting["table"])));
    }
    let (cord, money) = ("示例轮胎股份有限公司", "示例创业投资有限公司");
    assert!(start_of(&agenda, cord, "示例帘线有限公司") < start_of(&agenda, money, "示例帘线有限公司"));
}

#[test]
fn slots_stand_between_blocks() {
    let agenda = plan(&event(), 0);
    let slots = agenda["slots"].as_array().unwrap().iter();
    let slots: Vec<String> =
        slots.map(|slot| format!("{} {}", &slot["start"].as_str().unwrap()[11..16], slot["block"])).collect();
    assert_eq!(slots, ["09:20 false", "09:45 false", "10:05 true", "10:15 false"]);
}

#[test]
fn the_reasons_of_a_match_go_to_the_table() {
    let agenda = plan(&event(), 0);
    let pair = agenda["pairs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|pair| name(&agenda, &pair["sme"]) == "示例炭黑有限公司")
        .unwrap();
    assert_eq!(pair["topic"]["supply"]["title"], "炭黑N330");
    assert_eq!(pair["worth"], pair["topic"]["score"]);
    assert!(pair["topic"]["reasons"][0]["reason"].as_str().unwrap().contains("炭黑N330"), "{pair}");
}

#[test]
fn who_has_met_before_is_worth_less_since_the_day_named() {
    let worth = |since: &str| {
        let text = format!("{}\n[met_before]\nsince = {since}\npenalty = 30\n", event());
        let agenda = plan(&text, 0);
        let pair = agenda["pairs"]
            .as_array()
            .unwrap()
            .iter()
            .find(|pair| name(&agenda, &pair["sme"]) == "示例炭黑有限公司")
            .unwrap();
        (
            pair["met_before"].as_bool().unwrap(),
            pair["topic"]["score"].as_f64().unwrap() - pair["worth"].as_f64().unwrap(),
        )
    };
    let (met, less) = worth("2026-03-10");
    assert!(met && (less - 30.0).abs() < 0.001, "{less}");
    let (met, less) = worth("2026-03-11");
    assert!(!met && less.abs() < 0.001, "{less}");
}

#[test]
fn wishes_of_the_organiser_are_kept() {
    let text = format!(
        "{}{}",
        event(),
        r#"
[[party]]
name = "示例轮胎股份有限公司"
tables = [2]

[[party]]
name = "示例液压有限公司"
absent = [{ from = "09:00", to = "10:05" }]

[[must]]
buyer = "示例重工股份有限公司"
sme = "示例面粉有限公司"

[[must_not]]
buyer = "示例重工股份有限公司"
sme = "示例支承有限公司"

[[lock]]
buyer = "示例轮胎股份有限公司"
sme = "示例炭黑有限公司"
from = "09:20"
table = 2
"#
    );
    let agenda = plan(&text, 0);
    let lines = meetings(&agenda);
    assert!(lines.contains(&"2026-06-18T09:20:00 2 示例轮胎股份有限公司 示例炭黑有限公司".to_owned()), "{lines:?}");
    assert!(
        lines.iter().all(|line| line.contains("示例轮胎") == line[20..].starts_with('2')),
        "its own table: {lines:?}"
    );
    assert_eq!(start_of(&agenda, "示例重工股份有限公司", "示例液压有限公司"), "10:15");
    assert!(lines.iter().any(|line| line.ends_with("示例面粉有限公司")), "{lines:?}");
    assert!(!lines.iter().any(|line| line.ends_with("示例支承有限公司")), "{lines:?}");
}

#[test]
fn staff_is_shared() {
    let staff =
        "\n[[staff]]\nname = \"联络员\"\ncount = 1\nparties = [\"示例轮胎股份有限公司\", \"示例重工股份有限公司\"]\n";
    let agenda = plan(&format!("{}{staff}", event()), 0);
    let of_leaders: Vec<String> = meetings(&agenda).into_iter().filter(|line| !line.contains("创业投资")).collect();
    let starts: BTreeSet<&str> = of_leaders.iter().map(|line| &line[..16]).collect();
    assert_eq!(starts.len(), of_leaders.len(), "one at a time: {of_leaders:?}");
    assert_eq!(of_leaders.len(), 3, "one in each slot: {of_leaders:?}");
}

#[test]
fn who_is_away_does_not_wait() {
    let locks = "\n[[lock]]\nbuyer = \"P1\"\nsme = \"P4\"\nfrom = \"09:20\"\n\
                 \n[[lock]]\nbuyer = \"P1\"\nsme = \"P5\"\nfrom = \"10:15\"\n\
                 \n[[must_not]]\nbuyer = \"P3\"\nsme = \"P4\"\n";
    let idle = |rest: &str| {
        let agenda = plan(&format!("{}{locks}{rest}", event()), 0);
        agenda["result"]["idle_periods"].as_u64().unwrap()
    };
    assert_eq!(idle(""), 1, "from 09:40 to 10:15, less the break");
    assert_eq!(idle("\n[[party]]\nname = \"P1\"\nabsent = [{ from = \"09:45\", to = \"10:05\" }]\n"), 0);
}

#[test]
fn an_impossible_minimum_is_explained_and_the_best_is_done() {
    let text = event().replacen("side = \"sme\"", "side = \"sme\"\nmin = 2", 1);
    let agenda = plan(&text, 1);
    assert!(!agenda["result"]["lowered"].as_array().unwrap().is_empty());
    assert_eq!(agenda["meetings"].as_array().unwrap().len(), 5);
    let shortages = agenda["result"]["shortages"].as_array().unwrap();
    assert!(shortages.iter().any(|text| text.as_str().unwrap().contains("合计至少要")), "{shortages:?}");
}

#[test]
fn groups_choose_by_region_tier_chain_and_rank() {
    let smes = |group: &str| {
        let text = event().replacen("region = \"山东省\"\ntier = [\"specialised\"]", group, 1);
        let agenda = plan(&text, 0);
        let smes = agenda["parties"].as_array().unwrap().iter().filter(|party| party["side"] == "sme");
        smes.map(|party| party["name"].as_str().unwrap().to_owned()).collect::<Vec<String>>()
    };
    assert_eq!(smes("region = \"济宁市\""), ["示例液压有限公司", "示例支承有限公司"]);
    assert_eq!(smes("tier = [\"小巨人\", \"专精特新\"]\nlanes = [\"equity\"]"), ["示例帘线有限公司"]);
    assert_eq!(smes("chain = \"轮胎\""), ["示例帘线有限公司", "示例炭黑有限公司", "示例外省帘线有限公司"]);
    // The second names no chain; what it makes is a part of it.
    assert_eq!(smes("chain = \"工程机械\""), ["示例液压有限公司", "示例支承有限公司"]);
    // The best for each buyer in each lane; the one of the other province suits as well as the local one but for the place.
    assert_eq!(smes("top = 1\nlanes = [\"procurement\"]"), ["示例帘线有限公司", "示例液压有限公司"]);
}

#[test]
fn pitches_are_chosen_from_the_matches() {
    let pitches = "\n[pitches]\nfrom = \"10:35\"\nminutes = 5\ncount = 2\nparties = [\"示例支承有限公司\"]\n";
    let agenda = plan(&format!("{}{pitches}", event()), 0);
    let speakers = agenda["programme"].as_array().unwrap().iter().filter(|item| !item["speaker"].is_null());
    let speakers: Vec<String> = speakers
        .map(|item| format!("{} {}", &item["start"].as_str().unwrap()[11..16], name(&agenda, &item["speaker"])))
        .collect();
    // Who is named comes first, then the SME that most speaks for: two buyers want it.
    assert_eq!(speakers, ["10:35 示例支承有限公司", "10:40 示例帘线有限公司"]);
}

/// Everything that is written, by name; workbooks taken apart.
fn written(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for path in walk(folder) {
        let bytes = fs::read(&path).unwrap();
        if path.extension().is_some_and(|ending| ending == "xlsx") {
            let mut archive = zip::ZipArchive::new(std::io::Cursor::new(&bytes)).unwrap();
            for idx in 0..archive.len() {
                let mut part = archive.by_index(idx).unwrap();
                let mut text = Vec::new();
                part.read_to_end(&mut text).unwrap();
                files.push((format!("xlsx {}", part.name().unwrap()), text));
            }
        }
        files.push((path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned(), bytes));
    }
    files.sort();
    files
}

#[test]
fn the_same_event_gives_the_same_bytes_of_every_file_and_no_contact() {
    let folder = tempfile::tempdir().unwrap();
    let event = fixture("agenda/场次.toml");
    let [one, two] = ["1", "2"].map(|threads| {
        let out = folder.path().join(threads);
        let arguments = ["agenda", "plan", &event, "--out", out.to_str().unwrap(), "--seconds", "1"];
        let output = filled().command(&arguments).env("RAYON_NUM_THREADS", threads).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        written(&out)
    });
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<String>>();
    assert_eq!(names(&one), names(&two));
    for ((name, left), (_, right)) in one.iter().zip(&two) {
        assert_eq!(left, right, "{name}");
    }
    for file in ["agenda.json", "agenda.xlsx", "agenda.html", "ics/P1-示例轮胎股份有限公司.ics"] {
        assert!(names(&one).contains(&file.to_owned()), "{:?}", names(&one));
    }
    for (name, bytes) in one {
        let text = String::from_utf8_lossy(&bytes);
        for contact in ["张某某", "李某某", "13900001234", "13900005678"] {
            assert!(!text.contains(contact), "{name} tells {contact}");
        }
    }
}

#[test]
fn the_workbook_prints_with_its_headers_on_every_page() {
    let folder = tempfile::tempdir().unwrap();
    let (event, out) = (fixture("agenda/场次.toml"), folder.path().join("out"));
    filled().json(0, &["agenda", "plan", &event, "--out", out.to_str().unwrap(), "--seconds", "1"]);
    let files = written(&out);
    let part = |name: &str| {
        let found = files.iter().find(|(file, _)| file == &format!("xlsx {name}"));
        String::from_utf8(found.unwrap_or_else(|| panic!("{name}")).1.clone()).unwrap()
    };
    let workbook = part("xl/workbook.xml");
    for sheet in ["摘要", "按时段", "按单位", "按桌号"] {
        assert!(workbook.contains(&format!("name=\"{sheet}\"")), "{workbook}");
    }
    assert_eq!(workbook.matches("_xlnm.Print_Titles").count(), 3, "{workbook}");
    assert!(part("xl/worksheets/sheet2.xml").contains("orientation=\"landscape\""));
    assert!(part("xl/styles.xml").contains("微软雅黑"));
}

#[test]
fn a_calendar_holds_to_the_standard() {
    let folder = tempfile::tempdir().unwrap();
    let (event, out) = (fixture("agenda/场次.toml"), folder.path().join("out"));
    filled().json(0, &["agenda", "plan", &event, "--out", out.to_str().unwrap(), "--seconds", "1"]);
    let agenda: Value = serde_json::from_slice(&fs::read(out.join("agenda.json")).unwrap()).unwrap();
    let text = fs::read_to_string(out.join("ics/P3-示例创业投资有限公司.ics")).unwrap();
    assert!(text.ends_with("END:VCALENDAR\r\n") && !text.replace("\r\n", "").contains('\n'), "{text}");
    assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
    let start = start_of(&agenda, "示例创业投资有限公司", "示例帘线有限公司").replace(':', "");
    let unfolded = text.replace("\r\n ", "");
    for part in [
        "TZID:Asia/Shanghai",
        &format!("DTSTART;TZID=Asia/Shanghai:20260618T{start}00"),
        "SUMMARY:洽谈：示例帘线有限公司",
        "SUMMARY:开幕",
    ] {
        assert!(unfolded.contains(part), "{part}: {unfolded}");
    }
    assert_eq!(unfolded.matches("BEGIN:VEVENT").count(), 3, "opening, break and a meeting: {unfolded}");
    // The same session a month later has other entries.
    let later = folder.path().join("later");
    let month = fs::read_to_string(&event).unwrap().replace("2026-06-18", "2026-07-18");
    let month = write(folder.path(), &month);
    filled().json(0, &["agenda", "plan", &month, "--out", later.to_str().unwrap(), "--seconds", "1"]);
    let later = fs::read_to_string(later.join("ics/P3-示例创业投资有限公司.ics")).unwrap();
    let uids = |text: &str| text.lines().filter(|l| l.starts_with("UID:")).map(str::to_owned).collect::<BTreeSet<_>>();
    assert!(uids(&text).is_disjoint(&uids(&later)) && uids(&later).len() == 3, "{later}");
}

/// Plans the fixture's event into a folder and repairs it.
fn repaired(changes: &[&str], code: i32) -> (Value, Value, Value) {
    let folder = tempfile::tempdir().unwrap();
    let (event, out) = (fixture("agenda/场次.toml"), folder.path().join("out"));
    filled().json(0, &["agenda", "plan", &event, "--out", out.to_str().unwrap(), "--seconds", "1"]);
    let (file, again) = (out.join("agenda.json"), folder.path().join("again"));
    let mut arguments =
        vec!["agenda", "repair", file.to_str().unwrap(), "--out", again.to_str().unwrap(), "--seconds", "1"];
    arguments.extend(changes);
    // A place without data: the file of the agenda is enough.
    let answer = Place::new().json(code, &arguments);
    let read = |path: &Path| serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    (read(&file), read(&again.join("agenda.json")), answer)
}

#[test]
fn a_repair_moves_nobody_whom_the_absence_does_not_touch() {
    let (before, after, answer) = repaired(&["--without", "示例帘线有限公司"], 0);
    let left: Vec<String> = meetings(&before).into_iter().filter(|line| !line.contains("示例帘线")).collect();
    assert_eq!(meetings(&after), left);
    let moves = answer["moves"].as_array().unwrap();
    assert_eq!(moves.len(), 2, "{answer}");
    assert!(moves.iter().all(|one| one["sme"] == "示例帘线有限公司" && one["to"].is_null()), "{answer}");
    assert_eq!(answer["renewal_gain"], 0.0, "{answer}");
    assert_eq!(after["revision"], 1);
}

/// Plans an event of the test's own and repairs it, expecting something to look at; returns the answer and the agenda.
fn mended(text: &str, changes: &[&str]) -> (Value, Value) {
    let folder = tempfile::tempdir().unwrap();
    let (event, out, again) = (write(folder.path(), text), folder.path().join("out"), folder.path().join("again"));
    filled().json(0, &["agenda", "plan", &event, "--out", out.to_str().unwrap(), "--seconds", "1"]);
    let file = out.join("agenda.json");
    let start = ["agenda", "repair", file.to_str().unwrap(), "--out", again.to_str().unwrap(), "--seconds", "1"];
    let answer = filled().json(1, &[&start[..], changes].concat());
    (answer, serde_json::from_slice(&fs::read(again.join("agenda.json")).unwrap()).unwrap())
}

#[test]
fn a_minimum_that_a_late_party_cannot_keep_is_told() {
    let text = event() + "[[party]]\nname = \"P4\"\nmin = 2\n";
    let (_, agenda) = mended(&text, &["--late", "P4=10:10"]);
    let lowered = &agenda["result"]["lowered"];
    assert_eq!((&lowered[0]["min"], &lowered[0]["held"]), (&2.into(), &1.into()), "{lowered}");
    assert_eq!(name(&agenda, &lowered[0]["party"]), "示例帘线有限公司");
    assert!(agenda["result"]["shortages"].to_string().contains("在场的时段至多 1 场"), "{}", agenda["result"]);
}

#[test]
fn a_pitch_is_cancelled_if_its_speaker_comes_too_late_for_it() {
    let text = event() + "\n[pitches]\nfrom = \"09:20\"\nminutes = 5\ncount = 2\nparties = [\"P7\", \"P5\"]\n";
    let (answer, agenda) = mended(&text, &["--late", "P5=09:28"]);
    assert_eq!(answer["cancelled"].as_array().unwrap().len(), 1, "{answer}");
    assert_eq!(
        (&answer["cancelled"][0]["speaker"], &answer["cancelled"][0]["start"]),
        (&"示例炭黑有限公司".into(), &"2026-06-18T09:25:00".into()),
        "{answer}"
    );
    let speakers = agenda["programme"].as_array().unwrap().iter().filter(|item| !item["speaker"].is_null());
    assert_eq!(speakers.map(|item| name(&agenda, &item["speaker"])).collect::<Vec<_>>(), ["示例支承有限公司"]);
}

#[test]
fn a_late_arrival_and_a_lost_table_are_mended() {
    let (before, after, answer) = repaired(&["--late", "示例炭黑有限公司=10:00"], 0);
    assert_eq!(who_meets(&after), who_meets(&before), "{answer}");
    assert_eq!(start_of(&after, "示例轮胎股份有限公司", "示例炭黑有限公司"), "10:15");
    let (_, after, answer) = repaired(&["--drop-table", "2"], 0);
    assert_eq!(meetings(&after).len(), 3, "one table, three slots: {answer}");
    assert!(after["meetings"].as_array().unwrap().iter().all(|meeting| meeting["table"] == 1));
}

#[test]
fn a_repair_says_what_it_cannot_read() {
    let folder = tempfile::tempdir().unwrap();
    let (event, out) = (fixture("agenda/场次.toml"), folder.path().join("out"));
    filled().json(0, &["agenda", "plan", &event, "--out", out.to_str().unwrap(), "--seconds", "1"]);
    let text = fs::read_to_string(out.join("agenda.json")).unwrap();
    let file = folder.path().join("agenda.json");
    let told = |text: &str, changes: &[&str]| {
        fs::write(&file, text).unwrap();
        let again = folder.path().join("again");
        let start = ["agenda", "repair", file.to_str().unwrap(), "--out", again.to_str().unwrap()];
        let output = Place::new().run(&[&start, changes].concat());
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(!again.exists(), "{told}");
        told
    };
    let gone = ["--without", "P1"];
    for (wrong, code, part) in [
        (text.replace("lianqiao-agenda/1", "lianqiao-agenda/9"), "bad_agenda", "lianqiao-agenda/9"),
        (text.replacen("\"buyer\": 0", "\"buyer\": 99", 1), "bad_agenda", "pairs["),
        (text.replacen("\"slot\": 0", "\"slot\": 77", 1), "bad_agenda", "meetings["),
        (text.replacen("\"table\": 1", "\"table\": 0", 1), "bad_agenda", "桌号从 1 开始"),
        (text.replacen("\"tables\": 2", "\"tables\": 1", 1), "bad_agenda", "meetings"),
        ("{}".to_owned(), "bad_agenda", "第 1 行"),
        ("[[[[[".to_owned(), "bad_agenda", "第 1 行"),
    ] {
        assert_ne!(wrong, text);
        let told = told(&wrong, &gone);
        assert!(told.contains(code) && told.contains(part), "{part}: {told}");
    }
    assert!(told(&text, &["--without", "示例帘线"]).contains("是不是 示例帘线有限公司"));
    assert!(told(&text, &["--late", "P1=午后"]).contains("10:30"));
    assert!(told(&text, &["--drop-table", "9"]).contains("没有 9 号桌"));
    assert!(told(&text, &[]).contains("--without"));
}

/// Checks that each event is refused with the line and the reason.
fn are_told(cases: Vec<(String, usize, &str)>) {
    for (wrong, line, part) in cases {
        let told = refused(&wrong);
        let place = "错误（bad_event）：场次文件 ";
        assert!(told.contains(place) && told.contains(&format!("场次.toml 第 {line} 行：")), "{part}, {line}: {told}");
        assert!(told.contains(part), "{part}: {told}");
    }
}

/// Writes the event with one thing changed.
fn changed(from: &str, to: &str) -> String {
    let text = event();
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

#[test]
fn a_wrong_event_is_told_with_its_line() {
    let text = event();
    let line = |part: &str| text.lines().position(|line| line == part).unwrap() + 1;
    are_told(vec![
        (changed("version = \"1\"", "version = \"2\""), 2, "version 是“2”"),
        (changed("place =", "plase ="), 4, "不认识的键“plase”；可用："),
        (changed("tables = 2", ""), line("[meetings]"), "缺少“tables”"),
        (changed("tables = 2", "tables = -1"), line("tables = 2"), "不小于 0 的整数"),
        (changed("tables = 2", "tables = 0"), line("tables = 2"), "tables 应在 1 与"),
        (changed("minutes = 20", "minutes = 20 20"), line("minutes = 20"), "不合 TOML 的写法"),
        (changed("minutes = 20", "minutes = 200"), line("[meetings]"), "排不出时段"),
        (changed("\"procurement\", \"equity\"]\n", "\"procurement\", \"馒头\"]\n"), 5, "没有“馒头”这条对接通道"),
        (changed("[[\"procurement\"], [\"equity\"]]", "[[\"procurement\"]]"), 6, "order 缺少通道 equity"),
        (changed("to = \"10:50\"", "to = \"8点\""), line("to = \"10:50\""), "时间请写成"),
        (changed("to = \"10:50\"", "to = \"08:50\""), line("to = \"10:50\""), "to 应晚于 from"),
        (changed("date = 2026-06-18", "date = \"六月\""), line("date = 2026-06-18"), "日期请写成"),
        (changed("to = \"10:15\"", "to = \"11:15\""), line("from = \"10:05\""), "超出了当天的 09:00–10:50"),
        (changed("to = \"09:20\"", "to = \"10:10\""), line("title = \"茶歇\"") - 1, "与全体参加的 09:00–10:10 重叠"),
        (changed("\"示例重工股份有限公司\", ", "\"查无此人\", "), line("side = \"buyer\"") + 1, "查不到单位“查无此人”"),
        (changed("\"示例重工股份有限公司\", ", "\"P1\", "), line("side = \"buyer\"") + 1, "“P1”在名单里写了两次"),
        (changed("region = \"山东省\"", "region = \"火星\""), line("region = \"山东省\""), "查不到地区“火星”"),
        (
            changed("region = \"山东省\"", "chain = \"航天\""),
            line("region = \"山东省\""),
            "没有“航天”这条产业链；可用：",
        ),
        (changed("\"specialised\"", "\"special\""), line("tier = [\"specialised\"]"), "没有这个梯度"),
        (changed("side = \"sme\"", "side = \"both\""), line("side = \"sme\""), "不能写“both”；可用："),
    ]);
}

#[test]
fn texts_and_parts_that_no_page_can_show_are_told_with_their_line() {
    let text = event();
    let line = |part: &str| text.lines().position(|line| line == part).unwrap() + 1;
    let end = text.lines().count();
    let added = |rest: &str| format!("{text}{rest}");
    are_told(vec![
        (changed("示例会展中心", &"示".repeat(101)), 4, "place 最多 100 字"),
        (changed("茶歇", &"茶".repeat(101)), line("title = \"茶歇\""), "title 最多 100 字"),
        (changed("示例会展中心", "示例\\u0007会展"), 4, "place 里有看不见的字符 U+0007"),
        (changed("示例会展中心", "示例\u{202e}会展"), 4, "place 里有看不见的字符 U+202E"),
        (
            added("[pitches]\nfrom = \"09:10\"\nminutes = 5\ncount = 2\naudience = \"speakers\"\n"),
            end + 1,
            "与全体参加的 09:00–09:20 重叠",
        ),
        (
            changed("region = \"山东省\"", "region = \"海南省\""),
            line("region = \"山东省\"") - 2,
            "没有一个单位符合条件",
        ),
        (
            changed("title = \"茶歇\"", "title = \"茶歇\"\nparties = []"),
            line("title = \"茶歇\""),
            "全体参加就不写 parties",
        ),
        (added("[[must]]\nbuyer = \"P1\"\nsme = \"P4\"\n".repeat(2).as_str()), end + 5, "在 must 里写了两次"),
    ]);
}

#[test]
fn what_contradicts_in_an_event_is_told_with_its_line() {
    let text = event();
    let line = |part: &str| text.lines().position(|line| line == part).unwrap() + 1;
    let end = text.lines().count();
    let added = |rest: &str| format!("{text}{rest}");
    are_told(vec![
        (added("[[must]]\nbuyer = \"P3\"\nsme = \"P9\"\n"), end + 3, "“P9”没有参会"),
        (added("[[must]]\nbuyer = \"P4\"\nsme = \"P5\"\n"), end + 2, "“P4”不是坐席方"),
        (
            added("[[lock]]\nbuyer = \"P1\"\nsme = \"P4\"\nfrom = \"09:25\"\n"),
            end + 4,
            "当天的时段开始于 09:20、09:45、10:15",
        ),
        (added("[[lock]]\nbuyer = \"P1\"\nsme = \"P4\"\nfrom = \"09:20\"\ntable = 3\n"), end + 5, "没有 3 号桌"),
        (
            added(
                "[[lock]]\nbuyer = \"P1\"\nsme = \"P4\"\nfrom = \"09:20\"\n[[lock]]\nbuyer = \"P1\"\nsme = \"P5\"\nfrom = \"09:20\"\n",
            ),
            end + 6,
            "同一时段锁定了 2 场",
        ),
        (
            added(
                "[[must_not]]\nbuyer = \"P1\"\nsme = \"P4\"\n[[lock]]\nbuyer = \"P1\"\nsme = \"P4\"\nfrom = \"09:20\"\n",
            ),
            end + 5,
            "同时写在 lock 和 must_not 里",
        ),
        (added("[[party]]\nname = \"P1\"\nmin = 5\nmax = 2\n"), end + 4, "min 不能大于 max"),
        (added("[[party]]\nname = \"P1\"\nrepresentatives = 2\ntables = [1]\n"), end + 2, "tables 也要有这么多张"),
        (added("[[group]]\nside = \"sme\"\nparties = [\"P4\"]\ntop = 3\n"), end + 1, "不能同时写"),
        (added("[met_before]\nsince = 2026-01-01\npenalty = 300\n"), end + 3, "penalty 应在 0 与 100 之间"),
        (added("[[staff]]\nname = \"译\"\ncount = 1\nparties = [\"P8\", \"P9\"]\n"), end + 4, "“P9”没有参会"),
        (added("[[staff]]\nname = \"译\"\ncount = 0\nparties = [\"P1\"]\n"), end + 3, "count 应在 1 与"),
        (added("[[party]]\nname = \"P1\"\nrepresentatives = 65\n"), end + 3, "representatives 应在 1 与 64 之间"),
        (changed("date = 2026-06-18", "date = 0000-01-01"), line("date = 2026-06-18"), "日期请写成"),
        (changed("date = 2026-06-18", "date = 2026-06-18T09:00:00+08:00"), line("date = 2026-06-18"), "日期请写成"),
        (changed("date = 2026-06-18", "date = 2026-02-30"), line("date = 2026-06-18"), "没有这一天"),
        (added(&format!("x = {}", "[".repeat(10_000))), end + 1, "层数太多"),
        (
            added(&"[[must]]\nbuyer = \"P1\"\nsme = \"P4\"\n".repeat(10_001)),
            end + 3 * 10_000 + 2,
            "[[must]] 最多 10000 个",
        ),
        (
            added(
                "[[lock]]\nbuyer = \"P3\"\nsme = \"P4\"\nfrom = \"09:20\"\n[[lock]]\nbuyer = \"P1\"\nsme = \"P4\"\nfrom = \"09:45\"\n",
            ),
            end + 7,
            "与 order 的先后相反",
        ),
        (
            changed("tables = 2", "tables = 1")
                + "[[lock]]\nbuyer = \"P1\"\nsme = \"P4\"\nfrom = \"09:20\"\n[[lock]]\nbuyer = \"P2\"\nsme = \"P5\"\nfrom = \"09:20\"\n",
            end + 6,
            "锁定了 2 场，可用的桌只有 1 张",
        ),
    ]);
}

#[test]
fn an_event_of_a_hundred_thousand_is_refused_at_once() {
    let names: Vec<String> = (0..100_000).map(|i| format!("\"示例第{i}有限公司\"")).collect();
    let text =
        event().replacen("[\"示例轮胎股份有限公司\"", &format!("[{}, \"示例轮胎股份有限公司\"", names.join(", ")), 1);
    let start = std::time::Instant::now();
    assert!(refused(&text).contains("参会单位超过 5000 个"));
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn nobody_is_at_two_places_at_once() {
    let tour = |who: &str| {
        let parts = ["\n[[programme]]", "title = \"参观\"", "from = \"10:35\"", "to = \"10:40\""];
        format!("{}\nparties = [\"{who}\"]\n", parts.join("\n"))
    };
    let pitches = "\n[pitches]\nfrom = \"10:35\"\nminutes = 5\ncount = 2\naudience = \"speakers\"\n";
    let speakers = |agenda: &Value| {
        let items = agenda["programme"].as_array().unwrap().iter().filter(|item| !item["speaker"].is_null());
        items
            .map(|item| format!("{} {}", &item["start"].as_str().unwrap()[11..16], name(agenda, &item["speaker"])))
            .collect::<Vec<String>>()
    };
    let agenda = plan(&format!("{}{pitches}", event()), 0);
    assert!(speakers(&agenda).contains(&"10:35 示例帘线有限公司".to_owned()), "{:?}", speakers(&agenda));
    let agenda = plan(&format!("{}{}{pitches}", event(), tour("示例帘线有限公司")), 0);
    assert!(speakers(&agenda).contains(&"10:40 示例帘线有限公司".to_owned()), "{:?}", speakers(&agenda));
    let text = format!("{}{}{pitches}parties = [\"示例支承有限公司\"]\n", event(), tour("示例支承有限公司"));
    are_told(vec![(text.clone(), text.lines().count(), "“示例支承有限公司”在 10:35–10:40 不在场或另有安排")]);
}

/// The best of the SMEs would pitch in the slot to which its meeting is locked, or in the only one that it has.
#[test]
fn a_pitch_keeps_nobody_from_a_meeting() {
    let pitches = "\n[pitches]\nfrom = \"09:20\"\nminutes = 20\ncount = 1\naudience = \"speakers\"\n";
    let speaker = |rest: &str| {
        let agenda = plan(&format!("{}{pitches}{rest}", event()), 0);
        let item = agenda["programme"].as_array().unwrap().iter().find(|item| !item["speaker"].is_null()).unwrap();
        name(&agenda, &item["speaker"]).to_owned()
    };
    assert_eq!(speaker(""), "示例帘线有限公司");
    assert_ne!(speaker("[[lock]]\nbuyer = \"P1\"\nsme = \"P4\"\nfrom = \"09:20\"\n"), "示例帘线有限公司");
    let absent = "[[party]]\nname = \"P4\"\nabsent = [{ from = \"09:40\", to = \"10:50\" }]\n";
    assert_ne!(speaker(absent), "示例帘线有限公司");
}

#[test]
fn locks_that_cannot_be_kept_together_are_told_with_the_line() {
    let (text, end) = (event(), event().lines().count());
    let lock = |buyer: &str, sme: &str, from: &str| {
        format!("[[lock]]\nbuyer = \"{buyer}\"\nsme = \"{sme}\"\nfrom = \"{from}\"\n")
    };
    let staff = "[[staff]]\nname = \"译\"\ncount = 1\nparties = [\"P1\", \"P2\"]\n";
    let both = lock("P1", "P4", "09:20") + &lock("P2", "P5", "09:20");
    let row = "[[party]]\nname = \"P1\"\nin_a_row = 1\n";
    let rows = lock("P1", "P4", "09:20") + &lock("P1", "P5", "09:45");
    let lanes = vec!["\"procurement\""; 501].join(", ");
    are_told(vec![
        (format!("{text}{staff}{both}"), end + 10, "“译”已全部用于锁定的 示例轮胎股份有限公司 与 示例帘线有限公司"),
        (format!("{text}{row}{rows}"), end + 9, "连续场数不合要求"),
        (format!("{text}[[group]]\nside = \"sme\"\nlanes = [{lanes}]\n"), end + 3, "lanes 最多 500 个"),
    ]);
}

#[test]
fn who_has_nobody_to_meet_is_told_so() {
    let agenda = plan(&(event() + "[[party]]\nname = \"P8\"\nmin = 1\n"), 1);
    let shortages = agenda["result"]["shortages"].to_string();
    assert!(shortages.contains("没有既合适、又能同时在场的单位") && !shortages.contains("（）"), "{shortages}");
}

#[test]
fn a_lost_locked_table_is_told_and_the_repaired_agenda_is_repaired_again() {
    let folder = tempfile::tempdir().unwrap();
    let text = event() + "[[lock]]\nbuyer = \"P1\"\nsme = \"P4\"\nfrom = \"09:20\"\ntable = 2\n";
    let (event, out) = (write(folder.path(), &text), folder.path().join("out"));
    filled().json(0, &["agenda", "plan", &event, "--out", out.to_str().unwrap(), "--seconds", "1"]);
    let [first, second] = ["first", "second"].map(|name| folder.path().join(name));
    let again = |from: &Path, to: &Path, code: i32, change: [&str; 2]| {
        let file = from.join("agenda.json");
        let start = ["agenda", "repair", file.to_str().unwrap(), "--out", to.to_str().unwrap(), "--seconds", "1"];
        filled().json(code, &[&start[..], &change[..]].concat())
    };
    let answer = again(&out, &first, 1, ["--drop-table", "2"]);
    assert_eq!(answer["dropped"][0]["table"], 2, "{answer}");
    assert!(answer["dropped"][0]["reason"].as_str().unwrap().contains("这张桌不能用了；时段不变"), "{answer}");
    let agenda: Value = serde_json::from_slice(&fs::read(first.join("agenda.json")).unwrap()).unwrap();
    assert_eq!(start_of(&agenda, "示例轮胎股份有限公司", "示例帘线有限公司"), "09:20");
    let answer = again(&first, &second, 1, ["--late", "P4=09:40"]);
    assert!(answer["dropped"][0]["reason"].as_str().unwrap().contains("必须在其他时段见面"), "{answer}");
}
