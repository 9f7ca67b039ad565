//! The log: text or JSON on standard error, from a level on, and a flood of equal lines as their number.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::fmt::{Debug, Write};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tocilizumab_cds::config::{Log, LogFormat, LogLevel};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata};
use tracing_subscriber::filter::{FilterExt, Targets};
use tracing_subscriber::layer::{Context, Filter};
use tracing_subscriber::prelude::*;

/// How often the log says how many equal lines were left out; within that time only the first lines are written.
const WINDOW: Duration = Duration::from_secs(10);
/// How many equal lines are written within a window.
const WRITTEN: u64 = 5;
/// How many different lines are counted apart within a window; beyond that, all lines of one place in the program count
/// as equal.
const DIFFERENT: usize = 1000;

/// What differs between lines that say the same.
const OWN: [&str; 6] = ["milliseconds", "instance", "request", "trace", "record", "more"];

/// Leaves out equal lines beyond the first few of a window of time, and counts them.
#[derive(Debug, Clone, Default)]
pub struct RepeatFilter {
    /// Whoever asks for the lines of `debug` or `trace` wants to see all of them.
    writes_all: bool,
    lines: Arc<Mutex<HashMap<u64, Line>>>,
}

#[derive(Debug)]
struct Line {
    times: u64,
    text: String,
}

/// Begins to write the log. Lines of other libraries are never written: those of HTTP clients hold whole URLs, which name
/// patients.
pub fn start(settings: &Log) -> RepeatFilter {
    let level = match settings.level {
        LogLevel::Error => Level::ERROR,
        LogLevel::Warn => Level::WARN,
        LogLevel::Info => Level::INFO,
        LogLevel::Debug => Level::DEBUG,
        LogLevel::Trace => Level::TRACE,
    };
    let repeats = RepeatFilter { writes_all: level > Level::INFO, ..RepeatFilter::default() };
    let ours = Targets::new().with_targets(["tocilizumab_cds", "store"].map(|ours| (ours, level)));
    let filter = ours.and(repeats.clone());
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    match settings.format {
        LogFormat::Text => tracing_subscriber::registry().with(lines.with_filter(filter)).init(),
        LogFormat::Json => {
            tracing_subscriber::registry().with(lines.json().flatten_event(true).with_filter(filter)).init()
        }
    }
    let reporting = repeats.clone();
    let thread = std::thread::Builder::new().name("log".to_owned()).spawn(move || {
        loop {
            std::thread::sleep(WINDOW);
            reporting.report();
        }
    });
    if let Err(error) = thread {
        tracing::warn!(%error, "equal lines are counted and their number is written at the end only");
    }
    repeats
}

impl RepeatFilter {
    /// Logs how many lines were left out since the last time, and begins a new window.
    pub fn report(&self) {
        let lines = std::mem::take(&mut *self.lines.lock().unwrap_or_else(PoisonError::into_inner));
        for Line { times, text } in lines.into_values().filter(|line| line.times > WRITTEN) {
            let left_out = times - WRITTEN;
            tracing::warn!(left_out, line = text, "equal lines were left out");
        }
    }

    /// Whether a line is written, given what makes lines equal, and the place in the program that writes it.
    fn is_written(&self, line: &EventText, place: &str) -> bool {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let key = |text: &str| {
            let mut hasher = DefaultHasher::new();
            (place, text).hash(&mut hasher);
            hasher.finish()
        };
        let (own, of_place) = (key(&line.text), key(""));
        let is_full = lines.len() >= DIFFERENT && !lines.contains_key(&own);
        let (key, text) = if is_full { (of_place, &line.message) } else { (own, &line.text) };
        let found = lines.entry(key).or_insert_with(|| Line { times: 0, text: text.clone() });
        found.times += 1;
        found.times <= WRITTEN
    }
}

impl<S> Filter<S> for RepeatFilter {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    /// A warning or an error may come in a flood; each call has its line anyway.
    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        if self.writes_all || *event.metadata().level() > Level::WARN {
            return true;
        }
        let mut said = EventText::default();
        event.record(&mut said);
        self.is_written(&said, event.metadata().name())
    }
}

/// What a line says, without what is its own.
#[derive(Debug, Default)]
struct EventText {
    message: String,
    text: String,
}

impl Visit for EventText {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), &value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field.name(), value);
    }
}

impl EventText {
    fn add(&mut self, name: &str, value: &dyn Debug) {
        // Writing into a text does not fail.
        let _ = match name {
            "message" => write!(self.message, "{value:?}").and_then(|()| write!(self.text, " {value:?}")),
            name if OWN.contains(&name) => Ok(()),
            name => write!(self.text, " {name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::{DIFFERENT, EventText, RepeatFilter, WRITTEN};

    fn said(text: &str) -> EventText {
        EventText { message: "refused".to_owned(), text: text.to_owned() }
    }

    #[test]
    fn equal_lines_are_written_a_few_times_and_different_ones_each() {
        let repeats = RepeatFilter::default();
        let written = |text: &str| (0..20).filter(|_| repeats.is_written(&said(text), "a place")).count() as u64;
        assert_eq!((written("one"), written("other"), written("one")), (WRITTEN, WRITTEN, 0));
        repeats.report();
        assert_eq!(written("one"), WRITTEN, "a new window");
    }

    #[test]
    fn ever_new_lines_of_one_place_are_a_flood_too() {
        let repeats = RepeatFilter::default();
        let written = (0..5 * DIFFERENT).filter(|n| repeats.is_written(&said(&n.to_string()), "a place")).count();
        assert_eq!(written as u64, DIFFERENT as u64 + WRITTEN);
        assert!(repeats.is_written(&said("x"), "another place"));
    }
}
