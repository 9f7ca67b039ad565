//! One pass over the bytes of a text that finds where each value begins and ends. It takes exactly what serde_json
//! takes, uses no stack of its own for nesting, and copies nothing.

use super::document::Limits;

/// Where a value stands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// The first byte.
    pub start: u32,
    /// The byte behind the last.
    pub end: u32,
    /// The entry behind this value and all that is in it; of a string with an escape in it, which one of those it is.
    next: u32,
}

/// Why reading stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    Syntax,
    TooDeep,
    TooMany,
    TooLong,
}

/// The mark of a string with an escape in it; the bits below are its number among those.
const ESCAPED: u32 = 1 << 31;
/// Bytes of a clinical record for each of its values, about: room for the entries is taken once.
const BYTES_PER_VALUE: usize = 12;

impl Entry {
    /// The entry behind this one, which stands at `at`, and behind all that is in it.
    pub fn behind(self, at: usize) -> usize {
        match self.next {
            0 | ESCAPED.. => at + 1,
            next => next as usize,
        }
    }

    /// Of a string with an escape in it, its number among those.
    pub fn escaped(self) -> Option<usize> {
        (self.next >= ESCAPED).then_some((self.next & !ESCAPED) as usize)
    }
}

/// The entries of a text, and how many of them are strings with an escape.
pub(crate) fn read(text: &str, limits: Limits) -> Result<(Vec<Entry>, usize), Stop> {
    if u32::try_from(text.len()).is_ok_and(|length| length < u32::MAX / 2) {
        let room = text.len() / BYTES_PER_VALUE + 8;
        let entries = Vec::with_capacity(room.min(limits.values));
        Lexer { bytes: text.as_bytes(), at: 0, entries, escaped: 0, open: Vec::with_capacity(16), limits }.read()
    } else {
        Err(Stop::TooLong)
    }
}

struct Lexer<'t> {
    bytes: &'t [u8],
    at: usize,
    entries: Vec<Entry>,
    /// How many strings with an escape there were.
    escaped: u32,
    /// The arrays and objects that are not closed yet: their entries, and whether it is an object.
    open: Vec<(usize, bool)>,
    limits: Limits,
}

impl Lexer<'_> {
    fn read(mut self) -> Result<(Vec<Entry>, usize), Stop> {
        self.value()?;
        while let Some(&(opened, is_object)) = self.open.last() {
            match self.token() {
                Some(b',') => {
                    self.at += 1;
                    if is_object {
                        self.name()?;
                    }
                    self.value()?;
                }
                Some(b'}') if is_object => self.close(opened)?,
                Some(b']') if !is_object => self.close(opened)?,
                _ => return Err(Stop::Syntax),
            }
        }
        match self.token() {
            None => Ok((self.entries, self.escaped as usize)),
            Some(_) => Err(Stop::Syntax),
        }
    }

    /// Reads a value; of an array or object, up to its first value that is none itself, or to its end.
    fn value(&mut self) -> Result<(), Stop> {
        loop {
            match self.token() {
                Some(b'"') => return self.string(),
                Some(b'{') => {
                    self.enter(true)?;
                    if self.token() == Some(b'}') {
                        let opened = self.entries.len() - 1;
                        return self.close(opened);
                    }
                    self.name()?;
                }
                Some(b'[') => {
                    self.enter(false)?;
                    if self.token() == Some(b']') {
                        let opened = self.entries.len() - 1;
                        return self.close(opened);
                    }
                }
                Some(b'-' | b'0'..=b'9') => return self.number(),
                Some(b't') => return self.word(b"true"),
                Some(b'f') => return self.word(b"false"),
                Some(b'n') => return self.word(b"null"),
                _ => return Err(Stop::Syntax),
            }
        }
    }

    /// The name of a member and the colon behind it.
    fn name(&mut self) -> Result<(), Stop> {
        if self.token() != Some(b'"') {
            return Err(Stop::Syntax);
        }
        self.string()?;
        if self.token() != Some(b':') {
            return Err(Stop::Syntax);
        }
        self.at += 1;
        Ok(())
    }

    fn enter(&mut self, is_object: bool) -> Result<(), Stop> {
        if self.open.len() >= self.limits.depth {
            return Err(Stop::TooDeep);
        }
        self.open.push((self.entries.len(), is_object));
        let start = self.at;
        self.at += 1;
        self.push(start, 0)
    }

    fn close(&mut self, opened: usize) -> Result<(), Stop> {
        self.open.pop();
        self.at += 1;
        let (end, next) = (place(self.at), place(self.entries.len()));
        let entry = self.entries.get_mut(opened).ok_or(Stop::Syntax)?;
        (entry.end, entry.next) = (end, next);
        Ok(())
    }

    /// Notes a value that ends here.
    fn push(&mut self, start: usize, next: u32) -> Result<(), Stop> {
        if self.entries.len() >= self.limits.values {
            return Err(Stop::TooMany);
        }
        self.entries.push(Entry { start: place(start), end: place(self.at), next });
        Ok(())
    }

    /// The next byte that is no blank.
    fn token(&mut self) -> Option<u8> {
        loop {
            match self.bytes.get(self.at) {
                Some(b' ' | b'\n' | b'\t' | b'\r') => self.at += 1,
                other => return other.copied(),
            }
        }
    }

    fn string(&mut self) -> Result<(), Stop> {
        let start = self.at;
        self.at += 1;
        let mut next = 0;
        loop {
            self.at += plain(self.bytes.get(self.at..).unwrap_or_default());
            match self.bytes.get(self.at) {
                Some(b'"') => {
                    self.at += 1;
                    self.escaped += u32::from(next != 0);
                    return self.push(start, next);
                }
                Some(b'\\') => {
                    next = ESCAPED | self.escaped;
                    self.escape()?;
                }
                _ => return Err(Stop::Syntax),
            }
        }
    }

    fn escape(&mut self) -> Result<(), Stop> {
        let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
        self.at += match rest {
            [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => 2,
            [b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()) => 6,
            _ => return Err(Stop::Syntax),
        };
        Ok(())
    }

    fn number(&mut self) -> Result<(), Stop> {
        let start = self.at;
        self.take(|byte| byte == b'-');
        match self.bytes.get(self.at) {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err(Stop::Syntax),
        }
        if self.take(|byte| byte == b'.') {
            self.digits()?;
        }
        if self.take(|byte| matches!(byte, b'e' | b'E')) {
            self.take(|byte| matches!(byte, b'+' | b'-'));
            self.digits()?;
        }
        // What stands behind it is looked at by whoever expects something there; a digit is never expected.
        self.push(start, 0)
    }

    /// One digit at least.
    fn digits(&mut self) -> Result<(), Stop> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        match rest.iter().take_while(|byte| byte.is_ascii_digit()).count() {
            0 => Err(Stop::Syntax),
            digits => {
                self.at += digits;
                Ok(())
            }
        }
    }

    fn take(&mut self, wanted: impl Fn(u8) -> bool) -> bool {
        let there = self.bytes.get(self.at).is_some_and(|byte| wanted(*byte));
        self.at += usize::from(there);
        there
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Stop> {
        let start = self.at;
        if !self.bytes.get(start..).is_some_and(|rest| rest.starts_with(word)) {
            return Err(Stop::Syntax);
        }
        self.at += word.len();
        self.push(start, 0)
    }
}

/// A place in the text; `read` has seen to it that all of them fit.
fn place(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// How many bytes at the head of a string are neither its end, nor an escape, nor a control character. Eight are
/// looked at in one step.
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let mut at = 0;
    let mut chunks = bytes.chunks_exact(8);
    for chunk in chunks.by_ref() {
        let word = chunk.try_into().map_or(0, u64::from_le_bytes);
        let zero = |word: u64| word.wrapping_sub(ONES) & !word;
        let quote = zero(word ^ (ONES * b'"' as u64));
        let stroke = zero(word ^ (ONES * b'\\' as u64));
        let control = word.wrapping_sub(ONES * 0x20) & !word;
        let found = (quote | stroke | control) & HIGH;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let rest = chunks.remainder();
    at + rest.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Limits, plain, read};

    proptest! {
        /// Texts that are nearly JSON: what serde_json takes is taken, and nothing else.
        #[test]
        fn takes_what_serde_json_takes(text in r#"[\[\]{}:, \n"\\u0-9a-ftrulsE+.\-]{0,24}"#) {
            let theirs = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
            prop_assert_eq!(read(&text, Limits::NONE).is_ok(), theirs, "{}", text);
        }

        #[test]
        fn takes_numbers_as_serde_json_does(text in r"-?[0-9]{0,3}(\.[0-9]{0,2})?([eE][+-]?[0-9]{0,2})?") {
            let theirs = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
            prop_assert_eq!(read(&text, Limits::NONE).is_ok(), theirs, "{}", text);
        }
    }

    #[test]
    fn plain_text_ends_at_quote_stroke_and_control() {
        for stop in (0..=255_u8).filter(|byte| *byte < 0x80 || matches!(byte, 0x80 | 0xff)) {
            for before in 0..20 {
                for filler in [b'a', 0x7f, 0x80, 0xff, b' '] {
                    let mut text = vec![filler; before];
                    text.push(stop);
                    text.extend([b'x'; 9]);
                    let ends = matches!(stop, b'"' | b'\\' | 0..=0x1f);
                    let expected = if ends { before } else { text.len() };
                    assert_eq!(plain(&text), expected, "{stop} behind {before} of {filler}");
                }
            }
        }
    }
}
