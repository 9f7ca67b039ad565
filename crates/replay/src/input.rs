//! The documents to read: files, folders and standard input, each as one JSON document or as lines of NDJSON.
//!
//! The content decides, not only the name: where the first line or a later one is a whole JSON value, the file is read
//! as lines; else it is one document, pretty-printed or not. For standard input this is decided while it streams.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use bulk::ExportFile;
use bulk::file::{Holds, has_lines, open};
use bulk::manifest::Manifest;
use cds_hooks::error::CallError;
use document::{Document, Unreadable};

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

/// How lines are read.
struct Lines<'a> {
    name: &'a str,
    /// Whether the input is known to be lines, so that a broken one is an error of its own and the others are still
    /// read.
    ndjson: bool,
    live: bool,
}

impl Lines<'_> {
    fn read(&self, reader: &mut dyn BufRead, take: &mut DocumentSink<'_>) -> io::Result<()> {
        // Until one line is whole by itself, all lines so far may be the head of one document.
        let mut head = Some(Vec::new());
        let mut line = Vec::new();
        for number in 1.. {
            line.clear();
            match reader.read_until(b'\n', &mut line) {
                Ok(0) => break,
                Ok(_) => {}
                Err(error) => {
                    let message = format!("cannot be read from line {number} on: {error}");
                    return take(self.whole(Err(CallError::plain(400, issue(&error), message))));
                }
            }
            if let Some(lines) = &mut head {
                let Some(document) = whole(&line) else {
                    lines.extend_from_slice(&line);
                    continue;
                };
                self.each(lines, take)?;
                head = None;
                take(self.input(number, Ok(document)))?;
                continue;
            }
            self.line(number, &line, take)?;
        }
        match head {
            Some(bytes) => self.rest(&bytes, take),
            None => Ok(()),
        }
    }

    /// The rest of an input in which no line was a whole document.
    fn rest(&self, bytes: &[u8], take: &mut DocumentSink<'_>) -> io::Result<()> {
        let text = text(bytes);
        match &text {
            Ok(text) if text.trim().is_empty() && self.ndjson => Ok(()),
            Ok(text) if text.trim().is_empty() => take(self.whole(Err(CallError::plain(400, "structure", "is empty")))),
            Ok(text) => match Document::parse(*text) {
                Err(_) if self.ndjson => self.each(bytes, take),
                read => take(self.whole(read.map_err(|error| broken(&error, 1)))),
            },
            Err(error) if !self.ndjson => take(self.whole(Err(error.clone()))),
            Err(_) => self.each(bytes, take),
        }
    }

    fn each(&self, bytes: &[u8], take: &mut DocumentSink<'_>) -> io::Result<()> {
        bytes.split(|b| *b == b'\n').zip(1..).try_for_each(|(line, number)| self.line(number, line, take))
    }

    fn line(&self, number: usize, bytes: &[u8], take: &mut DocumentSink<'_>) -> io::Result<()> {
        let text = text(bytes).map(str::trim_end);
        if text == Ok("") {
            return Ok(());
        }
        let read = text.and_then(|text| Document::parse(text).map_err(|error| broken(&error, number)));
        take(self.input(number, read))
    }

    fn input<'d>(&self, number: usize, document: Result<Document<'d>, CallError>) -> Input<'d> {
        Input { source: format!("{}:{number}", self.name), document, live: self.live }
    }

    fn whole<'d>(&self, document: Result<Document<'d>, CallError>) -> Input<'d> {
        Input { source: self.name.to_owned(), document, live: self.live }
    }
}

/// The line as a document, if it is a whole object that is not part of one around it: those are indented when they are
/// printed.
fn whole(line: &[u8]) -> Option<Document<'_>> {
    let text = text(line).ok().map(str::trim_end).filter(|text| text.starts_with('{'))?;
    Document::parse(text).ok()
}

/// What is wrong with the JSON, at the line of the file.
fn broken(error: &Unreadable, first_line: usize) -> CallError {
    let message = match error {
        Unreadable::Syntax(error) => {
            let place = format!(" at line {} column {}", error.line(), error.column());
            let what = error.to_string();
            let what = what.strip_suffix(&place).unwrap_or(&what);
            let line = first_line + error.line().saturating_sub(1);
            format!("is not JSON: line {line}, column {}: {what}", error.column())
        }
        error => format!("cannot be read, line {first_line}: {error}"),
    };
    CallError::plain(400, "structure", message)
}

/// The text of the bytes, without a byte order mark.
fn text(bytes: &[u8]) -> Result<&str, CallError> {
    match str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let message = format!("is not UTF-8 from its byte {} on", error.valid_up_to() + 1);
            Err(CallError::plain(400, "structure", message))
        }
    }
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
mod tests {
    use super::Lines;

    /// Source and text of each document; `!` is one that is not text, `?` one that is not JSON.
    fn split(text: &[u8], ndjson: bool) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let lines = Lines { name: "x", ndjson, live: false };
        let taken = lines.read(&mut &text[..], &mut |input| {
            let text = match input.document {
                Ok(document) => document.text().trim().to_owned(),
                Err(error) if error.message.starts_with("is not JSON") => "?".to_owned(),
                Err(_) => "!".to_owned(),
            };
            found.push((input.source, text));
            Ok(())
        });
        taken.expect("nothing is written");
        found
    }

    #[test]
    fn lines_and_documents_are_told_apart() {
        let pretty = "{\n  \"a\": [\n    { \"b\": 1 }\n  ]\n}";
        for (text, ndjson, expected) in [
            (pretty, false, vec![("x", pretty)]),
            (pretty, true, vec![("x", pretty)]),
            ("{}", true, vec![("x:1", "{}")]),
            ("{}\r\n\r\n{\"a\":1}\r\n", false, vec![("x:1", "{}"), ("x:3", "{\"a\":1}")]),
            ("{\"a\":\n{}\n[\n{}", false, vec![("x:1", "?"), ("x:2", "{}"), ("x:3", "?"), ("x:4", "{}")]),
            ("{\"a\":\n{\"b\":", true, vec![("x:1", "?"), ("x:2", "?")]),
            ("{\n  \"a\": 1\n", false, vec![("x", "?")]),
            ("\u{feff}{}\n{}", false, vec![("x:1", "{}"), ("x:2", "{}")]),
            ("\n", false, vec![("x", "!")]),
            ("", true, vec![]),
        ] {
            let found = split(text.as_bytes(), ndjson);
            let found: Vec<(&str, &str)> = found.iter().map(|(s, t)| (s.as_str(), t.as_str())).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn a_line_that_is_not_utf_8_speaks_for_itself_only() {
        let found = split(b"{}\n{\"a\":\"\xe9\"}\n{}", false);
        assert_eq!(found.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["{}", "!", "{}"]);
    }
}
