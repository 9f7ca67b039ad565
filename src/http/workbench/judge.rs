//! What is shown is decided as a call is: a request goes the way of a live one, a Bundle that of a replay. Only the FHIR
//! server is never asked.

use std::time::Instant;

use cds_hooks::call::{HookCall, read_body};
use cds_hooks::error::CallError;
use cds_hooks::profile::{Profile, SummaryHook};
use document::Document;
use domain::fact::Facts;
use domain::hook::Hook;
use domain::time::Clock;
use engine::answer::{Explained, Recipient, answer_json, finish_explained};
use engine::gather::Gathering;
use engine::prefetch::{PrefetchMatch, Prefetched};
use engine::profile;
use fhir::fetched::Fetched;
use knowledge::Library;
use replay::{Extent, Format, Options};
use terminal::TextLayout;
use workbench::card::Answered;

use super::super::limits;
use crate::author::Sdk;
use crate::config::Settings;

/// An input to be judged, and how.
#[derive(Debug, Clone, Copy)]
pub struct JudgeInput<'a> {
    /// A hook request or a Bundle.
    pub text: &'a str,
    /// The moment; a Bundle for which none is set is judged when its orders were written.
    pub moment: &'a Clock,
    /// Whether that moment counts for a Bundle too.
    pub is_set: bool,
    /// What the client is taken to display.
    pub profile: Profile,
    /// The settings of the service.
    pub settings: &'a Settings,
}

/// What was decided at one moment.
pub struct Judged<'l> {
    /// Assessments and cards.
    pub answered: Answered<'l>,
    /// What is known of the patient.
    pub facts: Facts,
    /// The moment.
    pub clock: Clock,
}

/// How an answer was produced.
#[derive(Default)]
pub struct AnswerTrace {
    /// Each phase with its time in microseconds.
    pub phases: Vec<(&'static str, u128)>,
    /// Each query with what answered it; a Bundle answers none.
    pub queries: Vec<(String, &'static str)>,
    /// The body of the answer; of a Bundle that is judged at several moments, a list of them.
    pub response: String,
}

/// Judges a request or a Bundle.
pub fn judge<'l>(library: &'l Library, input: JudgeInput<'_>) -> Result<(Vec<Judged<'l>>, AnswerTrace), CallError> {
    let begun = Instant::now();
    let document = read_body(input.text.to_owned(), limits::of_body(&input.settings.limits))?;
    let read = begun.elapsed().as_micros();
    let is_request = document.root().object().is_some_and(|object| object.get("hook").is_some());
    match is_request {
        true => request(library, &document, input, read),
        false => bundle(library, &document, input, read),
    }
}

fn request<'l>(
    library: &'l Library,
    document: &Document<'_>,
    input: JudgeInput<'_>,
    read: u128,
) -> Result<(Vec<Judged<'l>>, AnswerTrace), CallError> {
    let begun = Instant::now();
    let call = HookCall::read(document, None)?;
    limits::orders(&call, &input.settings.limits).map_err(|refused| refused.0)?;
    let fetched = Fetched::default();
    let recipient = Recipient {
        profile: Some(input.profile),
        public_url: input.settings.public_url.as_ref().map(|url| url.text()),
        summary: SummaryHook::default(),
        author: &Sdk,
    };
    let gathering = Gathering::new(library, &call, &fetched, input.moment);
    let gathered = begun.elapsed().as_micros();
    let queries = queries(library, &call);
    let begun = Instant::now();
    let explained = finish_explained(&call, gathering, &fetched, input.moment, &recipient)?;
    let decided = begun.elapsed().as_micros();
    let Explained { decision, problems, facts, .. } = explained;
    let begun = Instant::now();
    let json = answer_json(&decision, input.settings.assessment_extension).unwrap_or_default();
    let written = begun.elapsed().as_micros();
    let trace = AnswerTrace {
        phases: vec![
            ("Read the request", read),
            ("Gather orders and record", gathered),
            ("Assess, advise and explain", decided),
            ("Write the answer", written),
        ],
        queries,
        response: String::from_utf8_lossy(&json).into_owned(),
    };
    let answered = Answered {
        hook: call.hook.to_string(),
        moment: shown(input.moment),
        decision,
        problems: problems.iter().map(ToString::to_string).collect(),
    };
    Ok((vec![Judged { answered, facts, clock: input.moment.clone() }], trace))
}

/// What answered each query of the service.
fn queries(library: &Library, call: &HookCall<'_>) -> Vec<(String, &'static str)> {
    let prefetched = Prefetched::of(library, call);
    let by = |answer| match answer {
        PrefetchMatch::Keyed(node) if node.is_null() => "prefetch, with nothing (null)",
        PrefetchMatch::Keyed(_) => "prefetch",
        PrefetchMatch::Besides => "prefetch, under a key of the sender's own",
        PrefetchMatch::Missing => "not brought: the FHIR server would be asked",
    };
    library.services.queries.iter().map(|query| (query.key.clone(), by(prefetched.answer(query.id)))).collect()
}

fn bundle<'l>(
    library: &'l Library,
    document: &Document<'_>,
    input: JudgeInput<'_>,
    read: u128,
) -> Result<(Vec<Judged<'l>>, AnswerTrace), CallError> {
    let options = Options {
        as_of: input.is_set.then(|| input.moment.clone()),
        format: Format::Ndjson,
        hook: Hook::OrderSign,
        layout: TextLayout { width: 100, colour: false },
        now: input.moment.clone(),
        author: &Sdk,
        extent: Extent { threads: 1, explained: true, ..Extent::default() },
    };
    let begun = Instant::now();
    let mut judged = replay::judge(library, document, "bundle", &options)?;
    for one in &mut judged {
        one.decision.cards = profile::fit(std::mem::take(&mut one.decision.cards), input.profile);
    }
    let decided = begun.elapsed().as_micros();
    let begun = Instant::now();
    let with_assessment = input.settings.assessment_extension;
    let written: Vec<String> = judged
        .iter()
        .filter_map(|one| answer_json(&one.decision, with_assessment).ok())
        .map(|json| String::from_utf8_lossy(&json).into_owned())
        .collect();
    let response = match written.as_slice() {
        [only] => only.clone(),
        several => format!("[{}]", several.join(",\n")),
    };
    let phases = vec![
        ("Read the Bundle", read),
        ("Find its orders, gather, assess, advise and explain", decided),
        ("Write the answer", begun.elapsed().as_micros()),
    ];
    let one = |judged: replay::Judged<'l>| {
        let answered = Answered {
            hook: judged.hook.to_string(),
            moment: shown(&judged.clock),
            decision: judged.decision,
            problems: judged.problems.iter().map(ToString::to_string).collect(),
        };
        Judged { answered, facts: judged.facts.unwrap_or_default(), clock: judged.clock }
    };
    Ok((judged.into_iter().map(one).collect(), AnswerTrace { phases, queries: Vec::new(), response }))
}

/// A moment for a reader: "22 Nov 2026, 09:00 UTC".
pub fn shown(clock: &Clock) -> String {
    let text = clock.text();
    let time = text.get(11..16).unwrap_or_default();
    let zone = clock.zone().iana_name().unwrap_or("local time");
    let day = domain::time::When::parse(text.get(..10).unwrap_or_default(), clock.zone());
    format!("{}, {time} {zone}", day.map(|day| day.shown()).unwrap_or_default())
}
