//! Texts made to fit a width, counted in characters.

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// Lines of at most this many characters; a longer word gets a line of its own. A text without words is an empty line.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    // Line breaks of the text count as spaces, so that the lines are ours alone.
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let options = Options::new(width)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit);
    textwrap::wrap(&text, options).into_iter().map(String::from).collect()
}

/// The text, or its beginning with a sign that there is more.
pub fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// The text, or its end with a sign that there is more.
pub fn cut_start(text: &str, width: usize) -> String {
    match text.chars().count().checked_sub(width) {
        None | Some(0) => text.to_owned(),
        Some(over) => format!("…{}", text.chars().skip(over + 1).collect::<String>()),
    }
}

#[cfg(test)]
mod tests {
    use super::{cut, cut_start, wrap};

    #[test]
    fn lines_break_between_words() {
        for (text, width, lines) in [
            ("neutrophils 1,900/µL are low", 12, &["neutrophils", "1,900/µL are", "low"][..]),
            ("Observation/a-very-long-id x", 10, &["Observation/a-very-long-id", "x"]),
            ("  a\n\n b\t", 10, &["a b"]),
            ("a b", 0, &["a", "b"]),
            ("", 10, &[""]),
        ] {
            assert_eq!(wrap(text, width), lines, "{text}");
        }
    }

    #[test]
    fn what_is_cut_says_so() {
        for (text, width, beginning, end) in [
            ("µL of", 5, "µL of", "µL of"),
            ("µL of it", 5, "µL o…", "…f it"),
            ("µL of it", 4, "µL…", "… it"),
            ("ab", 0, "…", "…"),
        ] {
            assert_eq!(
                (cut(text, width).as_str(), cut_start(text, width).as_str()),
                (beginning, end),
                "{text} {width}"
            );
        }
    }
}
