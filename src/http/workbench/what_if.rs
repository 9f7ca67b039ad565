//! What if: changes of a test patient are part of the URL, so that they can be shared. Changes of a pasted input are
//! kept with it, because a URL must not hold anything about a patient.

use std::time::Instant;

use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};

use explain::case::{CaseRequest, copy};
use explain::difference::difference;
use explain::edit::{Edit, Edits};
use explain::editable::{Editable, editable};
use workbench::what_if::{self, WhatIf};

use super::super::large_calls::LargeCalls;
use super::super::shared_state::RequestState;
use super::guard::{Browser, check_form_token, refusal};
use super::judge::judge;
use super::paste::redirect;
use super::viewed_patient::{ViewedPatient, describe_error, parameter, policies};
use super::{Workbench, patient};
use crate::author::Sdk;

/// What the form sends for a policy that stays as it is, and for none at all.
const AS_SERVED: &str = "as-served";
const NO_POLICY: &str = "none";

/// The page. A form sends all of its fields; the browser is then led to the URL that holds the changes alone.
pub async fn page(
    request: HttpRequest,
    state: RequestState,
    workbench: Workbench,
    large_calls: Data<LargeCalls>,
) -> HttpResponse {
    let browser = Browser::of(&request);
    if let Some(fixture) = parameter(&request, "of").and_then(|of| workbench.source.fixtures.0.get(&of)) {
        let given = match Edits::from_query(request.query_string()) {
            Ok(given) => given,
            Err(error) => return refusal(400, &error.to_string()),
        };
        let changes = only_changes(given.clone(), &editable(fixture));
        if changes != given {
            let (of, profile) = (parameter(&request, "of"), parameter(&request, "profile"));
            let kept = [("of", of), ("profile", profile)].into_iter();
            let kept =
                kept.filter_map(|(name, value)| Some(format!("{name}={}", workbench::page_head::in_query(&value?))));
            let all: Vec<String> = kept.chain([changes.to_query()].into_iter().filter(|q| !q.is_empty())).collect();
            return redirect(&format!("what-if?{}", all.join("&")));
        }
    }
    let policies = policies(&workbench, &browser);
    patient::made(&request, &state, &workbench, &large_calls, move |viewed| {
        Ok(shown(&viewed, &policies, &browser.token))
    })
    .await
}

/// Keeps the changes of something pasted.
pub async fn change(request: HttpRequest, fields: Form<Vec<(String, String)>>, workbench: Workbench) -> HttpResponse {
    let browser = Browser::of(&request);
    if let Err(refusal) = check_form_token(&workbench, &browser, &fields) {
        return *refusal;
    }
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let key = field("of").unwrap_or_default();
    let Some(item) = workbench.sessions.get(&browser.cookie, key, Instant::now()) else {
        return refusal(404, "What was pasted is not kept any more. Paste it again.");
    };
    let edits = match field("edits") {
        Some(edits) => Edits::from_query(edits),
        None => of_fields(&fields),
    };
    match edits {
        Err(error) => refusal(400, &error.to_string()),
        Ok(edits) => {
            let edits = only_changes(edits, &editable(&item.text)).to_query();
            workbench.sessions.edit(&browser.cookie, key, edits, Instant::now());
            redirect(&format!("what-if?of={key}"))
        }
    }
}

/// What is on screen as a case for a rule.
pub async fn case(
    request: HttpRequest,
    state: RequestState,
    workbench: Workbench,
    large_calls: Data<LargeCalls>,
) -> HttpResponse {
    let (rule, name) = (parameter(&request, "rule"), parameter(&request, "name"));
    let (rule, name) = (rule.unwrap_or_default(), name.unwrap_or_default());
    let shared = workbench.clone();
    patient::made(&request, &state, &workbench, &large_calls, move |viewed| {
        // The policy of a site is not part of a case.
        let library = shared.loaded().without_policy.clone().unwrap_or_else(|| viewed.library.clone());
        let case_request = CaseRequest {
            library: &library,
            fixtures: &shared.source.fixtures,
            author: &Sdk,
            fixture: (!viewed.own).then_some(viewed.key.as_str()),
            edits: &viewed.edits,
            moment: &viewed.moment_text,
            rule: &rule,
            name: &name,
        };
        let case = copy(&case_request).map_err(|why| (422, why))?;
        let changes = viewed.edits.to_query();
        Ok(what_if::case(viewed.head(&changes), &case.file, &case.toml))
    })
    .await
}

fn shown(viewed: &ViewedPatient, policies: &[(&'static str, &'static str)], token: &str) -> String {
    let changes = viewed.edits.to_query();
    let editable = editable(&viewed.original);
    let page = |outcome| {
        let page = WhatIf {
            editable: &editable,
            edits: &viewed.edits,
            moment: &viewed.moment_text,
            policies,
            drugs: &viewed.library.drugs,
            outcome,
            token,
        };
        what_if::page(viewed.head(&changes), &page)
    };
    let before = judge(
        &viewed.library,
        super::judge::JudgeInput { is_set: false, ..viewed.judge_input(&viewed.original, &viewed.moment) },
    );
    let moment = viewed.changed_moment();
    let text = viewed.text();
    let after = text.and_then(|text| {
        judge(&viewed.changed_library, viewed.judge_input(&text, &moment)).map_err(|error| describe_error(&error))
    });
    match (before, after) {
        (Err(error), _) => page(Err(describe_error(&error))),
        (_, Err(why)) => page(Err(why)),
        (Ok((before, _)), Ok((after, _))) => match (before.first(), after.first()) {
            (Some(before), Some(after)) => {
                let (before, after) = (&before.answered, &after.answered);
                let difference = difference(&before.decision, &after.decision);
                page(Ok((before, after, &difference)))
            }
            _ => page(Err("There is nothing to compare.".to_owned())),
        },
    }
}

/// The changes that the fields of a form hold.
fn of_fields(fields: &[(String, String)]) -> Result<Edits, explain::edit::EditError> {
    let mut edits = Edits::default();
    for (name, value) in fields {
        let (kind, at) = name.split_once('.').unwrap_or((name, ""));
        if explain::query::KINDS.iter().any(|known| known.key == kind) {
            edits.set(Edit::new(kind, at, value)?);
        }
    }
    Ok(edits)
}

/// The changes that change something: a form sends every field, also those that were left as they were.
fn only_changes(edits: Edits, editable: &[Editable]) -> Edits {
    let of = |at: &str| editable.iter().find(|one| one.at == at);
    let kept = edits.0.into_iter().filter_map(|edit| match edit {
        Edit::Value { at, value } => {
            let same = of(&at).is_some_and(|one| one.value.as_deref() == Some(value.trim()));
            (!same).then_some(Edit::Value { at, value })
        }
        Edit::Date { at, date } => {
            let same = of(&at).is_some_and(|one| one.date.as_deref() == Some(date.trim()));
            (!same).then_some(Edit::Date { at, date })
        }
        Edit::Dose { at, dose } => {
            let same = of(&at).is_some_and(|one| one.dose.as_deref().unwrap_or_default() == dose.trim());
            (!same).then_some(Edit::Dose { at, dose })
        }
        Edit::Interval { ref every, .. } if every.trim().is_empty() => None,
        Edit::Route { ref route, .. } if route.is_empty() => None,
        Edit::Use { ref reason, .. } if reason.is_empty() => None,
        Edit::Weight { ref kilograms } if kilograms.trim().is_empty() => None,
        Edit::Moment { ref moment } if moment.trim().is_empty() => None,
        Edit::Policy { ref name } if name == AS_SERVED => None,
        Edit::Policy { ref name } if name == NO_POLICY => Some(Edit::Policy { name: String::new() }),
        edit => Some(edit),
    });
    Edits(kept.collect())
}
