//! Replay: recorded hook requests and Bundles go through the same path as live calls, and the answers are printed for
//! people or for machines.

/// The entries of a Bundle of any type.
mod bundle;
/// The documents to read: files, folders, standard input.
mod input;
/// From one document to what was decided on it.
mod judge;
/// One result as a line of NDJSON.
mod line;
/// A recorded decision made again.
mod recorded;
/// One result as a person reads it.
mod text;

use std::io::{self, Read, Write};

use cds_hooks::author::Author;
use domain::hook::Hook;
use domain::time::Clock;
use knowledge::Library;
use terminal::Look;

pub use self::recorded::{Recorded, recorded};

use self::input::Input;
use self::judge::Judged;

/// How to replay.
pub struct Options<'a> {
    /// The moment to judge at; without it a Bundle is judged when its order was written, a request at `now`.
    pub as_of: Option<Clock>,
    /// How to print.
    pub format: Format,
    /// The hook that orders in Bundles are judged at.
    pub hook: Hook,
    /// How the text looks.
    pub look: Look,
    /// The present moment.
    pub now: Clock,
    /// Who writes the resources of suggestions and errors.
    pub author: &'a dyn Author,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Ndjson,
}

/// Judges every document and prints what was found. The exit status: 0 when all were read, 1 when some were not.
pub fn replay(
    library: &Library,
    paths: &[String],
    options: &Options<'_>,
    stdin: &mut dyn Read,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let mut run = Run { library, options, out, err, documents: 0, unreadable: 0 };
    for path in paths {
        input::read(path, stdin, &mut |input| run.take(input))?;
    }
    run.out.flush()?;
    if run.unreadable > 0 {
        writeln!(run.err, "{} of {} inputs could not be read", run.unreadable, run.documents)?;
    }
    Ok(u8::from(run.unreadable > 0))
}

struct Run<'r> {
    library: &'r Library,
    options: &'r Options<'r>,
    out: &'r mut dyn Write,
    err: &'r mut dyn Write,
    documents: usize,
    unreadable: usize,
}

impl Run<'_> {
    fn take(&mut self, input: Input<'_>) -> io::Result<()> {
        self.documents += 1;
        let Input { source, document, live } = input;
        let judged = document.and_then(|document| judge::judge(self.library, &document, &source, self.options));
        match judged {
            Ok(all) => all.iter().try_for_each(|judged| self.tell(&source, judged))?,
            Err(error) => {
                self.unreadable += 1;
                let line = match self.options.format {
                    Format::Text => text::unreadable(&source, &error, self.options),
                    Format::Ndjson => line::error(&source, &error, self.options.author)?,
                };
                writeln!(self.out, "{line}")?;
            }
        }
        if live { self.out.flush() } else { Ok(()) }
    }

    fn tell(&mut self, source: &str, judged: &Judged<'_>) -> io::Result<()> {
        match self.options.format {
            Format::Text => writeln!(self.out, "{}", text::report(source, judged, self.options)),
            Format::Ndjson => {
                writeln!(self.out, "{}", line::line(source, judged)?)?;
                // Standard output is for machines here, so problems go to standard error.
                judged.problems.iter().try_for_each(|problem| writeln!(self.err, "{source}: {problem}"))
            }
        }
    }
}
