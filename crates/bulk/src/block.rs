//! Files in pieces of work, and the whole lines of a piece. A line belongs to the piece in which it begins.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use memchr::{memchr, memrchr};

use super::file::{ExportFile, Packing, open};

/// A piece of a file. A packed file is one piece, because it can only be read from its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// The place of the file in the list.
    pub file: usize,
    /// Where it begins.
    pub start: u64,
    /// Where it ends.
    pub end: u64,
}

/// The longest line that is read, in bytes; a file without line breaks must not fill the memory.
const LONGEST: usize = 1 << 30;
/// How much is read at a time where the end of a piece is not known.
const STEP: u64 = 1 << 19;

/// The pieces of all files.
pub fn pieces(files: &[ExportFile], bytes: u64) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (file, of) in files.iter().enumerate() {
        let step = if of.packing == Packing::Plain { bytes.max(1) } else { u64::MAX };
        let mut start = 0;
        while start < of.bytes {
            let end = start.saturating_add(step).min(of.bytes);
            pieces.push(Piece { file, start, end });
            start = end;
        }
    }
    pieces
}

/// Hands over the lines of a piece, several at a time and each of them whole. What came before an error was handed over.
///
/// # Errors
///
/// The file cannot be read to its end, or cannot be unpacked.
pub fn blocks(file: &ExportFile, piece: &Piece, buffer: &mut Vec<u8>, mut each: impl FnMut(&[u8])) -> io::Result<()> {
    buffer.clear();
    if file.packing == Packing::Plain { range(file, piece, buffer, &mut each) } else { stream(file, buffer, &mut each) }
}

/// The lines of a block, without their ends.
pub fn lines(block: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = block;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = memchr(b'\n', rest).unwrap_or(rest.len());
        let (line, behind) = (rest.get(..end)?, rest.get(end + 1..).unwrap_or_default());
        rest = behind;
        Some(line)
    })
}

fn range(file: &ExportFile, piece: &Piece, buffer: &mut Vec<u8>, each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
    let mut opened = File::open(&file.path)?;
    // The byte before says whether a line begins right at the start.
    let from = piece.start.saturating_sub(1);
    opened.seek(SeekFrom::Start(from))?;
    (&mut opened).take(piece.end.saturating_sub(from)).read_to_end(buffer)?;
    let begin = if piece.start == 0 { Some(0) } else { memchr(b'\n', buffer).map(|at| at + 1) };
    let Some(begin) = begin.filter(|begin| *begin < buffer.len()) else { return Ok(()) };
    let inside = buffer.len();
    while buffer.last().is_some_and(|last| *last != b'\n') {
        let known = buffer.len();
        if (&mut opened).take(STEP).read_to_end(buffer)? == 0 {
            break;
        }
        if let Some(at) = buffer.get(known..).and_then(|tail| memchr(b'\n', tail)) {
            buffer.truncate(known + at + 1);
        }
        too_long(buffer.len() - inside)?;
    }
    each(without_mark(buffer.get(begin..).unwrap_or_default(), piece.start == 0));
    Ok(())
}

fn stream(file: &ExportFile, buffer: &mut Vec<u8>, each: &mut dyn FnMut(&[u8])) -> io::Result<()> {
    let mut reader = open(&file.path)?;
    let mut first = true;
    loop {
        let known = buffer.len();
        let read = (&mut reader).take(STEP).read_to_end(buffer);
        let ended = matches!(read, Ok(0));
        // What came before a fault is still handed over, as far as its lines are whole.
        let new = buffer.get(known..).unwrap_or_default();
        let whole = if ended { Some(buffer.len()) } else { memrchr(b'\n', new).map(|at| known + at + 1) };
        if let Some(lines) = whole.and_then(|whole| buffer.get(..whole)).filter(|lines| !lines.is_empty()) {
            each(without_mark(lines, first));
            first = false;
            buffer.drain(..whole.unwrap_or_default());
        }
        if read? == 0 {
            return Ok(());
        }
        too_long(buffer.len())?;
    }
}

fn too_long(line: usize) -> io::Result<()> {
    if line <= LONGEST { Ok(()) } else { Err(io::Error::other("a line is longer than a gigabyte")) }
}

fn without_mark(block: &[u8], is_start: bool) -> &[u8] {
    if is_start { block.strip_prefix(b"\xef\xbb\xbf").unwrap_or(block) } else { block }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::{blocks, lines, pieces};
    use crate::file::{ExportFile, Packing};

    /// The lines of a file that is read in pieces of so many bytes, and whether it was read to its end.
    fn read(name: &str, bytes: &[u8], piece: u64) -> (Vec<String>, bool) {
        let path = std::env::temp_dir().join(format!("bulk-{}-{piece}-{name}", std::process::id()));
        std::fs::write(&path, bytes).expect("a file");
        let file = ExportFile { packing: Packing::of(&path).0, bytes: bytes.len() as u64, path };
        let (mut found, mut whole, mut buffer) = (Vec::new(), true, Vec::new());
        for piece in pieces(std::slice::from_ref(&file), piece) {
            let read = blocks(&file, &piece, &mut buffer, |block| {
                found.extend(lines(block).map(|line| String::from_utf8_lossy(line).trim_end().to_owned()));
            });
            whole &= read.is_ok();
        }
        std::fs::remove_file(&file.path).expect("the file is gone");
        (found, whole)
    }

    fn packed(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).expect("packed");
        encoder.finish().expect("packed")
    }

    #[test]
    fn every_line_is_in_one_piece_whatever_their_size() {
        let text = "\u{feff}one\r\n\n3 three\na line that is longer than all of the pieces\nlast".as_bytes();
        let expected = ["one", "", "3 three", "a line that is longer than all of the pieces", "last"];
        for piece in (1..30).chain([1000]) {
            assert_eq!(read("plain.ndjson", text, piece).0, expected, "{piece}");
        }
        assert_eq!(read("packed.ndjson.gz", &packed(text), 5).0, expected);
        assert_eq!(read("empty.ndjson", b"", 5), (Vec::new(), true));
    }

    #[test]
    fn what_came_before_a_fault_is_read() {
        let text: String = (0..100_000).map(|n| format!("{{\"n\":{n}}}\n")).collect();
        let packed = packed(text.as_bytes());
        let (found, whole) = read("cut.ndjson.gz", &packed[..packed.len() / 2], 5);
        assert!(!whole && found.len() > 1000 && found.iter().all(|line| line.ends_with('}')), "{}", found.len());
    }
}
