//! The patient that a page shows: a test patient by its name, or what this browser has pasted, with the changes made to it.

use std::sync::Arc;
use std::time::Instant;

use actix_web::HttpRequest;
use actix_web::web::Query;

use cds_hooks::error::CallError;
use cds_hooks::profile::Profile;
use domain::time::Clock;
use explain::edit::{Edits, Setting};
use jiff::tz::TimeZone;
use knowledge::Library;
use knowledge::cases::MOMENT;
use workbench::page_head::PageHead;

use super::super::State;
use super::super::shared_state::RequestState;
use super::guard::Browser;
use super::judge::JudgeInput;
use super::session::Item;
use super::{PageError, Workbench, WorkbenchState};
use crate::config::Settings;

/// A test patient or a pasted input, with all that is needed to judge it.
pub struct ViewedPatient {
    /// Its key in URLs.
    pub key: String,
    /// What it is called.
    pub name: String,
    /// What it shows.
    pub about: Option<String>,
    /// Whether it was pasted.
    pub own: bool,
    /// What the client is taken to display.
    pub profile: Profile,
    /// The changes made to it.
    pub edits: Edits,
    /// Its text as it came.
    pub original: Arc<str>,
    /// The moment as it was before the changes.
    pub moment: Clock,
    /// That moment as changes and cases write it.
    pub moment_text: String,
    /// The library that decides before the changes.
    pub library: Arc<Library>,
    /// The library that decides after them: the policy may be switched.
    pub changed_library: Arc<Library>,
    /// The settings of the service.
    pub settings: Arc<Settings>,
}

/// The value of a parameter in a URL.
pub fn parameter(request: &HttpRequest, name: &str) -> Option<String> {
    let query = Query::<Vec<(String, String)>>::from_query(request.query_string()).ok()?;
    query.into_inner().into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// The policies that a page can switch to: their names, and what they are called.
pub fn policies(workbench: &WorkbenchState, browser: &Browser) -> Vec<(&'static str, &'static str)> {
    let mut all = vec![("", "the library alone, without a policy")];
    if workbench.source.policy.is_some() {
        all.push((SITE, "the policy of this site"));
    }
    if workbench.sessions.policy(&browser.cookie, Instant::now()).is_some() {
        all.push((TRIED, "the policy that was checked in this browser"));
    }
    all
}

/// The name of the site's own policy.
const SITE: &str = "site";
/// The name of the policy that a browser tries.
const TRIED: &str = "tried";

impl ViewedPatient {
    /// The patient that the URL of a request names.
    pub fn of(request: &HttpRequest, state: &RequestState, workbench: &Workbench) -> Result<ViewedPatient, PageError> {
        let key = parameter(request, "of").unwrap_or_else(|| "textbook".to_owned());
        let profile = parameter(request, "profile").unwrap_or_default();
        let changes = parameter(request, "edits").unwrap_or_else(|| request.query_string().to_owned());
        ViewedPatient::at(&key, &profile, &changes, &Browser::of(request), state, workbench)
    }

    /// The patient with this key. `changes` count for test patients only: those of a pasted input are kept with it.
    pub fn at(
        key: &str,
        profile: &str,
        changes: &str,
        browser: &Browser,
        state: &RequestState,
        workbench: &Workbench,
    ) -> Result<ViewedPatient, PageError> {
        let profile = match profile {
            "" => Profile::Standard,
            code => Profile::from_code(code).ok_or_else(|| (400, format!("There is no profile `{code}`.")))?,
        };
        let own = workbench.sessions.get(&browser.cookie, key, Instant::now());
        let changes = own.as_ref().map_or(changes, |item| item.edits.as_str());
        let edits = Edits::from_query(changes).map_err(|error| (400, error.to_string()))?;
        let clock = state.clock();
        let (name, about, original, moment, moment_text) = match &own {
            Some(Item { name, text, .. }) => (name.clone(), None, text.clone(), clock.clone(), clock.text()),
            None => {
                let text = workbench.source.fixtures.0.get(key).ok_or_else(|| (404, gone(key)))?;
                let about = workbench.loaded().about.get(key).cloned();
                let moment = Clock::parse(MOMENT, &TimeZone::UTC).unwrap_or(clock);
                (key.to_owned(), about, Arc::from(text.as_str()), moment, MOMENT.to_owned())
            }
        };
        let library = state.library.clone();
        let changed_library = match edits.policy() {
            None => library.clone(),
            Some(policy) => switched(policy, browser, state, workbench)?,
        };
        let (key, own, settings) = (key.to_owned(), own.is_some(), state.settings.clone());
        Ok(ViewedPatient {
            key,
            name,
            about,
            own,
            profile,
            edits,
            original,
            moment,
            moment_text,
            library,
            changed_library,
            settings,
        })
    }

    /// The head of the pages of this patient.
    pub fn head<'a>(&'a self, changes: &'a str) -> PageHead<'a> {
        PageHead {
            key: &self.key,
            name: &self.name,
            about: self.about.as_deref(),
            own: self.own,
            profile: self.profile,
            changes: if self.own { "" } else { changes },
            changed: self.edits.0.len(),
        }
    }

    /// Its text with the changes made.
    ///
    /// # Errors
    ///
    /// A change that cannot be made.
    pub fn text(&self) -> Result<String, String> {
        let setting = Setting { library: &self.changed_library, moment: &self.moment_text };
        self.edits.apply(&self.original, setting).map_err(|error| error.to_string())
    }

    /// The moment with the changes made.
    pub fn changed_moment(&self) -> Clock {
        let moved = self.edits.moment().and_then(|moment| Clock::parse(moment, self.moment.zone()));
        moved.unwrap_or_else(|| self.moment.clone())
    }

    /// The text to be judged, at a moment.
    pub fn judge_input<'a>(&'a self, text: &'a str, moment: &'a Clock) -> JudgeInput<'a> {
        let is_set = self.edits.moment().is_some();
        JudgeInput { text, moment, is_set, profile: self.profile, settings: &self.settings }
    }
}

/// The library with another policy.
fn switched(
    policy: &str,
    browser: &Browser,
    state: &State,
    workbench: &WorkbenchState,
) -> Result<Arc<Library>, PageError> {
    match policy {
        "" => Ok(workbench.loaded().without_policy.clone().unwrap_or_else(|| state.library.clone())),
        SITE => Ok(state.library.clone()),
        TRIED => {
            let text = workbench.sessions.policy(&browser.cookie, Instant::now());
            let text =
                text.ok_or_else(|| (404, "This browser tries no policy any more; check it again.".to_owned()))?;
            workbench.with_policy("policy.toml", &text).map(Arc::new).map_err(|mistakes| (400, mistakes))
        }
        other => Err((400, format!("There is no policy `{other}` here."))),
    }
}

/// The text of the page when there is no patient with this key.
fn gone(key: &str) -> String {
    match key.starts_with("own-") {
        true => "What was pasted is not kept any more, or was pasted in another browser. Paste it again.".to_owned(),
        false => format!("There is no test patient `{key}`."),
    }
}

/// Why the service refuses a call, in the words of its answer.
pub fn describe_error(error: &CallError) -> String {
    format!("The service refuses it with {}: {}", error.status, error.message)
}
