//! The keys of each client: in its file, and at the `jku` URLs that the settings list for it. No other URL is ever
//! read, whatever the header of a JWT names.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use futures_util::future::join_all;
use reqwest::{Client, Url};
use tokio::task::JoinHandle;

use super::jku::{CacheTimes, KeySet};
use super::key_file::KeyFile;
use super::keys::{Key, Keys};
use super::token::{Cause, Token, short};
use crate::config::{self, HostUrl};
use fhir_client::{guarded_client, never};

/// The keys of a client.
#[derive(Debug)]
pub struct ClientKeys {
    file: Option<Arc<Watch<KeyFile>>>,
    sets: Vec<(String, Arc<Watch<KeySet>>)>,
}

/// All files and sets that are read, each once even when several clients share it.
#[derive(Debug)]
pub struct Sources {
    http: Client,
    times: CacheTimes,
    files: Vec<Arc<Watch<KeyFile>>>,
    sets: BTreeMap<String, Arc<Watch<KeySet>>>,
    /// Sets that were read before the settings were read again.
    before: BTreeMap<String, Arc<Watch<KeySet>>>,
}

/// A source with the task that reads it, which ends with it.
#[derive(Debug)]
struct Watch<T> {
    source: Arc<T>,
    task: OnceLock<JoinHandle<()>>,
}

impl<T> Watch<T> {
    fn new(source: T) -> Arc<Watch<T>> {
        Arc::new(Watch { source: Arc::new(source), task: OnceLock::new() })
    }

    /// Starts the task, unless it runs already.
    fn start<F: Future<Output = ()> + 'static>(&self, task: impl FnOnce(Arc<T>) -> F) {
        self.task.get_or_init(|| actix_web::rt::spawn(task(self.source.clone())));
    }
}

impl<T> Drop for Watch<T> {
    fn drop(&mut self) {
        self.task.get().inspect(|task| task.abort());
    }
}

impl Sources {
    /// No sources yet; the settings say how long keys will be kept. Sets that `before` has read need not be read again.
    ///
    /// # Errors
    ///
    /// The HTTP client could not be set up.
    pub fn new(settings: &config::Authentication, before: Option<&Sources>) -> Result<Sources, String> {
        // Keys may be in a private network.
        let http = guarded_client(true).build();
        let http = http.map_err(|error| format!("the HTTP client could not be set up: {error}"))?;
        let times = CacheTimes {
            keep: settings.keys_for_s.duration(),
            grace: settings.keys_grace_s.duration(),
            floor: settings.keys_floor_s.duration(),
        };
        let before =
            before.filter(|before| before.times == times).map(|before| before.sets.clone()).unwrap_or_default();
        Ok(Sources { http, times, files: Vec::new(), sets: BTreeMap::new(), before })
    }

    /// The keys of a client. Its file is read now, its sets after [`Sources::start`].
    ///
    /// # Errors
    ///
    /// The file cannot be used, or a `jku` may not be read; the message names the setting.
    pub fn of_client(&mut self, name: &str, client: &config::Client) -> Result<ClientKeys, String> {
        let file = client.keys.as_ref().map(|path| KeyFile::open(name, path).map(Watch::new)).transpose()?;
        self.files.extend(file.clone());
        let mut sets = Vec::new();
        for jku in &client.jku {
            let (text, HostUrl(url)) = (jku.text(), &**jku);
            check(url).map_err(|reason| format!("clients.{name}.jku: `{text}` {reason}"))?;
            let before = self.before.get(jku.text()).cloned();
            let new = || before.unwrap_or_else(|| Watch::new(KeySet::new(url.clone(), self.times)));
            let set = self.sets.entry(text.to_owned()).or_insert_with(new);
            sets.push((text.to_owned(), set.clone()));
        }
        Ok(ClientKeys { file, sets })
    }

    /// Starts to read all sources in the background, on the runtime of the caller.
    pub fn start(&self) {
        for file in &self.files {
            file.start(KeyFile::watch);
        }
        for set in self.sets.values() {
            set.start(|set| set.keep_reading(self.http.clone()));
        }
    }
}

impl ClientKeys {
    /// The keys that are known now: each set, by the setting that it comes from.
    pub fn all(&self) -> Vec<(String, Option<Arc<Keys>>)> {
        let file = self.file.iter().map(|file| ("keys".to_owned(), Some(file.source.keys())));
        let sets = self.sets.iter().map(|(url, set)| (format!("jku {url}"), set.source.keys()));
        file.chain(sets).collect()
    }

    /// Waits until each set was read, or could not be.
    pub async fn read(&self) {
        join_all(self.sets.iter().map(|(_, set)| set.source.read_again())).await;
    }

    /// The keys with which the token may have been signed.
    ///
    /// # Errors
    ///
    /// There is none; the cause is for the log.
    pub async fn of(&self, token: &Token<'_>) -> Result<Vec<Arc<Key>>, Cause> {
        let named = token.key_url.as_deref();
        let sets: Vec<&KeySet> = self
            .sets
            .iter()
            .filter(|(url, _)| named.is_none_or(|named| named == url))
            .map(|(_, set)| &*set.source)
            .collect();
        if let (Some(named), true) = (named, sets.is_empty()) {
            return Err(Cause::new("jku", format!("{} is not listed in clients.NAME.jku", short(named))));
        }
        let mut found = self.known(token, &sets);
        if found.is_empty() && !sets.is_empty() {
            join_all(sets.iter().map(|set| set.read_again())).await;
            found = self.known(token, &sets);
        }
        if found.is_empty() {
            let missing = sets.iter().filter(|set| set.keys().is_none()).count();
            let id = short(&token.key_id);
            let of = if missing > 0 { ", and a set of keys could not be read" } else { "" };
            return Err(Cause::new("key", format!("there is no key {id}{of}")));
        }
        found.retain(|key| key.fits(token.algorithm));
        if found.is_empty() {
            return Err(Cause::new("algorithm", format!("{:?} cannot be used with this key", token.algorithm)));
        }
        Ok(found)
    }

    fn known(&self, token: &Token<'_>, sets: &[&KeySet]) -> Vec<Arc<Key>> {
        let file = self.file.as_ref().map(|file| file.source.keys());
        let all: Vec<Arc<Keys>> = file.into_iter().chain(sets.iter().filter_map(|set| set.keys())).collect();
        all.iter().flat_map(|keys| keys.named(&token.key_id)).cloned().collect()
    }
}

/// Whether keys may be read from a URL: it must be https, or http on this machine.
fn check(url: &Url) -> Result<(), String> {
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user or a password".to_owned());
    }
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    let address = host.parse::<IpAddr>().ok();
    // The resolver checks names only, so an address is checked here.
    if let Some(forbidden) = address.and_then(never) {
        return Err(format!("is never read ({forbidden})"));
    }
    let here = host == "localhost" || address.is_some_and(|ip| ip.is_loopback());
    match url.scheme() {
        "https" => Ok(()),
        "http" if here => Ok(()),
        _ => Err("must be https: whoever can change what it answers can sign as this client".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn keys_are_read_from_where_nobody_else_can_write() {
        for (url, word) in [
            ("https://ehr.example/keys", ""),
            ("https://10.1.2.3:8443/keys", ""),
            ("http://127.0.0.1:1/keys", ""),
            ("http://[::1]/keys", ""),
            ("http://localhost/keys", ""),
            ("http://ehr.example/keys", "https"),
            ("http://localhost.evil.test/keys", "https"),
            ("http://10.1.2.3/keys", "https"),
            ("file://host/etc/keys", "https"),
            ("ftp://ehr.example/keys", "https"),
            ("https://me@ehr.example/keys", "password"),
            ("https://me:secret@ehr.example/keys", "password"),
            ("https://169.254.169.254/keys", "metadata"),
            ("https://[fd00:ec2::254]/keys", "metadata"),
            ("https://169.254.1.1/keys", "link-local"),
            ("https://[fe80::1]/keys", "link-local"),
            ("https://[::ffff:169.254.1.1]/keys", "link-local"),
            ("https://0.0.0.0/keys", "no-machine"),
        ] {
            match check(&url.parse().expect("a URL")) {
                Ok(()) => assert!(word.is_empty(), "{url} may be read"),
                Err(said) => assert!(!word.is_empty() && said.contains(word), "{url}: {said}"),
            }
        }
    }
}
