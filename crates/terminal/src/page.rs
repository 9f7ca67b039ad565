//! A page for a terminal, written from top to bottom.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use text::{Block, plain, read};

use super::fit::wrap;
use super::table::{self, Row};

/// Below this no line can be read any more.
const NARROWEST: usize = 40;

/// Words without a style.
pub const PLAIN: Style = Style::new();
/// Headings.
pub const BOLD: Style = Style::new().bold();
/// What matters less.
pub const DIM: Style = Style::new().dimmed();
/// What must be seen.
pub const RED: Style = AnsiColor::Red.on_default().bold();
/// What should be seen.
pub const YELLOW: Style = AnsiColor::Yellow.on_default();
/// Something to notice, though nothing is wrong.
pub const BLUE: Style = AnsiColor::Blue.on_default();

/// How pages are printed.
#[derive(Debug, Clone, Copy)]
pub struct TextLayout {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether there may be colours.
    pub colour: bool,
}

/// A page, one line after the other.
#[derive(Debug)]
pub struct Page {
    text: String,
    width: usize,
    colour: bool,
}

impl Page {
    /// An empty page.
    pub fn new(layout: TextLayout) -> Page {
        Page { text: String::new(), width: layout.width.max(NARROWEST), colour: layout.colour }
    }

    /// The page as text; every line of it ends with a line break.
    pub fn into_text(self) -> String {
        self.text
    }

    /// An empty line.
    pub fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A heading with space above.
    pub fn heading(&mut self, text: &str) {
        self.blank();
        self.line(text, BOLD);
    }

    /// A line as it is, however long.
    pub fn line(&mut self, text: &str, style: Style) {
        self.styled(text, style);
        self.text.push('\n');
    }

    /// A text after a label; its further lines are indented to its first word.
    pub fn hang(&mut self, lead: &str, text: &str, style: Style) {
        self.hang_from((lead, PLAIN), text, style);
    }

    /// A word in colour, and a text in bold type indented next to it.
    pub fn labelled(&mut self, label: &str, colour: Style, text: &str) {
        // The space after the label is part of it, but shows no colour.
        self.hang_from((&format!("{label}  "), colour), text, BOLD);
    }

    /// A table; the style of a row depends on its place and on what it holds.
    pub fn table<const N: usize>(
        &mut self,
        rows: &[Row<N>],
        needed: [usize; N],
        style: impl Fn(usize, &Row<N>) -> Style,
    ) {
        for (position, (row, line)) in rows.iter().zip(table::lines(rows, needed, self.width)).enumerate() {
            self.line(&line, style(position, row));
        }
    }

    /// Blocks of text: a paragraph begins on a line of its own, so a line between two parts is left out. A row of a
    /// table is an item of a list, because cards have more columns than terminals.
    pub fn blocks(&mut self, indent: &str, blocks: &[Block]) {
        let bullet = format!("{indent}  • ");
        for block in blocks {
            match block {
                Block::Paragraph(words) => self.hang(indent, &plain(words), PLAIN),
                Block::List(items) => items.iter().for_each(|item| self.hang(&bullet, &plain(item), PLAIN)),
                Block::Table(table) => {
                    table.clone().into_items().iter().for_each(|item| self.hang(&bullet, &plain(item), PLAIN));
                }
                Block::Quote(inside) => self.blocks(&format!("{indent}  "), inside),
                Block::Rule => {}
                Block::Markdown(source) => self.blocks(indent, &read(source)),
            }
        }
    }

    fn hang_from(&mut self, (lead, lead_style): (&str, Style), text: &str, style: Style) {
        let indent = lead.chars().count();
        for (position, line) in wrap(text, self.width.saturating_sub(indent)).iter().enumerate() {
            if position == 0 {
                self.styled(lead, lead_style);
            } else {
                self.text.extend(std::iter::repeat_n(' ', indent));
            }
            self.line(line, style);
        }
    }

    fn styled(&mut self, text: &str, style: Style) {
        // What a record says must not steer the terminal.
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        if self.colour {
            let _ = write!(self.text, "{style}{text}{style:#}");
        } else {
            self.text.push_str(&text);
        }
    }
}

#[cfg(test)]
mod tests {
    use text::{Block, Table, code, strong, text};

    use super::{BOLD, PLAIN, Page, RED, TextLayout};

    fn printed(colour: bool, write: impl Fn(&mut Page)) -> String {
        let mut page = Page::new(TextLayout { width: 0, colour });
        write(&mut page);
        page.into_text()
    }

    #[test]
    fn further_lines_stand_under_the_first_word() {
        let words = "seven words that need more than one line";
        let lines = "a  seven words that need more than one\n   line\n";
        assert_eq!(printed(false, |page| page.hang("a  ", words, PLAIN)), lines);
        assert_eq!(printed(false, |page| page.labelled("a", RED, words)), lines);
        assert_eq!(printed(false, |page| page.heading("a")), "\na\n");
    }

    #[test]
    fn no_word_steers_the_terminal() {
        assert_eq!(printed(false, |page| page.line("a\u{1b}[31m\nb", BOLD)), "a [31m b\n");
        assert_eq!(printed(true, |page| page.line("a\u{1b}b", BOLD)), "\u{1b}[1ma b\u{1b}[0m\n");
        assert_eq!(printed(true, |page| page.line("a", PLAIN)), "a\n");
    }

    #[test]
    fn every_block_is_printed() {
        let table = Table {
            head: vec![vec![text("A")], vec![text("B")]],
            rows: vec![vec![vec![text("x | y")], vec![text("")]], vec![vec![text("1")], vec![strong("2")]]],
        };
        for (block, expected) in [
            (Block::Paragraph(vec![strong("a*"), text(": "), code("`b`")]), "  a*: `b`\n"),
            (Block::List(vec![]), ""),
            (Block::List(vec![vec![text("a")], vec![text("b")]]), "    • a\n    • b\n"),
            (Block::Table(table), "    • x | y\n    • 1, 2\n"),
            (Block::Quote(vec![Block::Paragraph(vec![text("a")])]), "    a\n"),
            (Block::Rule, ""),
            (Block::Markdown("**a** \\*\n\n- `b`".to_owned()), "  a *\n    • b\n"),
        ] {
            assert_eq!(printed(false, |page| page.blocks("  ", std::slice::from_ref(&block))), expected);
        }
    }
}
