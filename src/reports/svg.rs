//! A picture as a tree of SVG elements, written out with everything escaped.

use std::fmt::Write;

use quick_xml::escape::escape;

/// One element.
#[derive(Debug, Clone, Default)]
pub(super) struct Element {
    name: &'static str,
    attributes: Vec<(&'static str, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// Makes an element without anything.
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, ..Self::default() }
    }

    /// Adds an attribute.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.attributes.push((name, value.into()));
        self
    }

    /// Adds attributes with lengths or places, in the unit of the picture, to a tenth.
    pub(super) fn at<const N: usize>(mut self, numbers: [(&'static str, f64); N]) -> Self {
        self.attributes.extend(numbers.map(|(name, number)| (name, tenth(number))));
        self
    }

    /// Sets the text inside.
    pub(super) fn text(mut self, text: &str) -> Self {
        text.clone_into(&mut self.text);
        self
    }

    /// Adds elements inside.
    pub(super) fn holding(mut self, children: impl IntoIterator<Item = Self>) -> Self {
        self.children.extend(children);
        self
    }

    /// Writes the element and all inside.
    pub(super) fn write(&self, out: &mut String) {
        out.push('<');
        out.push_str(self.name);
        for (name, value) in &self.attributes {
            // Writing to a string does not fail.
            let _ = write!(out, " {name}=\"{}\"", escape(allowed(value)));
        }
        if self.text.is_empty() && self.children.is_empty() {
            out.push_str("/>\n");
            return;
        }
        out.push('>');
        out.push_str(&escape(allowed(&self.text)));
        if !self.children.is_empty() {
            out.push('\n');
        }
        for child in &self.children {
            child.write(out);
        }
        let _ = writeln!(out, "</{}>", self.name);
    }
}

/// Writes a number to a tenth, without a needless end.
pub(super) fn tenth(number: f64) -> String {
    let text = format!("{number:.1}");
    match text.strip_suffix(".0").unwrap_or(&text) {
        "-0" => "0".to_owned(),
        short => short.to_owned(),
    }
}

/// Leaves out the characters that XML cannot hold.
fn allowed(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{fffe}' | '\u{ffff}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_escaped_and_numbers_are_short() {
        let mut out = String::new();
        let text =
            Element::new("text").with("class", "a\"b'<").at([("x", 1.0), ("y", -0.04)]).text("轮胎<&>\u{1}\u{ffff}");
        Element::new("g").holding([text]).write(&mut out);
        let expected = "<g>\n<text class=\"a&quot;b&apos;&lt;\" x=\"1\" y=\"0\">轮胎&lt;&amp;&gt;</text>\n</g>\n";
        assert_eq!(out, expected);
    }
}
