//! What is kept for one browser: in memory only, found by a random cookie, limited in number, bytes and time. Nothing
//! is kept for a browser that has sent nothing.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

use crate::config::WorkbenchSettings;

/// The name of the cookie.
pub const COOKIE: &str = "workbench";

/// Bytes of a cookie before they are written as digits: nobody can guess as many.
const RANDOM: usize = 32;

/// What is kept for all browsers.
#[derive(Debug)]
pub struct Sessions {
    bounds: Bounds,
    kept: Mutex<HashMap<String, Kept>>,
    key: hmac::Key,
    random: SystemRandom,
}

/// How much may be kept.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    browsers: usize,
    bytes: usize,
    items: usize,
    time: Duration,
}

/// What is kept for one browser.
#[derive(Debug)]
struct Kept {
    touched: Instant,
    items: VecDeque<Item>,
    policy: Option<Arc<str>>,
}

/// A request or a Bundle that was pasted.
#[derive(Debug, Clone)]
pub struct Item {
    /// Its key in URLs: random, so that it says nothing.
    pub key: String,
    /// What it is called on pages.
    pub name: String,
    /// Its text.
    pub text: Arc<str>,
    /// The changes made to it. They may hold values of a patient, so they are never part of a URL.
    pub edits: String,
}

impl Sessions {
    /// Nothing is kept yet.
    ///
    /// # Errors
    ///
    /// The system gives no random numbers.
    pub fn new(settings: &WorkbenchSettings) -> Result<Sessions, String> {
        let random = SystemRandom::new();
        let key = hmac::Key::generate(hmac::HMAC_SHA256, &random).map_err(|_| NO_RANDOM.to_owned())?;
        let bounds = Bounds {
            browsers: settings.browsers.get(),
            bytes: settings.browser_bytes.get(),
            items: settings.browser_items.get(),
            time: Duration::from_secs(settings.browser_s.get()),
        };
        Ok(Sessions { bounds, kept: Mutex::default(), key, random })
    }

    /// A cookie for a browser that has none.
    ///
    /// # Errors
    ///
    /// The system gives no random numbers.
    pub fn cookie(&self) -> Result<String, String> {
        self.digits::<RANDOM>()
    }

    /// The token that shows that a form comes from this workbench: it can only be made with the key, and is valid for
    /// one browser only.
    pub fn token(&self, cookie: &str) -> String {
        hex(hmac::sign(&self.key, cookie.as_bytes()).as_ref())
    }

    /// Whether a token belongs to the browser with this cookie. The comparison takes the same time whatever the token
    /// is.
    pub fn is_token(&self, cookie: &str, token: &str) -> bool {
        let bytes: Option<Vec<u8>> = (0..token.len()).step_by(2).map(|at| byte(token.get(at..at + 2)?)).collect();
        bytes.is_some_and(|bytes| hmac::verify(&self.key, cookie.as_bytes(), &bytes).is_ok())
    }

    /// Keeps what was pasted, and says which key it has.
    ///
    /// # Errors
    ///
    /// It is larger than one browser may keep, or the system gives no random numbers.
    pub fn add(&self, cookie: &str, name: String, text: String, now: Instant) -> Result<String, String> {
        let Bounds { bytes, items, .. } = self.bounds;
        if text.len() > bytes {
            return Err(format!("it is larger than {bytes} bytes (setting workbench.browser-bytes)"));
        }
        let key = format!("own-{}", self.digits::<8>()?);
        self.entry(cookie, now, |kept| {
            kept.items.push_back(Item { key: key.clone(), name, text: text.into(), edits: String::new() });
            let size = |kept: &Kept| kept.items.iter().map(|item| item.text.len()).sum::<usize>();
            while kept.items.len() > items || size(kept) > bytes {
                kept.items.pop_front();
            }
        });
        Ok(key)
    }

    /// What a browser keeps under a key.
    pub fn get(&self, cookie: &str, key: &str, now: Instant) -> Option<Item> {
        self.if_kept(cookie, now, |kept| kept.items.iter().find(|item| item.key == key).cloned())?
    }

    /// All that a browser keeps, the newest first.
    pub fn all(&self, cookie: &str, now: Instant) -> Vec<Item> {
        self.if_kept(cookie, now, |kept| kept.items.iter().rev().cloned().collect()).unwrap_or_default()
    }

    /// Changes what a browser keeps under a key.
    pub fn edit(&self, cookie: &str, key: &str, edits: String, now: Instant) {
        self.if_kept(cookie, now, |kept| {
            if let Some(item) = kept.items.iter_mut().find(|item| item.key == key) {
                item.edits = edits;
            }
        });
    }

    /// The policy that a browser tries.
    pub fn policy(&self, cookie: &str, now: Instant) -> Option<Arc<str>> {
        self.if_kept(cookie, now, |kept| kept.policy.clone())?
    }

    /// Keeps a policy for a browser to try.
    pub fn try_policy(&self, cookie: &str, policy: &str, now: Instant) {
        if policy.len() <= self.bounds.bytes {
            self.entry(cookie, now, |kept| kept.policy = Some(policy.into()));
        }
    }

    /// Forgets all that a browser keeps.
    pub fn forget(&self, cookie: &str) {
        self.lock().remove(cookie);
    }

    /// Does something with what a browser keeps, if it keeps anything.
    fn if_kept<T>(&self, cookie: &str, now: Instant, look: impl FnOnce(&mut Kept) -> T) -> Option<T> {
        let mut all = self.lock();
        self.sweep(&mut all, now);
        let kept = all.get_mut(cookie)?;
        kept.touched = now;
        Some(look(kept))
    }

    /// Changes what is kept for a browser; a new entry is made where nothing was kept so far.
    fn entry(&self, cookie: &str, now: Instant, change: impl FnOnce(&mut Kept)) {
        let mut all = self.lock();
        self.sweep(&mut all, now);
        if !all.contains_key(cookie)
            && all.len() >= self.bounds.browsers
            && let Some(oldest) = all.iter().min_by_key(|(_, kept)| kept.touched).map(|(cookie, _)| cookie.clone())
        {
            all.remove(&oldest);
        }
        let fresh = || Kept { touched: now, items: VecDeque::new(), policy: None };
        let kept = all.entry(cookie.to_owned()).or_insert_with(fresh);
        kept.touched = now;
        change(kept);
    }

    fn sweep(&self, all: &mut HashMap<String, Kept>, now: Instant) {
        all.retain(|_, kept| now.duration_since(kept.touched) < self.bounds.time);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn digits<const BYTES: usize>(&self) -> Result<String, String> {
        let mut bytes = [0; BYTES];
        self.random.fill(&mut bytes).map_err(|_| NO_RANDOM.to_owned())?;
        Ok(hex(&bytes))
    }
}

const NO_RANDOM: &str = "the system gives no random numbers, without which the workbench protects nothing";

/// Whether a text has the form of our cookies.
pub fn is_cookie(text: &str) -> bool {
    text.len() == RANDOM * 2 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn byte(digits: &str) -> Option<u8> {
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Sessions, is_cookie};
    use crate::config::WorkbenchSettings;

    fn sessions(text: &str) -> Sessions {
        let settings: WorkbenchSettings = toml::from_str(text).expect("settings");
        Sessions::new(&settings).expect("random numbers")
    }

    #[test]
    fn a_token_fits_one_browser() {
        let sessions = sessions("");
        let (one, two) = (sessions.cookie().expect("a cookie"), sessions.cookie().expect("a cookie"));
        assert!(is_cookie(&one) && one != two && !is_cookie("x") && !is_cookie(&"g".repeat(64)));
        let token = sessions.token(&one);
        assert!(sessions.is_token(&one, &token) && !sessions.is_token(&two, &token));
        for wrong in ["", "0", "zz", &token[2..], "é"] {
            assert!(!sessions.is_token(&one, wrong), "{wrong}");
        }
    }

    #[test]
    fn what_is_kept_is_bounded_in_number_bytes_and_time() {
        let sessions = sessions("browsers = 2\nbrowser-bytes = 10\nbrowser-items = 2\nbrowser-s = 60");
        let begun = Instant::now();
        let at = |seconds| begun + Duration::from_secs(seconds);
        let add = |who: &str, text: &str, when| sessions.add(who, text.to_owned(), text.to_owned(), when);
        let names = |who: &str, when| sessions.all(who, when).into_iter().map(|item| item.name).collect::<Vec<_>>();
        assert!(add("a", &"x".repeat(11), begun).is_err_and(|why| why.contains("workbench.browser-bytes")));
        assert_eq!(names("a", begun), [""; 0], "nothing is kept of what is too large");
        let key = add("a", "1", begun).expect("a key");
        assert_eq!(sessions.get("a", &key, begun).map(|item| item.name).as_deref(), Some("1"));
        assert!(sessions.get("b", &key, begun).is_none(), "another browser does not see it");
        for text in ["2", "3"] {
            add("a", text, begun).expect("a key");
        }
        assert_eq!(names("a", begun), ["3", "2"], "the oldest makes room");
        add("a", "123456789", begun).expect("a key");
        assert_eq!(names("a", begun), ["123456789", "3"]);
        add("a", "12", begun).expect("a key");
        assert_eq!(names("a", begun), ["12"], "all of it together has to fit");
        add("b", "b", at(1)).expect("a key");
        add("c", "c", at(2)).expect("a key");
        assert_eq!((names("a", at(2)).len(), names("b", at(2)).len()), (0, 1), "the one that was away longest goes");
        assert_eq!(names("b", at(61)).len(), 1, "who comes back is kept");
        assert_eq!((names("b", at(122)).len(), names("c", at(122)).len()), (0, 0), "and is gone after the time");
    }

    #[test]
    fn a_browser_changes_its_own_and_can_have_it_forgotten() {
        let (sessions, now) = (sessions(""), Instant::now());
        let key = sessions.add("a", "n".to_owned(), "{}".to_owned(), now).expect("a key");
        sessions.edit("b", &key, "weight=1".to_owned(), now);
        sessions.edit("a", &key, "weight=2".to_owned(), now);
        sessions.try_policy("a", "silent = []", now);
        assert_eq!(sessions.get("a", &key, now).map(|item| item.edits).as_deref(), Some("weight=2"));
        assert_eq!((sessions.policy("a", now).is_some(), sessions.policy("b", now).is_some()), (true, false));
        sessions.forget("a");
        assert!(sessions.get("a", &key, now).is_none() && sessions.policy("a", now).is_none());
    }
}
