//! What if: changes of a test patient stand in the URL, so that they can be shared; those of something pasted are kept
//! with it, because a URL must not hold anything of a patient.

use std::time::Instant;

use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};

use explain::case::{Screen, copy};
use explain::difference::difference;
use explain::edit::{Edit, Edits};
use explain::editable::{Editable, editable};
use workbench::what_if::{self, WhatIf};

use super::super::heavy::Heavy;
use super::super::live::Current;
use super::guard::{Visitor, ours, refusal};
use super::judge::judge;
use super::look::{Look, parameter, policies, wrong};
use super::paste::see;
use super::{Seat, patient};
use crate::author::Sdk;

/// What the form sends for a policy that stays as it is, and for none at all.
const AS_SERVED: &str = "as-served";
const NO_POLICY: &str = "none";

/// The page. A form sends all of its fields; the browser is then led to the URL that holds the changes alone.
pub async fn page(request: HttpRequest, state: Current, desk: Seat, heavy: Data<Heavy>) -> HttpResponse {
    let visitor = Visitor::of(&request);
    if let Some(fixture) = parameter(&request, "of").and_then(|of| desk.source.fixtures.0.get(&of)) {
        let given = match Edits::from_query(request.query_string()) {
            Ok(given) => given,
            Err(error) => return refusal(400, &error.to_string()),
        };
        let changes = only_changes(given.clone(), &editable(fixture));
        if changes != given {
            let (of, profile) = (parameter(&request, "of"), parameter(&request, "profile"));
            let kept = [("of", of), ("profile", profile)].into_iter();
            let kept =
                kept.filter_map(|(name, value)| Some(format!("{name}={}", workbench::looked_at::in_query(&value?))));
            let all: Vec<String> = kept.chain([changes.to_query()].into_iter().filter(|q| !q.is_empty())).collect();
            return see(&format!("what-if?{}", all.join("&")));
        }
    }
    let policies = policies(&desk, &visitor);
    patient::made(&request, &state, &desk, &heavy, move |look| Ok(shown(&look, &policies, &visitor.token))).await
}

/// Keeps the changes of something pasted.
pub async fn change(request: HttpRequest, fields: Form<Vec<(String, String)>>, desk: Seat) -> HttpResponse {
    let visitor = Visitor::of(&request);
    if let Err(refusal) = ours(&desk, &visitor, &fields) {
        return *refusal;
    }
    let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let key = field("of").unwrap_or_default();
    let Some(item) = desk.sessions.get(&visitor.cookie, key, Instant::now()) else {
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
            desk.sessions.edit(&visitor.cookie, key, edits, Instant::now());
            see(&format!("what-if?of={key}"))
        }
    }
}

/// What is on screen as a case for a rule.
pub async fn case(request: HttpRequest, state: Current, desk: Seat, heavy: Data<Heavy>) -> HttpResponse {
    let (rule, name) = (parameter(&request, "rule"), parameter(&request, "name"));
    let (rule, name) = (rule.unwrap_or_default(), name.unwrap_or_default());
    let shelf = desk.clone();
    patient::made(&request, &state, &desk, &heavy, move |look| {
        // The policy of a site is no part of a case.
        let library = shelf.shelf().plain.clone().unwrap_or_else(|| look.library.clone());
        let screen = Screen {
            library: &library,
            fixtures: &shelf.source.fixtures,
            author: &Sdk,
            fixture: (!look.own).then_some(look.key.as_str()),
            edits: &look.edits,
            moment: &look.moment_text,
            rule: &rule,
            name: &name,
        };
        let case = copy(&screen).map_err(|why| (422, why))?;
        let changes = look.edits.to_query();
        Ok(what_if::case(look.head(&changes), &case.file, &case.toml))
    })
    .await
}

fn shown(look: &Look, policies: &[(&'static str, &'static str)], token: &str) -> String {
    let changes = look.edits.to_query();
    let editable = editable(&look.original);
    let page = |outcome| {
        let page = WhatIf {
            editable: &editable,
            edits: &look.edits,
            moment: &look.moment_text,
            policies,
            drugs: &look.library.drugs,
            outcome,
            token,
        };
        what_if::page(look.head(&changes), &page)
    };
    let before =
        judge(&look.library, super::judge::Asked { is_set: false, ..look.asked(&look.original, &look.moment) });
    let moment = look.changed_moment();
    let text = look.text();
    let after =
        text.and_then(|text| judge(&look.changed_library, look.asked(&text, &moment)).map_err(|error| wrong(&error)));
    match (before, after) {
        (Err(error), _) => page(Err(wrong(&error))),
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
