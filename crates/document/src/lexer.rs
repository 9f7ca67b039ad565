//! One pass over the bytes of a text that finds where each value begins and ends. It takes exactly what serde_json
//! takes, uses no stack of its own for nesting, and copies nothing.

use super::document::Limits;

/// The position of a value.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
    /// The entry after this value and everything in it. For a string with an escape: its number among those. For any
    /// other name of a member: its `name_hash`.
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

/// Marks a string with an escape in it; the lower bits are its number among those.
const ESCAPED: u32 = 1 << 31;
/// Bytes of a clinical record for each of its values, about: room for the entries is taken once.
const BYTES_PER_VALUE: usize = 10;

impl Entry {
    /// The entry after this one, which is a value and at index `at`, and after everything in it.
    #[inline]
    pub fn behind(self, at: usize) -> usize {
        match self.next {
            0 | ESCAPED.. => at + 1,
            next => next as usize,
        }
    }

    /// Whether it is a name without an escape that has this hash.
    #[inline]
    pub fn may_be(self, hash: u32) -> bool {
        self.next == hash
    }

    /// Of a name without an escape, its hash.
    #[inline]
    pub fn name_hash(self) -> Option<u32> {
        (self.next < ESCAPED).then_some(self.next)
    }

    /// Of a string with an escape in it, its number among those.
    #[inline]
    pub fn escaped(self) -> Option<usize> {
        (self.next >= ESCAPED).then_some((self.next & !ESCAPED) as usize)
    }
}

/// What is known of a text once it is read.
#[derive(Debug)]
pub(crate) struct Places {
    pub entries: Vec<Entry>,
    /// How many strings hold an escape.
    pub escaped: usize,
    /// The objects in which two names may be the same, in the order of the text. All others have no such names.
    pub doubtful: Vec<u32>,
}

/// Where the values of a text stand.
pub(crate) fn read(text: &str, limits: Limits) -> Result<Places, Stop> {
    // All places in a text of this length fit into an entry, with room for the mark.
    if text.len() >= (u32::MAX / 2) as usize {
        return Err(Stop::TooLong);
    }
    let room = text.len() / BYTES_PER_VALUE + 8;
    let mut lexer = Lexer {
        bytes: text.as_bytes(),
        entries: Vec::with_capacity(room.min(limits.values)),
        escaped: 0,
        open: Vec::with_capacity(16),
        doubtful: Vec::new(),
        limits,
        stop: Stop::Syntax,
    };
    let Some(end) = lexer.document() else { return Err(lexer.stop) };
    let (None, _) = lexer.token(end) else { return Err(Stop::Syntax) };
    let Lexer { entries, escaped, mut doubtful, .. } = lexer;
    // An object is noted when a name of it comes up, which may be after the objects inside it.
    doubtful.sort_unstable();
    doubtful.dedup();
    Ok(Places { entries, escaped: escaped as usize, doubtful })
}

/// The state of the reading. The position is not in here: it is passed from step to step, so that it stays in a
/// register.
struct Lexer<'t> {
    bytes: &'t [u8],
    entries: Vec<Entry>,
    /// How many strings with an escape there were.
    escaped: u32,
    /// The arrays and objects that are not closed yet.
    open: Vec<Open>,
    /// See `Places`.
    doubtful: Vec<u32>,
    limits: Limits,
    /// Why the reading ends where a step gives no place: what is written so seldom is not passed along.
    stop: Stop,
}

/// An array or object that is not closed yet.
#[derive(Debug, Clone, Copy)]
struct Open {
    /// Its entry.
    entry: u32,
    is_object: bool,
    /// A bit for each name so far; different names may share one.
    names: u64,
}

impl Lexer<'_> {
    /// Reads the outermost value; where it ends.
    fn document(&mut self) -> Option<usize> {
        // Some senders begin a text with the mark of UTF-8, which means nothing in it.
        let start = if self.bytes.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
        let mut at = self.value(start)?;
        while let Some(&Open { entry: opened, is_object, .. }) = self.open.last() {
            let (byte, place) = self.token(at);
            at = match byte {
                Some(b',') if is_object => {
                    let value = self.name(place + 1)?;
                    self.value(value)?
                }
                Some(b',') => self.value(place + 1)?,
                Some(b'}') if is_object => self.close(opened, place)?,
                Some(b']') if !is_object => self.close(opened, place)?,
                _ => return None,
            };
        }
        Some(at)
    }

    /// Reads a value; of an array or object, up to its first value that is none itself, or to its end.
    fn value(&mut self, at: usize) -> Option<usize> {
        let mut at = at;
        loop {
            let (byte, place) = self.token(at);
            match byte {
                Some(b'"') => return self.string(place),
                Some(open @ (b'{' | b'[')) => {
                    let is_object = open == b'{';
                    let opened = self.open(place, is_object)?;
                    let (first, inside) = self.token(place + 1);
                    if first == Some(if is_object { b'}' } else { b']' }) {
                        return self.close(opened, inside);
                    }
                    at = if is_object { self.name(inside)? } else { inside };
                }
                Some(b'-' | b'0'..=b'9') => return self.number(place),
                Some(b't') => return self.word(place, b"true"),
                Some(b'f') => return self.word(place, b"false"),
                Some(b'n') => return self.word(place, b"null"),
                _ => return None,
            }
        }
    }

    /// Reads the name of a member and the colon after it.
    #[inline]
    fn name(&mut self, at: usize) -> Option<usize> {
        let (Some(b'"'), place) = self.token(at) else { return None };
        let behind = self.string(place)?;
        self.compare(place + 1, behind - 1);
        match self.token(behind) {
            (Some(b':'), colon) => Some(colon + 1),
            _ => None,
        }
    }

    /// Notes a name of the innermost object, and the object where it had a name before that may be the same. That is
    /// always so for a name with an escape, which has other spellings.
    #[inline]
    fn compare(&mut self, start: usize, end: usize) {
        let hash = hash_between(self.bytes, start, end);
        let (Some(name), Some(object)) = (self.entries.last_mut(), self.open.last_mut()) else { return };
        let is_escaped = name.next != 0;
        if !is_escaped {
            name.next = hash;
        }
        let bit = 1_u64 << (hash % 64);
        if object.names & bit != 0 || is_escaped {
            self.doubtful.push(object.entry);
        }
        object.names |= bit;
    }

    fn open(&mut self, start: usize, is_object: bool) -> Option<u32> {
        if self.open.len() >= self.limits.depth {
            self.stop = Stop::TooDeep;
            return None;
        }
        let opened = place(self.entries.len());
        self.open.push(Open { entry: opened, is_object, names: 0 });
        self.push(start, start, 0)?;
        Some(opened)
    }

    /// Closes the innermost array or object, whose last byte is at `at`.
    #[inline]
    fn close(&mut self, opened: u32, at: usize) -> Option<usize> {
        self.open.pop();
        let next = place(self.entries.len());
        let entry = self.entries.get_mut(opened as usize)?;
        (entry.end, entry.next) = (place(at + 1), next);
        Some(at + 1)
    }

    /// Notes a value.
    #[inline]
    fn push(&mut self, start: usize, end: usize, next: u32) -> Option<usize> {
        if self.entries.len() >= self.limits.values {
            self.stop = Stop::TooMany;
            return None;
        }
        self.entries.push(Entry { start: place(start), end: place(end), next });
        Some(end)
    }

    /// The next byte that is no white space, and its position.
    #[inline]
    fn token(&self, at: usize) -> (Option<u8>, usize) {
        let mut at = at;
        loop {
            match self.bytes.get(at) {
                Some(b' ' | b'\n' | b'\t' | b'\r') => at += 1,
                other => return (other.copied(), at),
            }
        }
    }

    /// Reads a string. It is a part of its callers in every build: two values of three are strings or have a name, and a
    /// call of its own would cost a fifth more.
    #[inline(always)]
    fn string(&mut self, start: usize) -> Option<usize> {
        let at = plain(self.bytes, start + 1);
        match self.bytes.get(at) {
            Some(b'"') => self.push(start, at + 1, 0),
            _ => self.escaped_string(start, at),
        }
    }

    /// Reads a string on from its first escape, or from the byte that no string may hold.
    #[cold]
    fn escaped_string(&mut self, start: usize, first: usize) -> Option<usize> {
        let mut at = first;
        loop {
            match self.bytes.get(at) {
                Some(b'"') => break,
                Some(b'\\') => at = plain(self.bytes, self.escape(at)?),
                _ => return None,
            }
        }
        let number = self.escaped;
        self.escaped += 1;
        self.push(start, at + 1, ESCAPED | number)
    }

    fn escape(&self, at: usize) -> Option<usize> {
        match self.bytes.get(at + 1..).unwrap_or_default() {
            [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => Some(at + 2),
            [b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()) => Some(at + 6),
            _ => None,
        }
    }

    fn number(&mut self, start: usize) -> Option<usize> {
        let byte = |at: usize| self.bytes.get(at).copied();
        let mut at = start + usize::from(byte(start) == Some(b'-'));
        at = match byte(at) {
            Some(b'0') => at + 1,
            _ => self.digits(at)?,
        };
        if byte(at) == Some(b'.') {
            at = self.digits(at + 1)?;
        }
        if matches!(byte(at), Some(b'e' | b'E')) {
            let signed = matches!(byte(at + 1), Some(b'+' | b'-'));
            at = self.digits(at + 1 + usize::from(signed))?;
        }
        // What follows is checked by the caller, who never expects a digit.
        self.push(start, at, 0)
    }

    /// Reads at least one digit; returns where they end.
    #[inline]
    fn digits(&self, at: usize) -> Option<usize> {
        let mut end = at;
        while self.bytes.get(end).is_some_and(u8::is_ascii_digit) {
            end += 1;
        }
        if end > at { Some(end) } else { None }
    }

    fn word(&mut self, start: usize, word: &[u8]) -> Option<usize> {
        let is_there = self.bytes.get(start..).is_some_and(|rest| rest.starts_with(word));
        if is_there { self.push(start, start + word.len(), 0) } else { None }
    }
}

/// A position in the text or among the entries. `read` refuses texts for which one would not fit.
#[inline]
fn place(at: usize) -> u32 {
    at as u32
}

/// What equal names share, and few others: a number of 31 bits made of the length and the first bytes.
#[inline]
pub(crate) fn name_hash(name: &str) -> u32 {
    hash_between(name.as_bytes(), 0, name.len())
}

#[inline]
fn hash_between(bytes: &[u8], start: usize, end: usize) -> u32 {
    let from = bytes.get(start..).unwrap_or_default();
    let word = match from.first_chunk() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => last_word(from),
    };
    let length = (end - start) as u32;
    let name = word & !u64::MAX.checked_shl(8 * length).unwrap_or(0);
    // The multiplier is the golden ratio: it carries every bit into the highest ones, which are kept.
    ((name ^ u64::from(length)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33) as u32
}

/// Eight bytes at the end of a text, where fewer are left.
fn last_word(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte))
}

/// The position of the first byte from `at` on that ends a string, begins an escape or is a control character. Eight
/// bytes are checked in one step.
#[inline]
fn plain(bytes: &[u8], at: usize) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let mut at = at;
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk);
        // The highest bit of a byte tells whether it was zero; a carry can only spoil bytes after the first one found.
        let quote = (word ^ (ONES * b'"' as u64)).wrapping_sub(ONES);
        let backslash = (word ^ (ONES * b'\\' as u64)).wrapping_sub(ONES);
        let control = word.wrapping_sub(ONES * 0x20);
        let found = (quote | backslash | control) & !word & HIGH;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    let tail = bytes.get(at..).unwrap_or_default();
    at + tail.iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)).count()
}

#[cfg(test)]
mod tests;
