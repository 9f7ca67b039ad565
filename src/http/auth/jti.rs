//! Tokens that were seen: each counts once, until it would have expired anyway.
//!
//! Every process has a memory of its own. Replicas may share one besides ([`Shared`], a table of the store); when that
//! cannot be asked, the own memory decides alone, because a broken store must not cost a card. What is kept of a
//! token is a digest, so its size is not the sender's to choose.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::fmt::Debug;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use ring::digest::{SHA256, digest};

use store::{Store, Unavailable};

/// How long the shared memory may take; a call waits for it.
const PATIENCE: Duration = Duration::from_millis(250);

/// The name of a token among all: a digest of its issuer and its `jti`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TokenId([u8; 32]);

impl TokenId {
    /// The id of an issuer's token.
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

/// What a memory says of a token that is shown to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// It was not seen before, and from now on it was.
    First,
    /// It was seen before.
    Seen,
    /// The memory is full, or cannot be asked.
    Unavailable,
}

/// A memory that replicas share. It must test and set in one step, such as an `INSERT … ON CONFLICT DO NOTHING` that
/// tells how many rows it wrote.
pub trait Shared: Debug + Send + Sync {
    /// Shows a token to the memory, which may forget it after a second since 1970.
    fn remember(&self, id: TokenId, until: i64) -> BoxFuture<'_, Memory>;
}

/// The memory that replicas share: a store that more than one of them writes to.
pub fn replicas(store: &Store) -> Option<Arc<dyn Shared>> {
    store.is_shared().then(|| Arc::new(store.clone()) as Arc<dyn Shared>)
}

impl Shared for Store {
    fn remember(&self, id: TokenId, until: i64) -> BoxFuture<'_, Memory> {
        Box::pin(async move {
            match self.first_use(&id.hex(), until).await {
                Ok(true) => Memory::First,
                Ok(false) => Memory::Seen,
                Err(Unavailable) => Memory::Unavailable,
            }
        })
    }
}

/// The tokens that were seen, client by client, so that one that floods us fills nobody's memory but its own.
#[derive(Debug)]
pub struct SeenTokens {
    own: Mutex<HashMap<String, Own>>,
    most: usize,
    shared: Option<Arc<dyn Shared>>,
    alone: AtomicBool,
}

#[derive(Debug, Default)]
struct Own {
    ids: HashSet<TokenId>,
    by_end: BTreeSet<(i64, TokenId)>,
}

impl SeenTokens {
    /// A memory for so many tokens a client, with the one that replicas share, if there is one.
    pub fn new(most: usize, shared: Option<Arc<dyn Shared>>) -> SeenTokens {
        SeenTokens { own: Mutex::default(), most, shared, alone: AtomicBool::new(false) }
    }

    /// Shows a client's token, which counts until a second since 1970. A full memory forgets nothing that still
    /// counts: it says `Unavailable`, and the call is refused rather than let in unchecked.
    pub async fn remember(&self, client: &str, id: TokenId, until: i64, now: i64) -> Memory {
        let own = self.own(client, id, until, now);
        let (Memory::First, Some(shared)) = (own, &self.shared) else { return own };
        let said = tokio::time::timeout(PATIENCE, shared.remember(id, until)).await.unwrap_or(Memory::Unavailable);
        let alone = said == Memory::Unavailable;
        // Told when it begins and when it ends, not call by call.
        match (alone, self.alone.swap(alone, Ordering::Relaxed)) {
            (true, false) => tracing::warn!(
                "the store cannot be asked for tokens that other replicas saw; each replica decides alone"
            ),
            (false, true) => tracing::info!("the store can be asked for tokens that other replicas saw again"),
            _ => {}
        }
        if said == Memory::Seen { Memory::Seen } else { Memory::First }
    }

    fn own(&self, client: &str, id: TokenId, until: i64, now: i64) -> Memory {
        let mut clients = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        if !clients.contains_key(client) {
            clients.insert(client.to_owned(), Own::default());
        }
        let Some(own) = clients.get_mut(client) else { return Memory::Unavailable };
        while let Some((_, ended)) = own.by_end.first().copied().filter(|(end, _)| *end < now) {
            own.by_end.pop_first();
            own.ids.remove(&ended);
        }
        if own.ids.contains(&id) {
            return Memory::Seen;
        }
        if own.ids.len() >= self.most {
            return Memory::Unavailable;
        }
        own.ids.insert(id);
        own.by_end.insert((until, id));
        Memory::First
    }
}

#[cfg(test)]
mod tests {
    use super::{BoxFuture, Memory, SeenTokens, Shared, TokenId};

    #[test]
    fn a_token_counts_once_until_it_ends() {
        let seen = SeenTokens::new(3, None);
        for (step, (client, jti, until, now, expected)) in [
            ("a", "1", 100, 50, Memory::First),
            ("a", "1", 100, 50, Memory::Seen),
            ("a", "1", 100, 100, Memory::Seen),
            ("a", "2", 100, 50, Memory::First),
            ("a", "3", 200, 50, Memory::First),
            ("a", "4", 200, 50, Memory::Unavailable),
            ("b", "1", 100, 50, Memory::First),
            // The first two have ended, and their place is free again.
            ("a", "4", 200, 101, Memory::First),
            ("a", "3", 200, 101, Memory::Seen),
            ("a", "1", 200, 101, Memory::First),
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
    struct Says(Option<Memory>);

    impl Shared for Says {
        fn remember(&self, _: TokenId, _: i64) -> BoxFuture<'_, Memory> {
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
            (Some(Memory::First), Memory::First),
            (Some(Memory::Seen), Memory::Seen),
            (Some(Memory::Unavailable), Memory::First),
            (None, Memory::First),
        ] {
            let seen = SeenTokens::new(3, Some(std::sync::Arc::new(Says(says))));
            let remember = || runtime.block_on(seen.remember("a", TokenId::new("i", "1"), 100, 50));
            assert_eq!((remember(), remember()), (expected, Memory::Seen), "{says:?}");
        }
    }
}
