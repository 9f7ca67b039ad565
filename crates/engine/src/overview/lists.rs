//! Lists of names in a sentence, with as many of them as there is room for.

use std::borrow::Cow;

use text::{Block, strong, text};

/// A paragraph that opens with a word to be found at a glance.
pub(super) fn labelled(label: &'static str, words: String) -> Block {
    Block::Paragraph(vec![strong(label), text(words)])
}

/// The names, as many as are read. Some hold a comma themselves.
pub(super) fn listed(names: &[Cow<'_, str>], named: usize) -> String {
    match names.split_at_checked(named) {
        _ if named == 0 => names.len().to_string(),
        Some((shown, more @ [_, _, ..])) => format!("{}; and {} more", shown.join("; "), more.len()),
        _ => names.join("; "),
    }
}

/// One sentence for each group that is not empty.
pub(super) fn grouped<'g, T: 'g>(
    groups: impl IntoIterator<Item = (&'g str, &'g Vec<T>)>,
    list: impl Fn(&[T]) -> String,
) -> String {
    let said = groups.into_iter().filter(|(_, names)| !names.is_empty());
    let sentences: Vec<String> = said.map(|(word, names)| format!("{word}: {}.", list(names))).collect();
    sentences.join(" ")
}
