//! The value of a member in the bytes of a line, found without parsing the line: the reference to a patient, and ids.

use memchr::memmem::{Finder, find};
use memchr::{memchr, memchr2};

/// What stands behind the name of a member.
pub enum Target<'t> {
    /// It is no reference, or no member at all.
    Nobody,
    /// The text of the reference, escapes included.
    Of(&'t [u8]),
    /// The bytes alone do not show it.
    Unclear,
}

/// The reference behind the name of a member that ends at this place.
pub fn target(line: &[u8], at: usize) -> Target<'_> {
    let at = blanks(line, at);
    if line.get(at) != Some(&b':') {
        // The words stand as a value.
        return Target::Nobody;
    }
    let mut at = blanks(line, at + 1);
    if line.get(at) == Some(&b'[') {
        // Of several the first counts.
        at = blanks(line, at + 1);
    }
    match line.get(at) {
        Some(b'"') => string(line, at).map_or(Target::Unclear, |(text, _)| Target::Of(text)),
        Some(b'{') => reference(line, at + 1),
        Some(b'[') | None => Target::Unclear,
        Some(_) => Target::Nobody,
    }
}

/// The member `reference` of the object that begins before this place.
fn reference(line: &[u8], mut at: usize) -> Target<'_> {
    loop {
        at = blanks(line, at);
        match line.get(at) {
            Some(b'}') => return Target::Nobody,
            Some(b',') => at += 1,
            Some(b'"') => {
                let Some((name, end)) = string(line, at) else { return Target::Unclear };
                let colon = blanks(line, end);
                if line.get(colon) != Some(&b':') || name.contains(&b'\\') {
                    return Target::Unclear;
                }
                let value = blanks(line, colon + 1);
                if name == b"reference" {
                    return match line.get(value) {
                        Some(b'"') => string(line, value).map_or(Target::Unclear, |(text, _)| Target::Of(text)),
                        _ => Target::Unclear,
                    };
                }
                match skip(line, value) {
                    Some(behind) => at = behind,
                    None => return Target::Unclear,
                }
            }
            _ => return Target::Unclear,
        }
    }
}

/// The values of all members with the name `id` that are strings; `name` finds `"id"`.
pub fn ids<'t>(line: &'t [u8], name: &Finder<'_>) -> impl Iterator<Item = &'t [u8]> {
    name.find_iter(line).filter_map(|at| {
        let colon = blanks(line, at + 4);
        let value = blanks(line, colon + 1);
        (line.get(colon) == Some(&b':')).then(|| string(line, value)).flatten().map(|(text, _)| text)
    })
}

/// The id that a reference ends in, as `document::reference::last_part` reads it.
pub fn last_part(reference: &[u8]) -> &[u8] {
    // A search is made ready only where it can find something.
    let versioned = memchr(b'_', reference).and_then(|_| find(reference, b"/_history/"));
    let end = versioned.unwrap_or(reference.len());
    let bare = reference.get(..end).unwrap_or(reference);
    bare.rsplit(|byte| matches!(byte, b'/' | b':')).next().unwrap_or(bare)
}

/// The first place from here on that is no blank.
fn blanks(line: &[u8], at: usize) -> usize {
    let rest = line.get(at..).unwrap_or_default();
    at + rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n')).count()
}

/// The bytes between the quotes of the string at this place, and where it ends.
fn string(line: &[u8], at: usize) -> Option<(&[u8], usize)> {
    if line.get(at) != Some(&b'"') {
        return None;
    }
    let mut end = at + 1;
    loop {
        end += memchr2(b'"', b'\\', line.get(end..)?)?;
        if line.get(end) == Some(&b'"') {
            return Some((line.get(at + 1..end)?, end + 1));
        }
        end += 2;
    }
}

/// Where the value at this place ends.
fn skip(line: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        at = blanks(line, at);
        match line.get(at)? {
            b'"' => at = string(line, at)?.1,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
                continue;
            }
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                at += 1;
            }
            b',' | b':' if depth > 0 => {
                at += 1;
                continue;
            }
            _ => {
                let rest = line.get(at..)?;
                let length = rest.iter().take_while(|byte| !matches!(byte, b',' | b':' | b'}' | b']' | b' ')).count();
                at += length.max(1);
            }
        }
        if depth == 0 {
            return Some(at);
        }
    }
}
