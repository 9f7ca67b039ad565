//! Lines of which each is a document, or which are one document together: the first line that is a whole JSON value
//! decides.

use std::io::{self, BufRead};

use cds_hooks::error::CallError;
use document::{Document, Unreadable};

use super::{DocumentSink, Input, issue};

/// How lines are read.
pub(super) struct Lines<'a> {
    pub name: &'a str,
    /// Whether the input is known to be lines, so that a broken one is an error of its own and the others are still
    /// read.
    pub ndjson: bool,
    pub live: bool,
}

impl Lines<'_> {
    /// Reads all lines, or the one document that they are together.
    pub fn read(&self, reader: &mut dyn BufRead, take: &mut DocumentSink<'_>) -> io::Result<()> {
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

    /// The input as one document.
    pub fn whole<'d>(&self, document: Result<Document<'d>, CallError>) -> Input<'d> {
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
pub(super) fn text(bytes: &[u8]) -> Result<&str, CallError> {
    match str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let message = format!("is not UTF-8 from its byte {} on", error.valid_up_to() + 1);
            Err(CallError::plain(400, "structure", message))
        }
    }
}
