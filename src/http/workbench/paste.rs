//! What a person pastes or uploads: a hook request, a Bundle, or lines of either. It is judged once before it
//! is kept, so that a person learns at once what is wrong with it.

use std::time::Instant;

use actix_multipart::Multipart;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::web::{Bytes, BytesMut, Data};
use actix_web::{HttpRequest, HttpResponse, web};
use cds_hooks::error::CallError;
use cds_hooks::profile::Profile;
use futures_util::TryStreamExt;

use super::super::State;
use super::super::heavy::Heavy;
use super::super::live::Current;
use super::guard::{Visitor, ours, refusal};
use super::judge::{Asked, judge};
use super::look::wrong;
use super::{Desk, Seat, beside, start};
use workbench::looked_at::in_query;

/// The fields of a form with a file: its texts, and its bytes.
pub struct Brought {
    /// The texts by the names of their fields.
    pub texts: Vec<(String, String)>,
    /// The file, where one was chosen.
    pub file: Option<Bytes>,
}

impl Brought {
    /// Reads a form of ours within so many bytes.
    ///
    /// # Errors
    ///
    /// The answer that refuses it: it was not sent from a page of this browser, is too large or broken off.
    pub async fn ours(form: Multipart, most: usize, desk: &Desk, visitor: &Visitor) -> Result<Brought, HttpResponse> {
        let brought = Brought::read(form, most).await?;
        match ours(desk, visitor, &brought.texts) {
            Ok(()) => Ok(brought),
            Err(refusal) => Err(*refusal),
        }
    }

    async fn read(mut form: Multipart, most: usize) -> Result<Brought, HttpResponse> {
        let broken = |_| refusal(400, "The form did not arrive whole.");
        let (mut texts, mut file, mut size) = (Vec::new(), None, 0);
        while let Some(mut field) = form.try_next().await.map_err(broken)? {
            let name = field.name().unwrap_or_default().to_owned();
            let mut bytes = BytesMut::new();
            while let Some(piece) = field.try_next().await.map_err(broken)? {
                size += piece.len();
                if size > most {
                    return Err(refusal(413, &format!("It is larger than {most} bytes.")));
                }
                bytes.extend_from_slice(&piece);
            }
            match name.as_str() {
                "file" => file = Some(bytes.freeze()).filter(|bytes| !bytes.is_empty()),
                _ => texts.push((name, String::from_utf8_lossy(&bytes).into_owned())),
            }
        }
        Ok(Brought { texts, file })
    }

    /// The file as text, or else the text of a field.
    pub fn text(&self, field: &str) -> Result<String, String> {
        let typed = || self.texts.iter().find(|(name, _)| name == field).map(|(_, text)| text.clone());
        match &self.file {
            None => Ok(typed().unwrap_or_default()),
            Some(bytes) => String::from_utf8(bytes.to_vec())
                .map_err(|error| format!("the file is not UTF-8 from byte {} on", error.utf8_error().valid_up_to())),
        }
    }
}

/// Takes what is pasted or uploaded.
pub async fn take(
    request: HttpRequest,
    form: Multipart,
    state: Current,
    desk: Seat,
    heavy: Data<Heavy>,
) -> HttpResponse {
    let visitor = Visitor::of(&request);
    let most = state.settings.limits.body_bytes.get().min(state.settings.workbench.browser_bytes.get());
    let brought = match Brought::ours(form, most, &desk, &visitor).await {
        Ok(brought) => brought,
        Err(refusal) => return refusal,
    };
    let text = match brought.text("text") {
        Ok(text) => text,
        Err(why) => return again(&state, &desk, &visitor, "", &format!("This cannot be read: {why}.")),
    };
    let _turn = heavy.turn(text.len()).await;
    let (judging, pasted) = (state.clone(), text.clone());
    let checked = beside(move || Ok(documents(&judging, &pasted)));
    match checked.await {
        Err(refusal) => refusal,
        Ok(Err(why)) => again(&state, &desk, &visitor, &text, &why),
        Ok(Ok(all)) => keep(&state, &desk, &visitor, all),
    }
}

/// Forgets all that this browser keeps.
pub async fn forget(request: HttpRequest, fields: web::Form<Vec<(String, String)>>, desk: Seat) -> HttpResponse {
    let visitor = Visitor::of(&request);
    match ours(&desk, &visitor, &fields) {
        Err(refusal) => *refusal,
        Ok(()) => {
            desk.sessions.forget(&visitor.cookie);
            see("../")
        }
    }
}

/// Leads the browser to another page, which it reads with GET.
pub fn see(way: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, way)).finish()
}

fn again(state: &State, desk: &Desk, visitor: &Visitor, text: &str, why: &str) -> HttpResponse {
    let page = start::refused(state, desk, visitor, text, why);
    HttpResponse::build(StatusCode::UNPROCESSABLE_ENTITY).content_type("text/html; charset=utf-8").body(page)
}

/// The documents of a text, each of which can be judged: one, or one a line.
fn documents(state: &State, text: &str) -> Result<Vec<String>, String> {
    if text.trim().is_empty() {
        return Err("Nothing was pasted and no file was chosen.".to_owned());
    }
    let whole = judged(state, text);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    match whole {
        Ok(()) => Ok(vec![text.to_owned()]),
        // Of a text over several lines that is no JSON as a whole, each line may be.
        Err(error)
            if error.code == "structure" && lines.len() > 1 && lines.iter().all(|line| line.starts_with('{')) =>
        {
            for (at, line) in lines.iter().enumerate() {
                judged(state, line).map_err(|error| match at {
                    0 => wrong(&error),
                    _ => format!("Line {}: {}", at + 1, wrong(&error)),
                })?;
            }
            Ok(lines.into_iter().map(str::to_owned).collect())
        }
        Err(error) => Err(wrong(&error)),
    }
}

fn judged(state: &State, text: &str) -> Result<(), CallError> {
    let moment = state.clock();
    let asked = Asked { text, moment: &moment, is_set: false, profile: Profile::Standard, settings: &state.settings };
    judge(&state.library, asked).map(|_| ())
}

fn keep(state: &State, desk: &Desk, visitor: &Visitor, all: Vec<String>) -> HttpResponse {
    let clock = state.clock();
    let (time, several) = (clock.text().get(11..16).unwrap_or_default().to_owned(), all.len() > 1);
    let mut last = Err("Nothing was pasted.".to_owned());
    for (at, text) in all.into_iter().enumerate().rev() {
        let name = if several { format!("Pasted at {time}, line {}", at + 1) } else { format!("Pasted at {time}") };
        last = desk.sessions.add(&visitor.cookie, name, text, Instant::now());
    }
    match last {
        Ok(key) => see(&format!("cards?of={}", in_query(&key))),
        Err(why) => refusal(413, &why),
    }
}
