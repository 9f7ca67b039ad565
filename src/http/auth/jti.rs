//! Tokens that were used: each is accepted once, and remembered until it would have expired anyway.
//!
//! Every process has a memory of its own, and uses a second one that outlives the process and that replicas share
//! ([`SharedMemory`], a table of the store). When that cannot be asked, the own memory decides alone, because a broken
//! store must not cost a card. Only a digest of a token is kept, so that its sender cannot choose its size.
//!
//! Tokens that have expired are forgotten. When the clock is then set back, they would be valid again: a token that ends
//! no later than one that was forgotten counts as used.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use ring::digest::{SHA256, digest};

use store::{Store, Unavailable};

/// How long a call waits at least for the shared memory when nothing has been heard of it yet: it may still have to be
/// opened, and this process knows nothing of what the one before it saw.
const FIRST_WAIT: Duration = Duration::from_secs(2);

/// Identifies a token: a SHA-256 digest of its issuer and its `jti`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId([u8; 32]);

impl TokenId {
    /// The id of the token that an issuer has given this `jti`.
    pub fn new(issuer: &str, jti: &str) -> TokenId {
        // The length keeps the two parts apart.
        let digest = digest(&SHA256, format!("{}:{issuer}{jti}", issuer.len()).as_bytes());
        let mut id = [0; 32];
        id.iter_mut().zip(digest.as_ref()).for_each(|(to, from)| *to = *from);
        TokenId(id)
    }

    /// The id as a store keeps it: 64 hexadecimal digits.
    pub fn hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Whether a token was used before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenUse {
    /// It was not; from now on it counts as used.
    First,
    /// It was.
    Repeated,
    /// The memory is full, or cannot be asked.
    Unknown,
}

/// A memory of used tokens that replicas share. It must test and set in one step, such as an
/// `INSERT … ON CONFLICT DO NOTHING` with the number of rows that it wrote.
pub trait SharedMemory: Debug + Send + Sync {
    /// Remembers a token, and says within this time whether it was used before. It may be forgotten after `until`, in
    /// seconds since 1970.
    fn remember(&self, id: TokenId, until: i64, within: Duration) -> BoxFuture<'_, TokenUse>;
}

/// The memory that outlives the process, where there is a store.
pub fn shared_memory(store: &Store) -> Option<Arc<dyn SharedMemory>> {
    store.is_on().then(|| Arc::new(store.clone()) as Arc<dyn SharedMemory>)
}

impl SharedMemory for Store {
    fn remember(&self, id: TokenId, until: i64, within: Duration) -> BoxFuture<'_, TokenUse> {
        Box::pin(async move {
            match self.first_use(&id.hex(), until, within).await {
                Ok(true) => TokenUse::First,
                Ok(false) => TokenUse::Repeated,
                Err(Unavailable) => TokenUse::Unknown,
            }
        })
    }
}

/// The tokens that were used, by client, so that a client that sends very many fills only its own memory.
#[derive(Debug)]
pub struct UsedTokens {
    own: Mutex<HashMap<String, Own>>,
    most: usize,
    shared: Option<Arc<dyn SharedMemory>>,
    /// Whether the shared memory has ever answered.
    heard: AtomicBool,
    alone: AtomicBool,
}

#[derive(Debug)]
struct Own {
    ids: HashSet<TokenId>,
    by_end: BTreeSet<(i64, TokenId)>,
    /// The latest end of the tokens that were forgotten.
    forgotten: i64,
}

impl UsedTokens {
    /// An empty memory for `most` tokens of each client, and the one that replicas share, if there is one.
    pub fn new(most: usize, shared: Option<Arc<dyn SharedMemory>>) -> UsedTokens {
        UsedTokens { own: Mutex::default(), most, shared, heard: AtomicBool::new(false), alone: AtomicBool::new(false) }
    }

    /// Remembers a token of a client until `until`, and says whether it was used before; times are in seconds since 1970. A
    /// full memory forgets no token that is still valid: it answers `Unknown`, and the call is refused. The shared memory is
    /// waited for so long.
    pub async fn remember(&self, client: &str, id: TokenId, until: i64, now: i64, wait: Duration) -> TokenUse {
        let own = self.own(client, id, until, now);
        let (TokenUse::First, Some(shared)) = (own, &self.shared) else { return own };
        let is_new = !self.heard.load(Ordering::Relaxed) && !self.alone.load(Ordering::Relaxed);
        let wait = if is_new { FIRST_WAIT.max(wait) } else { wait };
        let said = tokio::time::timeout(wait, shared.remember(id, until, wait)).await.unwrap_or(TokenUse::Unknown);
        let alone = said == TokenUse::Unknown;
        self.heard.fetch_or(!alone, Ordering::Relaxed);
        // Logged when it begins and when it ends, not for each call.
        match (alone, self.alone.swap(alone, Ordering::Relaxed)) {
            (true, false) => tracing::warn!(
                "the store cannot be asked for tokens that were used before or elsewhere; this process decides alone"
            ),
            (false, true) => {
                tracing::info!("the store can be asked again for tokens that were used before or elsewhere")
            }
            _ => {}
        }
        if said == TokenUse::Repeated { TokenUse::Repeated } else { TokenUse::First }
    }

    fn own(&self, client: &str, id: TokenId, until: i64, now: i64) -> TokenUse {
        let mut clients = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if !clients.contains_key(client) {
            let own = Own { ids: HashSet::new(), by_end: BTreeSet::new(), forgotten: i64::MIN };
            clients.insert(client.to_owned(), own);
        }
        let Some(own) = clients.get_mut(client) else { return TokenUse::Unknown };
        while let Some((end, ended)) = own.by_end.first().copied().filter(|(end, _)| *end < now) {
            own.forgotten = own.forgotten.max(end);
            own.by_end.pop_first();
            own.ids.remove(&ended);
        }
        if own.ids.contains(&id) || until <= own.forgotten {
            return TokenUse::Repeated;
        }
        if own.ids.len() >= self.most {
            return TokenUse::Unknown;
        }
        own.ids.insert(id);
        own.by_end.insert((until, id));
        TokenUse::First
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{BoxFuture, SharedMemory, TokenId, TokenUse, UsedTokens};

    #[test]
    fn a_token_counts_once_until_it_ends() {
        let seen = UsedTokens::new(3, None);
        for (step, (client, jti, until, now, expected)) in [
            ("a", "1", 100, 50, TokenUse::First),
            ("a", "1", 100, 50, TokenUse::Repeated),
            ("a", "1", 100, 100, TokenUse::Repeated),
            ("a", "2", 100, 50, TokenUse::First),
            ("a", "3", 200, 50, TokenUse::First),
            ("a", "4", 200, 50, TokenUse::Unknown),
            ("b", "1", 100, 50, TokenUse::First),
            // The first two have ended, and their place is free again.
            ("a", "4", 200, 101, TokenUse::First),
            ("a", "3", 200, 101, TokenUse::Repeated),
            ("a", "1", 200, 101, TokenUse::First),
            // The clock is set back: a forgotten one may be one that comes again, a later one cannot.
            ("a", "2", 100, 50, TokenUse::Repeated),
            ("a", "5", 99, 50, TokenUse::Repeated),
            ("b", "2", 99, 50, TokenUse::First),
            ("a", "6", 201, 300, TokenUse::First),
            ("a", "7", 201, 50, TokenUse::First),
        ]
        .into_iter()
        .enumerate()
        {
            assert_eq!(seen.own(client, TokenId::new("i", jti), until, now), expected, "step {step}");
        }
    }

    #[test]
    fn issuer_and_jti_do_not_run_into_each_other() {
        assert_ne!(TokenId::new("ab", "c"), TokenId::new("a", "bc"));
        assert_eq!(TokenId::new("a", "b").hex().len(), 64);
    }

    /// A store that always says the same, or nothing.
    #[derive(Debug)]
    struct Says(Option<TokenUse>);

    impl SharedMemory for Says {
        fn remember(&self, _: TokenId, _: i64, _: Duration) -> BoxFuture<'_, TokenUse> {
            match self.0 {
                Some(memory) => Box::pin(async move { memory }),
                None => Box::pin(std::future::pending()),
            }
        }
    }

    #[test]
    fn a_shared_memory_counts_and_its_failure_does_not() {
        let runtime = actix_web::rt::Runtime::new().expect("a runtime");
        for (says, expected) in [
            (Some(TokenUse::First), TokenUse::First),
            (Some(TokenUse::Repeated), TokenUse::Repeated),
            (Some(TokenUse::Unknown), TokenUse::First),
            (None, TokenUse::First),
        ] {
            let seen = UsedTokens::new(3, Some(std::sync::Arc::new(Says(says))));
            let wait = Duration::from_millis(10);
            let remember = || runtime.block_on(seen.remember("a", TokenId::new("i", "1"), 100, 50, wait));
            assert_eq!((remember(), remember()), (expected, TokenUse::Repeated), "{says:?}");
        }
    }
}
