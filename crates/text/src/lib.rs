//! Text as blocks: what a card says, before it is known where it will be shown. Engine, pages and terminal all name
//! these types, so they are in a member of their own that knows nothing of cards, HTML or terminals.
//!
//! The writers: [`markdown`] for the answers to clients, `blocks` of the member `pages` for HTML, `Page` of `terminal`.

/// Blocks written as Markdown.
pub mod markdown;
/// Blocks without any marks.
mod plain;
/// Blocks from Markdown that an author wrote.
mod read;

use std::borrow::Cow;

pub use self::plain::plain;
pub use self::read::read;

/// Running text.
pub type Line = Vec<Inline>;

/// A block of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A paragraph.
    Paragraph(Line),
    /// A list of items without numbers.
    List(Vec<Line>),
    /// A table.
    Table(Table),
    /// A quotation.
    Quote(Vec<Block>),
    /// A line between two parts.
    Rule,
    /// Markdown by the author of a rule, in which the values of the record are escaped. Clients get it as it was
    /// written; only the other writers have to [`read`] it.
    Markdown(String),
}

/// A piece of running text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inline {
    /// Plain words; no sign in them means anything.
    Text(Cow<'static, str>),
    /// Emphasised words.
    Strong(Line),
    /// Words of a machine: an id, a value as it was received.
    Code(Cow<'static, str>),
    /// Words that lead to another page.
    Link {
        /// The address.
        href: String,
        /// The words.
        words: Line,
    },
}

/// A table with a head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The names of the columns.
    pub head: Vec<Line>,
    /// The cells by row; the cells that a row lacks at its end are empty.
    pub rows: Vec<Vec<Line>>,
}

impl Table {
    /// Each row as an item of a list, its empty cells left out, for where there is no room for columns.
    pub fn into_items(self) -> Vec<Line> {
        self.rows.into_iter().map(item).collect()
    }
}

fn item(row: Vec<Line>) -> Line {
    let mut item = Line::new();
    for cell in row.into_iter().filter(|cell| !is_empty(cell)) {
        if !item.is_empty() {
            item.push(text(", "));
        }
        item.extend(cell);
    }
    item
}

fn is_empty(line: &[Inline]) -> bool {
    line.iter().all(|piece| matches!(piece, Inline::Text(text) if text.is_empty()))
}

/// The same blocks with every table as a list.
pub fn without_tables(blocks: Vec<Block>) -> Vec<Block> {
    blocks.into_iter().flat_map(without_table).collect()
}

fn without_table(block: Block) -> Vec<Block> {
    match block {
        Block::Table(table) => vec![Block::List(table.into_items())],
        Block::Quote(inside) => vec![Block::Quote(without_tables(inside))],
        // The author's own words stay as they are unless there is a table in them.
        Block::Markdown(source) if source.contains('|') => {
            let inside = read(&source);
            let has_table = inside.iter().any(|block| matches!(block, Block::Table(_)));
            if has_table { without_tables(inside) } else { vec![Block::Markdown(source)] }
        }
        other => vec![other],
    }
}

/// Plain words.
pub fn text(words: impl Into<Cow<'static, str>>) -> Inline {
    Inline::Text(words.into())
}

/// Emphasised words.
pub fn strong(words: impl Into<Cow<'static, str>>) -> Inline {
    Inline::Strong(vec![text(words)])
}

/// Words of a machine.
pub fn code(words: impl Into<Cow<'static, str>>) -> Inline {
    Inline::Code(words.into())
}

#[cfg(test)]
mod tests {
    use super::{Block, Table, code, strong, text, without_tables};

    #[test]
    fn a_table_becomes_a_list() {
        let table = Table {
            head: vec![vec![text("Finding")], vec![text("Found")], vec![], vec![]],
            rows: vec![
                vec![vec![text("A | B")], vec![strong("yes")], vec![text("")], vec![code("1")]],
                vec![vec![text("C")], vec![text("no")]],
            ],
        };
        let list = Block::List(vec![
            vec![text("A | B"), text(", "), strong("yes"), text(", "), code("1")],
            vec![text("C"), text(", "), text("no")],
        ]);
        let quote = |block: &Block| Block::Quote(vec![block.clone()]);
        let table = Block::Table(table);
        assert_eq!(without_tables(vec![quote(&table), table, Block::Rule]), [quote(&list), list, Block::Rule]);
    }

    #[test]
    fn an_author_s_words_change_only_where_they_hold_a_table() {
        let plain = Block::Markdown("a | *b*".to_owned());
        assert_eq!(without_tables(vec![plain.clone()]), [plain]);
        let table = Block::Markdown("Before\n\n| a | b |\n|---|---|\n| c | |".to_owned());
        let list = Block::List(vec![vec![text("c")]]);
        assert_eq!(without_tables(vec![table]), [Block::Paragraph(vec![text("Before")]), list]);
    }
}
