//! Cards' Markdown as plain text, and lines of a width: a terminal shows no Markdown.

/// A block of text.
#[derive(Debug, PartialEq, Eq)]
pub enum Block {
    /// Running text.
    Paragraph(String),
    /// An item of a list.
    Bullet(String),
}

/// The blocks of a card's Markdown without its marks. Tables are left out: the findings follow as one.
pub fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open = false;
    for line in markdown.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('|') || is_ruler(line) {
            open = false;
        } else if let Some(item) = line.strip_prefix("- ") {
            blocks.push(Block::Bullet(inline(item)));
            open = true;
        } else if let (true, Some(Block::Paragraph(text) | Block::Bullet(text))) = (open, blocks.last_mut()) {
            text.push(' ');
            text.push_str(&inline(line));
        } else {
            blocks.push(Block::Paragraph(inline(line)));
            open = true;
        }
    }
    blocks
}

/// Whether the line only draws a line across the card.
fn is_ruler(line: &str) -> bool {
    line.len() >= 3 && line.bytes().all(|b| b == b'-')
}

/// Text without escapes, marks of bold text and ticks of code; nothing inside ticks is a mark.
fn inline(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    let mut code = false;
    let mut chars = markdown.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '`' => code = !code,
            '*' if !code && chars.peek() == Some(&'*') => {
                chars.next();
            }
            '\\' if !code && chars.peek().is_some_and(char::is_ascii_punctuation) => text.extend(chars.next()),
            c => text.push(c),
        }
    }
    text
}

/// Lines of at most so many characters; a word that is longer stands alone.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut length = 0;
    for word in text.split_whitespace() {
        let characters = word.chars().count();
        match lines.last_mut() {
            Some(line) if length == 0 || length + 1 + characters <= width => {
                if length > 0 {
                    line.push(' ');
                    length += 1;
                }
                line.push_str(word);
                length += characters;
            }
            _ => {
                lines.push(word.to_owned());
                length = characters;
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{Block, blocks, wrap};

    #[test]
    fn marks_go_and_words_stay() {
        let markdown = "**Bold \\*star\\***: `10*3/uL \\n`, a\\_b\nnext line\n\n- **Item**: 5\n- two\n  lines\n\n\
            | a | b |\n|---|---|\n| c | d |\n\n---\n\nSource: x";
        assert_eq!(
            blocks(markdown),
            [
                Block::Paragraph("Bold *star*: 10*3/uL \\n, a_b next line".to_owned()),
                Block::Bullet("Item: 5".to_owned()),
                Block::Bullet("two lines".to_owned()),
                Block::Paragraph("Source: x".to_owned()),
            ]
        );
    }

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("neutrophils 1,900/µL are low", 12), ["neutrophils", "1,900/µL are", "low"]);
        assert_eq!(wrap("Observation/a-very-long-id x", 10), ["Observation/a-very-long-id", "x"]);
        assert_eq!(wrap("", 10), [""]);
    }
}
