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
use super::super::large_calls::LargeCalls;
use super::super::shared_state::RequestState;
use super::guard::{Browser, check_form_token, refusal};
use super::judge::{JudgeInput, judge};
use super::viewed_patient::describe_error;
use super::{Workbench, WorkbenchState, on_blocking_thread, start};
use workbench::page_head::in_query;

/// A form that was sent with a file.
pub struct UploadForm {
    /// The texts by the names of their fields.
    pub texts: Vec<(String, String)>,
    /// The file, where one was chosen.
    pub file: Option<Bytes>,
}

impl UploadForm {
    /// Reads a form of at most this many bytes, and checks its token.
    ///
    /// # Errors
    ///
    /// The answer that refuses it: it was not sent from a page of this browser, is too large or broken off.
    pub async fn read_checked(
        form: Multipart,
        most: usize,
        workbench: &WorkbenchState,
        browser: &Browser,
    ) -> Result<UploadForm, HttpResponse> {
        let form = UploadForm::read(form, most).await?;
        match check_form_token(workbench, browser, &form.texts) {
            Ok(()) => Ok(form),
            Err(refusal) => Err(*refusal),
        }
    }

    async fn read(mut form: Multipart, most: usize) -> Result<UploadForm, HttpResponse> {
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
        Ok(UploadForm { texts, file })
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
    state: RequestState,
    workbench: Workbench,
    large_calls: Data<LargeCalls>,
) -> HttpResponse {
    let browser = Browser::of(&request);
    let most = state.settings.limits.body_bytes.get().min(state.settings.workbench.browser_bytes.get());
    let form = match UploadForm::read_checked(form, most, &workbench, &browser).await {
        Ok(form) => form,
        Err(refusal) => return refusal,
    };
    let text = match form.text("text") {
        Ok(text) => text,
        Err(why) => return again(&state, &workbench, &browser, "", &format!("This cannot be read: {why}.")),
    };
    let _permit = large_calls.permit(text.len()).await;
    let (judging, pasted) = (state.clone(), text.clone());
    let checked = on_blocking_thread(move || Ok(documents(&judging, &pasted)));
    match checked.await {
        Err(refusal) => refusal,
        Ok(Err(why)) => again(&state, &workbench, &browser, &text, &why),
        Ok(Ok(all)) => keep(&state, &workbench, &browser, all),
    }
}

/// Forgets all that this browser keeps.
pub async fn forget(
    request: HttpRequest,
    fields: web::Form<Vec<(String, String)>>,
    workbench: Workbench,
) -> HttpResponse {
    let browser = Browser::of(&request);
    match check_form_token(&workbench, &browser, &fields) {
        Err(refusal) => *refusal,
        Ok(()) => {
            workbench.sessions.forget(&browser.cookie);
            redirect("../")
        }
    }
}

/// Redirects the browser to another page, which it reads with GET.
pub fn redirect(way: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, way)).finish()
}

fn again(state: &State, workbench: &WorkbenchState, browser: &Browser, text: &str, why: &str) -> HttpResponse {
    let page = start::refused(state, workbench, browser, text, why);
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
        // Of a text over several lines that is not JSON as a whole, each line may be.
        Err(error)
            if error.code == "structure" && lines.len() > 1 && lines.iter().all(|line| line.starts_with('{')) =>
        {
            for (at, line) in lines.iter().enumerate() {
                judged(state, line).map_err(|error| match at {
                    0 => describe_error(&error),
                    _ => format!("Line {}: {}", at + 1, describe_error(&error)),
                })?;
            }
            Ok(lines.into_iter().map(str::to_owned).collect())
        }
        Err(error) => Err(describe_error(&error)),
    }
}

fn judged(state: &State, text: &str) -> Result<(), CallError> {
    let moment = state.clock();
    let input =
        JudgeInput { text, moment: &moment, is_set: false, profile: Profile::Standard, settings: &state.settings };
    judge(&state.library, input).map(|_| ())
}

fn keep(state: &State, workbench: &WorkbenchState, browser: &Browser, all: Vec<String>) -> HttpResponse {
    let clock = state.clock();
    let (time, several) = (clock.text().get(11..16).unwrap_or_default().to_owned(), all.len() > 1);
    let mut last = Err("Nothing was pasted.".to_owned());
    for (at, text) in all.into_iter().enumerate().rev() {
        let name = if several { format!("Pasted at {time}, line {}", at + 1) } else { format!("Pasted at {time}") };
        last = workbench.sessions.add(&browser.cookie, name, text, Instant::now());
    }
    match last {
        Ok(key) => redirect(&format!("cards?of={}", in_query(&key))),
        Err(why) => refusal(413, &why),
    }
}
