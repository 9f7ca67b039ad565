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
/// Cards' Markdown as plain text, and lines of a width.
pub(crate) mod markdown;
/// A recorded decision made again.
mod recorded;
/// Aligned columns that fit a width.
pub(crate) mod table;
/// One result as a person reads it.
mod text;

use std::io::{self, Read, Write};
use std::str::FromStr;

use self::input::Document;
use self::judge::Judged;
pub use self::recorded::{Recorded, recorded};
use crate::domain::time::Clock;
use crate::library::Library;

/// How to replay.
#[derive(Debug)]
pub struct Options {
    /// The moment to judge at; without it a Bundle is judged when its order was written, a request at `now`.
    pub as_of: Option<Clock>,
    /// How to print.
    pub format: Format,
    /// The hook that orders in Bundles are judged at.
    pub hook: String,
    /// Columns of the text.
    pub width: usize,
    /// Whether the text may carry colours.
    pub colour: bool,
    /// The present moment.
    pub now: Clock,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Ndjson,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Format, String> {
        match text {
            "text" => Ok(Format::Text),
            "ndjson" => Ok(Format::Ndjson),
            _ => Err(format!("`{text}` is neither text nor ndjson")),
        }
    }
}

/// Judges every document and prints what was found. The exit status: 0 when all were read, 1 when some were not.
pub fn replay(
    library: &Library,
    paths: &[String],
    options: &Options,
    stdin: &mut dyn Read,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> io::Result<u8> {
    let mut run = Run { library, options, out, err, documents: 0, unreadable: 0 };
    for path in paths {
        input::read(path, stdin, &mut |document| run.take(&document))?;
    }
    run.out.flush()?;
    if run.unreadable > 0 {
        writeln!(run.err, "{} of {} inputs could not be read", run.unreadable, run.documents)?;
    }
    Ok(u8::from(run.unreadable > 0))
}

struct Run<'r> {
    library: &'r Library,
    options: &'r Options,
    out: &'r mut dyn Write,
    err: &'r mut dyn Write,
    documents: usize,
    unreadable: usize,
}

impl Run<'_> {
    fn take(&mut self, document: &Document<'_>) -> io::Result<()> {
        self.documents += 1;
        match judge::judge(self.library, document, self.options) {
            Ok(all) => all.iter().try_for_each(|judged| self.tell(&document.source, judged))?,
            Err(error) => {
                self.unreadable += 1;
                let told = match self.options.format {
                    Format::Text => text::unreadable(&document.source, &error, self.options),
                    Format::Ndjson => line::error(&document.source, &error)?,
                };
                writeln!(self.out, "{told}")?;
            }
        }
        if document.live { self.out.flush() } else { Ok(()) }
    }

    fn tell(&mut self, source: &str, judged: &Judged) -> io::Result<()> {
        match self.options.format {
            Format::Text => writeln!(self.out, "{}", text::report(source, judged, self.library, self.options)),
            Format::Ndjson => {
                writeln!(self.out, "{}", line::line(source, judged)?)?;
                // Standard output is for machines here, so what was odd is told beside it.
                judged.problems.iter().try_for_each(|problem| writeln!(self.err, "{source}: {problem}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use jiff::tz::TimeZone;
    use serde_json::{Value, json};

    use super::{Format, Options, replay};
    use crate::domain::time::Clock;
    use crate::library::Library;
    use crate::library::files::Files;

    fn options(format: Format, as_of: Option<&str>) -> Options {
        let clock = |text| Clock::parse(text, &TimeZone::UTC).expect("a moment");
        Options {
            as_of: as_of.map(clock),
            format,
            hook: "order-sign".to_owned(),
            width: 80,
            colour: false,
            now: clock("2027-01-01T12:00:00Z"),
        }
    }

    fn run(input: &str, options: &Options) -> (u8, String) {
        let library = Library::embedded().expect("the built-in library");
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let status =
            replay(&library, &["-".to_owned()], options, &mut input.as_bytes(), &mut out, &mut err).expect("written");
        (status, String::from_utf8(out).expect("UTF-8"))
    }

    fn fixture(name: &str) -> String {
        Files::fixtures().0.get(name).cloned().expect("a fixture")
    }

    fn lines(text: &str) -> Vec<Value> {
        text.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
    }

    #[test]
    fn a_bundle_is_judged_when_its_order_was_written() {
        let (status, out) = run(&fixture("bundles/later-results"), &options(Format::Ndjson, None));
        let line = &lines(&out)[0];
        assert_eq!(status, 0);
        assert!(line["asOf"].as_str().is_some_and(|moment| moment.starts_with("2026-08-03T")), "{line}");
        assert_eq!((&line["source"], &line["hook"]), (&Value::from("-"), &Value::from("order-sign")));
        assert_eq!(line["assessment"][0]["phase"], "new-start");
        assert!(line["cards"].as_array().is_some_and(|cards| cards.iter().all(|c| c["indicator"] == "info")), "{line}");
    }

    #[test]
    fn a_given_moment_counts_for_requests_and_bundles() {
        for name in ["textbook", "bundles/collection-draft"] {
            let (_, out) = run(&fixture(name), &options(Format::Ndjson, Some("2026-11-25")));
            assert_eq!(lines(&out)[0]["asOf"], "2026-11-25T23:59:59+00:00", "{name}");
        }
    }

    #[test]
    fn a_bundle_without_an_order_for_us_is_an_empty_line() {
        let (status, out) = run(&fixture("bundles/no-tocilizumab"), &options(Format::Ndjson, None));
        let line = &lines(&out)[0];
        assert_eq!((status, &line["assessment"], &line["cards"]), (0, &json!([]), &json!([])));
        let (_, text) = run(&fixture("bundles/no-tocilizumab"), &options(Format::Text, None));
        assert!(text.contains("no order for a drug of the library"), "{text}");
    }

    #[test]
    fn a_broken_line_does_not_stop_the_others() {
        let bundle: Value = serde_json::from_str(&fixture("bundles/collection-draft")).expect("JSON");
        let broken = r#"{"resourceType": "Bundle","#;
        let input = format!("{bundle}\n{broken}\n\n[]\n{{\"resourceType\":\"Patient\"}}\n{bundle}\n");
        let (status, out) = run(&input, &options(Format::Ndjson, None));
        let lines = lines(&out);
        assert_eq!(status, 1);
        let sources: Vec<_> = lines.iter().map(|line| line["source"].as_str().unwrap_or_default()).collect();
        assert_eq!(sources, ["-:1", "-:2", "-:4", "-:5", "-:6"]);
        let message = lines[1]["error"]["issue"][0]["diagnostics"].as_str().unwrap_or_default();
        assert!(message.contains("line 2, column"), "{message}");
        assert_eq!(lines[3]["error"]["resourceType"], "OperationOutcome");
        assert_eq!(lines[0]["assessment"], lines[4]["assessment"]);
    }

    #[test]
    fn orders_of_one_moment_are_no_history_to_each_other() {
        let mut bundle: Value = serde_json::from_str(&fixture("bundles/searchset-active")).expect("JSON");
        let entries = bundle["entry"].as_array_mut().expect("entries");
        let is_order = |entry: &&Value| entry.pointer("/resource/resourceType") == Some(&json!("MedicationRequest"));
        let mut second = entries.iter().find(is_order).cloned().expect("the order");
        second["resource"]["id"] = Value::from("loading");
        second["fullUrl"] = Value::from("https://ehr.example.org/fhir/MedicationRequest/loading");
        entries.push(second);
        let (_, out) = run(&bundle.to_string(), &options(Format::Ndjson, None));
        let assessment = &lines(&out)[0]["assessment"];
        assert_eq!((&assessment[0]["phase"], &assessment[1]["phase"]), (&json!("new-start"), &json!("new-start")));
    }

    #[test]
    fn a_recorded_call_has_the_cards_that_its_client_could_take() {
        let fixture = fixture("shapes/epic-ordered-dose-differs");
        let others = fixture.replace("com.epic.cdshooks.", "org.example.");
        for (request, buttons) in [(&fixture, 0), (&others, 1)] {
            let (_, out) = run(request, &options(Format::Ndjson, Some("2026-11-22")));
            let card = &lines(&out)[0]["cards"][0];
            assert_eq!(card["suggestions"].as_array().map_or(0, Vec::len), buttons, "{card}");
        }
    }

    #[test]
    fn a_changed_order_stays_on_its_line() {
        let request = fixture("patients/every-two-weeks-new-start");
        let (_, out) = run(&request, &options(Format::Ndjson, Some("2026-11-22")));
        let lines = lines(&out);
        let update = |card: &Value| card["suggestions"].to_string().contains(r#""type":"update""#);
        assert!(lines[0]["cards"].as_array().is_some_and(|cards| cards.iter().any(update)), "{out}");
    }

    #[test]
    fn files_that_are_not_there_are_told() {
        let library = Library::embedded().expect("the built-in library");
        let folder = std::env::temp_dir().join(format!("replay-{}", std::process::id()));
        fs::create_dir_all(folder.join("b")).expect("a folder");
        fs::write(folder.join("b/latin1.json"), b"{\"a\": \"\xe9\"}").expect("a file");
        fs::write(folder.join("a.json"), fixture("textbook")).expect("a file");
        fs::write(folder.join("read.me"), "not taken").expect("a file");
        let paths = [folder.display().to_string(), "/no/such/file.json".to_owned()];
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let status = replay(&library, &paths, &options(Format::Ndjson, None), &mut &b""[..], &mut out, &mut err);
        fs::remove_dir_all(&folder).expect("the folder is gone");
        let lines = lines(&String::from_utf8(out).expect("UTF-8"));
        let errors: Vec<bool> = lines.iter().map(|line| line["error"].is_object()).collect();
        assert_eq!((status.expect("written"), errors), (1, vec![false, true, true]));
        assert_eq!(lines[2]["error"]["issue"][0]["code"], "not-found");
    }
}
