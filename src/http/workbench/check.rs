//! Checks a policy or a rule that a person uploads against the library of the service. The library itself is not changed.

use std::time::Instant;

use actix_multipart::Multipart;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use cds_hooks::profile::Profile;
use domain::time::Clock;
use engine::check::check as check_library;
use explain::difference::{CardChange, CardStatus, difference};
use jiff::tz::TimeZone;
use knowledge::Library;
use knowledge::cases::MOMENT;
use knowledge::files::Files;
use knowledge::mistake::Mistake;
use knowledge::policy;
use workbench::check::{Affected, CheckedFile, LineMistake, check};

use super::super::large_calls::{LARGE, LargeCalls};
use super::super::shared_state::RequestState;
use super::guard::Browser;
use super::judge::{JudgeInput, judge};
use super::paste::UploadForm;
use super::{Workbench, WorkbenchState, html, on_blocking_thread};
use crate::author::Sdk;
use crate::config::Settings;

/// What the form calls a policy, and the name of its file.
const POLICY: (&str, &str) = ("policy", "policy.toml");

/// The most bytes of a file.
const MAX_BYTES: usize = 1024 * 1024;

/// The result of a check.
struct Outcome {
    here: Vec<LineMistake>,
    elsewhere: Vec<String>,
    affected: Option<Vec<Affected>>,
}

/// The form.
pub async fn page(request: HttpRequest, workbench: Workbench) -> HttpResponse {
    html(check(&rules(&workbench.source.files), None, None, &Browser::of(&request).token))
}

/// Checks the file or the text that was sent.
pub async fn take(
    request: HttpRequest,
    form: Multipart,
    state: RequestState,
    workbench: Workbench,
    large_calls: Data<LargeCalls>,
) -> HttpResponse {
    let browser = Browser::of(&request);
    let form = match UploadForm::read_checked(form, MAX_BYTES, &workbench, &browser).await {
        Ok(form) => form,
        Err(refusal) => return refusal,
    };
    let rules = rules(&workbench.source.files);
    let what = form.texts.iter().find(|(name, _)| name == "what").map_or(POLICY.0, |(_, what)| what).to_owned();
    let again = |why: &str| html(check(&rules, None, Some(why), &browser.token));
    let text = match form.text("text") {
        Ok(text) if text.trim().is_empty() => return again("Nothing was pasted and no file was chosen."),
        Ok(text) => text,
        Err(why) => return again(&format!("This cannot be read: {why}.")),
    };
    if what != POLICY.0 && !rules.contains(&what) {
        return again(&format!("There is no rule file {what}."));
    }
    // Checking a rule is as much work as a large call.
    let _permit = large_calls.permit(LARGE).await;
    let (is_policy, shared, checked, name) = (what == POLICY.0, workbench.clone(), text.clone(), what.clone());
    let settings = state.settings.clone();
    let work = on_blocking_thread(move || {
        Ok(if is_policy {
            check_policy(&shared, &checked, &settings)
        } else {
            check_rule(&shared, &name, &checked, &settings)
        })
    });
    let Outcome { here, elsewhere, affected } = match work.await {
        Ok(result) => result,
        Err(refusal) => return refusal,
    };
    if is_policy && here.is_empty() && elsewhere.is_empty() {
        workbench.sessions.try_policy(&browser.cookie, &text, Instant::now());
    }
    let checked = CheckedFile {
        file: if is_policy { POLICY.1 } else { &what },
        text: &text,
        here: &here,
        elsewhere: &elsewhere,
        affected: affected.as_deref(),
        is_policy: is_policy && elsewhere.is_empty(),
    };
    html(check(&rules, Some(&checked), None, &browser.token))
}

/// The files of rules that can be replaced.
fn rules(files: &Files) -> Vec<String> {
    files.0.keys().filter(|path| path.contains('/')).cloned().collect()
}

fn check_policy(workbench: &WorkbenchState, text: &str, settings: &Settings) -> Outcome {
    let read = || Library::read(&workbench.source.files);
    let changed = read().and_then(|mut library| policy::apply(&mut library, POLICY.1, text).map(|_| library));
    match (read(), changed) {
        (Ok(plain), Ok(changed)) => Outcome {
            here: Vec::new(),
            elsewhere: Vec::new(),
            affected: Some(affected(workbench, &plain, &changed, settings)),
        },
        (Err(mistakes), _) | (_, Err(mistakes)) => split_mistakes(POLICY.1, mistakes, None),
    }
}

fn check_rule(workbench: &WorkbenchState, path: &str, text: &str, settings: &Settings) -> Outcome {
    let mut files = workbench.source.files.clone();
    files.0.insert(path.to_owned(), text.to_owned());
    let mistakes = check_library(&files, &workbench.source.fixtures, &Sdk).mistakes;
    let both = Library::read(&workbench.source.files).ok().zip(Library::read(&files).ok());
    let affected = both.map(|(plain, changed)| affected(workbench, &plain, &changed, settings));
    split_mistakes(path, mistakes, affected)
}

/// The mistakes of a file, and those that it causes in others.
fn split_mistakes(path: &str, mistakes: Vec<Mistake>, affected: Option<Vec<Affected>>) -> Outcome {
    let (here, elsewhere): (Vec<Mistake>, Vec<Mistake>) = mistakes.into_iter().partition(|one| one.file == path);
    Outcome {
        here: here.into_iter().map(|Mistake { line, message, .. }| LineMistake { line, message }).collect(),
        elsewhere: elsewhere.iter().map(ToString::to_string).collect(),
        affected,
    }
}

/// The test patients for whom two libraries give other cards.
fn affected(workbench: &WorkbenchState, before: &Library, after: &Library, settings: &Settings) -> Vec<Affected> {
    let Some(moment) = Clock::parse(MOMENT, &TimeZone::UTC) else { return Vec::new() };
    let mut found = Vec::new();
    for (name, text) in &workbench.source.fixtures.0 {
        let input = JudgeInput { text, moment: &moment, is_set: false, profile: Profile::Standard, settings };
        let (Ok((then, _)), Ok((now, _))) = (judge(before, input), judge(after, input)) else { continue };
        let pairs = then.iter().zip(&now);
        let what: Vec<String> = pairs
            .flat_map(|(then, now)| difference(&then.answered.decision, &now.answered.decision).cards)
            .filter(|card| card.status != CardStatus::Same)
            .map(|card| words(&card))
            .collect();
        if !what.is_empty() {
            found.push(Affected { fixture: name.clone(), what });
        }
    }
    found
}

fn words(card: &CardChange) -> String {
    match card.status {
        CardStatus::Appeared => format!("{}: new card", card.rule),
        CardStatus::Vanished => format!("{}: no card any more", card.rule),
        CardStatus::Changed => format!("{}: another {}", card.rule, card.what.join(", ")),
        CardStatus::Same => format!("{}: the same", card.rule),
    }
}
