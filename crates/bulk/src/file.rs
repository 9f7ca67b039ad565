//! Which files belong to an export, and how their bytes are read: as they are, or unpacked while they stream.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use document::Document;
use fhir::resource::type_of;
use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// One file of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// Where it is.
    pub path: PathBuf,
    /// How its bytes are packed.
    pub packing: Packing,
    /// How many bytes it has as it lies there.
    pub bytes: u64,
}

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// By gzip.
    Gzip,
    /// By Zstandard.
    Zstandard,
}

/// How many lines from the start are looked at to see what a file holds.
const HEAD: usize = 100;

impl Packing {
    /// The packing that the end of the name says, and the name without it.
    pub fn of(path: &Path) -> (Packing, &Path) {
        let bare = || path.file_stem().map(Path::new).unwrap_or(path);
        match path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase).as_deref() {
            Some("gz") => (Packing::Gzip, bare()),
            Some("zst" | "zstd") => (Packing::Zstandard, bare()),
            _ => (Packing::Plain, path),
        }
    }
}

/// Whether the name says that a file holds lines, packed or not.
pub fn has_lines(path: &Path) -> bool {
    let (_, bare) = Packing::of(path);
    let extension = bare.extension().and_then(OsStr::to_str).unwrap_or_default();
    ["ndjson", "jsonl"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// What a file with lines holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holds {
    /// Resources of an export.
    Resources(ExportFile),
    /// What the client that fetched an export noted on the way.
    Log,
    /// Something else, such as Bundles.
    Other,
}

impl ExportFile {
    /// What a file holds, as its first line says that can be read. Where none can be read, its name decides:
    /// `Type.ndjson` or `Type.000.ndjson` hold resources.
    ///
    /// # Errors
    ///
    /// It cannot be opened or unpacked.
    pub fn recognise(path: &Path) -> io::Result<Holds> {
        let (packing, _) = Packing::of(path);
        let bytes = path.metadata()?.len();
        let file = ExportFile { path: path.to_owned(), packing, bytes };
        let mut reader = BufReader::new(open(path)?);
        let mut line = Vec::new();
        for number in 0..HEAD {
            line.clear();
            match reader.read_until(b'\n', &mut line) {
                Ok(0) => break,
                Ok(_) => {}
                // What came before the fault may still be of use; otherwise the reader of the file reports the fault.
                Err(error) if number == 0 && !names_a_type(path) => return Err(error),
                Err(_) => break,
            }
            match kind(&line) {
                Some(Kind::Resource) => return Ok(Holds::Resources(file)),
                Some(Kind::Log) => return Ok(Holds::Log),
                Some(Kind::Other) => return Ok(Holds::Other),
                None => {}
            }
        }
        Ok(if names_a_type(path) { Holds::Resources(file) } else { Holds::Other })
    }
}

/// Opens a file of any packing.
///
/// # Errors
///
/// It cannot be opened, or is not packed as its name says.
pub fn open(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    let file = BufReader::with_capacity(1 << 17, File::open(path)?);
    Ok(match Packing::of(path).0 {
        Packing::Plain => Box::new(file),
        Packing::Gzip => Box::new(MultiGzDecoder::new(file)),
        Packing::Zstandard => Box::new(Frames { source: file, decoder: FrameDecoder::new(), inside: false }),
    })
}

/// What a line is.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    Resource,
    Log,
    Other,
}

/// What a line is; `None` when it cannot be read or is blank.
fn kind(line: &[u8]) -> Option<Kind> {
    let text = str::from_utf8(line).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
    let document = Document::parse(text).ok()?;
    let object = document.root().object()?;
    Some(match type_of(&object) {
        Some(kind) if kind != "Bundle" => Kind::Resource,
        None if object.string("exportId").is_some() && object.string("eventId").is_some() => Kind::Log,
        _ => Kind::Other,
    })
}

/// Whether the name of a file says that it holds resources of one type.
fn names_a_type(path: &Path) -> bool {
    let (_, bare) = Packing::of(path);
    let name = bare.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let first = name.split('.').next().unwrap_or_default();
    has_lines(path)
        && first.starts_with(|c: char| c.is_ascii_uppercase())
        && first.bytes().all(|b| b.is_ascii_alphabetic())
}

/// The frames of a Zstandard file, one after the other.
struct Frames {
    source: BufReader<File>,
    decoder: FrameDecoder,
    /// Whether a frame was begun and not yet read to its end.
    inside: bool,
}

impl Read for Frames {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !buffer.is_empty() {
            if !self.inside && !self.begin()? {
                return Ok(0);
            }
            while self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let decoded = self.decoder.decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1));
                decoded.map_err(|error| broken(&error.to_string()))?;
            }
            if self.decoder.can_collect() > 0 {
                return self.decoder.read(buffer);
            }
            let promised = self.decoder.get_checksum_from_data();
            if promised.is_some() && self.decoder.get_calculated_checksum() != promised {
                return Err(broken("the checksum of a Zstandard frame is wrong"));
            }
            self.inside = false;
        }
        Ok(0)
    }
}

impl Frames {
    /// Begins the next frame; whether there is one.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            match self.decoder.init(&mut self.source) {
                Ok(()) => {
                    self.inside = true;
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    io::copy(&mut (&mut self.source).take(u64::from(length)), &mut io::sink())?;
                }
                Err(error) => return Err(broken(&error.to_string())),
            }
        }
        Ok(false)
    }
}

fn broken(message: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::path::Path;

    use super::{Kind, kind, names_a_type, open};

    #[test]
    fn the_first_readable_line_or_the_name_tells() {
        for (line, expected) in [
            (r#"{"id":"1","resourceType":"Patient"}"#, Some(Kind::Resource)),
            ("\u{feff}{\"resource\\u0054ype\":\"Patient\"}\r\n", Some(Kind::Resource)),
            (r#"{"resourceType":"Bundle"}"#, Some(Kind::Other)),
            (r#"{"hook":"order-sign"}"#, Some(Kind::Other)),
            (r#"{"exportId":"1","eventId":"kickoff"}"#, Some(Kind::Log)),
            ("", None),
            ("[]", None),
            ("{", None),
        ] {
            assert_eq!(kind(line.as_bytes()), expected, "{line}");
        }
        for (name, expected) in [
            ("Patient.ndjson", true),
            ("x/Observation.000.ndjson.gz", true),
            ("Observation.ndjson.zst", true),
            ("observation.ndjson", false),
            ("Observation.json", false),
            ("three-patients.ndjson", false),
        ] {
            assert_eq!(names_a_type(Path::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn frames_of_zstandard_follow_each_other() {
        let folder = std::env::temp_dir().join(format!("bulk-frames-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let pack = |text: &[u8]| ruzstd::encoding::compress_to_vec(text, ruzstd::encoding::CompressionLevel::Fastest);
        let skipped = [&0x184D_2A50_u32.to_le_bytes()[..], &3_u32.to_le_bytes(), b"abc"].concat();
        let whole = [pack(b"one\n"), skipped, pack(b"two\n")].concat();
        let read = |name: &str, bytes: &[u8]| {
            let path = folder.join(name);
            std::fs::write(&path, bytes).expect("a file");
            let mut text = String::new();
            open(&path).and_then(|mut reader| reader.read_to_string(&mut text)).map(|_| text)
        };
        assert_eq!(read("whole.zst", &whole).expect("unpacked"), "one\ntwo\n");
        assert!(read("cut.zst", &whole[..whole.len() - 3]).is_err(), "a frame that is cut off");
        assert!(read("odd.zst", b"no frame").is_err());
        assert!(read("odd.gz", b"no gzip").is_err());
        std::fs::remove_dir_all(&folder).expect("the folder is gone");
    }
}
