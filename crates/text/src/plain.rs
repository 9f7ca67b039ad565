//! Running text without any marks, for places that show words only.

use super::Inline;

/// The words of running text; an address follows its words in brackets.
pub fn plain(line: &[Inline]) -> String {
    let mut words = String::new();
    push(&mut words, line);
    words
}

fn push(words: &mut String, line: &[Inline]) {
    for piece in line {
        match piece {
            Inline::Text(text) | Inline::Code(text) => words.push_str(text),
            Inline::Strong(inside) => push(words, inside),
            Inline::Link { href, words: inside } => {
                let begin = words.len();
                push(words, inside);
                if words.get(begin..) != Some(href.as_str()) {
                    words.push_str(" (");
                    words.push_str(href);
                    words.push(')');
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Inline, code, strong, text};
    use super::plain;

    #[test]
    fn words_stay_and_marks_do_not_appear() {
        let link = |href: &str, words| Inline::Link { href: href.to_owned(), words };
        for (line, expected) in [
            (vec![], ""),
            (vec![strong("a*"), text(": "), code("`b|c`")], "a*: `b|c`"),
            (vec![link("https://a", vec![strong("label")]), text(".")], "label (https://a)."),
            (vec![text("see "), link("https://a", vec![text("https://a")])], "see https://a"),
        ] {
            assert_eq!(plain(&line), expected);
        }
    }
}
