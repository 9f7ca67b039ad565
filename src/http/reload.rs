//! Settings, policy, keys and library read again on SIGHUP: all of it or, when anything is wrong, nothing. SIGUSR1 and
//! SIGUSR2 do nothing; by default each of the three would end the program at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use actix_web::web;
use serde_json::Value;

use super::State;
use super::admission::Admission;
use super::shared_state::SharedState;
use crate::config::Settings;

/// Makes a new state from what the settings and files say now, and says in words what changed. It may take seconds.
pub type Reload = Box<dyn Fn(&State) -> Result<Reloaded, String> + Send + Sync>;

/// A new state.
#[derive(Debug)]
pub struct Reloaded {
    /// The state.
    pub state: State,
    /// What is different in it, in words.
    pub changed: Vec<String>,
    /// The keys that changed too, and count only from the next start on.
    pub at_restart: Vec<String>,
}

/// Settings that are used once, at the start, by their paths or the beginning of their paths.
const AT_START: [&str; 16] = [
    "answered-for-s",
    "listen",
    "log.",
    "metrics.",
    "trace.",
    "tls.",
    "cors.",
    "store.url",
    "store.queue",
    "authentication.remembered",
    "limits.sender-ms",
    "limits.reader-ms",
    "limits.keep-alive-ms",
    "limits.large-calls",
    "limits.drain-ms",
    "limits.shutdown-ms",
];

impl Reloaded {
    /// A new state, and what is different in it from the one before.
    pub fn new(before: &State, state: State) -> Reloaded {
        let keys = differing(&before.settings, &state.settings);
        let (at_restart, keys): (Vec<String>, Vec<String>) =
            keys.into_iter().partition(|key| AT_START.iter().any(|at_start| key.starts_with(at_start)));
        let mut changed = Vec::new();
        if !keys.is_empty() {
            changed.push(format!("settings {}", keys.join(", ")));
        }
        let (old, new) = (before.settings.mode, state.settings.mode);
        if old != new {
            changed.push(format!("mode {} is now {}", old.code(), new.code()));
        }
        let (old, new) = (before.version.short(), state.version.short());
        if old != new {
            changed.push(format!("knowledge {old} is now {new}"));
        }
        let (old, new) = (before.authentication.key_names(), state.authentication.key_names());
        let names = new.iter().filter(|(client, keys)| old.get(*client) != Some(keys));
        let names: Vec<&str> = names.map(|(client, _)| client.as_str()).collect();
        if !names.is_empty() {
            changed.push(format!("keys of {}", names.join(", ")));
        }
        Reloaded { state, changed, at_restart }
    }
}

/// The paths of the settings that differ, without their values, since one of them may be a password.
fn differing(before: &Settings, now: &Settings) -> Vec<String> {
    let flat = |settings: &Settings| {
        let mut keys = BTreeMap::new();
        flatten(String::new(), serde_json::to_value(settings).unwrap_or_default(), &mut keys);
        keys
    };
    let (before, now) = (flat(before), flat(now));
    let all: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
    all.into_iter().filter(|key| before.get(*key) != now.get(*key)).cloned().collect()
}

fn flatten(path: String, value: Value, keys: &mut BTreeMap<String, Value>) {
    let Value::Object(members) = value else {
        keys.insert(path, value);
        return;
    };
    for (name, value) in members {
        flatten(if path.is_empty() { name } else { format!("{path}.{name}") }, value, keys);
    }
}

/// The signal that has everything read again. While it exists, none of the three signals ends the program.
#[derive(Debug)]
pub struct Hangup {
    #[cfg(unix)]
    hangup: actix_web::rt::signal::unix::Signal,
    #[cfg(unix)]
    _ignored: [actix_web::rt::signal::unix::Signal; 2],
}

impl Hangup {
    /// Receives the signals from now on.
    ///
    /// # Errors
    ///
    /// Signals cannot be received.
    #[cfg(unix)]
    pub fn new() -> std::io::Result<Hangup> {
        use actix_web::rt::signal::unix::{SignalKind, signal};
        let ignored = [signal(SignalKind::user_defined1())?, signal(SignalKind::user_defined2())?];
        Ok(Hangup { hangup: signal(SignalKind::hangup())?, _ignored: ignored })
    }

    /// Where there are no such signals, nothing is received.
    ///
    /// # Errors
    ///
    /// None.
    #[cfg(not(unix))]
    pub fn new() -> std::io::Result<Hangup> {
        Ok(Hangup {})
    }

    /// Reads everything again at each signal, for as long as the program runs.
    pub(super) async fn wait(
        mut self,
        shared_state: web::Data<SharedState>,
        admission: web::Data<Admission>,
        reload: Reload,
    ) {
        let reload = Arc::new(reload);
        while self.next().await {
            tracing::info!("SIGHUP: settings, policy, keys and library are read again");
            let (old, again) = (shared_state.get(), reload.clone());
            // The cases of a library take seconds, in which calls are answered as before.
            let made = web::block(move || again(&old)).await;
            match made.unwrap_or_else(|_| Err("a fault of the service itself; its log says where".to_owned())) {
                Ok(reloaded) => adopt(&shared_state, &admission, reloaded),
                Err(problem) => {
                    shared_state.keep();
                    tracing::error!(problem, "SIGHUP: nothing is changed, since this is wrong");
                }
            }
        }
    }

    #[cfg(unix)]
    async fn next(&mut self) -> bool {
        self.hangup.recv().await.is_some()
    }

    #[cfg(not(unix))]
    async fn next(&mut self) -> bool {
        std::future::pending().await
    }
}

fn adopt(shared_state: &SharedState, admission: &Admission, reloaded: Reloaded) {
    let Reloaded { state, changed, at_restart } = reloaded;
    // Keys are read in the background before the first call that needs them.
    state.authentication.start();
    admission.adopt(&state.settings);
    shared_state.put(state);
    let changed = if changed.is_empty() { "nothing".to_owned() } else { changed.join("; ") };
    tracing::info!(changed, "SIGHUP: in use from now on");
    if !at_restart.is_empty() {
        tracing::warn!(keys = at_restart.join(", "), "SIGHUP: these settings count from the next start on");
    }
}

#[cfg(test)]
mod tests {
    use super::differing;
    use crate::config::Settings;

    #[test]
    fn what_changed_is_named_without_its_value() {
        let settings = |text: &str| -> Settings {
            crate::config::read(Some((std::path::Path::new("f"), text)), |_| None).expect("settings")
        };
        let before = settings("deadline-ms = 1\nlimits.depth = 9\n[clients.a]\nissuer = 'a'\nkeys = 'k'");
        let now = settings(
            "deadline-ms = 2\nlimits.depth = 9\nstore.url = 'postgres://u:geheim@db'\n\
             [clients.a]\nissuer = 'b'\nkeys = 'k'",
        );
        assert_eq!(differing(&before, &now), ["clients.a.issuer", "deadline-ms", "store.url"]);
        assert!(differing(&before, &before).is_empty());
    }
}
