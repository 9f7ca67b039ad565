//! The documents to read: files, folders and standard input, each as one JSON document or as lines of NDJSON.
//!
//! The content decides, not only the name: where the first line or a later one is a whole JSON value, the file is read
//! as lines; else it is one document, pretty-printed or not. For standard input this is decided while it streams.

/// Lines, or the one document that they are together.
mod lines;

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use bulk::ExportFile;
use bulk::file::{Holds, has_lines, open};
use bulk::manifest::Manifest;
use cds_hooks::error::CallError;
use document::Document;

use self::lines::{Lines, text};

/// One document of the input, or why there is none.
#[derive(Debug)]
pub struct Input<'a> {
    /// Its file and line, such as `fixtures/x.json` or `x.ndjson:3`.
    pub source: String,
    /// The parsed document, or why it cannot be read.
    pub document: Result<Document<'a>, CallError>,
    /// Whether more may come only after this one was answered.
    pub live: bool,
}

/// Receives documents. Its errors are errors of the output and end the run.
pub type DocumentSink<'t> = dyn FnMut(Input<'_>) -> io::Result<()> + 't;

/// Receives everything that the paths name.
pub trait InputSink {
    /// A document, or why there is none.
    fn document(&mut self, input: Input<'_>) -> io::Result<()>;
    /// A file of a Bulk Data export: one resource per line.
    fn export(&mut self, file: ExportFile);
    /// The description of an export.
    fn manifest(&mut self, manifest: Manifest);
    /// A file that is not read, and why.
    fn passed_over(&mut self, path: &Path, why: &str) -> io::Result<()>;
}

/// Reads all that a path of the command line names. What cannot be read is a document with its error.
pub fn read(path: &str, stdin: &mut dyn Read, sink: &mut dyn InputSink) -> io::Result<()> {
    if path == "-" {
        let lines = Lines { name: "-", ndjson: false, live: true };
        return lines.read(&mut BufReader::new(stdin), &mut |input| sink.document(input));
    }
    let path = Path::new(path);
    if !path.is_dir() {
        return file(path, sink);
    }
    match folder(path, sink)? {
        0 => fail(path, "not-found", "holds no *.json and no *.ndjson file", sink),
        _ => Ok(()),
    }
}

/// Reads a folder in the order of the names; how many files it held, unreadable ones included.
fn folder(path: &Path, sink: &mut dyn InputSink) -> io::Result<usize> {
    let listed = |entries: fs::ReadDir| entries.map(|entry| entry.map(|e| e.path())).collect();
    let mut paths: Vec<PathBuf> = match fs::read_dir(path).and_then(listed) {
        Ok(paths) => paths,
        Err(error) => {
            fail(path, issue(&error), &format!("cannot be opened: {error}"), sink)?;
            return Ok(1);
        }
    };
    paths.sort();
    let mut count = 0;
    for path in paths {
        // Hidden files are the file system's own or an editor's, and a linked folder could lead in a circle.
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if hidden || (path.is_symlink() && path.is_dir()) {
            continue;
        }
        if path.is_dir() {
            count += folder(&path, sink)?;
        } else if path.metadata().is_ok_and(|found| !found.is_file()) {
            // Opening a named pipe waits for its other end, possibly forever.
            sink.passed_over(&path, "a named pipe, a socket or a device, and no file")?;
        } else if is(&path, &["json"]) || has_lines(&path) {
            file(&path, sink)?;
            count += 1;
        }
    }
    Ok(count)
}

/// Reads a file. Lines are streamed; one document is read whole. A file of an export is only noted.
fn file(path: &Path, sink: &mut dyn InputSink) -> io::Result<()> {
    let name = path.display().to_string();
    let ndjson = has_lines(path);
    let lines = Lines { name: &name, ndjson, live: false };
    // What can be read only once, such as a pipe that was named on purpose, is not looked into beforehand.
    let recognised = if ndjson && path.is_file() { ExportFile::recognise(path) } else { Ok(Holds::Other) };
    let opened = match recognised {
        Ok(Holds::Resources(file)) => {
            sink.export(file);
            return Ok(());
        }
        Ok(Holds::Log) => return sink.passed_over(path, "the log of an export"),
        Err(error) => Err(error),
        Ok(Holds::Other) if ndjson => {
            open(path).map(|file| lines.read(&mut BufReader::new(file), &mut |input| sink.document(input)))
        }
        Ok(Holds::Other) => fs::read(path).map(|bytes| {
            let document = text(&bytes).ok().and_then(|text| Document::parse(text).ok());
            match document {
                Some(document) => match Manifest::read(&document) {
                    Some(manifest) => {
                        sink.manifest(manifest);
                        Ok(())
                    }
                    None => sink.document(lines.whole(Ok(document))),
                },
                None => lines.read(&mut &bytes[..], &mut |input| sink.document(input)),
            }
        }),
    };
    opened.unwrap_or_else(|error| fail(path, issue(&error), &format!("cannot be opened: {error}"), sink))
}

fn is(path: &Path, extensions: &[&str]) -> bool {
    let found = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    extensions.iter().any(|extension| found.eq_ignore_ascii_case(extension))
}

fn issue(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "not-found",
        io::ErrorKind::PermissionDenied => "forbidden",
        _ => "exception",
    }
}

fn fail(path: &Path, code: &'static str, message: &str, sink: &mut dyn InputSink) -> io::Result<()> {
    let document = Err(CallError::plain(400, code, message));
    sink.document(Input { source: path.display().to_string(), document, live: false })
}

#[cfg(test)]
mod tests;
