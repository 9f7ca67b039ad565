//! Which cards a user has answered when an order was selected, so that the signature does not show them once more.
//!
//! Nothing of the patient is kept: what a card says, of which order, to which user, is one number made with a key that
//! this process made at its start and never reveals. It is held in memory for a limited time. After a restart, or on
//! another replica, a card is shown once more, which is the safe side.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use cds_hooks::card::Card;
use cds_hooks::feedback::{Item, Outcome};
use ring::hmac::{HMAC_SHA256, Key, sign};
use ring::rand::SystemRandom;
use text::markdown::Markdown;

/// The most cards, and the most answers, that are remembered. Beyond that the oldest are forgotten.
const MOST: usize = 20_000;
/// Bytes of the longest code of a reason that is remembered.
const LONGEST: usize = 128;

/// The cards that were shown when an order was selected, and those of them that were answered.
#[derive(Debug)]
pub struct AnsweredCards {
    /// `None` when nothing is remembered.
    key: Option<Key>,
    shown: Mutex<Expiring<String, CardHash>>,
    answered: Mutex<Expiring<CardHash, String>>,
}

/// A keyed hash of the content, order and user of a card, which only this process can compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct CardHash([u8; 32]);

/// What two cards have in common when they count as the same: the user, the patient, the orders and what the card says.
pub fn card_identity(client: Option<&str>, user: &str, patient: &str, card: &Card) -> String {
    let detail = Markdown(&card.detail).to_string();
    let mut orders = card.orders.clone();
    orders.sort_unstable();
    let parts = (client, user, patient, orders, &card.rule, card.indicator.code(), &card.summary, detail);
    // Quoted, so that no two different lists of parts make the same text.
    format!("{parts:?}")
}

impl AnsweredCards {
    /// A memory of this length; zero remembers nothing.
    pub fn new(keep: Duration) -> AnsweredCards {
        // Without randomness there would be no key, and then nothing is remembered.
        let key = (!keep.is_zero()).then(|| Key::generate(HMAC_SHA256, &SystemRandom::new()).ok()).flatten();
        AnsweredCards { key, shown: Mutex::new(Expiring::new(keep)), answered: Mutex::new(Expiring::new(keep)) }
    }

    /// Remembers that a card was shown at the selection of an order.
    pub fn shown(&self, card: &str, identity: impl FnOnce() -> String) {
        if let Some(key) = &self.key {
            lock(&self.shown).insert(card.to_owned(), CardHash::of(key, &identity()), Instant::now());
        }
    }

    /// Remembers the reasons with which cards were overridden that were shown at the selection of an order.
    pub fn take(&self, items: &[Item]) {
        let now = Instant::now();
        for item in items.iter().filter(|item| item.outcome == Outcome::Overridden) {
            let Some(reason) = item.reason.as_ref().filter(|reason| reason.code.len() <= LONGEST) else { continue };
            let finding = lock(&self.shown).get(&item.card, now).copied();
            if let Some(finding) = finding {
                lock(&self.answered).insert(finding, reason.code.clone(), now);
            }
        }
    }

    /// The code of the reason with which the user answered the same card.
    pub fn answer_to(&self, identity: impl FnOnce() -> String) -> Option<String> {
        let key = self.key.as_ref()?;
        let answered = lock(&self.answered);
        // Most of the time nothing was answered, and then no card needs to be written as text.
        if answered.map.is_empty() {
            return None;
        }
        answered.get(&CardHash::of(key, &identity()), Instant::now()).cloned()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl CardHash {
    fn of(key: &Key, text: &str) -> CardHash {
        let mut number = [0; 32];
        let tag = sign(key, text.as_bytes());
        number.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        CardHash(number)
    }
}

/// A map of limited size whose entries expire. Beyond its size the oldest entries are removed.
#[derive(Debug)]
struct Expiring<K, V> {
    keep: Duration,
    map: HashMap<K, (V, Instant)>,
    /// The keys in the order in which they were written; a key that was written again is listed twice.
    order: VecDeque<(K, Instant)>,
}

impl<K: Hash + Eq + Clone, V> Expiring<K, V> {
    fn new(keep: Duration) -> Expiring<K, V> {
        Expiring { keep, map: HashMap::new(), order: VecDeque::new() }
    }

    fn insert(&mut self, key: K, value: V, now: Instant) {
        while let Some((oldest, written)) = self.order.front() {
            if self.order.len() < MOST && now.duration_since(*written) < self.keep {
                break;
            }
            if self.map.get(oldest).is_some_and(|(_, last)| last == written) {
                self.map.remove(oldest);
            }
            self.order.pop_front();
        }
        self.map.insert(key.clone(), (value, now));
        self.order.push_back((key, now));
    }

    fn get(&self, key: &K, now: Instant) -> Option<&V> {
        let (value, written) = self.map.get(key)?;
        (now.duration_since(*written) < self.keep).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Expiring, MOST};

    #[test]
    fn what_is_remembered_ends_and_is_bounded() {
        let start = Instant::now();
        let at = |seconds: u64| start + Duration::from_secs(seconds);
        let mut memory = Expiring::new(Duration::from_secs(10));
        memory.insert(1, "a", at(0));
        memory.insert(1, "b", at(5));
        assert_eq!((memory.get(&1, at(5)), memory.get(&2, at(5))), (Some(&"b"), None));
        memory.insert(2, "c", at(12));
        assert_eq!(memory.get(&1, at(12)), Some(&"b"), "what was written again counts from then on");
        assert_eq!(memory.get(&1, at(15)), None);
        for key in 0..2 * MOST {
            memory.insert(key, "d", at(12));
        }
        assert!(memory.map.len() <= MOST && memory.order.len() <= MOST, "{}", memory.map.len());
        assert_eq!(memory.get(&(2 * MOST - 1), at(12)), Some(&"d"), "the newest stays");
    }
}
