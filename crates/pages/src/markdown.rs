//! A card's Markdown as HTML: paragraphs, bullets, tables, bold text and code, which is all that our cards use.

use super::html::{Html, code, el, table};

/// What a line begins or goes on with.
#[derive(Debug, PartialEq, Eq)]
enum Block {
    Paragraph(String),
    Bullets(Vec<String>),
    Table(Vec<Vec<String>>),
    Rule,
}

/// The Markdown as HTML.
pub fn render(markdown: &str) -> Html {
    blocks(markdown).into_iter().map(html).collect::<Vec<_>>().into()
}

fn html(block: Block) -> Html {
    match block {
        Block::Paragraph(text) => el("p", inline(&text)),
        Block::Bullets(items) => el("ul", items.iter().map(|item| el("li", inline(item))).collect::<Vec<_>>()),
        Block::Rule => el("p", "* * *"),
        Block::Table(rows) => {
            let mut rows = rows.into_iter();
            let head = rows.next().unwrap_or_default();
            let words: Vec<&str> = head.iter().map(String::as_str).collect();
            let cells = rows.map(|row| (String::new(), row.iter().map(|cell| inline(cell)).collect()));
            table("Table of the card", &words, cells)
        }
    }
}

fn blocks(markdown: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    // Whether the line before belongs to the last block, so that this one goes on with it.
    let mut open = false;
    for line in markdown.lines().map(str::trim) {
        let last = if open { blocks.last_mut() } else { None };
        open = !line.is_empty();
        if line.is_empty() {
        } else if line.len() >= 3 && line.bytes().all(|b| b == b'-') {
            blocks.push(Block::Rule);
            open = false;
        } else if line.starts_with('|') {
            match last {
                Some(Block::Table(rows)) => rows.extend(cells(line)),
                _ => blocks.push(Block::Table(cells(line).into_iter().collect())),
            }
        } else if let Some(item) = line.strip_prefix("- ") {
            match last {
                Some(Block::Bullets(items)) => items.push(item.to_owned()),
                _ => blocks.push(Block::Bullets(vec![item.to_owned()])),
            }
        } else {
            match last {
                Some(Block::Paragraph(text)) => *text = format!("{text} {line}"),
                Some(Block::Bullets(items)) if !items.is_empty() => {
                    if let Some(item) = items.last_mut() {
                        *item = format!("{item} {line}");
                    }
                }
                _ => blocks.push(Block::Paragraph(line.to_owned())),
            }
        }
    }
    blocks
}

/// The cells of a row; `None` for the line under the head.
fn cells(line: &str) -> Option<Vec<String>> {
    if line.bytes().all(|b| matches!(b, b'|' | b'-' | b':' | b' ')) {
        return None;
    }
    let mut cells = vec![String::new()];
    let mut escaped = false;
    for c in line.trim_start_matches('|').chars() {
        match (c, cells.last_mut()) {
            ('|', _) if !escaped => cells.push(String::new()),
            (c, Some(cell)) => cell.push(c),
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    if line.ends_with('|') {
        cells.pop();
    }
    Some(cells.into_iter().map(|cell| cell.trim().to_owned()).collect())
}

/// Running text: code, bold text and escapes; nothing inside code is a mark.
pub fn inline(text: &str) -> Html {
    let mut html = Html::default();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        if let ('\\', Some(next)) = (c, after.chars().next().filter(char::is_ascii_punctuation)) {
            plain.push(next);
            rest = &after[next.len_utf8()..];
        } else if let Some((span, left)) = rest.strip_prefix('`').and_then(|r| r.split_once('`')) {
            html = html.and(std::mem::take(&mut plain)).and(code(span));
            rest = left;
        } else if let Some((bold, left)) = rest.strip_prefix("**").and_then(split_bold) {
            html = html.and(std::mem::take(&mut plain)).and(el("strong", inline(bold)));
            rest = left;
        } else {
            plain.push(c);
            rest = after;
        }
    }
    html.and(plain)
}

/// What stands before the closing marks of bold text, and what follows; an escaped star closes nothing.
fn split_bold(text: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if c == '*' && !escaped && at > 0 && text[at..].starts_with("**") {
            return Some((&text[..at], &text[at + 2..]));
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

/// The words without their marks, as they stand in a summary.
pub fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.trim().trim_start_matches("**").trim_end_matches("**").chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '\\' && next.is_ascii_punctuation() => plain.extend(chars.next()),
            _ => plain.push(c),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::{inline, plain, render};

    #[test]
    fn marks_become_elements() {
        assert_eq!(
            inline("a **b \\*c\\*** `d_<e> **` \\<f\\> 2 * 3 **open").into_string(),
            "a <strong>b *c*</strong> <code>d_&lt;e&gt; **</code> &lt;f&gt; 2 * 3 **open"
        );
        assert_eq!(plain("**a\\_b (c\\|d)**"), "a_b (c|d)");
    }

    #[test]
    fn blocks_of_a_card() {
        assert_eq!(
            render("One\ntwo.\n\n- **A**: 1\n- b\n  c\n\nSource: x\n\n---\nend").into_string(),
            "<p>One two.</p><ul><li><strong>A</strong>: 1</li><li>b c</li></ul><p>Source: x</p><p>* * *</p><p>end</p>"
        );
    }

    #[test]
    fn tables_keep_their_cells() {
        let html = render("| A | B |\n|---|---|\n| x \\| y |  |\n| `z` | **1** |").into_string();
        assert!(html.contains("<thead><tr><th scope=\"col\">A</th><th scope=\"col\">B</th></tr></thead>"), "{html}");
        assert!(
            html.contains(
                "<tr><td>x | y</td><td></td></tr><tr><td><code>z</code></td><td><strong>1</strong></td></tr>"
            ),
            "{html}"
        );
    }
}
