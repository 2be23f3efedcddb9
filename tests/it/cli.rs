//! What scripts and people may rely on at the command line: Chinese talk with English codes, data on standard output
//! only, exit codes, the day, and CSV that a spreadsheet does not run.

use std::fs;
use std::process::{Command, Output, Stdio};

use crate::support::Place;

/// Every command, as a user asks for its help.
const COMMANDS: [&[&str]; 38] = [
    &[],
    &["demo"],
    &["template"],
    &["import"],
    &["show"],
    &["dossier"],
    &["withdraw"],
    &["party"],
    &["party", "merge"],
    &["party", "split"],
    &["search"],
    &["match"],
    &["match-all"],
    &["chain"],
    &["chain", "list"],
    &["chain", "show"],
    &["chain", "rates"],
    &["chain", "gaps"],
    &["chain", "critical"],
    &["agenda"],
    &["agenda", "plan"],
    &["agenda", "repair"],
    &["agenda", "solve"],
    &["agenda", "check"],
    &["evaluate"],
    &["generate"],
    &["serve"],
    &["key"],
    &["key", "add"],
    &["key", "list"],
    &["key", "revoke"],
    &["key", "trail"],
    &["backup"],
    &["restore"],
    &["verify"],
    &["definition"],
    &["definition", "check"],
    &["definition", "draw"],
];

/// English words that may stand in a text for users: names of formats, commands, options and values.
const NAMES: &[&str] = &[
    "agenda",
    "solve",
    "docking",
    "seconds",
    "lianqiao",
    "demo",
    "template",
    "import",
    "show",
    "dossier",
    "withdraw",
    "party",
    "merge",
    "split",
    "listen",
    "redis",
    "Redis",
    "REDIS",
    "rate",
    "HTTP",
    "key",
    "add",
    "list",
    "revoke",
    "trail",
    "role",
    "admin",
    "organizer",
    "reader",
    "region",
    "expires",
    "K",
    "search",
    "match",
    "all",
    "chain",
    "list",
    "rates",
    "depth",
    "any",
    "direct",
    "basis",
    "production",
    "registered",
    "gaps",
    "critical",
    "unplaced",
    "region",
    "tier",
    "specialised",
    "little",
    "giant",
    "evidence",
    "E",
    "k",
    "nesting",
    "inclusive",
    "exclusive",
    "min",
    "share",
    "plan",
    "repair",
    "late",
    "drop",
    "evaluate",
    "generate",
    "parties",
    "seed",
    "dirt",
    "demands",
    "supplies",
    "qrels",
    "judged",
    "only",
    "without",
    "run",
    "mutual",
    "exposure",
    "backup",
    "restore",
    "verify",
    "definition",
    "check",
    "draw",
    "svg",
    "index",
    "data",
    "table",
    "json",
    "csv",
    "tsv",
    "xlsx",
    "jsonl",
    "toml",
    "Excel",
    "procurement",
    "kind",
    "suggest",
    "mapping",
    "help",
    "version",
    "LIANQIAO",
    "DATA",
    "as",
    "of",
    "format",
    "quiet",
    "history",
    "reason",
    "replace",
    "dry",
    "strict",
    "problems",
    "top",
    "demand",
    "supply",
    "text",
    "lane",
    "no",
    "serve",
    "out",
    "README",
    "P",
    "A",
    "B",
    "h",
    "V",
    "allow",
    "https",
    "webhook",
];

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Lists the English words of a text that are no names.
fn english(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    words.filter(|word| !NAMES.contains(word)).collect()
}

/// Runs the program on another day than the fixtures'.
fn run_on(place: &Place, day: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lianqiao"));
    command.arg("--data").arg(place.data()).args(["--as-of", day]).args(arguments).output().unwrap()
}

/// Imports a demand and three supplies.
fn imported() -> Place {
    let place = Place::new();
    let demands =
        "编号,企业名称,需求名称,产品名称,有效期至\nXQ1,示例重工有限公司,深沟球轴承采购,深沟球轴承,2026-06-30\n";
    let supplies = "编号,企业名称,产品名称,产品说明\n\
        GY1,示例甲轴承有限公司,深沟球轴承,电机用\n\
        GY2,示例乙轴承有限公司,=HYPERLINK(\"http://example.com\")轴承,轴承\n\
        GY3,示例丙轴承有限公司,-轴承,轴承\n";
    fs::write(place.folder().join("采购需求.csv"), demands).unwrap();
    fs::write(place.folder().join("供应目录.csv"), supplies).unwrap();
    place.json(0, &["import", "采购需求.csv", "供应目录.csv"]);
    place
}

/// Checks that a command fails as it should: exit code 2, the code on standard error, in Chinese, and no data.
#[track_caller]
fn assert_fails(output: &Output, code: &str, chinese: &str) {
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "{out}\n{err}");
    assert!(err.starts_with(&format!("错误（{code}）：")), "{err}");
    assert!(err.contains(chinese), "{err}");
    assert!(out.is_empty(), "{out}");
    for sentence in ["error:", "Usage", "For more information", "tip:", "No such file", "panicked"] {
        assert!(!err.contains(sentence), "{err}");
    }
}

#[test]
fn help_is_in_chinese() {
    let place = Place::new();
    for command in COMMANDS {
        let output = place.run(&[command, &["--help"]].concat());
        let help = text(&output.stdout);
        assert_eq!(output.status.code(), Some(0), "{command:?}: {}", text(&output.stderr));
        assert!(output.stderr.is_empty(), "{command:?}: {}", text(&output.stderr));
        assert!(help.contains("用法：lianqiao") && help.contains("显示帮助"), "{command:?}: {help}");
        assert_eq!(english(&help), Vec::<&str>::new(), "{command:?}: {help}");
        let short = place.run(&[command, &["-h"]].concat());
        assert_eq!(text(&short.stdout), help, "{command:?}");
    }
    assert!(!place.data().exists(), "help writes nothing");
}

#[test]
fn every_command_has_help_that_is_checked() {
    let help = text(&Place::new().run(&["--help"]).stdout);
    let commands = help.lines().filter_map(|line| line.strip_prefix("  "));
    let names = commands.filter(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    let listed: Vec<&str> = names.filter_map(|line| line.split_whitespace().next()).collect();
    let known: Vec<&str> = COMMANDS.iter().filter(|command| command.len() == 1).map(|command| command[0]).collect();
    assert_eq!(listed, known);
}

#[test]
fn the_version_is_that_of_the_package() {
    let output = Place::new().run(&["--version"]);
    assert_eq!(text(&output.stdout), format!("lianqiao {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn wrong_arguments_are_explained_in_chinese() {
    let place = Place::new();
    let wrong: [(&[&str], &str); 13] = [
        (&["--unknown"], "没有 --unknown 这个选项"),
        (&["search", "轴承", "--knd", "catalog"], "--kind"),
        (&["serch", "轴承"], "没有“serch”这个命令"),
        (&["party", "join"], "没有“join”这个命令"),
        (&["--as-of", "2026-13-01", "verify"], "日期请写成 2026-06-01"),
        (&["--as-of", "昨天", "verify"], "日期请写成 2026-06-01"),
        (&["--format", "xml", "verify"], "table"),
        (&["search"], "缺少"),
        (&["import"], "缺少"),
        (&["match"], "缺少"),
        (&["match", "--demand", "A", "--supply", "B"], "不能"),
        (&["match", "--text", "轴承"], "--kind"),
        (&["search", "轴承", "--top", "0"], "--top"),
    ];
    for (arguments, chinese) in wrong {
        let output = Command::new(env!("CARGO_BIN_EXE_lianqiao")).current_dir(place.folder()).args(arguments).output();
        let output = output.unwrap();
        assert_fails(&output, "bad_arguments", chinese);
        let known = [NAMES, &["bad", "arguments", "knd", "unknown", "serch", "join", "xml"]].concat();
        let err = text(&output.stderr);
        let strange: Vec<&str> = english(&err).into_iter().filter(|word| !known.contains(word)).collect();
        assert_eq!(strange, Vec::<&str>::new(), "{err}");
    }
    assert!(!place.folder().join("data").exists());
}

#[test]
fn no_arguments_at_all_give_the_help_and_fail() {
    let output = Command::new(env!("CARGO_BIN_EXE_lianqiao")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    assert!(text(&output.stderr).contains("用法：lianqiao"));
}

#[test]
fn failures_name_their_code() {
    let empty = Place::new();
    for command in
        [&["verify"][..], &["search", "轴承"], &["show", "XQ1"], &["withdraw", "XQ1"], &["party", "split", "P1"]]
    {
        assert_fails(&empty.run(command), "no_data", "不是数据目录");
        assert!(!empty.data().exists(), "{command:?} makes no data directory");
    }
    let place = imported();
    assert_fails(&place.run(&["show", "XQ9"]), "not_found", "XQ9");
    assert_fails(&place.run(&["withdraw", "XQ9"]), "not_found", "XQ9");
    assert_fails(&place.run(&["match", "--demand", "XQ9"]), "not_found", "XQ9");
    assert_fails(&place.run(&["match", "--demand", "GY1"]), "bad_request", "不是需求");
    assert_fails(&place.run(&["search", "轴承", "--kind", "nothing"]), "bad_request", "没有“nothing”这个类别");
    assert_fails(&place.run(&["search", "   "]), "bad_request", "请输入");
    assert_fails(&place.run(&["party", "split", "P1"]), "bad_request", "没有并入");
    assert_fails(&place.run(&["import", "采购需求.csv", "--mapping", "nothing.toml"]), "io", "nothing.toml");
    assert_fails(&place.run(&["definition", "draw", "没有的链"]), "bad_request", "SD-LT（轮胎与橡胶产业链）");
    assert_fails(&place.run(&["definition", "draw", "SD-LT", "--out", "没有/图.svg"]), "io", "图.svg");
    let nowhere = place.folder().join("nowhere").display().to_string();
    assert_fails(&place.run(&["--definition", &nowhere, "verify"]), "io", "nowhere");
    fs::write(place.folder().join("file"), "").unwrap();
    let file = place.folder().join("file").display().to_string();
    assert_fails(&place.run(&["--data", &file, "import", "采购需求.csv"]), "io", "file");
}

#[test]
fn a_declared_chain_is_drawn_without_data() {
    let place = Place::new();
    let output = place.run(&["definition", "draw", "轮胎"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let drawn = fs::read_to_string(place.folder().join("轮胎与橡胶产业链.svg")).unwrap();
    assert!(drawn.starts_with("<?xml") && drawn.contains(">全钢子午线轮胎<") && drawn.contains("非官方名单"));
    assert!(!place.data().exists());
    let check = place.json(0, &["definition", "check"]);
    assert!(check["chains"].as_array().unwrap().len() >= 11, "{check}");
    assert!(check["notices"][0].as_str().unwrap().contains("投入成环"), "{check}");
}

#[test]
fn a_missing_file_is_a_finding_and_the_others_go_in() {
    let place = Place::new();
    fs::write(place.folder().join("供应目录.csv"), "企业名称,产品名称\n示例甲轴承有限公司,轴承\n").unwrap();
    let report = place.json(1, &["import", "没有.csv", "供应目录.csv"]);
    assert_eq!(report["files"][0]["problems"][0]["code"], "unreadable_file");
    let message = report["files"][0]["problems"][0]["message"].as_str().unwrap();
    assert!(english(message).is_empty(), "{message}");
    assert_eq!(report["files"][1]["accepted"], 1);
}

#[test]
fn standard_output_carries_data_only() {
    let place = imported();
    fs::write(place.folder().join("坏.csv"), "企业名称,产品名称,年产能\n,轴承,3吨\n示例丁轴承有限公司,轴承,很多\n")
        .unwrap();
    let wanted: [(i32, &[&str]); 9] = [
        (1, &["import", "坏.csv", "--kind", "catalog"]),
        (0, &["search", "轴承"]),
        (1, &["search", "没有这个词"]),
        (0, &["match", "--demand", "XQ1"]),
        (1, &["match", "--kind", "procurement", "--text", "航空发动机"]),
        (0, &["show", "XQ1", "--history"]),
        (0, &["show", "P1"]),
        (0, &["verify"]),
        (0, &["definition", "check"]),
    ];
    for (code, command) in wanted {
        let output = place.run(&[&["--format", "json"], command].concat());
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{command:?}\n{out}\n{err}");
        let parsed: serde_json::Value =
            serde_json::from_str(&out).unwrap_or_else(|e| panic!("{command:?}: {e}: {out}"));
        assert!(parsed.is_object());
        let quiet = place.run(&[&["--format", "json", "--quiet"], command].concat());
        assert!(quiet.stderr.is_empty(), "{command:?}: {}", text(&quiet.stderr));
    }
    let output = place.run(&["withdraw", "GY2", "--quiet"]);
    assert!(output.status.success() && output.stderr.is_empty() && output.stdout.is_empty());
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let place = imported();
    let rows: String = (0..400).map(|row| format!("示例丁轴承有限公司,轴承{row}型\n")).collect();
    fs::write(place.folder().join("供应目录-多.csv"), format!("企业名称,产品名称\n{rows}")).unwrap();
    place.json(0, &["import", "供应目录-多.csv"]);
    for format in ["table", "json", "csv"] {
        let arguments = ["--format", format, "search", "轴承", "--top", "1000"];
        let mut child = place.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // The answer is longer than a pipe holds, so the program is still writing or has not begun.
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{format}: {}", text(&output.stderr));
        assert!(output.stderr.is_empty(), "{format}: {}", text(&output.stderr));
    }
    let program = env!("CARGO_BIN_EXE_lianqiao");
    let line = format!("({program} --help; echo $? >&2) | head -1 >/dev/null");
    let output = Command::new("sh").args(["-c", &line]).output().unwrap();
    assert_eq!(text(&output.stderr), "0\n");
    let mut child = Command::new(program).arg("--help").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0), "help");
}

#[test]
fn the_day_decides_what_is_open() {
    let place = imported();
    let state = |day: &str| {
        let output = run_on(&place, day, &["--format", "json", "show", "XQ1"]);
        let shown: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(shown["as_of"], day);
        shown["state"].as_str().unwrap().to_owned()
    };
    assert_eq!(state("2026-06-30"), "open");
    assert_eq!(state("2026-07-01"), "expired");
    let matched = |day: &str| run_on(&place, day, &["match", "--supply", "GY1"]).status.code();
    assert_eq!(matched("2026-06-30"), Some(0));
    assert_eq!(matched("2026-07-01"), Some(1), "an expired demand is not matched");
}

#[test]
fn csv_is_not_run_by_a_spreadsheet() {
    let place = imported();
    let output = place.run(&["--format", "csv", "search", "轴承"]);
    let out = text(&output.stdout);
    let mut reader = csv_rows(&out);
    assert_eq!(reader.remove(0), ["rank", "id", "kind", "party_id", "party", "title", "state"]);
    let titles: Vec<&str> = reader.iter().map(|row| row[5].as_str()).collect();
    assert!(titles.contains(&"'=HYPERLINK(\"http://example.com\")轴承"), "{titles:?}");
    assert!(titles.contains(&"'-轴承"), "{titles:?}");
    for command in [&["match", "--demand", "XQ1", "--all"][..], &["show", "GY2"], &["show", "P4"]] {
        let out = text(&place.run(&[&["--format", "csv"], command].concat()).stdout);
        for cell in csv_rows(&out).into_iter().flatten() {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{command:?}: {cell}");
        }
        assert!(out.contains("轴承"), "{command:?}: {out}");
    }
}

/// Reads CSV as the spreadsheet does.
fn csv_rows(text: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut cell, mut is_quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if is_quoted && chars.peek() == Some(&'"') => cell.push(chars.next().unwrap()),
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => row.push(std::mem::take(&mut cell)),
            '\n' if !is_quoted => {
                row.push(std::mem::take(&mut cell));
                rows.push(std::mem::take(&mut row));
            }
            other => cell.push(other),
        }
    }
    rows
}
