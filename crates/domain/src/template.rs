//! The templates of the library's words: `{criterion.value}` and the like stand for what was found. Writers of cards fill
//! them, and readers of the library check them, so that both mean the same tokens.

/// The most characters that each token may become: `check` adds them up, and longer words are cut.
pub const LONGEST: [(&str, usize); 9] = [
    ("value", 16),
    ("date", 11),
    ("limit", 17),
    ("what", 40),
    ("ratio", 20),
    ("reason", 40),
    ("status", 14),
    ("earlier", 31),
    ("next", 11),
];

/// The most characters that a token may become; `None` for a word that no token has.
pub fn longest(word: &str) -> Option<usize> {
    LONGEST.iter().find(|(name, _)| *name == word).map(|(_, length)| *length)
}

/// A piece of a template.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Words that stay as they are.
    Text(&'a str),
    /// What is between braces.
    Token(&'a str),
}

/// The pieces of a template; a brace without its partner stays as it is.
pub fn pieces(template: &str) -> Vec<Piece<'_>> {
    let mut rest = template;
    let mut pieces = Vec::new();
    while let Some((before, after)) = rest.split_once('{') {
        let Some((token, after)) = after.split_once('}') else { break };
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        pieces.push(Piece::Token(token));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}
#[cfg(test)]
mod tests {
    use super::{Piece, longest, pieces};

    #[test]
    fn templates_fall_into_pieces() {
        assert_eq!(pieces("a {b.c} d{e"), [Piece::Text("a "), Piece::Token("b.c"), Piece::Text(" d{e")]);
        assert_eq!(pieces("{a}{b}"), [Piece::Token("a"), Piece::Token("b")]);
        assert_eq!(pieces(""), []);
    }

    #[test]
    fn only_words_of_findings_have_a_length() {
        assert_eq!((longest("value"), longest("colour")), (Some(16), None));
    }
}
