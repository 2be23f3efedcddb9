//! The picture of one chain: links as boxes in layers from upstream on the left to downstream on the right, what feeds
//! what, how well each link is covered, and what supports the whole chain in a band below. States differ by sign,
//! border and word as well as by colour, so that a black-and-white print says the same. The picture fits an A4 or, where
//! its letters would get too small, an A3 page. It is drawn from [`ChainDrawing`] alone and decides nothing.

use std::fs;
use std::path::Path;

use unicode_width::UnicodeWidthStr;

use crate::error::Error;
use crate::reports::chain_drawing::{ChainDrawing, DrawnFeed, DrawnLink, FeedStrength, LinkState};
use crate::reports::layered::{Layout, Stretch, columns, place};
use crate::reports::svg::{Element, tenth};

/// A picture holds so many links at most.
const LINKS_MAX: usize = 200;
const BOX_WIDTH: f64 = 160.0;
const BOX_HEIGHT: f64 = 50.0;
/// The least distance of two ways that come into a box, and the room above and below them together. A box into which
/// many come is higher.
const ENTRY_STEP: f64 = 5.6;
const ENTRIES_MARGIN: f64 = 14.0;
/// Boxes of the band below also say what they feed and what feeds them.
const SUPPORT_HEIGHT: f64 = 76.0;
/// The width of the mark of a link that one supplier's loss loses.
const SINGLE_WIDTH: f64 = 30.0;
const COLUMN_GAP: f64 = 68.0;
const MARGIN: f64 = 28.0;
/// The picture is at least so wide, for its legend.
const WIDTH_MIN: f64 = 940.0;
/// The top of the layers' headings.
const LAYERS_TOP: f64 = 74.0;
/// From the top of a layer's heading to its first box.
const HEADING_HEIGHT: f64 = 36.0;
const LEGEND_HEIGHT: f64 = 66.0;
/// Sizes of letters: heading, box, remark.
const SIZES: (f64, f64, f64) = (21.0, 12.0, 9.5);
/// The smallest that letters of a box's title get before it is cut.
const SIZE_MIN: f64 = 9.5;
/// Pages in millimetres, and how much of the picture's own size its letters keep at least on the smaller one.
const PAGES: [(f64, f64); 2] = [(297.0, 210.0), (420.0, 297.0)];
const SCALE_MIN: f64 = 0.9;
/// Units of the picture in a millimetre of paper.
const UNITS_PER_MM: f64 = 96.0 / 25.4;
const FONTS: &str =
    "'Noto Sans CJK SC','Source Han Sans SC','Microsoft YaHei','PingFang SC','Hiragino Sans GB',SimHei,sans-serif";
/// Colours of lines, by the box where they begin, so that the eye can follow them.
const LINES: [&str; 8] = ["#1f4e79", "#7a3e00", "#2e6b34", "#6b2a6b", "#7d6300", "#0b6666", "#8b1e3f", "#4a4a4a"];

/// Writes the picture of a chain.
///
/// # Errors
/// As [`chain_svg`]; [`Error::Io`] where the file cannot be written.
pub fn write_chain_svg(drawing: &ChainDrawing, path: &Path) -> Result<(), Error> {
    fs::write(path, chain_svg(drawing)?).map_err(Error::io("写入", path))
}

/// Draws a chain. Same drawing, same text. O(stretches of feeds between columns, squared).
///
/// # Errors
/// [`Error::Request`] for a chain of more links than a page shows.
pub fn chain_svg(drawing: &ChainDrawing) -> Result<String, Error> {
    let n_links = drawing.links.len();
    if n_links > LINKS_MAX {
        return Err(Error::Request(format!("“{}”有 {n_links} 个环节，一张图最多画 {LINKS_MAX} 个", drawing.title)));
    }
    let plan = Plan::new(drawing);
    let mut parts = vec![
        Element::new("title").text(&drawing.title),
        Element::new("rect").at([("width", plan.width), ("height", plan.height)]).with("fill", "#fff"),
    ];
    parts.extend(head(drawing));
    parts.extend(plan.headings(drawing));
    parts.extend(plan.layout.stretches.iter().map(|stretch| plan.stretch(drawing, stretch)));
    parts.extend(drawing.links.iter().zip(&plan.places).map(|(link, (x, y, height))| link_box(link, *x, *y, *height)));
    parts.extend(plan.support_lines(drawing));
    parts.extend(plan.legend(drawing));
    let fits = |(width, height): &(f64, f64)| {
        f64::min(width * UNITS_PER_MM / plan.width, height * UNITS_PER_MM / plan.height) >= SCALE_MIN
    };
    let [small, large] = PAGES;
    let (width, height) = if fits(&small) { small } else { large };
    let picture = Element::new("svg")
        .with("xmlns", "http://www.w3.org/2000/svg")
        .with("width", format!("{width}mm"))
        .with("height", format!("{height}mm"))
        .with("viewBox", format!("0 0 {} {}", tenth(plan.width), tenth(plan.height)))
        .with("font-family", FONTS)
        .holding(parts);
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    picture.write(&mut text);
    Ok(text)
}

/// Where everything stands.
struct Plan {
    layout: Layout,
    /// For each box of the layout, the place of its link; and the other way round.
    links: Vec<usize>,
    boxes: Vec<Option<usize>>,
    /// The upper left corner of each link's box, and its height.
    places: Vec<(f64, f64, f64)>,
    /// The first and last column of each layer.
    spans: Vec<Option<(usize, usize)>>,
    width: f64,
    height: f64,
    layers_bottom: f64,
    support_top: f64,
}

impl Plan {
    fn new(drawing: &ChainDrawing) -> Self {
        let placed = drawing.links.iter().enumerate().filter_map(|(i, link)| Some((i, link.layer?)));
        let (links, layers): (Vec<usize>, Vec<usize>) = placed.unzip();
        let boxes: Vec<Option<usize>> =
            (0..drawing.links.len()).map(|link| links.iter().position(|other| *other == link)).collect();
        let box_of = |link: usize| boxes.get(link).copied().flatten();
        // Edges keep the order of the feeds; those of the band below join a box with itself and are left out.
        let edge = |feed: &DrawnFeed| box_of(feed.from).zip(box_of(feed.to)).unwrap_or((0, 0));
        let edges: Vec<(usize, usize)> = drawing.feeds.iter().map(edge).collect();
        let columns = columns(&layers, &edges);
        let n_entries = |idx: usize| edges.iter().filter(|(from, to)| *to == idx && from != to).count();
        let sizes = columns.iter().enumerate().map(|(idx, column)| (*column, box_height(n_entries(idx))));
        let sizes: Vec<(usize, f64)> = sizes.collect();
        let layout = place(&sizes, &edges);
        let spans = (0..drawing.layers.len()).map(|layer| {
            let of_layer = || layers.iter().zip(&columns).filter(move |(l, _)| **l == layer).map(|(_, column)| *column);
            of_layer().min().zip(of_layer().max())
        });
        let spans = spans.collect();
        let bottom = layout.points.iter().map(|point| point.middle + point.height / 2.0).fold(0.0, f64::max);
        let layers_bottom = LAYERS_TOP + HEADING_HEIGHT + bottom + 14.0;
        let mut plan = Self {
            width: f64::max(WIDTH_MIN, column_x(layout.n_columns) - COLUMN_GAP + 12.0 + MARGIN),
            height: 0.0,
            layers_bottom,
            support_top: layers_bottom + 12.0,
            layout,
            links,
            boxes,
            places: Vec::new(),
            spans,
        };
        plan.put_boxes(drawing);
        plan
    }

    /// Sets the places of all boxes, and the height of the whole.
    fn put_boxes(&mut self, drawing: &ChainDrawing) {
        let mut below = (MARGIN + 12.0, self.support_top + 30.0);
        let mut bottom = self.layers_bottom;
        for link in 0..drawing.links.len() {
            let point = self.boxes.get(link).copied().flatten().and_then(|idx| self.layout.points.get(idx));
            if let Some(point) = point {
                let top = LAYERS_TOP + HEADING_HEIGHT + point.middle - point.height / 2.0;
                self.places.push((column_x(point.column), top, point.height));
                continue;
            }
            if below.0 + BOX_WIDTH > self.width - MARGIN {
                below = (MARGIN + 12.0, below.1 + SUPPORT_HEIGHT + 14.0);
            }
            self.places.push((below.0, below.1, SUPPORT_HEIGHT));
            bottom = below.1 + SUPPORT_HEIGHT + 12.0;
            below.0 += BOX_WIDTH + 16.0;
        }
        self.height = bottom + LEGEND_HEIGHT;
    }

    /// Draws the grounds and headings of the layers and of the band below.
    fn headings(&self, drawing: &ChainDrawing) -> Vec<Element> {
        let ground = |x: f64, y: f64, width: f64, height: f64, title: &str| {
            let ground =
                Element::new("rect").at([("x", x), ("y", y), ("width", width), ("height", height), ("rx", 6.0)]);
            let heading = words(x + width / 2.0, y + 18.0, 13.0, title).with("text-anchor", "middle");
            let ground = ground.with("fill", "#fafafa").with("stroke", "#d0d0d0");
            [ground, heading.with("font-weight", "bold").with("fill", "#333")]
        };
        let mut parts = Vec::new();
        for (title, span) in drawing.layers.iter().zip(&self.spans) {
            let Some((first, last)) = span else { continue };
            let x = column_x(*first) - 12.0;
            let width = column_x(*last) + BOX_WIDTH + 12.0 - x;
            parts.extend(ground(x, LAYERS_TOP, width, self.layers_bottom - LAYERS_TOP, title));
        }
        if drawing.links.iter().any(|link| link.layer.is_none()) {
            let height = self.height - LEGEND_HEIGHT - self.support_top;
            parts.extend(ground(MARGIN, self.support_top, self.width - 2.0 * MARGIN, height, &drawing.support));
        }
        parts
    }

    /// Returns where a point's ways meet it: its left or right side, and the height.
    fn port(&self, idx: usize, is_right_side: bool) -> (f64, f64) {
        let Some(point) = self.layout.points.get(idx) else { return (0.0, 0.0) };
        let x = column_x(point.column) + if is_right_side { BOX_WIDTH } else { 0.0 };
        (x, LAYERS_TOP + HEADING_HEIGHT + point.middle)
    }

    /// Spreads the ways that come into a box over its left side, in the order in which they come.
    fn entry(&self, stretch: &Stretch) -> f64 {
        if self.layout.points.get(stretch.right).is_none_or(|point| !point.is_box) {
            return 0.0;
        }
        let comes_from = |other: &Stretch| self.port(other.left, true).1;
        let here = comes_from(stretch);
        let others = || self.layout.stretches.iter().filter(|other| other.right == stretch.right);
        let n = f64::from(u32::try_from(others().count()).unwrap_or(1));
        let before = |other: &&Stretch| {
            comes_from(other)
                .total_cmp(&here)
                .then(other.left.cmp(&stretch.left))
                .then(other.is_back.cmp(&stretch.is_back))
                .is_lt()
        };
        let place = f64::from(u32::try_from(others().filter(before).count()).unwrap_or(0));
        let height = self.layout.points.get(stretch.right).map_or(0.0, |point| point.height);
        let step = f64::min(8.0, (height - ENTRIES_MARGIN) / n);
        (place - (n - 1.0) / 2.0) * step
    }

    /// Draws one part of a way, with its point where it ends.
    fn stretch(&self, drawing: &ChainDrawing, stretch: &Stretch) -> Element {
        let feeds = || stretch.edges.iter().filter_map(|edge| drawing.feeds.get(*edge));
        let strength = feeds().map(|feed| feed.strength).min().unwrap_or(FeedStrength::Optional);
        let colour = feeds().next().and_then(|feed| LINES.get(feed.from % LINES.len())).copied().unwrap_or("#4a4a4a");
        let link = |idx: usize| self.links.get(idx);
        let ends_in = |idx: usize| feeds().any(|feed| link(idx) == Some(&feed.to));
        let (mut left, mut right) = (self.port(stretch.left, true), self.port(stretch.right, false));
        right.1 += self.entry(stretch);
        if stretch.is_back && link(stretch.left).is_some() {
            // Apart from where the ways begin that lead on.
            left.1 += BOX_HEIGHT / 4.0;
        }
        let mut parts = Vec::new();
        let mut tip = |(x, y): (f64, f64), direction: f64| {
            let back = x - 7.0 * direction;
            let d = format!(
                "M{} {}L{} {}L{} {}Z",
                tenth(x),
                tenth(y),
                tenth(back),
                tenth(y - 3.2),
                tenth(back),
                tenth(y + 3.2)
            );
            parts.push(Element::new("path").with("d", d).with("fill", colour));
            back
        };
        let (mut start, mut end) = (left.0, right.0);
        if !stretch.is_back && ends_in(stretch.right) {
            end = tip(right, 1.0);
        }
        if stretch.is_back && ends_in(stretch.left) {
            start = tip(left, -1.0);
        }
        let middle = f64::midpoint(start, end);
        let curve = format!(
            "M{} {}C{} {} {} {} {} {}",
            tenth(start),
            tenth(left.1),
            tenth(middle),
            tenth(left.1),
            tenth(middle),
            tenth(right.1),
            tenth(end),
            tenth(right.1)
        );
        // A stop is crossed straight.
        let through =
            if link(stretch.right).is_none() { format!("H{}", tenth(end + BOX_WIDTH)) } else { String::new() };
        let line = Element::new("path").with("class", "feed").with("d", format!("{curve}{through}"));
        let line = line
            .with("fill", "none")
            .with("stroke", colour)
            .at([("stroke-width", if strength == FeedStrength::Optional { 1.0 } else { 1.4 })]);
        Element::new("g").holding([line.with("stroke-dasharray", dashes(strength))]).holding(parts)
    }

    /// Writes into the boxes of the band below what they feed and what feeds them.
    fn support_lines(&self, drawing: &ChainDrawing) -> Vec<Element> {
        let mut parts = Vec::new();
        for (idx, (link, (x, y, _))) in drawing.links.iter().zip(&self.places).enumerate() {
            if link.layer.is_some() {
                continue;
            }
            let title = |place: usize| drawing.links.get(place).map(|link| link.title.as_str());
            let fed: Vec<&str> = drawing.feeds.iter().filter(|f| f.from == idx).filter_map(|f| title(f.to)).collect();
            let used: Vec<&str> = drawing.feeds.iter().filter(|f| f.to == idx).filter_map(|f| title(f.from)).collect();
            for (label, titles, line) in [("供", fed, 58.0), ("用", used, 70.0)] {
                if !titles.is_empty() {
                    let (text, size) =
                        fit(&format!("{label}：{}", titles.join("、")), BOX_WIDTH - 16.0, SIZES.2, SIZES.2);
                    parts.push(words(x + 8.0, y + line, size, &text).with("fill", "#444"));
                }
            }
        }
        parts
    }

    /// Draws what the signs and lines mean, and the source.
    fn legend(&self, drawing: &ChainDrawing) -> Vec<Element> {
        let y = self.height - LEGEND_HEIGHT + 24.0;
        let mut x = MARGIN + 8.0;
        let mut parts = Vec::new();
        for state in LinkState::ALL {
            parts.push(sign(state, x, y));
            parts.push(words(x + 13.0, y + 4.0, 11.0, state.label()));
            x += 13.0 + text_width(state.label(), 11.0) + 24.0;
        }
        parts.push(single_mark(x - 6.0, y - 8.0));
        parts.push(words(x + 30.0, y + 4.0, 11.0, "失去一家即断"));
        x += 30.0 + text_width("失去一家即断", 11.0) + 24.0;
        for strength in FeedStrength::ALL {
            let label = strength.label();
            let line = Element::new("path").with("d", format!("M{} {}h34", tenth(x), tenth(y)));
            let line = line.with("stroke", "#333").at([("stroke-width", 1.4)]);
            parts.push(line.with("stroke-dasharray", dashes(strength)));
            parts.push(words(x + 40.0, y + 4.0, 11.0, label));
            x += 40.0 + text_width(label, 11.0) + 20.0;
        }
        let (source, size) = fit(&drawing.source, self.width - 2.0 * MARGIN, SIZES.2 + 0.5, SIZES.2);
        parts.push(words(MARGIN, self.height - 16.0, size, &source).with("fill", "#555"));
        parts
    }
}

/// Returns the height of a box into which so many ways come.
fn box_height(n_entries: usize) -> f64 {
    let entries = f64::from(u32::try_from(n_entries).unwrap_or(u32::MAX)) * ENTRY_STEP;
    f64::max(BOX_HEIGHT, entries + ENTRIES_MARGIN)
}

fn column_x(column: usize) -> f64 {
    MARGIN + 12.0 + f64::from(u32::try_from(column).unwrap_or(u32::MAX)) * (BOX_WIDTH + COLUMN_GAP)
}

/// Draws the heading: title, subtitle and how many links are in which state.
fn head(drawing: &ChainDrawing) -> Vec<Element> {
    let count = |state: LinkState| drawing.links.iter().filter(|link| link.state == state).count();
    let counts: Vec<String> = LinkState::ALL
        .iter()
        .filter(|state| count(**state) > 0)
        .map(|state| format!("{} {}", state.label(), count(*state)))
        .collect();
    let counts = format!("{}。环节 {} 个：{}", drawing.subtitle, drawing.links.len(), counts.join("、"));
    vec![
        words(MARGIN, 38.0, SIZES.0, &drawing.title).with("font-weight", "bold"),
        words(MARGIN, 60.0, SIZES.1, &counts).with("fill", "#444"),
    ]
}

/// Draws one link at its upper left corner.
fn link_box(link: &DrawnLink, x: f64, y: f64, height: f64) -> Element {
    let look = look(link.state);
    let frame = Element::new("rect")
        .with("class", "link")
        .at([("x", x), ("y", y), ("width", BOX_WIDTH), ("height", height), ("rx", 5.0)])
        .with("fill", look.fill)
        .with("stroke", look.line)
        .at([("stroke-width", look.border_width)])
        .with("stroke-dasharray", look.dashes);
    let (title, size) = fit(&link.title, BOX_WIDTH - 34.0, SIZES.1, SIZE_MIN);
    let count = link.local.map_or(String::new(), |n| format!(" 本地供应商 {n} 家"));
    let notes_width = BOX_WIDTH - 34.0 - if link.is_single { SINGLE_WIDTH + 4.0 } else { 0.0 };
    let (notes, note_size) = fit(&link.notes.join("；"), notes_width, SIZES.2, SIZES.2);
    let full = format!("{}：{}{count}", link.title, link.state.label());
    let mut parts = vec![
        Element::new("title").text(&full),
        frame,
        sign(link.state, x + 15.0, y + 17.0),
        words(x + 28.0, y + 17.0, size, &title).with("font-weight", "bold"),
        words(x + 28.0, y + 31.0, 10.0, &format!("{}{count}", link.state.label())),
    ];
    if !notes.is_empty() {
        parts.push(words(x + 28.0, y + 44.0, note_size, &notes).with("fill", "#444"));
    }
    if link.is_single {
        parts.push(single_mark(x + BOX_WIDTH - SINGLE_WIDTH - 5.0, y + 33.0));
    }
    Element::new("g").holding(parts)
}

/// Draws the mark of a link that one supplier's loss loses.
fn single_mark(x: f64, y: f64) -> Element {
    let ground = Element::new("rect").at([("x", x), ("y", y), ("width", SINGLE_WIDTH), ("height", 14.0), ("rx", 3.0)]);
    let text = words(x + SINGLE_WIDTH / 2.0, y + 10.5, 10.0, "单点").with("text-anchor", "middle").with("fill", "#fff");
    Element::new("g").holding([ground.with("fill", "#222"), text])
}

fn words(x: f64, y: f64, size: f64, text: &str) -> Element {
    Element::new("text").at([("x", x), ("y", y), ("font-size", size)]).text(text)
}

/// Estimates the width of a text: an ideograph is as wide as its letters are high, other letters a little over half.
fn text_width(text: &str, size: f64) -> f64 {
    let units = f64::from(u32::try_from(text.width()).unwrap_or(u32::MAX));
    let n_narrow = f64::from(u32::try_from(text.chars().filter(char::is_ascii).count()).unwrap_or(0));
    (units * 0.5 + n_narrow * 0.08) * size
}

/// Makes a text fit a width, by smaller letters, then by leaving out its end; returns it with the size of its letters.
fn fit(text: &str, width: f64, size: f64, size_min: f64) -> (String, f64) {
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
        LinkState::AtRisk => look("#8a2f66", "#f6e3ee", 2.4, "none"),
        LinkState::Unknown => look("#6b6b6b", "#f4f4f4", 1.0, "1.5 2.5"),
    }
}

/// Draws the sign of a state, 16 wide, around a point.
fn sign(state: LinkState, x: f64, y: f64) -> Element {
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

/// How the line of a feed is broken.
fn dashes(strength: FeedStrength) -> &'static str {
    match strength {
        FeedStrength::Required => "none",
        FeedStrength::Alternative => "7 3",
        FeedStrength::Optional => "1.5 3",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use quick_xml::Reader;
    use quick_xml::events::Event;

    use super::*;
    use crate::definition::Definition;

    /// An element with its attributes.
    type Read = (String, BTreeMap<String, String>);

    /// A declared chain with states, numbers and marks of all sorts.
    fn varied(definition: &Definition, code: &str) -> ChainDrawing {
        let mut drawing = ChainDrawing::declared(definition, &definition.chains.chains[code]);
        for (i, link) in drawing.links.iter_mut().enumerate() {
            link.state = LinkState::ALL[(i * 3) % 5];
            link.local = (link.state != LinkState::Unknown).then_some(i % 4 * i);
            link.is_single = i % 5 == 3;
        }
        drawing
    }

    /// Reads a picture: its elements with their attributes, and its texts; a picture that is no XML fails.
    fn read(svg: &str) -> (Vec<Read>, Vec<String>) {
        let (mut elements, mut texts) = (Vec::new(), Vec::new());
        let mut reader = Reader::from_str(svg);
        let mut depth = 0;
        loop {
            let event = reader.read_event().expect("well-formed");
            match &event {
                Event::Start(element) | Event::Empty(element) => {
                    depth += i32::from(matches!(event, Event::Start(_)));
                    let attributes = element.attributes().map(|attribute| {
                        let attribute = attribute.expect("an attribute, once");
                        let value = attribute
                            .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                            .expect("escaped")
                            .into_owned();
                        (attribute.key.as_ref().to_owned(), value)
                    });
                    elements.push((element.name().as_ref().to_owned(), attributes.collect()));
                }
                Event::End(_) => depth -= 1,
                Event::Text(text) => texts.push(text.trim().to_owned()),
                Event::Eof => break,
                _ => {}
            }
        }
        assert_eq!(depth, 0, "every element ends");
        (elements, texts)
    }

    /// Returns left, top, right and bottom of every box.
    fn boxes(svg: &str) -> Vec<[f64; 4]> {
        let (elements, _) = read(svg);
        let links = elements.iter().filter(|(_, attributes)| attributes.get("class").is_some_and(|c| c == "link"));
        let number =
            |attributes: &BTreeMap<String, String>, name: &str| -> f64 { attributes[name].parse().expect("a number") };
        links
            .map(|(_, a)| {
                let (x, y) = (number(a, "x"), number(a, "y"));
                [x, y, x + number(a, "width"), y + number(a, "height")]
            })
            .collect()
    }

    #[test]
    fn every_declared_chain_is_drawn_whole_and_without_overlaps() {
        let definition = Definition::compiled().expect("valid");
        for code in definition.chains.chains.keys() {
            let drawing = varied(&definition, code);
            let svg = drawn(&drawing);
            assert_eq!(svg, drawn(&drawing), "the same bytes");
            let boxes = boxes(&svg);
            assert_eq!(boxes.len(), drawing.links.len(), "{code}");
            let (elements, texts) = read(&svg);
            let size: Vec<f64> = elements[0].1["viewBox"].split(' ').map(|n| n.parse().expect("a number")).collect();
            for (i, one) in boxes.iter().enumerate() {
                assert!(one[0] >= 0.0 && one[1] >= 0.0 && one[2] <= size[2] && one[3] <= size[3], "{code}: {one:?}");
                for other in boxes.iter().skip(i + 1) {
                    let is_apart = one[2] <= other[0] || other[2] <= one[0] || one[3] <= other[1] || other[3] <= one[1];
                    assert!(is_apart, "{code}: {one:?} {other:?}");
                }
            }
            for link in &drawing.links {
                let head: String = link.title.chars().take(8).collect();
                assert!(texts.iter().any(|text| text.starts_with(&head)), "{code}: {head}");
            }
            for text in drawing.layers.iter().chain([&drawing.title, &drawing.source]) {
                assert!(texts.contains(text), "{code}: {text}");
            }
        }
    }

    fn drawn(drawing: &ChainDrawing) -> String {
        chain_svg(drawing).expect("not too large")
    }

    fn link(title: &str, layer: Option<usize>, state: LinkState) -> DrawnLink {
        DrawnLink { title: title.to_owned(), layer, state, local: None, is_single: false, notes: Vec::new() }
    }

    fn small(links: Vec<DrawnLink>, feeds: &[(usize, usize, FeedStrength)]) -> ChainDrawing {
        let feed = |(from, to, strength): &(usize, usize, FeedStrength)| DrawnFeed {
            from: *from,
            to: *to,
            strength: *strength,
        };
        ChainDrawing {
            title: "示例<链>&\"图\"".to_owned(),
            subtitle: "截至 2026-06-01，山东省内".to_owned(),
            source: "来源：<自拟>".to_owned(),
            layers: vec!["上游".to_owned(), "下游".to_owned()],
            support: "配套支撑".to_owned(),
            links,
            feeds: feeds.iter().map(feed).collect(),
        }
    }

    #[test]
    fn states_and_marks_are_told_in_words_and_markup_in_names_stays_text() {
        let mut single = link("甲</g><script>", Some(0), LinkState::AtRisk);
        (single.local, single.is_single, single.notes) = (Some(1), true, vec!["替代组：<乙>".to_owned()]);
        let links = vec![single, link("整机", Some(1), LinkState::Missing), link("模具", None, LinkState::Weak)];
        let svg = drawn(&small(links, &[(0, 1, FeedStrength::Required), (2, 1, FeedStrength::Optional)]));
        assert!(!svg.contains("<script>") && !svg.contains("<链>"), "{svg}");
        let (elements, texts) = read(&svg);
        let count = |wanted: &str| texts.iter().filter(|text| *text == wanted).count();
        assert_eq!((count("断链风险 本地供应商 1 家"), count("单点"), count("供：整机")), (1, 2, 1), "{texts:?}");
        // The state of a link, and the legend.
        assert_eq!((count("缺链"), count("弱链"), count("已覆盖")), (2, 2, 1));
        assert!(
            texts.contains(&"截至 2026-06-01，山东省内。环节 3 个：弱链 1、缺链 1、断链风险 1".to_owned()),
            "{texts:?}"
        );
        let borders: Vec<_> = elements
            .iter()
            .filter(|(_, attributes)| attributes.get("class").is_some_and(|class| class == "link"))
            .map(|(_, a)| (a["stroke-width"].clone(), a["stroke-dasharray"].clone()))
            .collect();
        assert_eq!(borders.iter().collect::<std::collections::BTreeSet<_>>().len(), 3, "borders differ: {borders:?}");
    }

    #[test]
    fn feeds_are_drawn_with_their_strength_and_direction() {
        let links = || vec![link("甲", Some(0), LinkState::Covered), link("乙", Some(1), LinkState::Covered)];
        let lines = |feeds: &[(usize, usize, FeedStrength)]| {
            let (elements, _) = read(&drawn(&small(links(), feeds)));
            let feeds = elements.into_iter().filter(|(_, a)| a.get("class").is_some_and(|class| class == "feed"));
            feeds.map(|(_, a)| a["stroke-dasharray"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(lines(&[(0, 1, FeedStrength::Alternative)]), ["7 3"]);
        assert_eq!(lines(&[(0, 1, FeedStrength::Required), (1, 0, FeedStrength::Optional)]), ["none", "1.5 3"]);
        assert_eq!(lines(&[]), Vec::<String>::new());
        let ahead = drawn(&small(links(), &[(0, 1, FeedStrength::Required)]));
        let back = drawn(&small(links(), &[(1, 0, FeedStrength::Required)]));
        assert_ne!(ahead, back);
    }

    #[test]
    fn a_small_chain_takes_a_small_page_and_long_names_are_cut() {
        let pages = |svg: &str| read(svg).0[0].1["width"].clone();
        let two = vec![link("甲", Some(0), LinkState::Covered), link("乙", Some(1), LinkState::Covered)];
        assert_eq!(pages(&drawn(&small(two, &[]))), "297mm");
        let many = (0..30).map(|i| link(&format!("环节{i}"), Some(i % 2), LinkState::Covered)).collect();
        assert_eq!(pages(&drawn(&small(many, &[]))), "420mm");
        assert_eq!(pages(&drawn(&small(Vec::new(), &[]))), "297mm", "no links");
        let too_many = (0..=LINKS_MAX).map(|_| link("甲", Some(0), LinkState::Covered)).collect();
        assert!(chain_svg(&small(too_many, &[])).is_err_and(|error| error.to_string().contains("201 个环节")));
        let (kept, size) = fit("一二三四五六七八九十甲乙丙丁戊己庚辛", 120.0, 12.0, 9.5);
        assert!(kept.ends_with('…') && (size - 9.5).abs() < 1e-9 && text_width(&kept, size) <= 120.0, "{kept} {size}");
        assert_eq!(
            fit("一二三四五六七八九十甲", 126.0, 12.0, 9.5).0,
            "一二三四五六七八九十甲",
            "smaller letters first"
        );
    }
}
