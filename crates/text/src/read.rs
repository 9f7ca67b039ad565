//! Blocks from Markdown that an author wrote: the texts of rules, where the values of the record are escaped, and the
//! cards pinned in cases. What the program itself makes is blocks from the start.

use pulldown_cmark::{Event, Options, Parser, Tag};

use super::{Block, Inline, Line, Table, text};

/// The blocks of CommonMark with tables. What has no block of its own keeps its words: a heading is a paragraph that
/// stands out, a nested list goes on with the list it stands in, HTML is shown as it is written.
pub fn read(markdown: &str) -> Vec<Block> {
    blocks(&mut Parser::new_ext(markdown, Options::ENABLE_TABLES))
}

/// The blocks up to the end of what contains them.
fn blocks<'a>(events: &mut impl Iterator<Item = Event<'a>>) -> Vec<Block> {
    let mut blocks = Vec::new();
    while let Some(event) = events.next() {
        blocks.push(match event {
            Event::End(_) => break,
            Event::Rule => Block::Rule,
            Event::Start(Tag::Heading { .. }) => Block::Paragraph(vec![Inline::Strong(line(events))]),
            Event::Start(Tag::BlockQuote(_)) => Block::Quote(self::blocks(events)),
            Event::Start(Tag::CodeBlock(_)) => {
                let words = super::plain(&line(events));
                Block::Paragraph(vec![super::code(words.trim_end().to_owned())])
            }
            Event::Start(Tag::List(_)) => {
                let mut items = Vec::new();
                list(events, &mut items);
                Block::List(items)
            }
            Event::Start(Tag::Table(_)) => Block::Table(table(events)),
            Event::Start(_) => Block::Paragraph(line(events)),
            other => {
                let mut words = Line::new();
                piece(other, events, &mut words);
                Block::Paragraph(words)
            }
        });
    }
    blocks
}

fn list<'a>(events: &mut impl Iterator<Item = Event<'a>>, items: &mut Vec<Line>) {
    while let Some(Event::Start(_)) = events.next() {
        item(events, items);
    }
}

fn item<'a>(events: &mut impl Iterator<Item = Event<'a>>, items: &mut Vec<Line>) {
    let mut own = Line::new();
    while let Some(event) = events.next() {
        match event {
            Event::End(_) => break,
            Event::Start(Tag::List(_)) => {
                items.extend((!own.is_empty()).then(|| std::mem::take(&mut own)));
                list(events, items);
            }
            Event::Start(Tag::Paragraph) if !own.is_empty() => {
                push(&mut own, " ");
                fill(events, &mut own);
            }
            other => piece(other, events, &mut own),
        }
    }
    items.extend((!own.is_empty()).then_some(own));
}

fn table<'a>(events: &mut impl Iterator<Item = Event<'a>>) -> Table {
    let mut rows = Vec::new();
    // A head and rows, in each of them cells, up to the end of the table.
    while let Some(Event::Start(_)) = events.next() {
        let mut cells = Vec::new();
        while let Some(Event::Start(_)) = events.next() {
            cells.push(line(events));
        }
        rows.push(cells);
    }
    let head = if rows.is_empty() { Vec::new() } else { rows.remove(0) };
    Table { head, rows }
}

/// The running text up to the end of what contains it.
fn line<'a>(events: &mut impl Iterator<Item = Event<'a>>) -> Line {
    let mut words = Line::new();
    fill(events, &mut words);
    words
}

fn fill<'a>(events: &mut impl Iterator<Item = Event<'a>>, words: &mut Line) {
    while let Some(event) = events.next() {
        if matches!(event, Event::End(_)) {
            break;
        }
        piece(event, events, words);
    }
}

fn piece<'a>(event: Event<'a>, events: &mut impl Iterator<Item = Event<'a>>, words: &mut Line) {
    match event {
        Event::Code(code) => words.push(super::code(code.into_string())),
        Event::SoftBreak | Event::HardBreak => push(words, " "),
        Event::Start(Tag::Strong) => words.push(Inline::Strong(line(events))),
        Event::Start(Tag::Link { dest_url, .. }) => {
            words.push(Inline::Link { href: dest_url.into_string(), words: line(events) });
        }
        Event::Start(_) => fill(events, words),
        Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => push(words, &text),
        _ => {}
    }
}

/// The parser gives words in pieces; adjacent ones are joined.
fn push(words: &mut Line, more: &str) {
    match words.last_mut() {
        Some(Inline::Text(before)) => before.to_mut().push_str(more),
        _ => words.push(text(more.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Block, Inline, Table, code, strong, text};
    use super::read;

    #[test]
    fn what_authors_write_becomes_blocks() {
        let line = |words: &str| vec![text(words.to_owned())];
        let paragraph = |words: &str| Block::Paragraph(line(words));
        let link = Inline::Link { href: "https://a".to_owned(), words: line("b") };
        for (markdown, expected) in [
            ("", vec![]),
            ("One\ntwo.\n\nThree", vec![paragraph("One two."), paragraph("Three")]),
            (
                r"a **b \*c\*** `d_<e> **` \<f\> 2 * 3 **open",
                vec![Block::Paragraph(vec![
                    text("a "),
                    strong("b *c*"),
                    text(" "),
                    code("d_<e> **"),
                    text(" <f> 2 * 3 **open"),
                ])],
            ),
            ("[b](https://a) *c*", vec![Block::Paragraph(vec![link, text(" c")])]),
            ("- a\n- b\n  c\n  - d\n- e", vec![Block::List(vec![line("a"), line("b c"), line("d"), line("e")])]),
            ("- a\n\n- b\n\n  c", vec![Block::List(vec![line("a"), line("b c")])]),
            (
                "| A | B |\n|---|---|\n| x \\| y |  |",
                vec![Block::Table(Table { head: vec![line("A"), line("B")], rows: vec![vec![line("x | y"), vec![]]] })],
            ),
            (
                "> a\n\n---\n\n# b",
                vec![Block::Quote(vec![paragraph("a")]), Block::Rule, Block::Paragraph(vec![strong("b")])],
            ),
            ("```\na\nb\n```", vec![Block::Paragraph(vec![code("a\nb")])]),
            ("<p>a</p>\n\nb <i>c", vec![paragraph("<p>a</p>\n"), paragraph("b <i>c")]),
        ] {
            assert_eq!(read(markdown), expected, "{markdown}");
        }
    }
}
