//! The files of an export: a type each, split where they grow large, packed or not, and the manifest that lists them.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

/// How the files are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// Not at all.
    Plain,
    /// By gzip.
    Gzip,
}

/// How many bytes of lines a file holds at most, before it is packed.
const MOST: u64 = 128 << 20;

/// The lines of one type that belong together, packed as they will lie in the file.
#[derive(Debug, Default)]
pub struct Block {
    /// How many lines there are.
    pub count: u64,
    /// How many bytes they have before they are packed.
    pub plain: u64,
    /// What is written.
    pub bytes: Vec<u8>,
}

impl Block {
    /// Packs lines.
    ///
    /// # Errors
    ///
    /// None that the memory does not bring.
    pub fn of(lines: Vec<u8>, packing: Packing) -> io::Result<Block> {
        let count = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count() as u64;
        let plain = lines.len() as u64;
        let bytes = match packing {
            Packing::Plain => lines,
            Packing::Gzip => {
                // Members of gzip that follow each other are one file.
                let mut encoder = GzEncoder::new(Vec::with_capacity(lines.len() / 8), Compression::fast());
                encoder.write_all(&lines)?;
                encoder.finish()?
            }
        };
        Ok(Block { count, plain, bytes })
    }
}

/// One file that is being written.
struct Open {
    path: PathBuf,
    file: BufWriter<File>,
    plain: u64,
}

/// The files of a type.
#[derive(Default)]
struct OfType {
    open: Option<Open>,
    /// The files with their numbers of lines.
    files: Vec<(PathBuf, u64)>,
}

/// The folder that the export is written to.
pub struct Files {
    folder: PathBuf,
    packing: Packing,
    types: BTreeMap<&'static str, OfType>,
    /// How many bytes were written.
    pub bytes: u64,
}

impl Files {
    /// The files of a folder, which must be there.
    pub fn of(folder: &Path, packing: Packing) -> Files {
        Files { folder: folder.to_owned(), packing, types: BTreeMap::new(), bytes: 0 }
    }

    /// Adds lines of a type; a new file is begun where they do not fit.
    ///
    /// # Errors
    ///
    /// The file cannot be written; the message names it.
    pub fn add(&mut self, kind: &'static str, block: &Block) -> io::Result<()> {
        let of = self.types.entry(kind).or_default();
        if of.open.as_ref().is_some_and(|open| open.plain > 0 && open.plain + block.plain > MOST) {
            of.close()?;
        }
        if of.open.is_none() {
            let end = if self.packing == Packing::Gzip { ".gz" } else { "" };
            let path = self.folder.join(format!("{kind}.{:03}.ndjson{end}", of.files.len()));
            let file = File::create_new(&path).map_err(|error| named(&path, &error))?;
            of.files.push((path.clone(), 0));
            of.open = Some(Open { path, file: BufWriter::new(file), plain: 0 });
        }
        if let (Some(open), Some((_, count))) = (&mut of.open, of.files.last_mut()) {
            open.file.write_all(&block.bytes).map_err(|error| named(&open.path, &error))?;
            open.plain += block.plain;
            *count += block.count;
        }
        self.bytes += block.bytes.len() as u64;
        Ok(())
    }

    /// Closes all files, takes the number away where a type has one file only, and writes the manifest.
    ///
    /// # Errors
    ///
    /// A file cannot be written; the message names it.
    pub fn finish(mut self, moment: &str) -> io::Result<usize> {
        let mut output = Vec::new();
        for (kind, of) in &mut self.types {
            of.close()?;
            if let [(path, _)] = &mut of.files[..] {
                let alone = PathBuf::from(path.to_string_lossy().replacen(".000.ndjson", ".ndjson", 1));
                fs::rename(&*path, &alone).map_err(|error| named(&alone, &error))?;
                *path = alone;
            }
            for (path, count) in &of.files {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let url = format!("https://ehr.example.org/bulk/{}", name.trim_end_matches(".gz"));
                output.push(json!({"type": kind, "url": url, "count": count}));
            }
        }
        let files = output.len();
        let manifest = json!({
            "transactionTime": moment,
            "request": "https://ehr.example.org/fhir/$export",
            "requiresAccessToken": false,
            "output": output,
            "error": [],
        });
        let path = self.folder.join("manifest.json");
        fs::write(&path, format!("{manifest:#}\n")).map_err(|error| named(&path, &error))?;
        Ok(files)
    }
}

impl OfType {
    fn close(&mut self) -> io::Result<()> {
        let Some(mut open) = self.open.take() else { return Ok(()) };
        open.file.flush().map_err(|error| named(&open.path, &error))
    }
}

/// An error with the name of the file.
pub fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
