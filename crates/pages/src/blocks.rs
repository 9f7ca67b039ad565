//! Blocks of text as HTML.

use maud::{Markup, html};
use text::{Block, Inline, Table, read};

use super::html::{code, link};

/// The blocks one after the other.
pub fn blocks(blocks: &[Block]) -> Markup {
    html! { @for block in blocks { (self::block(block)) } }
}

/// Running text.
pub fn line(line: &[Inline]) -> Markup {
    html! {
        @for piece in line {
            @match piece {
                Inline::Text(words) => (words),
                Inline::Strong(inside) => strong { (self::line(inside)) },
                Inline::Code(words) => (code(words)),
                Inline::Link { href, words } => (link(href, self::line(words))),
            }
        }
    }
}

fn block(block: &Block) -> Markup {
    html! {
        @match block {
            Block::Paragraph(words) => p { (line(words)) },
            Block::List(items) => ul { @for item in items { li { (line(item)) } } },
            Block::Table(table) => (self::table(table)),
            Block::Quote(inside) => blockquote { (blocks(inside)) },
            Block::Rule => hr;,
            Block::Markdown(source) => (blocks(&read(source))),
        }
    }
}

fn table(table: &Table) -> Markup {
    let head: Vec<Markup> = table.head.iter().map(|name| line(name)).collect();
    let rows = html! {
        @for row in &table.rows {
            tr {
                @for cell in row { td { (line(cell)) } }
                @for _ in row.len()..head.len() { td {} }
            }
        }
    };
    super::html::table("Table of the card", &head, rows)
}

#[cfg(test)]
mod tests {
    use text::{Block, Inline, Table, code, strong, text};

    use super::blocks;

    #[test]
    fn every_block_is_written() {
        let link = |href: &str| Inline::Link { href: href.to_owned(), words: vec![text("a")] };
        for (block, expected) in [
            (Block::Paragraph(vec![]), "<p></p>"),
            (
                Block::Paragraph(vec![strong("a*"), text(" <b> & \"c\""), code("<d>")]),
                "<p><strong>a*</strong> &lt;b&gt; &amp; &quot;c&quot;<code>&lt;d&gt;</code></p>",
            ),
            (Block::Paragraph(vec![link("https://b"), link("javascript:b")]), "<p><a href=\"https://b\">a</a>a</p>"),
            (Block::List(vec![vec![text("a")], vec![]]), "<ul><li>a</li><li></li></ul>"),
            (Block::Quote(vec![Block::Rule]), "<blockquote><hr></blockquote>"),
            (Block::Markdown("**a** \\<b>".to_owned()), "<p><strong>a</strong> &lt;b&gt;</p>"),
        ] {
            assert_eq!(blocks(&[block]).into_string(), expected);
        }
        assert_eq!(blocks(&[]).into_string(), "");
    }

    #[test]
    fn tables_keep_their_cells() {
        let rows = vec![vec![vec![text("x | y")], vec![]], vec![vec![code("z")]]];
        let table = Table { head: vec![vec![text("A")], vec![text("B")]], rows };
        let html = blocks(&[Block::Table(table)]).into_string();
        for part in [
            "<thead><tr><th scope=\"col\">A</th><th scope=\"col\">B</th></tr></thead>",
            "<tbody><tr><td>x | y</td><td></td></tr><tr><td><code>z</code></td><td></td></tr></tbody>",
        ] {
            assert!(html.contains(part), "{html}");
        }
    }
}
