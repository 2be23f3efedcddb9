//! How the view takes a field's terms: one a line, as they are.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// The name under which the schema knows it.
pub(super) const LINES: &str = "lines";

/// Takes every line of a text for a token.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    token: Token,
}

/// The lines that are left.
pub(super) struct LineStream<'a> {
    rest: &'a str,
    token: &'a mut Token,
}

impl Tokenizer for Lines {
    type TokenStream<'a> = LineStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> LineStream<'a> {
        self.token.reset();
        LineStream { rest: text, token: &mut self.token }
    }
}

impl TokenStream for LineStream<'_> {
    fn advance(&mut self) -> bool {
        let Some((line, rest)) = self.rest.split_once('\n') else { return false };
        self.rest = rest;
        self.token.position = self.token.position.wrapping_add(1);
        self.token.text.clear();
        self.token.text.push_str(line);
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_token() {
        let mut tokenizer = Lines::default();
        let mut stream = tokenizer.token_stream("m8×30\ncarbon steel\n");
        let mut tokens = Vec::new();
        while stream.advance() {
            tokens.push(stream.token().text.clone());
        }
        assert_eq!(tokens, ["m8×30", "carbon steel"]);
    }
}
