//! Blocks written as GitHub-flavoured Markdown, which is what CDS Hooks clients show.

use std::fmt::{self, Display, Formatter, Write};

use super::{Block, Inline, Line, Table};

/// Blocks that are written as Markdown wherever they are displayed, without a text in between.
#[derive(Debug, Clone, Copy)]
pub struct Markdown<'a>(pub &'a [Block]);

impl Display for Markdown<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        blocks(f, self.0)
    }
}

/// Words as Markdown that shows them and nothing more.
pub fn escape(out: &mut impl Write, words: &str) -> fmt::Result {
    // Most words mean nothing in Markdown, and are written in one piece.
    let signs = words.bytes().fold(0, |signs, byte| signs | SIGNS.get(usize::from(byte)).copied().unwrap_or(OTHER));
    let is_address = (signs & STOP != 0 && words.contains("www.")) || (signs & COLON != 0 && words.contains("://"));
    if signs & OTHER == 0 && !is_address {
        return out.write_str(words);
    }
    let mut written = 0;
    for (at, sign) in words.char_indices() {
        let rest = words.get(at..).unwrap_or_default();
        let means_something = match sign {
            '\\' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#' | '~' | '`' | '!' => true,
            // Addresses would turn into links by themselves.
            '@' => true,
            ':' => rest.starts_with("://"),
            '.' => words.get(..at).is_some_and(|before| before.ends_with("www")),
            _ => false,
        };
        if means_something || sign.is_control() {
            out.write_str(words.get(written..at).unwrap_or_default())?;
            out.write_char(if means_something { '\\' } else { ' ' })?;
            written = if means_something { at } else { at + sign.len_utf8() };
        }
    }
    out.write_str(words.get(written..).unwrap_or_default())
}

/// A full stop, which makes an address after `www`.
const STOP: u8 = 1;
/// A colon, which makes an address before `//`.
const COLON: u8 = 2;
/// What may mean something.
const OTHER: u8 = 4;

/// What each byte is; 0 where it means nothing wherever it stands. That holds for letters beyond ASCII too, and not for
/// the first byte of control characters beyond ASCII.
const SIGNS: [u8; 256] = {
    let mut signs = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        match byte as u8 {
            b'.' => signs[byte] = STOP,
            b':' => signs[byte] = COLON,
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | 0x80..=0xC1 | 0xC3.. => signs[byte] = 0,
            b' ' | b',' | b';' | b'(' | b')' | b'/' | b'%' | b'+' | b'-' | b'=' | b'"' | b'\'' => signs[byte] = 0,
            _ => {}
        }
        byte += 1;
    }
    signs
};

fn blocks(out: &mut impl Write, blocks: &[Block]) -> fmt::Result {
    for (position, block) in blocks.iter().enumerate() {
        if position > 0 {
            out.write_str("\n\n")?;
        }
        self::block(out, block)?;
    }
    Ok(())
}

fn block(out: &mut impl Write, block: &Block) -> fmt::Result {
    match block {
        Block::Paragraph(words) => line(out, words),
        Block::List(items) => items.iter().enumerate().try_for_each(|(position, item)| {
            out.write_str(if position == 0 { "- " } else { "\n- " })?;
            line(out, item)
        }),
        Block::Table(table) => self::table(out, table),
        Block::Quote(inside) => {
            let inside = Markdown(inside).to_string();
            inside.split('\n').enumerate().try_for_each(|(position, line)| {
                out.write_str(if position == 0 { "> " } else { "\n> " })?;
                out.write_str(line)
            })
        }
        Block::Rule => out.write_str("---"),
        Block::Markdown(source) => out.write_str(source),
    }
}

fn table(out: &mut impl Write, table: &Table) -> fmt::Result {
    let columns = table.head.len();
    row(out, &table.head, columns)?;
    out.write_str("\n|")?;
    (0..columns).try_for_each(|_| out.write_str("---|"))?;
    table.rows.iter().try_for_each(|cells| {
        out.write_char('\n')?;
        row(out, cells, columns)
    })
}

fn row(out: &mut impl Write, cells: &[Line], columns: usize) -> fmt::Result {
    out.write_char('|')?;
    for cell in cells {
        out.write_char(' ')?;
        line(out, cell)?;
        out.write_str(" |")?;
    }
    (cells.len()..columns).try_for_each(|_| out.write_str(" |"))
}

fn line(out: &mut impl Write, line: &[Inline]) -> fmt::Result {
    line.iter().try_for_each(|piece| match piece {
        Inline::Text(words) => escape(out, words),
        Inline::Strong(inside) => {
            out.write_str("**")?;
            self::line(out, inside)?;
            out.write_str("**")
        }
        Inline::Code(words) => code(out, words),
        Inline::Link { href, words } => {
            out.write_char('[')?;
            self::line(out, words)?;
            write!(out, "](<{}>)", href.replace(['<', '>', '\n'], ""))
        }
    })
}

/// A code span interprets nothing, so nothing in it can be escaped. What would end the span, or a cell of the table it
/// stands in, becomes a sign that looks alike.
fn code(out: &mut impl Write, words: &str) -> fmt::Result {
    let ends = |sign: char| matches!(sign, '`' | '|') || sign.is_control();
    out.write_char('`')?;
    for part in words.split_inclusive(ends) {
        out.write_str(part.trim_end_matches(ends))?;
        match part.chars().next_back() {
            Some('`') => out.write_char('\'')?,
            Some('|') => out.write_char('¦')?,
            Some(sign) if sign.is_control() => out.write_char(' ')?,
            _ => {}
        }
    }
    out.write_char('`')
}

#[cfg(test)]
mod tests {
    use super::super::{Block, Inline, Table, code, read, strong, text};
    use super::{Markdown, escape};

    #[test]
    fn no_word_of_a_record_means_anything() {
        for (words, expected) in [
            ("", ""),
            ("1,900/µL (27 Oct 2026)", "1,900/µL (27 Oct 2026)"),
            (r"a\b*c_d[e]<f>|#~`!", r"a\\b\*c\_d\[e\]\<f\>\|\#\~\`\!"),
            ("see https://a and www.b.c, wwww.d, a@b", r"see https\://a and www\.b.c, wwww\.d, a\@b"),
            ("a: b. c:/d", "a: b. c:/d"),
            ("one\ntwo\u{1b}[0m", r"one two \[0m"),
        ] {
            let mut escaped = String::new();
            escape(&mut escaped, words).expect("a String takes all");
            assert_eq!(escaped, expected, "{words}");
        }
    }

    #[test]
    fn every_block_is_written() {
        let table = Table {
            head: vec![vec![text("A")], vec![text("B")], vec![text("C")]],
            rows: vec![vec![vec![text("x | y")], vec![text("")], vec![code("a|`b`")]], vec![vec![strong("1")]]],
        };
        let link = Inline::Link { href: "https://a/<b>".to_owned(), words: vec![text("c_d")] };
        for (block, expected) in [
            (Block::Paragraph(vec![]), ""),
            (Block::Paragraph(vec![strong("a*"), text(": "), code("b*"), link]), r"**a\***: `b*`[c\_d](<https://a/b>)"),
            (Block::List(vec![]), ""),
            (Block::List(vec![vec![text("a")], vec![]]), "- a\n- "),
            (Block::Table(table), "| A | B | C |\n|---|---|---|\n| x \\| y |  | `a¦'b'` |\n| **1** | | |"),
            (Block::Quote(vec![]), "> "),
            (Block::Quote(vec![Block::Rule, Block::Paragraph(vec![text("a")])]), "> ---\n> \n> a"),
            (Block::Rule, "---"),
            (Block::Paragraph(vec![code("a``\n|"), code("")]), "`a'' ¦```"),
            (Block::Markdown("*a*".to_owned()), "*a*"),
        ] {
            assert_eq!(Markdown(std::slice::from_ref(&block)).to_string(), expected);
        }
        assert_eq!(Markdown(&[]).to_string(), "");
        assert_eq!(Markdown(&[Block::Rule, Block::Rule]).to_string(), "---\n\n---");
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let cell = |words: &str| vec![text(words.to_owned())];
        let blocks = [
            Block::Paragraph(vec![strong("a*b"), text(": c|d _e_ \\n "), code("10*3/uL"), text(" www.a.b")]),
            Block::List(vec![vec![text("a <b>")], vec![text("c")]]),
            Block::Table(Table { head: vec![cell("A"), cell("B")], rows: vec![vec![cell("x | y"), cell("1")]] }),
            Block::Quote(vec![Block::Paragraph(cell("q"))]),
            Block::Rule,
        ];
        assert_eq!(read(&Markdown(&blocks).to_string()), blocks);
    }
}
