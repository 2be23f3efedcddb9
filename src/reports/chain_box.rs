//! The box of a link in the picture of a chain: what is written into it, how high that makes it, and how its state looks.
//! Names are wrapped and, where they are very long, cut in the middle, since it is their ends that differ.

use unicode_width::UnicodeWidthStr;

use crate::chain::LinkState;
use crate::reports::chain_drawing::DrawnLink;
use crate::reports::svg::{Element, tenth};

/// How wide every box is.
pub(super) const BOX_WIDTH: f64 = 160.0;
/// How high a box is at least.
pub(super) const BOX_HEIGHT: f64 = 52.0;
/// The width of the mark of a link that one supplier's loss loses.
const SINGLE_WIDTH: f64 = 30.0;
/// Sizes of letters: title, state, remark.
pub(super) const SIZES: (f64, f64, f64) = (12.0, 10.0, 9.5);
/// The smallest that letters of a title get before it is wrapped, and the size of those of a wrapped one.
const SIZE_MIN: f64 = 9.5;
const SIZE_WRAPPED: f64 = 10.5;
/// Where text begins, from the left side of a box; below its sign text begins further left.
const INDENT: f64 = 28.0;
const MARGIN: f64 = 8.0;
/// The most lines of a title, of remarks, and of what a box below feeds or uses.
const LINES_MAX: (usize, usize, usize) = (3, 2, 4);
/// A line may not begin with these.
const NOT_FIRST: [char; 10] = ['、', '，', '；', '。', '）', ')', '”', '：', ',', ';'];

/// The text of a box.
pub(super) struct BoxText {
    title: Vec<String>,
    size: f64,
    state: String,
    notes: Vec<String>,
    ways: Vec<String>,
    is_single: bool,
}

impl BoxText {
    /// Lays out the text of a link; what it feeds and uses is written only where no lines show it.
    pub(super) fn new(link: &DrawnLink, fed: &[&str], used: &[&str]) -> Self {
        let room = BOX_WIDTH - INDENT - 6.0;
        let (title, size) = match fit(&link.title, room, SIZES.0, SIZE_MIN) {
            (whole, size) if whole == link.title => (vec![whole], size),
            _ => (wrap(&link.title, room, SIZE_WRAPPED, LINES_MAX.0), SIZE_WRAPPED),
        };
        let count = link.local.map_or(String::new(), |n| format!(" 本地供应商 {n} 家"));
        let beside_mark = room - if link.is_single { SINGLE_WIDTH + 4.0 } else { 0.0 };
        let ways = [("供", fed), ("用", used)].into_iter().filter(|(_, titles)| !titles.is_empty());
        let ways = ways.flat_map(|(label, titles)| {
            wrap(&format!("{label}：{}", titles.join("、")), BOX_WIDTH - 2.0 * MARGIN, SIZES.2, LINES_MAX.2)
        });
        Self {
            title,
            size,
            state: format!("{}{count}", link.state.label()),
            notes: wrap(&link.notes.join("；"), beside_mark, SIZES.2, LINES_MAX.1),
            ways: ways.collect(),
            is_single: link.is_single,
        }
    }

    /// Returns how high the box is at least.
    pub(super) fn height(&self) -> f64 {
        let n_below = usize::max(self.notes.len(), usize::from(self.is_single));
        let last = self.state_line() + lines_high(n_below) + lines_high(self.ways.len());
        f64::max(BOX_HEIGHT, last + 8.0)
    }

    /// Returns the height of the line of the state, from the top of the box.
    fn state_line(&self) -> f64 {
        17.0 + lines_high(self.title.len()) + if self.title.len() > 1 { 0.0 } else { 1.0 }
    }

    /// Draws the box at its upper left corner.
    pub(super) fn draw(&self, link: &DrawnLink, (x, y, height): (f64, f64, f64)) -> Element {
        let look = look(link.state);
        let frame = Element::new("rect")
            .with("class", "link")
            .at([("x", x), ("y", y), ("width", BOX_WIDTH), ("height", height), ("rx", 5.0)])
            .with("fill", look.fill)
            .with("stroke", look.line)
            .at([("stroke-width", look.border_width)])
            .with("stroke-dasharray", look.dashes);
        let full = format!("{}：{}", link.title, self.state);
        let mut parts = vec![Element::new("title").text(&full), frame, sign(link.state, x + 15.0, y + 17.0)];
        let mut line = y + 17.0;
        for text in &self.title {
            parts.push(words(x + INDENT, line, self.size, text).with("font-weight", "bold"));
            line += LINE_STEP;
        }
        line = y + self.state_line();
        parts.push(words(x + INDENT, line, SIZES.1, &self.state));
        if self.is_single {
            parts.push(single_mark(x + BOX_WIDTH - SINGLE_WIDTH - 5.0, line + 4.0));
        }
        for text in &self.notes {
            line += LINE_STEP;
            parts.push(words(x + INDENT, line, SIZES.2, text).with("fill", "#444"));
        }
        if self.is_single && self.notes.is_empty() {
            line += LINE_STEP;
        }
        for text in &self.ways {
            line += LINE_STEP;
            parts.push(words(x + MARGIN, line, SIZES.2, text).with("fill", "#444"));
        }
        Element::new("g").holding(parts)
    }
}

/// The distance of two lines of text.
const LINE_STEP: f64 = 13.0;

fn lines_high(n_lines: usize) -> f64 {
    f64::from(u32::try_from(n_lines).unwrap_or(u32::MAX)) * LINE_STEP
}

/// Wraps a text to a width; where it takes too many lines, the last one begins with a mark and ends as the text does.
fn wrap(text: &str, width: f64, size: f64, lines_max: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if lines.len() + 1 == lines_max && text_width(rest, size) > width {
            lines.push(ending(rest, width, size));
            break;
        }
        let (line, behind) = rest.split_at(first_line(rest, width, size));
        lines.push(line.to_owned());
        rest = behind;
    }
    lines
}

/// Returns where the first line of a text ends, in bytes; a Latin word is not broken unless it fills the line alone.
fn first_line(text: &str, width: f64, size: f64) -> usize {
    let mut used = 0.0;
    let mut end = 0;
    let mut before: Option<char> = None;
    for (place, c) in text.char_indices() {
        let is_in_word = |before: char| before.is_ascii_alphanumeric() && c.is_ascii_alphanumeric();
        if before.is_some_and(|before| !is_in_word(before)) && !NOT_FIRST.contains(&c) {
            end = place;
        }
        used += text_width(c.encode_utf8(&mut [0; 4]), size);
        if used > width + 0.01 {
            return if end > 0 { end } else { place.max(c.len_utf8()) };
        }
        before = Some(c);
    }
    text.len()
}

/// Returns as much of the end of a text as fits behind the mark of what was left out.
fn ending(text: &str, width: f64, size: f64) -> String {
    let mut kept = text;
    while text_width(kept, size) > width - size {
        let mut chars = kept.chars();
        if chars.next().is_none() {
            break;
        }
        kept = chars.as_str();
    }
    format!("…{kept}")
}

/// Draws the mark of a link that one supplier's loss loses.
pub(super) fn single_mark(x: f64, y: f64) -> Element {
    let ground = Element::new("rect").at([("x", x), ("y", y), ("width", SINGLE_WIDTH), ("height", 12.0), ("rx", 3.0)]);
    let text = words(x + SINGLE_WIDTH / 2.0, y + 9.5, 9.5, "单点").with("text-anchor", "middle").with("fill", "#fff");
    Element::new("g").holding([ground.with("fill", "#222"), text])
}

/// Writes a line of text from its left end.
pub(super) fn words(x: f64, y: f64, size: f64, text: &str) -> Element {
    Element::new("text").at([("x", x), ("y", y), ("font-size", size)]).text(text)
}

/// Estimates the width of a text: an ideograph is as wide as its letters are high, other letters a little over half.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let units = f64::from(u32::try_from(text.width()).unwrap_or(u32::MAX));
    let n_narrow = f64::from(u32::try_from(text.chars().filter(char::is_ascii).count()).unwrap_or(0));
    (units * 0.5 + n_narrow * 0.08) * size
}

/// Makes a text fit a width, by smaller letters, then by leaving out its end; returns it with the size of its letters.
pub(super) fn fit(text: &str, width: f64, size: f64, size_min: f64) -> (String, f64) {
    let wanted = text_width(text, size);
    if wanted <= width {
        return (text.to_owned(), size);
    }
    let smaller = f64::max(size_min, size * width / wanted);
    let mut kept = text.to_owned();
    while text_width(&kept, smaller) > width + 0.01 && kept.pop().is_some() {
        // The mark of what was left out takes the place of an ideograph.
        while text_width(&kept, smaller) > width - smaller && kept.pop().is_some() {}
        kept.push('…');
    }
    (kept, smaller)
}

/// How a state looks.
struct Look {
    line: &'static str,
    fill: &'static str,
    border_width: f64,
    dashes: &'static str,
}

/// Colours that the colour-blind tell apart, after Okabe and Ito.
fn look(state: LinkState) -> Look {
    let look = |line, fill, border_width, dashes| Look { line, fill, border_width, dashes };
    match state {
        LinkState::Covered => look("#00744f", "#e3f4ec", 1.2, "none"),
        LinkState::Weak => look("#a86400", "#fdf1da", 1.2, "9 2"),
        LinkState::Missing => look("#b83c00", "#fbe3d8", 2.4, "5 3"),
        LinkState::MissingEverywhere => look("#7a1500", "#f6d0c4", 3.2, "2.5 2"),
        LinkState::AtRisk => look("#8a2f66", "#f6e3ee", 2.4, "none"),
        LinkState::Unknown => look("#6b6b6b", "#f4f4f4", 1.0, "1.5 2.5"),
    }
}

/// Draws the sign of a state, 16 wide, around a point.
pub(super) fn sign(state: LinkState, x: f64, y: f64) -> Element {
    let colour = look(state).line;
    let line = |d: String| {
        Element::new("path").with("d", d).with("fill", "none").with("stroke", colour).at([("stroke-width", 1.8)])
    };
    let ring = |fill: &str| {
        let ring = Element::new("circle").at([("cx", x), ("cy", y), ("r", 7.0)]);
        ring.with("fill", fill).with("stroke", colour).at([("stroke-width", 1.4)])
    };
    let p = |dx: f64, dy: f64| format!("{} {}", tenth(x + dx), tenth(y + dy));
    let parts = match state {
        LinkState::Covered => {
            let tick = format!("M{}L{}L{}", p(-3.5, 0.2), p(-1.0, 3.0), p(3.8, -3.2));
            vec![ring(colour), line(tick).with("style", "stroke:#fff")]
        }
        LinkState::Weak => {
            let half = format!("M{}A7 7 0 0 0 {}Z", p(0.0, -7.0), p(0.0, 7.0));
            vec![ring("#fff"), Element::new("path").with("d", half).with("fill", colour)]
        }
        LinkState::Missing => {
            let frame = Element::new("rect").at([("x", x - 7.0), ("y", y - 7.0), ("width", 14.0), ("height", 14.0)]);
            let frame = frame.with("fill", "#fff").with("stroke", colour).at([("stroke-width", 1.4)]);
            let cross = format!("M{}L{}M{}L{}", p(-4.0, -4.0), p(4.0, 4.0), p(4.0, -4.0), p(-4.0, 4.0));
            vec![frame, line(cross).with("style", "stroke-width:2.4")]
        }
        LinkState::MissingEverywhere => {
            let ground = Element::new("rect").at([("x", x - 7.0), ("y", y - 7.0), ("width", 14.0), ("height", 14.0)]);
            let cross = format!("M{}L{}M{}L{}", p(-4.0, -4.0), p(4.0, 4.0), p(4.0, -4.0), p(-4.0, 4.0));
            vec![ground.with("fill", colour), line(cross).with("style", "stroke:#fff;stroke-width:2.4")]
        }
        LinkState::AtRisk => {
            let outline = format!("M{}L{}L{}Z", p(0.0, -8.0), p(8.0, 6.5), p(-8.0, 6.5));
            let mark = format!("M{}L{}M{}L{}", p(0.0, -3.5), p(0.0, 2.0), p(0.0, 3.6), p(0.0, 5.2));
            vec![Element::new("path").with("d", outline).with("fill", colour), line(mark).with("style", "stroke:#fff")]
        }
        LinkState::Unknown => {
            let mark = words(x, y + 4.0, 11.0, "?").with("text-anchor", "middle").with("fill", colour);
            vec![ring("#fff"), mark]
        }
    };
    Element::new("g").holding(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_made_smaller_then_wrapped_and_their_ends_are_kept() {
        let (kept, size) = fit("一二三四五六七八九十甲乙丙丁戊己庚辛", 120.0, 12.0, 9.5);
        assert!(kept.ends_with('…') && (size - 9.5).abs() < 1e-9 && text_width(&kept, size) <= 120.0, "{kept} {size}");
        assert_eq!(
            fit("一二三四五六七八九十甲", 126.0, 12.0, 9.5).0,
            "一二三四五六七八九十甲",
            "smaller letters first"
        );
        let lines = wrap("30CrMnSiA航空结构钢锻件（第1批）、轴", 60.0, 10.0, 9);
        assert!(lines.iter().all(|line| text_width(line, 10.0) <= 72.0 && !line.starts_with('、')), "{lines:?}");
        assert_eq!(lines.concat(), "30CrMnSiA航空结构钢锻件（第1批）、轴");
        assert_eq!(lines[0], "30CrMnSiA", "a word is not broken");
        let cut = |n: usize| wrap(&format!("{}第{n}号", "很长的名称".repeat(20)), 120.0, 10.0, 3);
        assert_eq!((cut(1).len(), cut(1)[2].ends_with("第1号")), (3, true));
        assert_ne!(cut(1), cut(2));
        assert_eq!(wrap("", 60.0, 10.0, 3), Vec::<String>::new());
    }
}
