//! The one written form in which texts are compared: width, case, dashes, quotes and multiplication signs are unified,
//! traditional characters become simplified ones, invisible characters are dropped, simple HTML entities decoded. It
//! changes characters one by one, never words (regional words are the declaration's variants), so a word stands at
//! the same places before and after. What is shown to people is the raw text, not this form.

use std::ops::Range;
use std::sync::LazyLock;

use ferrous_opencc::OpenCC;
use ferrous_opencc::config::BuiltinConfig;
use unicode_normalization::UnicodeNormalization;

/// HTML entities that pasted tables carry, without `&` and `;`.
const ENTITIES: &[(&str, char)] = &[
    ("amp", '&'),
    ("apos", '\''),
    ("deg", '°'),
    ("emsp", ' '),
    ("ensp", ' '),
    ("ge", '≥'),
    ("gt", '>'),
    ("ldquo", '"'),
    ("le", '≤'),
    ("lsquo", '\''),
    ("lt", '<'),
    ("mdash", '-'),
    ("micro", 'μ'),
    ("middot", '·'),
    ("nbsp", ' '),
    ("ndash", '-'),
    ("oslash", 'φ'),
    ("phi", 'φ'),
    ("plusmn", '±'),
    ("quot", '"'),
    ("rdquo", '"'),
    ("rsquo", '\''),
    ("sup2", '²'),
    ("sup3", '³'),
    ("times", '×'),
];

/// The longest entity with its `&` and `;` (`&#x1f600;`).
const ENTITY_CHARS_MAX: usize = 10;

/// Length units after which an `x` may still be a multiplication sign (`1200mmx2400mm`).
const LENGTH_UNITS: [&str; 2] = ["mm", "cm"];

/// The simplified form of every ideograph of the basic plane, by its distance from the first: what `OpenCC`'s table makes of
/// each single character, until nothing changes any more. Made once in some milliseconds.
static SIMPLIFIED: LazyLock<Vec<char>> = LazyLock::new(|| {
    let converter = OpenCC::from_config(BuiltinConfig::T2s).expect("the table is compiled in");
    let convert = |c: char| {
        let converted = converter.convert(c.encode_utf8(&mut [0; 4]));
        let mut chars = converted.chars();
        chars.next().filter(|_| chars.next().is_none()).unwrap_or(c)
    };
    (FIRST_IDEOGRAPH..=LAST_IDEOGRAPH).map(|c| convert(convert(c))).collect()
});

/// The blocks of ideographs of the basic plane, with the hexagrams between them.
const FIRST_IDEOGRAPH: char = '\u{3400}';
const LAST_IDEOGRAPH: char = '\u{9fff}';

/// Returns the form in which texts are compared. Idempotent and linear in the text.
///
/// Nearly every character stands for [one other](single) whatever is beside it. Only runs of the rest go through the
/// tables of Unicode, with the character before them, with which they may combine.
pub fn normalise(text: &str) -> String {
    let mut writer = Writer::new(text.len());
    // What is not written yet, and where its last character begins.
    let (mut start, mut last, mut run) = (0, 0, Run::Same);
    for (at, c) in text.char_indices() {
        let next = match single(c) {
            Some(folded) if folded != c || matches!(c, ' ' | ';') => Run::One(folded),
            Some(_) => Run::Same,
            None => Run::Raw,
        };
        let end = match (&run, &next) {
            (Run::Same, Run::Same) | (Run::One(_) | Run::Raw, Run::Raw) => start,
            (Run::Same, Run::Raw) => last,
            (_, Run::One(_)) | (_, Run::Same) => at,
        };
        if end > start {
            writer.push_run(&run, text.get(start..end).unwrap_or(""));
            start = end;
        }
        (last, run) = (at, next);
    }
    writer.push_run(&run, text.get(start..).unwrap_or(""));
    writer.finish()
}

/// What becomes of a run of characters.
enum Run {
    /// They stay as they are.
    Same,
    /// It is a single one, and becomes another.
    One(char),
    /// Only the tables of Unicode know.
    Raw,
}

/// Returns the form in which headers, options and aliases are compared: [`normalise`] without spaces, quotes, hyphens,
/// colons and asterisks.
pub fn key(text: &str) -> String {
    normalise(text).chars().filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | '-' | ':' | '*')).collect()
}

/// Folds width and compatibility forms and nothing else: `Ｓ２` is `S2`, but `s2` is not.
pub fn nfkc(text: &str) -> String {
    text.nfkc().filter(|c| !is_invisible(*c) && !c.is_control()).collect::<String>().trim().to_owned()
}

/// Finds where a normalised `word` stands in a raw text, as ranges of characters; letters compare in any case and
/// width, multiplication signs in any form. O(length of the text x length of the word).
pub fn places(raw: &[char], word: &str) -> Vec<Range<usize>> {
    let word: Vec<char> = word.chars().map(alike).collect();
    let folded: Vec<char> = raw.iter().map(|c| alike(*c)).collect();
    let found = folded.windows(word.len().max(1)).enumerate().filter(|(_, window)| *window == word.as_slice());
    found.map(|(start, _)| start..start + word.len()).collect()
}

/// Returns a normalised word as a raw text writes it at its first place, else the word itself.
pub fn as_written(raw: &str, word: &str) -> String {
    let chars: Vec<char> = raw.chars().collect();
    let place = places(&chars, word).into_iter().next();
    place.and_then(|place| chars.get(place)).map_or_else(|| word.to_owned(), |written| written.iter().collect())
}

/// Returns a range of bytes of the normalised form of `raw` as `raw` writes it, also where characters were exchanged
/// (`\u{2103}` is `\u{b0}c`); else the normalised text. Where the word is written out as such, its first place counts.
/// A long text is not searched. O(length of the text x length of the range).
pub fn as_written_at(raw: &str, normalised: &str, range: Range<usize>) -> String {
    const SEARCHED_BYTES_MAX: usize = 12_000;
    let word = normalised.get(range.clone()).unwrap_or("");
    if raw.len() > SEARCHED_BYTES_MAX {
        return word.to_owned();
    }
    let chars: Vec<char> = raw.chars().collect();
    if let Some(written) = places(&chars, word).into_iter().next().and_then(|place| chars.get(place)) {
        return written.iter().collect();
    }
    // Neither form loses a visible character to the other, but for entities and doubled dashes.
    let visible = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    let (start, len) = (visible(normalised.get(..range.start).unwrap_or("")), visible(word));
    let mut n_seen = 0;
    let mut written = String::new();
    for c in chars {
        let n_before = n_seen;
        n_seen += visible(&normalise(c.encode_utf8(&mut [0; 4])));
        let is_within = n_seen > start && n_before < start + len;
        if is_within || (!written.is_empty() && n_seen < start + len) {
            written.push(c);
        }
    }
    let is_aligned = n_seen == visible(normalised) && normalise(&written) == word;
    if is_aligned { written } else { word.to_owned() }
}

/// Folds one character for [`places`].
fn alike(c: char) -> char {
    match half_width(c).unwrap_or(c).to_ascii_lowercase() {
        'x' | '*' | '\u{2715}' | '\u{2716}' => '\u{d7}',
        '\u{3a6}' | '\u{d8}' | '\u{f8}' | '\u{2300}' => '\u{3c6}',
        other => simplified(other),
    }
}

/// Returns the character that `c` becomes, if that is always one and combines with none before it; `None` for those that
/// only the tables of Unicode know.
fn single(c: char) -> Option<char> {
    match c {
        '\u{4e00}'..=LAST_IDEOGRAPH => Some(simplified(c)),
        ' ' | '\t' | '\n' | '\r' | '\u{3000}' => Some(' '),
        '`' | '\u{ff40}' => Some('\''),
        '!'..='~' => Some(c.to_ascii_lowercase()),
        '\u{ff01}'..='\u{ff5e}' => half_width(c).map(|half| half.to_ascii_lowercase()),
        '“' | '”' => Some('"'),
        '‘' | '’' => Some('\''),
        'φ' | 'Φ' => Some('φ'),
        '、' | '。' | '·' | '×' | '±' | '°' | '≤' | '≥' => Some(c),
        _ => None,
    }
}

/// Returns the ASCII character of a full-width one.
fn half_width(c: char) -> Option<char> {
    u32::from(c).checked_sub(0xFEE0).and_then(char::from_u32).filter(char::is_ascii_graphic)
}

/// Returns the simplified form of a character.
fn simplified(c: char) -> char {
    let distance = u32::from(c).checked_sub(u32::from(FIRST_IDEOGRAPH)).and_then(|far| usize::try_from(far).ok());
    distance.and_then(|far| SIMPLIFIED.get(far)).copied().unwrap_or(c)
}

/// Appends `c` without what compatibility folding would lose: a list number (`U+2460`) must not fuse with the digits
/// after it, nor an exponent with the digits before it.
fn spell(out: &mut String, c: char) {
    if is_invisible(c) {
        return;
    }
    if let Some(number) = list_number(c) {
        out.push_str(&format!("({number})"));
        return;
    }
    let is_superscript = matches!(c, '²' | '³' | '¹' | '⁰' | '⁴'..='⁹' | '⁻');
    if is_superscript && out.ends_with(|last: char| matches!(last, '0'..='9' | '０'..='９')) {
        out.push('^');
    }
    out.push(c);
}

/// Says whether a character shows nothing and is no space, or only turns round what stands beside it.
pub fn is_invisible(c: char) -> bool {
    let is_format = matches!(
        u32::from(c),
        0xAD | 0x61C | 0x180E | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x206F | 0xFE00..=0xFE0F | 0xFEFF
            | 0xFFF9..=0xFFFB | 0xE0000..=0xE0FFF
    );
    is_format || (c.is_control() && !c.is_whitespace())
}

/// Returns the number of a circled number or of one with a full stop, 1 to 20.
fn list_number(c: char) -> Option<u32> {
    let code = u32::from(c);
    match code {
        0x2460..=0x2473 => Some(code - 0x2460 + 1),
        0x2488..=0x249B => Some(code - 0x2488 + 1),
        _ => None,
    }
}

/// Folds width, compatibility forms and case. The second pass is needed because lower case may compose anew.
fn fold(text: &str) -> impl Iterator<Item = char> + '_ {
    text.nfkc().flat_map(char::to_lowercase).nfkc()
}

/// Writes folded characters, unifies those that look or mean the same, and decodes entities as they are completed.
struct Writer {
    text: String,
    after_em_dash: bool,
    /// Whether every character written so far is one that combines with none before it.
    is_composed: bool,
}

impl Writer {
    /// Starts a text of about this many bytes.
    fn new(n_bytes: usize) -> Self {
        Self { text: String::with_capacity(n_bytes), after_em_dash: false, is_composed: true }
    }

    fn push_run(&mut self, run: &Run, raw: &str) {
        match run {
            Run::Same => {
                self.after_em_dash &= raw.is_empty();
                self.text.push_str(raw);
            }
            Run::One(c) => self.push_single(*c),
            Run::Raw => self.push_raw(raw),
        }
    }

    fn push_raw(&mut self, raw: &str) {
        let mut spelled = String::with_capacity(raw.len());
        raw.chars().for_each(|c| spell(&mut spelled, c));
        fold(&spelled).for_each(|c| self.push(c));
    }

    /// Writes a folded character.
    fn push(&mut self, c: char) {
        // A Chinese dash is two em dashes.
        let is_em_dash = matches!(c, '—' | '―');
        if is_em_dash && self.after_em_dash {
            return;
        }
        let c = unified(c);
        self.is_composed &= single(c) == Some(c);
        self.push_single(c);
        // Not before: what an entity stands for may end with a dash.
        self.after_em_dash |= is_em_dash;
    }

    /// Writes a unified character.
    fn push_single(&mut self, c: char) {
        self.after_em_dash = false;
        if c == ' ' && self.text.ends_with(' ') {
            return;
        }
        self.text.push(c);
        if c == ';' {
            self.decode_entity();
        }
    }

    /// Ends the text.
    fn finish(self) -> String {
        // Decoding may have brought a letter and its accent together.
        let composed = if self.is_composed { self.text } else { self.text.nfc().collect() };
        match composed.trim() {
            trimmed if trimmed.contains(['×', 'x', '*']) => unify_multiplication(trimmed),
            trimmed if trimmed.len() < composed.len() => trimmed.to_owned(),
            _ => composed,
        }
    }

    /// Replaces the entity that the text ends with, if any. An entity never yields `;`, so this does not recur, and
    /// nested entities (`&amp;lt;`) are decoded fully.
    fn decode_entity(&mut self) {
        let tail = self.text.char_indices().rev().take(ENTITY_CHARS_MAX);
        let Some(start) = tail.into_iter().find(|(_, c)| *c == '&').map(|(start, _)| start) else {
            return;
        };
        let name = self.text.get(start + 1..).and_then(|entity| entity.strip_suffix(';'));
        let Some(decoded) = name.and_then(entity) else {
            return;
        };
        let mut spelled = String::new();
        if let Some(last) = self.text.get(..start).and_then(|before| before.chars().next_back()) {
            spelled.push(last);
        }
        let n_bytes_before = spelled.len();
        spell(&mut spelled, decoded);
        let folded: Vec<char> = fold(spelled.get(n_bytes_before..).unwrap_or("")).collect();
        if !folded.contains(&';') {
            self.text.truncate(start);
            for c in folded {
                self.push(c);
            }
        }
    }
}

fn unified(c: char) -> char {
    match c {
        c if c.is_whitespace() => ' ',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '─' | '⁃' | '﹘' => '-',
        '〜' | '∼' | '⁓' | '∽' => '~',
        '✕' | '✖' | '⨯' | '╳' | '☓' => '×',
        'ø' | '⌀' | '∅' | 'ϕ' => 'φ',
        '≧' | '⩾' | '≥' => '≥',
        '≦' | '⩽' | '≤' => '≤',
        '∶' | '︰' => ':',
        '“' | '”' | '„' | '‟' | '«' | '»' | '「' | '」' | '『' | '』' | '〝' | '〞' => '"',
        '‘' | '’' | '‚' | '‛' | '`' => '\'',
        other => simplified(other),
    }
}

fn entity(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else {
        return ENTITIES.iter().find(|(known, _)| *known == name).map(|(_, c)| *c);
    };
    let code = match number.strip_prefix('x') {
        Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
        None => number.parse(),
    };
    code.ok().and_then(char::from_u32)
}

/// Turns `*` and `x` between the parts of a dimension into the multiplication sign and drops the spaces around it.
fn unify_multiplication(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '×' || multiplies(c, &out, chars.as_str()) {
            out.truncate(out.trim_end_matches(' ').len());
            out.push('×');
            chars = chars.as_str().trim_start_matches(' ').chars();
        } else {
            out.push(c);
        }
    }
    out
}

fn multiplies(c: char, before: &str, after: &str) -> bool {
    let left = before.trim_end_matches(' ');
    let measures = |text: &str| text.ends_with(|c: char| c.is_ascii_digit());
    let has_number = measures(left) || LENGTH_UNITS.iter().any(|unit| left.strip_suffix(unit).is_some_and(measures));
    let before_star = left.len() == before.len() && left.ends_with(|c: char| c.is_ascii_alphanumeric() || c == ')');
    let fits_left = match c {
        'x' => has_number,
        '*' => has_number || before_star,
        _ => return false,
    };
    fits_left && after.trim_start_matches(' ').starts_with(|c: char| c.is_ascii_digit() || c == 'φ')
}

/// Lists what a text begins with, up to so many characters, longest first.
pub fn prefixes(text: &str, chars_max: usize) -> impl Iterator<Item = &str> {
    let end = text.char_indices().nth(chars_max).map_or(text.len(), |(end, _)| end);
    let window = text.get(..end).unwrap_or(text);
    window.char_indices().rev().filter_map(move |(start, c)| window.get(..start + c.len_utf8()))
}

/// Lists what a text ends with, up to so many characters, longest first.
pub fn suffixes(text: &str, chars_max: usize) -> impl Iterator<Item = &str> {
    let start = text.char_indices().rev().take(chars_max).last().map_or(text.len(), |(start, _)| start);
    let window = text.get(start..).unwrap_or(text);
    window.char_indices().filter_map(move |(start, _)| window.get(start..))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_form_for_what_means_the_same() {
        for (input, expected) in [
            ("Ｍ８Ｘ３０", "m8×30"),
            ("M8*30", "m8×30"),
            ("M8 x 30", "m8×30"),
            ("M8✕30", "m8×30"),
            ("1200mm*2400mm", "1200mm×2400mm"),
            ("1200mmX2400mm", "1200mm×2400mm"),
            ("1200 × 2400", "1200×2400"),
            ("10*φ20", "10×φ20"),
            ("maxis x5", "maxis x5"),
            ("*名称", "*名称"),
            ("138****1234", "138****1234"),
            ("Φ20 φ20 Ø20 ⌀20", "φ20 φ20 φ20 φ20"),
            ("3～5", "3~5"),
            ("3〜5", "3~5"),
            ("3–5—8−1－2", "3-5-8-1-2"),
            ("甲——乙", "甲-乙"),
            ("-40--20", "-40--20"),
            ("3至5", "3至5"),
            ("≧5 ≦6 ⩾7", "≥5 ≤6 ≥7"),
            ("“专精特新”＂", "\"专精特新\"\""),
            ("10㎡ 5㎏ 85℃ 30％", "10m2 5kg 85°c 30%"),
            ("m² 10³", "m2 10^3"),
            ("①铝②铜⒈5吨", "(1)铝(2)铜(1)5吨"),
            ("（集团）：1，000", "(集团):1,000"),
            ("a&nbsp;&nbsp;b&lt;c&amp;lt;&#20013;&#x4E2D;", "a b<c<中中"),
            ("10&sup3; m&sup2;", "10^3 m2"),
            ("R&D; &unknown; &#59;", "r&d; &unknown; &#59;"),
            ("零\u{200B}宽\u{FEFF}\u{7}", "零宽"),
            ("鉬靶，臺灣軟體，乾燥機", "钼靶,台湾软体,干燥机"),
            ("  多\t行\r\n\u{3000}文字 ", "多 行 文字"),
            ("", ""),
        ] {
            assert_eq!(normalise(input), expected, "{input}");
        }
    }

    #[test]
    fn a_key_has_no_spaces_quotes_hyphens_colons_or_asterisks() {
        for (input, expected) in [
            ("* 需求 名称：", "需求名称"),
            ("“小巨人”企业", "小巨人企业"),
            ("T-Max", "tmax"),
            ("预算（万元）", "预算(万元)"),
        ] {
            assert_eq!(key(input), expected, "{input}");
        }
    }

    #[test]
    fn a_range_is_shown_as_written_where_characters_were_exchanged() {
        let raw = "① 工作温度－40℃～85℃，IP67";
        let text = normalise(raw);
        let at = |word: &str| {
            let start = text.find(word).expect("in the text");
            as_written_at(raw, &text, start..start + word.len())
        };
        assert_eq!(at("-40°c~85°c"), "－40℃～85℃");
        assert_eq!(at("ip67"), "IP67");
        // A decoded entity leaves the forms of different lengths: the normalised text is shown.
        let (raw, text) = ("&lt;85℃", normalise("&lt;85℃"));
        assert_eq!(as_written_at(raw, &text, 0..text.len()), "<85°c");
    }

    /// As [`normalise`], with every character through the tables.
    fn slowly(text: &str) -> String {
        let mut writer = Writer::new(text.len());
        writer.push_raw(text);
        unify_multiplication(writer.text.nfc().collect::<String>().trim())
    }

    #[test]
    fn what_stands_for_one_character_does_so_by_the_tables_too() {
        for c in ('\u{0}'..=char::MAX).filter(|c| !matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{3000}')) {
            if let Some(folded) = single(c) {
                assert_eq!([c, folded].map(|c| slowly(&c.to_string())), [folded, folded].map(String::from), "{c}");
                assert_eq!(format!("e{folded}").nfc().collect::<String>(), format!("e{folded}"), "{c}");
            }
        }
        assert_eq!((single('臺'), single('Ｘ'), single('é'), single('\u{301}')), (Some('台'), Some('x'), None, None));
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(text in ".{0,40}") {
            let once = normalise(&text);
            prop_assert_eq!(&once, &slowly(&text));
            prop_assert_eq!(normalise(&once), once);
        }

        #[test]
        fn normalising_twice_changes_nothing_near_its_rules(
            text in "(&#8212;|&|#|;|[xX0-9*×—― amplt²①Φ薴瞭臺\u{300}\u{338}\u{200B}jJ\u{30C}；＆－<=≧m。，℃\u{37e}]){0,30}"
        ) {
            let once = normalise(&text);
            prop_assert_eq!(&once, &slowly(&text));
            prop_assert_eq!(normalise(&once), once);
        }
    }
}
