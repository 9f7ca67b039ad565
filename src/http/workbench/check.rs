//! The check of a file that a person brings: a policy or a rule, against the library of the service, of which nothing
//! changes.

use std::time::Instant;

use actix_multipart::Multipart;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use cds_hooks::profile::Profile;
use domain::time::Clock;
use engine::check::check as check_library;
use explain::difference::{Became, CardChange, difference};
use jiff::tz::TimeZone;
use knowledge::Library;
use knowledge::cases::MOMENT;
use knowledge::files::Files;
use knowledge::mistake::Mistake;
use knowledge::policy;
use workbench::check::{Affected, Checked, OnLine, check};

use super::super::heavy::{Heavy, LARGE};
use super::super::live::Current;
use super::guard::Visitor;
use super::judge::{Asked, judge};
use super::paste::Brought;
use super::{Desk, Seat, beside, html};
use crate::author::Sdk;
use crate::config::Settings;

/// What the form calls a policy, and the name of its file.
const POLICY: (&str, &str) = ("policy", "policy.toml");

/// The most bytes of a file.
const MOST: usize = 1024 * 1024;

/// What came of a check.
struct Outcome {
    here: Vec<OnLine>,
    elsewhere: Vec<String>,
    affected: Option<Vec<Affected>>,
}

/// The form.
pub async fn page(request: HttpRequest, desk: Seat) -> HttpResponse {
    html(check(&rules(&desk.source.files), None, None, &Visitor::of(&request).token))
}

/// Checks what was brought.
pub async fn take(
    request: HttpRequest,
    form: Multipart,
    state: Current,
    desk: Seat,
    heavy: Data<Heavy>,
) -> HttpResponse {
    let visitor = Visitor::of(&request);
    let brought = match Brought::ours(form, MOST, &desk, &visitor).await {
        Ok(brought) => brought,
        Err(refusal) => return refusal,
    };
    let rules = rules(&desk.source.files);
    let what = brought.texts.iter().find(|(name, _)| name == "what").map_or(POLICY.0, |(_, what)| what).to_owned();
    let again = |why: &str| html(check(&rules, None, Some(why), &visitor.token));
    let text = match brought.text("text") {
        Ok(text) if text.trim().is_empty() => return again("Nothing was pasted and no file was chosen."),
        Ok(text) => text,
        Err(why) => return again(&format!("This cannot be read: {why}.")),
    };
    if what != POLICY.0 && !rules.contains(&what) {
        return again(&format!("There is no rule file {what}."));
    }
    // Checking a rule is as much work as a large call.
    let _turn = heavy.turn(LARGE).await;
    let (is_policy, shelf, checked, name) = (what == POLICY.0, desk.clone(), text.clone(), what.clone());
    let settings = state.settings.clone();
    let work = beside(move || {
        Ok(if is_policy { a_policy(&shelf, &checked, &settings) } else { a_rule(&shelf, &name, &checked, &settings) })
    });
    let Outcome { here, elsewhere, affected } = match work.await {
        Ok(result) => result,
        Err(refusal) => return refusal,
    };
    if is_policy && here.is_empty() && elsewhere.is_empty() {
        desk.sessions.try_policy(&visitor.cookie, &text, Instant::now());
    }
    let checked = Checked {
        file: if is_policy { POLICY.1 } else { &what },
        text: &text,
        here: &here,
        elsewhere: &elsewhere,
        affected: affected.as_deref(),
        is_policy: is_policy && elsewhere.is_empty(),
    };
    html(check(&rules, Some(&checked), None, &visitor.token))
}

/// The files of rules that can be replaced.
fn rules(files: &Files) -> Vec<String> {
    files.0.keys().filter(|path| path.contains('/')).cloned().collect()
}

fn a_policy(desk: &Desk, text: &str, settings: &Settings) -> Outcome {
    let read = || Library::read(&desk.source.files);
    let changed = read().and_then(|mut library| policy::apply(&mut library, POLICY.1, text).map(|_| library));
    match (read(), changed) {
        (Ok(plain), Ok(changed)) => Outcome {
            here: Vec::new(),
            elsewhere: Vec::new(),
            affected: Some(affected(desk, &plain, &changed, settings)),
        },
        (Err(mistakes), _) | (_, Err(mistakes)) => apart(POLICY.1, mistakes, None),
    }
}

fn a_rule(desk: &Desk, path: &str, text: &str, settings: &Settings) -> Outcome {
    let mut files = desk.source.files.clone();
    files.0.insert(path.to_owned(), text.to_owned());
    let mistakes = check_library(&files, &desk.source.fixtures, &Sdk).mistakes;
    let both = Library::read(&desk.source.files).ok().zip(Library::read(&files).ok());
    let affected = both.map(|(plain, changed)| affected(desk, &plain, &changed, settings));
    apart(path, mistakes, affected)
}

/// The mistakes of a file, and those that it causes in others.
fn apart(path: &str, mistakes: Vec<Mistake>, affected: Option<Vec<Affected>>) -> Outcome {
    let (here, elsewhere): (Vec<Mistake>, Vec<Mistake>) = mistakes.into_iter().partition(|one| one.file == path);
    Outcome {
        here: here.into_iter().map(|Mistake { line, message, .. }| OnLine { line, message }).collect(),
        elsewhere: elsewhere.iter().map(ToString::to_string).collect(),
        affected,
    }
}

/// The test patients for whom two libraries give other cards.
fn affected(desk: &Desk, before: &Library, after: &Library, settings: &Settings) -> Vec<Affected> {
    let Some(moment) = Clock::parse(MOMENT, &TimeZone::UTC) else { return Vec::new() };
    let mut found = Vec::new();
    for (name, text) in &desk.source.fixtures.0 {
        let asked = Asked { text, moment: &moment, is_set: false, profile: Profile::Standard, settings };
        let (Ok((then, _)), Ok((now, _))) = (judge(before, asked), judge(after, asked)) else { continue };
        let pairs = then.iter().zip(&now);
        let what: Vec<String> = pairs
            .flat_map(|(then, now)| difference(&then.answered.decision, &now.answered.decision).cards)
            .filter(|card| card.became != Became::Same)
            .map(|card| words(&card))
            .collect();
        if !what.is_empty() {
            found.push(Affected { fixture: name.clone(), what });
        }
    }
    found
}

fn words(card: &CardChange) -> String {
    match card.became {
        Became::Appeared => format!("{}: new card", card.rule),
        Became::Vanished => format!("{}: no card any more", card.rule),
        Became::Changed => format!("{}: another {}", card.rule, card.what.join(", ")),
        Became::Same => format!("{}: the same", card.rule),
    }
}
