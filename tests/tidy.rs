//! Checks of the source itself: layers, owners of libraries, documentation, characters, length, and that every stable
//! code is in the README. A failure names file and line and says what to do. Each check is a function from texts to
//! findings, and has a test below that sees it fail.
#![expect(clippy::unwrap_used, clippy::panic, reason = "test helpers")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What one check found: `file:line: what is wrong and what to do`.
type Findings = Vec<String>;

const LINES_MAX: usize = 500;

/// Every library of `Cargo.toml` and the modules that may name it in code that is not a test.
const OWNERS: &[(&str, &[&str])] = &[
    ("actix_web", &["service"]),
    ("aho_corasick", &["definition", "text"]),
    ("anyhow", &["cli"]),
    ("askama", &["reports"]),
    ("base64", &["secret", "service"]),
    ("calamine", &["intake"]),
    ("clap", &["cli"]),
    ("comfy_table", &["cli"]),
    ("crc32fast", &["frames", "seal"]),
    ("csv", &["cli", "intake"]),
    ("encoding_rs", &["intake"]),
    ("encoding_rs_io", &["intake"]),
    ("ferrous_opencc", &["normal"]),
    ("getrandom", &["secret"]),
    ("governor", &["service"]),
    ("hmac", &["digest"]),
    ("imbl", &["catalogue"]),
    ("indicatif", &["cli"]),
    ("ipnet", &["service"]),
    ("jieba_rs", &["text"]),
    (
        "jiff",
        &[
            "model",
            "definition",
            "text",
            "province",
            "intake",
            "catalogue",
            "impact",
            "chain",
            "matching",
            "event",
            "reports",
            "engine",
            "wire",
            "cli",
        ],
    ),
    ("mimalloc", &["main"]),
    ("petgraph", &["chain"]),
    ("pinyin", &["text"]),
    ("postcard", &["catalogue", "impact"]),
    ("quick_cache", &["matching", "service"]),
    ("quick_xml", &["reports"]),
    ("rand", &["chance"]),
    ("rayon", &["store", "catalogue", "impact", "matching", "engine"]),
    ("redis", &["service"]),
    ("rlimit", &["intake"]),
    ("rusqlite", &["store"]),
    ("rustc_hash", &["chain", "definition", "text", "matching"]),
    ("rust_embed", &["definition", "cli"]),
    ("rust_xlsxwriter", &["reports"]),
    (
        "serde",
        &[
            "impact",
            "model",
            "definition",
            "event",
            "intake",
            "store",
            "catalogue",
            "fulltext",
            "wire",
            "service",
            "cli",
        ],
    ),
    ("schemars", &["wire", "service"]),
    ("serde_json", &["agenda", "intake", "store", "fulltext", "wire", "service", "cli"]),
    ("sha2", &["digest"]),
    ("tantivy", &["fulltext"]),
    ("tempfile", &["service", "cli"]),
    ("thiserror", &["error", "model", "text"]),
    ("tokio", &["service"]),
    ("toml", &["definition", "event", "intake"]),
    ("unicode_normalization", &["normal"]),
    ("unicode_width", &["cli", "reports"]),
    ("ureq", &["service"]),
    ("url", &["service"]),
    ("xxhash_rust", &["text"]),
    ("zip", &["intake"]),
];

/// Texts that must not stand in code that is not a test, and what to write instead.
const BANNED: &[(&str, &str)] = &[
    (".partial_cmp(", "order by `total_cmp` or `cmp`, then by identifier"),
    ("dbg!", "remove it"),
    ("super::super", "write the path from `crate::`"),
    ("crate::{", "write one `use crate::module::...` a line, so that the layers can be read"),
    ("crate::*", "name what is used"),
];

/// What the service must not ask of the engine: answers that are not made for a viewer.
const UNSEEN: &[&str] = &[
    ".snapshot(",
    ".contact(",
    ".history(",
    ".whole(",
    ".find_party(",
    "engine.find(",
    "engine.matches(",
    "engine.import(",
    "engine.withdraw(",
    "::operator(",
];

/// A source file, taken apart.
struct Source {
    /// Its path, with `/` between names.
    path: String,
    lines: Vec<Line>,
}

/// One line of a source file.
#[derive(Default)]
struct Line {
    /// The line without comments and without what stands inside literals.
    code: String,
    /// The text of comments.
    comment: String,
    /// What stands inside string and character literals.
    literal: String,
    /// Whether the line belongs to an item under `#[cfg(test)]`.
    is_test: bool,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        let mut lines = split(text);
        mark_tests(&mut lines);
        Self { path: path.to_owned(), lines }
    }

    /// Lists the lines that are not tests, numbered from 1.
    fn lines(&self) -> impl Iterator<Item = (usize, &Line)> {
        (1..).zip(&self.lines).filter(|(_, line)| !line.is_test)
    }

    /// Returns the module directly under `src/` to which the file belongs; none for `lib.rs` and `main.rs`.
    fn module(&self) -> Option<&str> {
        let path = self.path.strip_prefix("src/")?;
        let module = path.split('/').next()?.trim_end_matches(".rs");
        (!matches!(path, "lib.rs" | "main.rs")).then_some(module)
    }

    fn finding(&self, number: usize, what: impl std::fmt::Display) -> String {
        format!("{}:{number}: {what}", self.path)
    }
}

/// Separates code, comments and literals.
fn split(text: &str) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut line = Line::default();
    let chars: Vec<char> = text.chars().collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or('\n');
    let starts = |i: usize, what: &str| what.chars().enumerate().all(|(j, c)| at(i + j) == c);
    // Depth of block comments; or the end of the literal that we are in, and whether a backslash escapes in it.
    let (mut depth, mut end, mut escapes, mut in_line_comment) = (0_usize, None::<String>, true, false);
    let mut i = 0;
    while i < chars.len() {
        let c = at(i);
        if c == '\n' {
            in_line_comment = false;
            lines.push(std::mem::take(&mut line));
        } else if in_line_comment || depth > 0 {
            if depth > 0 && starts(i, "*/") {
                (depth, i) = (depth - 1, i + 1);
            } else if depth > 0 && starts(i, "/*") {
                (depth, i) = (depth + 1, i + 1);
            } else {
                line.comment.push(c);
            }
        } else if let Some(closing) = &end {
            if c == '\\' && escapes {
                i += usize::from(at(i + 1) != '\n');
            } else if starts(i, closing) {
                line.code.push_str(closing);
                i += closing.chars().count() - 1;
                end = None;
            } else {
                line.literal.push(c);
            }
        } else if starts(i, "//") {
            (in_line_comment, i) = (true, i + 1);
            line.comment.push_str("//");
        } else if starts(i, "/*") {
            (depth, i) = (1, i + 1);
        } else if c == '"' {
            let hashes = line.code.chars().rev().take_while(|c| *c == '#').count();
            escapes = !line.code.trim_end_matches('#').ends_with('r');
            end = Some(if escapes { "\"".to_owned() } else { format!("\"{}", "#".repeat(hashes)) });
            line.code.push(c);
        } else if c == '\'' && (at(i + 1) == '\\' || at(i + 2) == '\'') {
            (end, escapes) = (Some("'".to_owned()), true);
            line.code.push(c);
        } else {
            line.code.push(c);
        }
        i += 1;
    }
    lines.push(line);
    lines
}

/// Marks each item under `#[cfg(test)]`, up to its closing brace or semicolon.
fn mark_tests(lines: &mut [Line]) {
    let mut depth: Option<i32> = None;
    for line in lines {
        if depth.is_none() && line.code.trim_start().starts_with("#[cfg(test)]") {
            depth = Some(0);
            line.is_test = true;
            continue;
        }
        let Some(open) = &mut depth else { continue };
        line.is_test = true;
        let count = |c: char| i32::try_from(line.code.matches(c).count()).unwrap();
        *open += count('{') - count('}');
        if *open == 0 && line.code.trim_end().ends_with(['}', ';']) {
            depth = None;
        }
    }
}

/// Finds every path that starts with `start`; gives the text behind it.
fn paths<'a>(code: &'a str, start: &'a str) -> impl Iterator<Item = &'a str> {
    code.match_indices(start).filter_map(move |(i, _)| {
        let before = code.get(..i)?.chars().next_back();
        let is_whole = before.is_none_or(|c| !c.is_alphanumeric() && c != '_' && c != ':' && c != '$');
        is_whole.then(|| code.get(i + start.len()..))?
    })
}

fn identifier(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("")
}

/// Reads the layers, lowest first, from the text block in the documentation of `lib.rs`.
fn layers(lib: &str) -> Vec<Vec<String>> {
    let block = lib.split("//! ```text").nth(1).and_then(|rest| rest.split("//! ```").next()).unwrap_or("");
    let mut layers = Vec::new();
    for line in block.lines().filter_map(|line| line.strip_prefix("//! ")) {
        let Some((number, rest)) = line.split_once("  ") else { continue };
        assert_eq!(number.parse(), Ok(layers.len()), "src/lib.rs: layers are numbered from 0 upwards: {line}");
        let names = rest.split("   ").next().unwrap_or("");
        layers.push(names.split_whitespace().map(str::to_owned).collect());
    }
    assert!(!layers.is_empty(), "src/lib.rs: the list of layers is a text block in its documentation");
    layers
}

/// Reads which module each name that `lib.rs` hands out comes from.
fn handed_out(lib: &Source) -> BTreeMap<String, String> {
    let code: String = lib.lines().map(|(_, line)| line.code.as_str()).collect::<Vec<_>>().join(" ");
    let mut names = BTreeMap::new();
    for item in code.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next()) {
        let Some((module, rest)) = item.split_once("::") else { continue };
        let given = rest.trim_matches(['{', '}', ' ']).split(',').map(|name| name.trim().to_owned());
        names.extend(given.map(|name| (name, module.trim().to_owned())));
    }
    names
}

fn check_layers(layers: &[Vec<String>], sources: &[Source], handed_out: &BTreeMap<String, String>) -> Findings {
    let place = |module: &str| {
        layers.iter().enumerate().find_map(|(layer, names)| Some((layer, names.iter().position(|n| n == module)?)))
    };
    let mut findings = Findings::new();
    let modules: BTreeSet<&str> = sources.iter().filter_map(Source::module).collect();
    for name in layers.iter().flatten().filter(|name| !modules.contains(name.as_str())) {
        findings.push(format!("src/lib.rs:1: the list of layers names {name}, which does not exist; strike it out"));
    }
    for source in sources {
        let Some(module) = source.module() else { continue };
        let Some((layer, idx)) = place(module) else {
            findings.push(source.finding(1, format!("put {module} into the list of layers in src/lib.rs")));
            continue;
        };
        for (number, line) in source.lines() {
            let is_top = source.path.matches('/').count() == 1 || source.path.ends_with("/mod.rs");
            if is_top && paths(&line.code, "super::").next().is_some() {
                findings.push(source.finding(number, "`super` is the crate here; write `crate::module`"));
            }
            for name in paths(&line.code, "crate::").map(identifier).filter(|name| !name.is_empty()) {
                let used = handed_out.get(name).map_or(name, String::as_str);
                match place(used) {
                    _ if used == module => {}
                    None => findings.push(source.finding(number, format!("write the module of `crate::{name}`"))),
                    Some(other) if other.0 < layer || (other.0 == layer && other.1 < idx) => {}
                    Some(_) => findings.push(source.finding(
                        number,
                        format!("{module} must not use {used}, which stands above it or to its right in src/lib.rs"),
                    )),
                }
            }
        }
    }
    findings
}

fn check_owners(sources: &[Source], dependencies: &[String]) -> Findings {
    let mut findings = Findings::new();
    for library in dependencies.iter().filter(|name| OWNERS.iter().all(|(library, _)| library != name)) {
        findings.push(format!("Cargo.toml:1: {library} has no owner; add it to OWNERS in tests/tidy.rs"));
    }
    for source in sources {
        let Some(module) = source.module() else { continue };
        for (number, line) in source.lines() {
            for (library, owners) in OWNERS {
                let path = format!("{library}::");
                let is_named = paths(&line.code, &path).next().is_some()
                    || line.code.trim_start().strip_prefix("use ").is_some_and(|used| identifier(used) == *library);
                if is_named && !owners.contains(&module) {
                    findings.push(source.finding(number, format!("{library} belongs to {}", owners.join(", "))));
                }
            }
        }
    }
    findings
}

fn check_banned(source: &Source) -> Findings {
    let mut findings = Findings::new();
    for (number, line) in source.lines() {
        for (text, instead) in BANNED.iter().filter(|(text, _)| line.code.contains(text)) {
            findings.push(source.finding(number, format!("`{text}`: {instead}")));
        }
        if line.comment.contains("FIXME") {
            findings.push(source.finding(number, "FIXME: fix it"));
        }
        let has_condition = ["once ", "when ", "until "].iter().any(|word| line.comment.contains(word));
        if line.comment.contains("TODO") && !has_condition {
            findings.push(source.finding(number, "TODO: name what ends it (once, when or until ...)"));
        }
    }
    findings
}

/// The service shows nothing that the engine did not make for a viewer.
fn check_viewers(source: &Source) -> Findings {
    let asks = |line: &Line| UNSEEN.iter().find(|text| line.code.contains(*text));
    let lines = source.lines().filter(|_| source.module() == Some("service"));
    let found = lines.filter_map(|(number, line)| Some((number, asks(line)?)));
    found.map(|(number, text)| source.finding(number, format!("`{text}` is not made for a viewer"))).collect()
}

/// Non-ASCII characters stand in literals only; in comments between backticks or in a fenced block.
fn check_characters(source: &Source) -> Findings {
    let mut findings = Findings::new();
    let mut is_fenced = false;
    for (number, line) in source.lines() {
        if line.comment.contains("```") {
            is_fenced = !is_fenced;
        }
        let outside: String = line.comment.split('`').step_by(2).collect();
        if !line.code.is_ascii() || (!is_fenced && !outside.is_ascii()) {
            findings
                .push(source.finding(number, "write ASCII outside of literals, or put the words between backticks"));
        }
    }
    findings
}

fn check_shape(source: &Source) -> Findings {
    let mut findings = Findings::new();
    let n_lines = source.lines().count();
    if n_lines > LINES_MAX {
        findings.push(source.finding(n_lines, format!("{n_lines} lines without tests; split at {LINES_MAX}")));
    }
    if !source.lines.first().is_some_and(|line| line.comment.starts_with("//!")) {
        findings.push(source.finding(1, "begin with `//!` and what the module is for"));
    }
    findings
}

/// Says whether a line begins an item or a field that others may name.
fn is_public(code: &str) -> bool {
    let Some(rest) = code.trim_start().strip_prefix("pub") else { return false };
    let rest = match rest.strip_prefix('(') {
        Some(inside) => inside.split_once(')').map_or("", |(_, rest)| rest),
        None => rest,
    };
    let Some(rest) = rest.strip_prefix(' ') else { return false };
    // A module says itself what it is.
    let is_module = rest.starts_with("mod ") && rest.trim_end().ends_with(';');
    !is_module && !rest.starts_with("use ")
}

/// Everything public is documented: by a comment, or by the help that clap shows for it.
fn check_documented(source: &Source) -> Findings {
    let mut findings = Findings::new();
    let mut in_enum = None;
    for (idx, line) in source.lines.iter().enumerate().filter(|(_, line)| !line.is_test) {
        let code = line.code.trim();
        let indent = line.code.len() - line.code.trim_start().len();
        if in_enum.is_some_and(|outer| code == "}" && indent == outer) {
            in_enum = None;
        }
        let is_variant =
            in_enum.is_some_and(|outer| indent == outer + 4) && code.starts_with(|c: char| c.is_ascii_uppercase());
        if (is_public(&line.code) || is_variant) && !has_words_above(source.lines.get(..idx).unwrap_or(&[])) {
            findings.push(source.finding(idx + 1, "say in `///` above it what it is"));
        }
        if is_public(code) && code.split_whitespace().any(|word| word == "enum") && code.ends_with('{') {
            in_enum = Some(indent);
        }
    }
    findings
}

/// Says whether the lines above an item end in its documentation; attributes may stand between.
fn has_words_above(above: &[Line]) -> bool {
    let mut is_inside_attribute = false;
    for line in above.iter().rev() {
        let code = line.code.trim();
        let starts = code.starts_with("#[");
        is_inside_attribute |= starts || code.ends_with(']');
        let is_help = ["help = ", "about = ", "doc = "].iter().any(|key| code.contains(key));
        if line.comment.starts_with("///") || (is_help && is_inside_attribute) {
            return true;
        }
        if !is_inside_attribute {
            return false;
        }
        is_inside_attribute = !starts;
    }
    false
}

/// Collects the stable codes: of problems, of errors, of arguments, and the names of rules and features.
fn codes(sources: &[Source]) -> BTreeMap<String, String> {
    let mut codes = BTreeMap::new();
    for source in sources {
        let mut in_table = false;
        for (number, line) in source.lines() {
            let mut add = |code: &str| codes.insert(code.to_owned(), format!("{}:{number}", source.path));
            let code = line.code.trim();
            match source.path.as_str() {
                "src/model/problem.rs" if code.ends_with("\"\";") && code.contains(", \"\", ") => {
                    // The literals of a row are the code and its meaning, one behind the other.
                    add(line.literal.split(|c: char| !c.is_ascii_lowercase() && c != '_').next().unwrap());
                }
                "src/error.rs" | "src/service/errors.rs"
                    if code.starts_with("Self::") && code.ends_with("=> \"\",") =>
                {
                    add(&line.literal);
                }
                "src/matching/rules.rs" | "src/matching/features.rs" => {
                    in_table = (in_table && code != "];")
                        || code.starts_with("const RULES")
                        || code.starts_with("const FEATURES");
                    if in_table && (code.starts_with("(\"\"") || code.starts_with("Feature { name: \"\"")) {
                        add(&line.literal);
                    }
                }
                path if path.starts_with("src/cli/") => {
                    let inside = line.literal.split_once("错误（").and_then(|(_, rest)| rest.split_once('）'));
                    if let Some((code, _)) = inside.filter(|(code, _)| !code.contains('{')) {
                        add(code);
                    }
                }
                _ => {}
            }
        }
    }
    codes
}

fn check_readme(codes: &BTreeMap<String, String>, readme: &str) -> Findings {
    let missing = codes.iter().filter(|(code, _)| !readme.contains(&format!("`{code}`")));
    missing.map(|(code, place)| format!("{place}: README.md does not explain `{code}`; add it there")).collect()
}

/// Finds cycles between the files of one folder.
fn check_cycles(sources: &[Source]) -> Findings {
    let names: BTreeSet<String> = sources.iter().map(|source| dotted(&source.path)).collect();
    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources.iter().filter(|source| !source.path.ends_with("/mod.rs")) {
        let own = dotted(&source.path);
        let Some((folder, _)) = own.rsplit_once("::") else { continue };
        let code: String = source.lines().map(|(_, line)| line.code.as_str()).collect::<Vec<_>>().join(" ");
        for start in [format!("crate::{folder}::"), "super::".to_owned()] {
            let used = paths(&code, &start).flat_map(heads).map(|name| format!("{folder}::{name}"));
            uses.entry(own.clone()).or_default().extend(used.filter(|used| names.contains(used) && *used != own));
        }
    }
    let reaches = |from: &str, to: &str| {
        let (mut waiting, mut seen) = (vec![from], BTreeSet::new());
        while let Some(next) = waiting.pop() {
            if seen.insert(next) {
                waiting.extend(uses.get(next).into_iter().flatten().map(String::as_str));
            }
        }
        seen.contains(to)
    };
    let edges = uses.iter().flat_map(|(from, used)| used.iter().map(move |to| (from, to)));
    edges
        .filter(|(from, to)| reaches(to, from))
        .map(|(from, to)| {
            format!(
                "src/{}.rs:1: uses {to}, which uses it in turn; move what both need into a file of its own",
                from.replace("::", "/")
            )
        })
        .collect()
}

/// Gives the names right behind a path: one, or those of a group.
fn heads(rest: &str) -> Vec<&str> {
    match rest.strip_prefix('{').and_then(|rest| rest.split('}').next()) {
        Some(group) => group.split(',').map(|name| identifier(name.trim())).collect(),
        None => vec![identifier(rest)],
    }
}

/// `src/text/cell.rs` is `text::cell`.
fn dotted(path: &str) -> String {
    path.trim_start_matches("src/").trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}:1: {error}"))
}

/// Lists the files below a folder with an ending, by path, ascending.
fn files(folder: &str, ending: &str) -> Vec<String> {
    let (mut found, mut waiting) = (Vec::new(), vec![root().join(folder)]);
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                let inside: &Path = path.strip_prefix(root()).unwrap();
                found.push(inside.to_string_lossy().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<Source> {
    let sources: Vec<Source> = files("src", ".rs").iter().map(|path| Source::new(path, &read(path))).collect();
    assert!(sources.len() > 40, "the source was not found");
    sources
}

/// Lists the libraries of every system.
fn dependencies(cargo: &str) -> Vec<String> {
    let table: toml::Table = cargo.parse().unwrap();
    let systems = table.get("target").and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::values);
    let tables = std::iter::once(&toml::Value::Table(table.clone())).chain(systems).cloned().collect::<Vec<_>>();
    let libraries = tables.iter().filter_map(|table| table.get("dependencies")?.as_table());
    libraries.flat_map(toml::Table::keys).map(|name| name.replace('-', "_")).collect()
}

#[track_caller]
fn assert_none(findings: &[String]) {
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}

#[test]
fn modules_use_lower_layers_only() {
    let (lib, sources) = (read("src/lib.rs"), sources());
    assert_none(&check_layers(&layers(&lib), &sources, &handed_out(&Source::new("src/lib.rs", &lib))));
}

#[test]
fn every_library_has_one_owner() {
    assert_none(&check_owners(&sources(), &dependencies(&read("Cargo.toml"))));
}

#[test]
fn nothing_banned_is_in_the_source() {
    assert_none(&sources().iter().flat_map(check_banned).collect::<Findings>());
}

#[test]
fn the_service_asks_for_viewers_only() {
    assert_none(&sources().iter().flat_map(check_viewers).collect::<Findings>());
}

#[test]
fn chinese_stands_in_literals_only() {
    assert_none(&sources().iter().flat_map(check_characters).collect::<Findings>());
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    assert_none(&sources().iter().flat_map(check_shape).collect::<Findings>());
}

#[test]
fn what_is_public_is_documented() {
    assert_none(&sources().iter().flat_map(check_documented).collect::<Findings>());
}

#[test]
fn files_of_a_folder_form_no_cycle() {
    assert_none(&check_cycles(&sources()));
}

#[test]
fn the_readme_explains_every_code() {
    let codes = codes(&sources());
    for known in ["bad_uscc", "empty_sheet", "locked", "bad_arguments", "min_order", "tier"] {
        assert!(codes.contains_key(known), "the tables of codes were not read: {known}");
    }
    assert_none(&check_readme(&codes, &read("README.md")));
}

#[test]
fn every_toml_file_parses() {
    let paths: Vec<String> = ["index", "fixtures"].iter().flat_map(|folder| files(folder, ".toml")).collect();
    assert!(paths.len() > 30, "the declaration was not found");
    let wrong = |path: &String| read(path).parse::<toml::Table>().err().map(|error| format!("{path}:1: {error}"));
    assert_none(&paths.iter().filter_map(wrong).collect::<Findings>());
}

/// Sees every check fail on texts that are wrong in one place.
mod checks_can_fail {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source::new(path, text)
    }

    const LIB: &str =
        "//! ```text\n//! 0  error  model    data\n//! 1  text           words, two\n//! 2  cli\n//! ```\n";

    fn layered(path: &str, text: &str) -> Findings {
        let lib = source("src/lib.rs", "pub use error::{Error, Result};\npub use model::*;");
        let others = ["error", "model", "text", "cli"].map(|name| source(&format!("src/{name}.rs"), "//! M."));
        let all: Vec<Source> = others.into_iter().chain([source(path, text)]).collect();
        check_layers(&layers(LIB), &all, &handed_out(&lib))
    }

    #[test]
    fn layers_are_read_and_held() {
        assert_eq!(layers(LIB), [vec!["error", "model"], vec!["text"], vec!["cli"]]);
        assert_none(&layered(
            "src/text/mod.rs",
            "use crate::model::A;\nuse crate::text::B;\nfn f() -> crate::Error {}",
        ));
        assert_none(&layered("src/model/a.rs", "use crate::error::A;\nuse super::b;"));
        assert_none(&layered("src/model/a.rs", "#[cfg(test)]\nmod tests {\n    use crate::cli::A;\n}"));
        assert_none(&layered("src/model/a.rs", "// use crate::cli::A;\nlet text = \"crate::cli\";"));
        let upwards = layered("src/text/a.rs", "//! M.\nuse crate::cli::A;");
        assert_eq!(upwards.len(), 1);
        assert!(upwards.concat().starts_with("src/text/a.rs:2: text must not use cli"));
        assert_eq!(layered("src/error.rs", "fn f() { crate::model::g() }").len(), 1);
        assert_eq!(layered("src/text/a.rs", "fn f() -> crate::PartyId {}").len(), 1);
        assert_eq!(layered("src/text/mod.rs", "use super::cli;").len(), 1);
        assert_eq!(layered("src/other.rs", "//! M.").len(), 1);
        assert_eq!(check_layers(&layers(LIB), &[], &BTreeMap::new()).len(), 4);
    }

    #[test]
    fn libraries_have_owners() {
        let found = |path: &str, text: &str| check_owners(&[source(path, text)], &["tantivy".to_owned()]).len();
        assert_eq!(found("src/fulltext/view.rs", "use tantivy::Index;"), 0);
        assert_eq!(found("src/engine/mod.rs", "use tantivy::Index;"), 1);
        assert_eq!(found("src/engine/mod.rs", "use csv;"), 1);
        assert_eq!(found("src/engine/mod.rs", "fn f(a: &tantivy::Index) {}"), 1);
        assert_eq!(found("src/engine/mod.rs", "#[cfg(test)]\nmod tests {\n    use tantivy::Index;\n}"), 0);
        assert_eq!(found("src/engine/mod.rs", "use crate::intake::csv::A; // tantivy::Index"), 0);
        assert_eq!(check_owners(&[], &["left_pad".to_owned()]).len(), 1);
        let cargo = "[dependencies]\njieba-rs = \"1\"\n[target.'cfg(unix)'.dependencies]\nrlimit = \"1\"";
        assert_eq!(dependencies(cargo), ["jieba_rs", "rlimit"]);
    }

    #[test]
    fn banned_texts_are_found() {
        let found = |text: &str| check_banned(&source("src/a.rs", text)).len();
        assert_eq!(found("let a = b.partial_cmp(&c);"), 1);
        assert_eq!(found("use crate::{a, b};\nuse super::super::c;\ndbg!(a);"), 3);
        assert_eq!(found("// FIXME: a\n// TODO: b"), 2);
        assert_eq!(found("// TODO: drop this once jiff reads it.\nlet a = \"dbg!\"; // never dbg!"), 0);
    }

    #[test]
    fn answers_that_are_made_for_nobody_are_found() {
        let found = |path: &str| check_viewers(&source(path, "let a = call.engine.history(&id);")).len();
        assert_eq!((found("src/service/handlers.rs"), found("src/cli/show.rs")), (1, 0));
    }

    #[test]
    fn characters_are_told_apart() {
        let found = |text: &str| check_characters(&source("src/a.rs", text)).len();
        assert_eq!(found("let a = \"钢\"; // as in `钢`\nlet b = ['、', '\\'', '\"'];\nlet c = r#\"\"钢\"#;"), 0);
        assert_eq!(found("//! ```\n//! let a = \"钢\";\n//! ```\n"), 0);
        assert_eq!(found("// 钢"), 1);
        assert_eq!(found("/* a /* 钢 */\n钢 */ let a = '\\''; // 钢"), 2);
        assert_eq!(found("let 钢 = 1;"), 1);
        assert_eq!(found("fn f<'a>(a: &'a str) -> &'a str { a } // 钢"), 1);
    }

    #[test]
    fn shapes_are_measured() {
        let found = |text: &str| check_shape(&source("src/a.rs", text)).len();
        assert_eq!(found("//! M.\n"), 0);
        assert_eq!(found("use a;\n"), 1);
        assert_eq!(found(&format!("//! M.\n{}", "a();\n".repeat(LINES_MAX))), 1);
        let tests = format!("//! M.\n#[cfg(test)]\nmod tests {{\n{}}}\n", "    a();\n".repeat(LINES_MAX));
        assert_eq!(found(&tests), 0);
    }

    #[test]
    fn public_items_are_documented() {
        let found = |text: &str| check_documented(&source("src/a.rs", text)).len();
        assert_eq!(found("/// A.\n#[derive(Debug)]\npub struct A {\n    /// B.\n    pub b: u8,\n    c: u8,\n}"), 0);
        assert_eq!(found("pub struct A {\n    pub b: u8,\n}"), 2);
        assert_eq!(found("/// A.\npub(super) enum A {\n    /// B.\n    B,\n    C { d: u8 },\n}\nfn f() {}"), 1);
        assert_eq!(found("/// A.\n\npub fn f() {}\n// F.\npub const B: u8 = 1;"), 2);
        assert_eq!(found("#[arg(\n    long,\n    help = \"钢\"\n)]\npub a: u8,"), 0);
        assert_eq!(found("#[arg(long,\n    help = \"钢\")]\npub a: u8,"), 0);
        assert_eq!(found("#[arg(\n    long\n)]\npub a: u8,"), 1);
        assert_eq!(found("pub use a::B;\npub mod c;\nfn f() {}\n#[cfg(test)]\nmod tests {\n    pub fn g() {}\n}"), 0);
    }

    #[test]
    fn codes_are_read_from_their_tables() {
        let sources = [
            source("src/model/problem.rs", "problem_codes! {\n    BadUscc, \"bad_uscc\", Error, \"代码有误\";\n}"),
            source("src/error.rs", "match self {\n    Self::Io { .. } => \"io\",\n}"),
            source("src/matching/rules.rs", "const RULES: [T; 1] = [\n    (\"open\", open),\n];\nf((\"x\", y))"),
            source("src/cli/args.rs", "format!(\"错误（bad_arguments）：{a}\");\nformat!(\"错误（{code}）\");"),
        ];
        let codes = codes(&sources);
        assert_eq!(codes.keys().collect::<Vec<_>>(), ["bad_arguments", "bad_uscc", "io", "open"]);
        let missing = check_readme(&codes, "`bad_uscc`, `open`, io and `bad_arguments`");
        assert_eq!(missing, ["src/error.rs:2: README.md does not explain `io`; add it there"]);
    }

    #[test]
    fn cycles_are_found() {
        let found = |a: &str, b: &str| {
            check_cycles(&[source("src/text/a.rs", a), source("src/text/b.rs", b), source("src/text/mod.rs", "mod a;")])
        };
        assert_none(&found("use crate::text::b::B;", "use crate::text::C;"));
        assert_eq!(found("use crate::text::b::B;", "use crate::text::a::A;").len(), 2);
        assert_eq!(found("use crate::text::{\n    A,\n    b,\n};", "use crate::text::a::A;").len(), 2);
        assert_eq!(found("use crate::text::b::B;", "fn f() { super::a::g() }").len(), 2);
    }
}
