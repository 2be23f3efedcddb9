//! The picture of one chain: links as boxes in layers from upstream on the left to downstream on the right, what feeds
//! what, how well each link is covered, and what supports the whole chain in a band below. States differ by sign,
//! border and word as well as by colour, so that a black-and-white print says the same; lines turn on tracks of their own.
//! The page is the smallest one, upright or lying, on which the letters stay large enough. It is drawn from [`ChainDrawing`] alone and decides nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::chain::LinkState;
use crate::error::Error;
use crate::reports::chain_box::{BOX_HEIGHT, BOX_WIDTH, BoxText, fit, sign, single_mark, text_width, words};
use crate::reports::chain_drawing::{ChainDrawing, DrawnFeed, FeedStrength, STATES};
use crate::reports::layered::{Layout, Stretch, columns, place};
use crate::reports::rails::{Rail, tracks};
use crate::reports::svg::{Element, tenth};

/// A picture holds so many links at most.
const LINKS_MAX: usize = 200;
/// The least distance of two ways that come into a box, and the room above and below them together. A box into which
/// many come is higher.
const ENTRY_STEP: f64 = 5.6;
const ENTRIES_MARGIN: f64 = 14.0;
/// The least distance of two columns, the room beside the tracks between them, and the distance of two tracks.
const COLUMN_GAP: f64 = 48.0;
const TRACKS_MARGIN: f64 = 18.0;
const TRACK_STEP: f64 = 6.0;
const MARGIN: f64 = 28.0;
/// The picture is at least so wide, for its legend.
const WIDTH_MIN: f64 = 940.0;
/// The top of the layers' headings.
const LAYERS_TOP: f64 = 74.0;
/// From the top of a layer's heading to its first box.
const HEADING_HEIGHT: f64 = 36.0;
const LEGEND_HEIGHT: f64 = 66.0;
/// Sizes of letters: heading, subtitle, source.
const SIZES: (f64, f64, f64) = (21.0, 12.0, 9.5);
/// Pages in millimetres, A4 to A0, lying; and how much of the picture's own size its letters keep at least on all but the
/// last.
const PAGES: [(f64, f64); 5] = [(297.0, 210.0), (420.0, 297.0), (594.0, 420.0), (841.0, 594.0), (1189.0, 841.0)];
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
    parts.extend(head(drawing, plan.width));
    parts.extend(plan.headings(drawing));
    let stretches = plan.layout.stretches.iter().enumerate();
    parts.extend(stretches.map(|(idx, stretch)| plan.stretch(drawing, idx, stretch)));
    let boxes = drawing.links.iter().zip(&plan.texts).zip(&plan.places);
    parts.extend(boxes.map(|((link, text), place)| text.draw(link, *place)));
    parts.extend(plan.legend(drawing));
    let (width, height) = page(plan.width, plan.height);
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

/// Picks the smallest page on which a picture of this size keeps its letters, upright or lying as it fills it better.
fn page(width: f64, height: f64) -> (f64, f64) {
    let scale = |(w, h): (f64, f64)| f64::min(w * UNITS_PER_MM / width, h * UNITS_PER_MM / height);
    let turned = PAGES.map(|(w, h)| if scale((h, w)) > scale((w, h)) { (h, w) } else { (w, h) });
    let [.., largest] = turned;
    turned.into_iter().find(|page| scale(*page) >= SCALE_MIN).unwrap_or(largest)
}

/// Where everything stands.
struct Plan {
    layout: Layout,
    /// For each box of the layout, the place of its link; and the other way round.
    links: Vec<usize>,
    boxes: Vec<Option<usize>>,
    /// What is written into each link's box.
    texts: Vec<BoxText>,
    /// The left side of each column.
    columns: Vec<f64>,
    /// Where each stretch turns, by its place in the layout; none for those that go straight on.
    turns: Vec<Option<f64>>,
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
        let texts: Vec<BoxText> = (0..drawing.links.len()).filter_map(|link| box_text(drawing, link)).collect();
        let text_of = |idx: usize| links.get(idx).and_then(|link| texts.get(*link)).map_or(BOX_HEIGHT, BoxText::height);
        let height = |idx: usize| f64::max(text_of(idx), entries_height(n_entries(idx)));
        let sizes = columns.iter().enumerate().map(|(idx, column)| (*column, height(idx)));
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
            width: 0.0,
            height: 0.0,
            layers_bottom,
            support_top: layers_bottom + 12.0,
            layout,
            links,
            boxes,
            texts,
            columns: Vec::new(),
            turns: Vec::new(),
            places: Vec::new(),
            spans,
        };
        plan.put_columns();
        plan.put_boxes();
        plan
    }

    /// Sets the places of the columns, as far apart as the tracks between them take, and where the stretches turn.
    fn put_columns(&mut self) {
        let stretches = &self.layout.stretches;
        let mut left = MARGIN + 12.0;
        self.turns = vec![None; stretches.len()];
        for column in 0..self.layout.n_columns {
            self.columns.push(left);
            left += BOX_WIDTH;
            // What leads on from one box turns on one track; what leads back has a track for each stretch.
            let mut lines: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
            let here = |stretch: &Stretch| self.layout.points.get(stretch.left).is_some_and(|p| p.column == column);
            for (idx, stretch) in stretches.iter().enumerate().filter(|(_, stretch)| here(stretch)) {
                let own = if stretch.is_back { idx + 1 } else { 0 };
                lines.entry((stretch.left, own)).or_default().push(idx);
            }
            let lines: Vec<Vec<usize>> = lines.into_values().collect();
            let rail = |line: &Vec<usize>| {
                let ends = line.iter().filter_map(|idx| stretches.get(*idx)).map(|stretch| self.heights(stretch));
                let (mut lefts, rights): (Vec<f64>, Vec<f64>) = ends.unzip();
                lefts.truncate(1);
                Rail { lefts, rights }
            };
            let order = tracks(&lines.iter().map(rail).collect::<Vec<Rail>>());
            let n_steps = f64::from(u32::try_from(order.len().saturating_sub(1)).unwrap_or(u32::MAX));
            let gap = f64::max(COLUMN_GAP, 2.0 * TRACKS_MARGIN + n_steps * TRACK_STEP);
            let mut x = left + (gap - n_steps * TRACK_STEP) / 2.0;
            for line in order {
                for idx in lines.get(line).into_iter().flatten() {
                    if let Some(turn) = self.turns.get_mut(*idx) {
                        *turn = Some(x);
                    }
                }
                x += TRACK_STEP;
            }
            left += gap;
            self.width = left - gap;
        }
        self.width = f64::max(WIDTH_MIN, self.width + 12.0 + MARGIN);
    }

    fn column_x(&self, column: usize) -> f64 {
        self.columns.get(column).copied().unwrap_or(0.0)
    }

    /// Sets the places of all boxes, and the height of the whole.
    fn put_boxes(&mut self) {
        let mut below = (MARGIN + 12.0, self.support_top + 30.0);
        let mut bottom = self.layers_bottom;
        for link in 0..self.texts.len() {
            let point = self.boxes.get(link).copied().flatten().and_then(|idx| self.layout.points.get(idx));
            if let Some(point) = point {
                let top = LAYERS_TOP + HEADING_HEIGHT + point.middle - point.height / 2.0;
                self.places.push((self.column_x(point.column), top, point.height));
                continue;
            }
            if below.0 + BOX_WIDTH > self.width - MARGIN {
                below = (MARGIN + 12.0, bottom + 2.0);
            }
            let height = self.texts.get(link).map_or(BOX_HEIGHT, BoxText::height);
            self.places.push((below.0, below.1, height));
            bottom = f64::max(bottom, below.1 + height + 12.0);
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
            let x = self.column_x(*first) - 12.0;
            let width = self.column_x(*last) + BOX_WIDTH + 12.0 - x;
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
        let x = self.column_x(point.column) + if is_right_side { BOX_WIDTH } else { 0.0 };
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

    /// Returns the heights at which a stretch leaves its column on the left and comes into that on the right.
    fn heights(&self, stretch: &Stretch) -> (f64, f64) {
        let is_box = |idx: usize| self.layout.points.get(idx).is_some_and(|point| point.is_box);
        // Apart from where the ways begin that lead on.
        let apart = if stretch.is_back && is_box(stretch.left) { BOX_HEIGHT / 4.0 } else { 0.0 };
        (self.port(stretch.left, true).1 + apart, self.port(stretch.right, false).1 + self.entry(stretch))
    }

    /// Draws one part of a way, with its point where it ends.
    fn stretch(&self, drawing: &ChainDrawing, idx: usize, stretch: &Stretch) -> Element {
        let feeds = || stretch.edges.iter().filter_map(|edge| drawing.feeds.get(*edge));
        let strength = feeds().map(|feed| feed.strength).min().unwrap_or(FeedStrength::Optional);
        let colour = feeds().next().and_then(|feed| LINES.get(feed.from % LINES.len())).copied().unwrap_or("#4a4a4a");
        let link = |idx: usize| self.links.get(idx);
        let ends_in = |idx: usize| feeds().any(|feed| link(idx) == Some(&feed.to));
        let (left, right) = self.heights(stretch);
        let (mut start, mut end) = (self.port(stretch.left, true).0, self.port(stretch.right, false).0);
        let mut parts = Vec::new();
        let mut tip = |x: f64, y: f64, direction: f64| {
            let back = x - 7.0 * direction;
            let d = ["M", "L", "L"].iter().zip([(x, y), (back, y - 3.2), (back, y + 3.2)]);
            let d: String = d.map(|(to, (x, y))| format!("{to}{} {}", tenth(x), tenth(y))).collect();
            parts.push(Element::new("path").with("d", format!("{d}Z")).with("fill", colour));
            back
        };
        if !stretch.is_back && ends_in(stretch.right) {
            end = tip(end, right, 1.0);
        }
        if stretch.is_back && ends_in(stretch.left) {
            start = tip(start, left, -1.0);
        }
        let turn = self.turns.get(idx).copied().flatten();
        let bend = turn.map_or(String::new(), |turn| format!("H{}V{}", tenth(turn), tenth(right)));
        // A stop is crossed straight.
        let end = if link(stretch.right).is_none() { end + BOX_WIDTH } else { end };
        let line =
            format!("M{} {}{bend}H{}", tenth(start), tenth(if turn.is_some() { left } else { right }), tenth(end));
        let line = Element::new("path").with("class", "feed").with("d", line).with("fill", "none");
        let line = line
            .with("stroke", colour)
            .at([("stroke-width", if strength == FeedStrength::Optional { 1.0 } else { 1.4 })])
            .with("stroke-linejoin", "round");
        if let Some(turn) = turn.filter(|_| self.branches_off(stretch, right)) {
            parts.push(Element::new("circle").at([("cx", turn), ("cy", right), ("r", 2.0)]).with("fill", colour));
        }
        Element::new("g").holding([line.with("stroke-dasharray", dashes(strength))]).holding(parts)
    }

    /// Says whether others go on along the track where a stretch leaves it at `height`: a crossing has no dot.
    fn branches_off(&self, stretch: &Stretch, height: f64) -> bool {
        let of_track = |other: &&Stretch| !other.is_back && other.left == stretch.left;
        let from = self.heights(stretch).0;
        let is_further = |other: &Stretch| {
            let end = self.heights(other).1;
            (end - from) * (height - from) > 0.0 && (end - from).abs() > (height - from).abs() + 0.5
        };
        !stretch.is_back && self.layout.stretches.iter().filter(of_track).any(is_further)
    }

    /// Draws what the signs and lines mean, and the source.
    fn legend(&self, drawing: &ChainDrawing) -> Vec<Element> {
        let y = self.height - LEGEND_HEIGHT + 24.0;
        let mut x = MARGIN + 8.0;
        let mut parts = Vec::new();
        for state in STATES {
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

/// Lays out the text of a link's box; those below the layers have no lines, and say what they feed and use.
fn box_text(drawing: &ChainDrawing, link: usize) -> Option<BoxText> {
    let drawn = drawing.links.get(link)?;
    if drawn.layer.is_some() {
        return Some(BoxText::new(drawn, &[], &[]));
    }
    let title = |place: usize| drawing.links.get(place).map(|link| link.title.as_str());
    let fed: Vec<&str> = drawing.feeds.iter().filter(|feed| feed.from == link).filter_map(|f| title(f.to)).collect();
    let used: Vec<&str> = drawing.feeds.iter().filter(|feed| feed.to == link).filter_map(|f| title(f.from)).collect();
    Some(BoxText::new(drawn, &fed, &used))
}

/// Returns the height of a box into which so many ways come.
fn entries_height(n_entries: usize) -> f64 {
    f64::from(u32::try_from(n_entries).unwrap_or(u32::MAX)) * ENTRY_STEP + ENTRIES_MARGIN
}

/// Draws the heading: title, subtitle and how many links are in which state.
fn head(drawing: &ChainDrawing, width: f64) -> Vec<Element> {
    let count = |state: LinkState| drawing.links.iter().filter(|link| link.state == state).count();
    let counts: Vec<String> = STATES
        .iter()
        .filter(|state| count(**state) > 0)
        .map(|state| format!("{} {}", state.label(), count(*state)))
        .collect();
    let counts = format!("{}。环节 {} 个：{}", drawing.subtitle, drawing.links.len(), counts.join("、"));
    let (counts, size) = fit(&counts, width - 2.0 * MARGIN, SIZES.1, SIZES.2);
    vec![
        words(MARGIN, 38.0, SIZES.0, &drawing.title).with("font-weight", "bold"),
        words(MARGIN, 60.0, size, &counts).with("fill", "#444"),
    ]
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
    use crate::reports::chain_drawing::DrawnLink;

    /// An element with its attributes.
    type Read = (String, BTreeMap<String, String>);

    /// A declared chain with states, numbers and marks of all sorts.
    fn varied(definition: &Definition, code: &str) -> ChainDrawing {
        let mut drawing = ChainDrawing::declared(definition, &definition.chains.chains[code]);
        for (i, link) in drawing.links.iter_mut().enumerate() {
            link.state = STATES[(i * 5) % 6];
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
    fn the_page_is_as_large_as_the_letters_need() {
        let pages = |svg: &str| format!("{} {}", read(svg).0[0].1["width"], read(svg).0[0].1["height"]);
        let two = vec![link("甲", Some(0), LinkState::Covered), link("乙", Some(1), LinkState::Covered)];
        assert_eq!(pages(&drawn(&small(two, &[]))), "297mm 210mm");
        let many = |n: usize| (0..n).map(|i| link(&format!("环节{i}"), Some(i % 2), LinkState::Covered)).collect();
        assert_eq!(pages(&drawn(&small(many(30), &[]))), "297mm 420mm", "upright, for it is high");
        assert_eq!(pages(&drawn(&small(many(80), &[]))), "594mm 841mm", "its letters stay large enough");
        assert_eq!(pages(&drawn(&small(Vec::new(), &[]))), "297mm 210mm", "no links");
        let too_many = (0..=LINKS_MAX).map(|_| link("甲", Some(0), LinkState::Covered)).collect();
        assert!(chain_svg(&small(too_many, &[])).is_err_and(|error| error.to_string().contains("201 个环节")));
    }
}
