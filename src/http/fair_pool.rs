//! A limited resource that callers share fairly: slots for calls, and memory.
//!
//! A caller may hold as much as it leaves free for others. Alone it gets half of all, two greedy ones a third each, and
//! however many there are, a newcomer still finds something.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use fhir_client::MemoryPool;

/// The caller that a reservation belongs to: a client by its name in the settings, any other caller by its address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Holder {
    /// A client that was authenticated.
    Client(Arc<str>),
    /// The address of any other caller; of IPv6 the network.
    Address(IpAddr),
}

impl Holder {
    /// The holder for a caller of this address. Of IPv6 the /64 network counts, since one machine can use every address
    /// in it.
    pub fn at(address: IpAddr) -> Holder {
        Holder::Address(match address.to_canonical() {
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
            v4 => v4,
        })
    }
}

/// An amount of a resource, and how much of it each caller holds.
#[derive(Debug)]
pub struct FairPool {
    all: AtomicUsize,
    held: Mutex<Amounts>,
}

#[derive(Debug, Default)]
struct Amounts {
    total: usize,
    of: HashMap<Holder, usize>,
}

/// What one call holds. It is given back when it is dropped.
#[derive(Debug)]
pub struct Reservation {
    pool: Arc<FairPool>,
    holder: Holder,
    amount: AtomicUsize,
}

impl FairPool {
    /// A pool of this size, of which nothing is held.
    pub fn of(all: usize) -> Arc<FairPool> {
        Arc::new(FairPool { all: AtomicUsize::new(all), held: Mutex::default() })
    }

    /// The size of the pool.
    pub fn all(&self) -> usize {
        self.all.load(Ordering::Relaxed)
    }

    /// Changes the size of the pool. What is held already stays held.
    pub fn resize(&self, all: usize) {
        self.all.store(all, Ordering::Relaxed);
    }

    /// How much is held.
    pub fn held(&self) -> usize {
        self.amounts().total
    }

    /// A reservation for this holder, which holds nothing yet.
    pub fn reservation(self: &Arc<FairPool>, holder: Holder) -> Reservation {
        Reservation { pool: self.clone(), holder, amount: AtomicUsize::new(0) }
    }

    fn take(&self, holder: &Holder, amount: usize) -> bool {
        let mut held = self.amounts();
        let own = held.of.get(holder).copied().unwrap_or(0);
        let free = self.all().saturating_sub(held.total);
        if own.saturating_add(amount) > free {
            return false;
        }
        held.add(holder, amount);
        true
    }

    fn amounts(&self) -> MutexGuard<'_, Amounts> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Amounts {
    fn add(&mut self, holder: &Holder, amount: usize) {
        self.total += amount;
        match self.of.get_mut(holder) {
            Some(own) => *own += amount,
            None => drop(self.of.insert(holder.clone(), amount)),
        }
    }

    fn remove(&mut self, holder: &Holder, amount: usize) {
        self.total = self.total.saturating_sub(amount);
        if let Some(own) = self.of.get_mut(holder) {
            *own = own.saturating_sub(amount);
            if *own == 0 {
                self.of.remove(holder);
            }
        }
    }
}

impl Reservation {
    /// Takes more. Returns `false`, and takes nothing, when the holder would then have more than it leaves free.
    pub fn take(&self, amount: usize) -> bool {
        let taken = self.pool.take(&self.holder, amount);
        if taken {
            self.amount.fetch_add(amount, Ordering::Relaxed);
        }
        taken
    }

    /// Holds exactly so much from now on, whether there is room for it or not: what is made already has to be counted.
    pub fn set(&self, amount: usize) {
        let before = self.amount.swap(amount, Ordering::Relaxed);
        let mut held = self.pool.amounts();
        held.remove(&self.holder, before);
        held.add(&self.holder, amount);
    }
}

impl MemoryPool for Reservation {
    fn take(&self, bytes: usize) -> bool {
        Reservation::take(self, bytes)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let amount = *self.amount.get_mut();
        self.pool.amounts().remove(&self.holder, amount);
    }
}

#[cfg(test)]
mod tests {
    use super::{FairPool, Holder, Reservation};

    fn address(text: &str) -> Holder {
        Holder::at(text.parse().expect("an address"))
    }

    /// Takes one after the other until no more is given.
    fn fill(holder: &Holder, pool: &std::sync::Arc<FairPool>) -> Vec<Reservation> {
        let one = || {
            let held = pool.reservation(holder.clone());
            held.take(1).then_some(held)
        };
        std::iter::from_fn(one).collect()
    }

    #[test]
    fn a_newcomer_finds_a_place_however_greedy_the_others_are() {
        let pool = FairPool::of(12);
        let greedy = fill(&address("192.0.2.1"), &pool);
        assert_eq!(greedy.len(), 6, "alone: half of all");
        let second = fill(&Holder::Client("mercy".into()), &pool);
        assert_eq!(second.len(), 3, "half of what was left");
        let newcomer = fill(&address("2001:db8::1"), &pool);
        assert!(!newcomer.is_empty());
        assert!(fill(&address("2001:db8::2"), &pool).is_empty(), "another address of the same network is the same");
        drop((greedy, second));
        assert_eq!(pool.held(), newcomer.len(), "what is dropped is given back");
        drop(newcomer);
        assert_eq!(pool.held(), 0);
        assert_eq!(fill(&address("192.0.2.1"), &FairPool::of(1)).len(), 1, "the only place can be taken");
    }

    #[test]
    fn what_is_held_changes_with_what_is_made_of_it() {
        let pool = FairPool::of(100);
        let held = pool.reservation(address("192.0.2.1"));
        assert!(held.take(40) && !held.take(21) && held.take(10) && pool.held() == 50);
        held.set(300);
        assert_eq!(pool.held(), 300, "an answer is counted whether there is room or not");
        let other = pool.reservation(address("192.0.2.2"));
        assert!(!other.take(1) && other.take(0));
        pool.resize(1000);
        assert!(other.take(1));
        drop(held);
        assert_eq!(pool.held(), 1);
    }
}
