//! What a page is asked about: a test patient by its name, or what this browser has pasted, with the changes made to it.

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
use workbench::looked_at::LookedAt;

use super::super::State;
use super::super::live::Current;
use super::guard::Visitor;
use super::judge::Asked;
use super::session::Item;
use super::{Desk, Seat, Wrong};
use crate::config::Settings;

/// What a page is about, with all that is needed to judge it.
pub struct Look {
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
pub fn policies(desk: &Desk, visitor: &Visitor) -> Vec<(&'static str, &'static str)> {
    let mut all = vec![("", "the library alone, without a policy")];
    if desk.source.policy.is_some() {
        all.push((SITE, "the policy of this site"));
    }
    if desk.sessions.policy(&visitor.cookie, Instant::now()).is_some() {
        all.push((TRIED, "the policy that was checked in this browser"));
    }
    all
}

/// The name of the site's own policy.
const SITE: &str = "site";
/// The name of the policy that a browser tries.
const TRIED: &str = "tried";

impl Look {
    /// What a request of a page asks about.
    pub fn of(request: &HttpRequest, state: &Current, desk: &Seat) -> Result<Look, Wrong> {
        let key = parameter(request, "of").unwrap_or_else(|| "textbook".to_owned());
        let profile = parameter(request, "profile").unwrap_or_default();
        let changes = parameter(request, "edits").unwrap_or_else(|| request.query_string().to_owned());
        Look::at(&key, &profile, &changes, &Visitor::of(request), state, desk)
    }

    /// What stands under a key. `changes` count for test patients only: those of something pasted are kept with it.
    pub fn at(
        key: &str,
        profile: &str,
        changes: &str,
        visitor: &Visitor,
        state: &Current,
        desk: &Seat,
    ) -> Result<Look, Wrong> {
        let profile = match profile {
            "" => Profile::Standard,
            code => Profile::from_code(code).ok_or_else(|| (400, format!("There is no profile `{code}`.")))?,
        };
        let own = desk.sessions.get(&visitor.cookie, key, Instant::now());
        let changes = own.as_ref().map_or(changes, |item| item.edits.as_str());
        let edits = Edits::from_query(changes).map_err(|error| (400, error.to_string()))?;
        let clock = state.clock();
        let (name, about, original, moment, moment_text) = match &own {
            Some(Item { name, text, .. }) => (name.clone(), None, text.clone(), clock.clone(), clock.text()),
            None => {
                let text = desk.source.fixtures.0.get(key).ok_or_else(|| (404, gone(key)))?;
                let about = desk.shelf().about.get(key).cloned();
                let moment = Clock::parse(MOMENT, &TimeZone::UTC).unwrap_or(clock);
                (key.to_owned(), about, Arc::from(text.as_str()), moment, MOMENT.to_owned())
            }
        };
        let library = state.library.clone();
        let changed_library = match edits.policy() {
            None => library.clone(),
            Some(policy) => switched(policy, visitor, state, desk)?,
        };
        let (key, own, settings) = (key.to_owned(), own.is_some(), state.settings.clone());
        Ok(Look {
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

    /// The head of its pages.
    pub fn head<'a>(&'a self, changes: &'a str) -> LookedAt<'a> {
        LookedAt {
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

    /// What is judged of a text at a moment.
    pub fn asked<'a>(&'a self, text: &'a str, moment: &'a Clock) -> Asked<'a> {
        let is_set = self.edits.moment().is_some();
        Asked { text, moment, is_set, profile: self.profile, settings: &self.settings }
    }
}

/// The library with another policy.
fn switched(policy: &str, visitor: &Visitor, state: &State, desk: &Desk) -> Result<Arc<Library>, Wrong> {
    match policy {
        "" => Ok(desk.shelf().plain.clone().unwrap_or_else(|| state.library.clone())),
        SITE => Ok(state.library.clone()),
        TRIED => {
            let text = desk.sessions.policy(&visitor.cookie, Instant::now());
            let text =
                text.ok_or_else(|| (404, "This browser tries no policy any more; check it again.".to_owned()))?;
            desk.with_policy("policy.toml", &text).map(Arc::new).map_err(|wrong| (400, wrong))
        }
        other => Err((400, format!("There is no policy `{other}` here."))),
    }
}

/// What is said where nothing stands under a key.
fn gone(key: &str) -> String {
    match key.starts_with("own-") {
        true => "What was pasted is not kept any more, or was pasted in another browser. Paste it again.".to_owned(),
        false => format!("There is no test patient `{key}`."),
    }
}

/// What is wrong with a call, in the words of its answer.
pub fn wrong(error: &CallError) -> String {
    format!("The service refuses it with {}: {}", error.status, error.message)
}
