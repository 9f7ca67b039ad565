//! What each stage of a call costs, by the size of its body, from the text of the body to the bytes of the answer.
//!
//! ```sh
//! cargo bench --bench stages                 # all
//! cargo bench --bench stages -- parse        # those whose name holds a word
//! cargo bench --bench stages -- --quick      # fewer samples, for a first look
//! ```
//!
//! Beside `parse` stands serde_json's `IgnoredAny` on the same text: a scan that keeps nothing, and so the yardstick.
//! Stages that look things up start each time from a gathering of their own, since what was looked up is kept there.

#![expect(clippy::expect_used, reason = "a bench whose input cannot be read has nothing to measure")]

/// What the benches share.
#[path = "support/mod.rs"]
mod support;

use std::hint::black_box;
use std::time::Duration;

use cds_hooks::call::{HookCall, read_body};
use cds_hooks::profile::SummaryHook;
use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, BenchmarkId, Criterion, Throughput};
use document::{Document, Limits};
use domain::assess::assess;
use domain::fact::Facts;
use domain::time::Clock;
use engine::answer::{Recipient, answer_json, finish};
use engine::assessment::Assessed;
use engine::decide::{Decision, Question, cards};
use engine::gather::Gathering;
use fhir::extract::Extraction;
use fhir::fetched::Fetched;
use fhir::order::Found;
use jiff::tz::TimeZone;
use knowledge::Library;
use serde::de::IgnoredAny;
use tocilizumab_cds::author::Sdk;
use tocilizumab_cds::config;

/// The sizes of the bodies.
const SIZES: [(&str, usize); 3] = [("10 KB", 10_000), ("100 KB", 100_000), ("1 MB", 1_000_000)];

fn main() {
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(3))
        .sample_size(20)
        .configure_from_args();
    let bench = Bench::new();
    let stages: [(&str, Stage); 6] = [
        ("parse", Bench::parse),
        ("gather", Bench::gather),
        ("extract", Bench::extract),
        ("assess", Bench::assess),
        ("write", Bench::write),
        ("whole", Bench::whole),
    ];
    for (name, stage) in stages {
        let mut group = criterion.benchmark_group(name);
        for (size, bytes) in SIZES {
            let body = support::records::body(bytes).expect("a body");
            group.throughput(Throughput::Bytes(body.len() as u64));
            stage(&bench, &mut group, size, &body);
        }
        group.finish();
    }
    criterion.final_summary();
}

/// Measures one stage on one body.
type Stage = fn(&Bench, &mut BenchmarkGroup<'_, WallTime>, &str, &str);

/// What all stages need.
struct Bench {
    library: Library,
    clock: Clock,
    /// Nothing is fetched: the bodies bring all.
    fetched: Fetched,
    limits: Limits,
}

impl Bench {
    fn new() -> Bench {
        let noon = format!("{}T12:00:00Z", support::records::DAY);
        let config::Limits { depth, values, .. } = config::Limits::default();
        Bench {
            library: Library::embedded().expect("the built-in library"),
            clock: Clock::parse(&noon, &TimeZone::UTC).expect("a moment"),
            fetched: Fetched::default(),
            limits: Limits { depth: depth.get(), values: values.get() },
        }
    }

    fn parse(&self, group: &mut BenchmarkGroup<'_, WallTime>, size: &str, body: &str) {
        group.bench_function(BenchmarkId::new("document", size), |bencher| {
            bencher.iter_with_large_drop(|| Document::within(black_box(body), self.limits).expect("JSON"));
        });
        group.bench_function(BenchmarkId::new("ignored-any", size), |bencher| {
            bencher.iter(|| serde_json::from_str::<IgnoredAny>(black_box(body)).expect("JSON"));
        });
    }

    fn gather(&self, group: &mut BenchmarkGroup<'_, WallTime>, size: &str, body: &str) {
        let document = Document::within(body, self.limits).expect("JSON");
        group.bench_function(size, |bencher| {
            bencher.iter(|| {
                let call = HookCall::read(black_box(&document), None).expect("a call");
                let gathering = self.gathered(&call);
                black_box(gathering.needs());
            });
        });
    }

    fn extract(&self, group: &mut BenchmarkGroup<'_, WallTime>, size: &str, body: &str) {
        let document = Document::within(body, self.limits).expect("JSON");
        let call = HookCall::read(&document, None).expect("a call");
        group.bench_function(size, |bencher| {
            bencher.iter_batched_ref(
                || self.gathered(&call),
                |gathering| self.facts(gathering),
                BatchSize::PerIteration,
            );
        });
    }

    fn assess(&self, group: &mut BenchmarkGroup<'_, WallTime>, size: &str, body: &str) {
        let document = Document::within(body, self.limits).expect("JSON");
        let call = HookCall::read(&document, None).expect("a call");
        let gathering = self.gathered(&call);
        let facts = self.facts(&gathering);
        group.bench_function(size, |bencher| bencher.iter(|| self.assessed(black_box(&gathering.orders), &facts)));
    }

    fn write(&self, group: &mut BenchmarkGroup<'_, WallTime>, size: &str, body: &str) {
        let document = Document::within(body, self.limits).expect("JSON");
        let call = HookCall::read(&document, None).expect("a call");
        let gathering = self.gathered(&call);
        let facts = self.facts(&gathering);
        let assessments = self.assessed(&gathering.orders, &facts);
        let mut decision = Decision { assessments, ..Decision::default() };
        let moment = self.clock.text();
        let recipient = Recipient { profile: None, public_url: None, summary: SummaryHook::Both, author: &Sdk };
        let question = Question {
            orders: &gathering.orders,
            unchecked: &gathering.unchecked,
            unidentified: &gathering.unidentified,
            unclear: gathering.unclear,
            drafts: &gathering.drafts.resources,
            record: &gathering.record,
            meanings: &gathering.meanings,
            clock: &self.clock,
            hindsight: false,
            context: recipient.context(&call, &self.library, &moment),
        };
        group.bench_function(size, |bencher| {
            bencher.iter(|| {
                decision.cards = cards(&question, &facts, black_box(&decision.assessments)).cards;
                answer_json(&decision, true).expect("JSON")
            });
        });
    }

    fn whole(&self, group: &mut BenchmarkGroup<'_, WallTime>, size: &str, body: &str) {
        group.bench_function(size, |bencher| {
            bencher.iter_batched(|| body.to_owned(), |body| self.answer(body), BatchSize::PerIteration);
        });
    }

    /// From the text of a body to the bytes of its answer.
    fn answer(&self, body: String) -> Vec<u8> {
        let document = read_body(body, self.limits).expect("JSON");
        let call = HookCall::read(&document, None).expect("a call");
        let gathering = self.gathered(&call);
        assert!(gathering.needs().queries.is_empty(), "the body brings all that is needed");
        let recipient = Recipient { profile: None, public_url: None, summary: SummaryHook::Both, author: &Sdk };
        let answered = finish(&self.library, &call, gathering, &self.fetched, &self.clock, &recipient);
        let (decision, _) = answered.expect("an answer");
        answer_json(&decision, true).expect("JSON")
    }

    fn gathered<'a>(&'a self, call: &'a HookCall<'a>) -> Gathering<'a, 'a> {
        Gathering::new(&self.library, call, &self.fetched, &self.clock)
    }

    fn facts(&self, gathering: &Gathering<'_, '_>) -> Facts {
        let Gathering { record, drafts, meanings, .. } = gathering;
        Extraction { record, drafts: &drafts.resources, meanings, clock: &self.clock, hindsight: false }.facts()
    }

    fn assessed<'l>(&self, orders: &[Found<'l, '_>], facts: &Facts) -> Vec<Assessed<'l>> {
        let assessed = |found: &Found<'l, '_>| {
            let assessment = assess(found.drug, facts, &found.order, &self.clock);
            Assessed { drug: found.drug, assessment, unused: None }
        };
        orders.iter().map(assessed).collect()
    }
}
