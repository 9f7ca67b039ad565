//! What is kept of the patients so far, within a bound.

use super::{Kept, OVERHEAD};

/// What is kept so far.
#[derive(Default)]
pub(super) struct Store {
    pub from: usize,
    pub patients: Vec<Kept>,
    pub bytes: usize,
}

impl Store {
    /// Adds what a piece holds of the patients below the limit. The new limit: lower when there is more than the bound.
    pub fn take(&mut self, kept: Vec<(u32, Box<str>)>, unreadable: Vec<u32>, mut limit: u32, bound: usize) -> u32 {
        for (at, line) in kept.into_iter().filter(|(at, _)| *at < limit) {
            self.bytes += line.len() + OVERHEAD;
            self.of(at, |kept| kept.lines.push(line));
        }
        let from = self.from;
        for at in unreadable.into_iter().filter(|at| *at < limit && usize::try_from(*at).is_ok_and(|at| at >= from)) {
            self.of(at, |kept| kept.unreadable += 1);
        }
        if self.bytes > bound {
            limit = self.leave(bound / 2, limit);
        }
        limit
    }

    /// Changes what one patient has.
    fn of(&mut self, at: u32, change: impl FnOnce(&mut Kept)) {
        let place = usize::try_from(at).unwrap_or(usize::MAX).saturating_sub(self.from);
        if self.patients.len() <= place {
            self.patients.resize_with(place + 1, Kept::default);
        }
        if let Some(kept) = self.patients.get_mut(place) {
            change(kept);
        }
    }

    /// Drops the patients beyond so many bytes, but never the first one.
    fn leave(&mut self, bound: usize, limit: u32) -> u32 {
        let mut bytes = 0;
        let sizes = self.patients.iter().map(|kept| kept.lines.iter().map(|line| line.len() + OVERHEAD).sum::<usize>());
        let fit = sizes.take_while(|size| {
            bytes += size;
            bytes <= bound
        });
        let fit = fit.count().max(1);
        if fit >= self.patients.len() {
            return limit;
        }
        self.patients.truncate(fit);
        self.bytes = self.patients.iter().flat_map(|kept| &kept.lines).map(|line| line.len() + OVERHEAD).sum();
        u32::try_from(self.from + fit).unwrap_or(u32::MAX).min(limit)
    }
}
