//! The phases of a call and how long each took, for the figures, the header `Server-Timing` and traces.

use std::time::Duration;

/// The phases of a call, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The body arrives and is parsed.
    Read,
    /// A large call waits for its turn.
    Wait,
    /// What prefetch and the FHIR server brought is read.
    Gather,
    /// The orders are judged and the cards are made.
    Decide,
    /// The answer is noted and written.
    Write,
}

impl Phase {
    const ALL: [Phase; 5] = [Phase::Read, Phase::Wait, Phase::Gather, Phase::Decide, Phase::Write];

    fn code(self) -> &'static str {
        match self {
            Phase::Read => "read",
            Phase::Wait => "wait",
            Phase::Gather => "gather",
            Phase::Decide => "decide",
            Phase::Write => "write",
        }
    }
}

/// How long each phase of a call took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Phases([Duration; 5]);

impl Phases {
    /// Adds time to a phase.
    pub fn add(&mut self, phase: Phase, took: Duration) {
        let own = Phase::ALL.iter().zip(&mut self.0).find(|(one, _)| **one == phase);
        if let Some((_, sum)) = own {
            *sum += took;
        }
    }

    /// Each phase by its name, in their order.
    pub fn each(&self) -> impl Iterator<Item = (&'static str, Duration)> {
        Phase::ALL.iter().map(|phase| phase.code()).zip(self.0)
    }

    /// The value of the header `Server-Timing`, in milliseconds.
    pub fn server_timing(&self) -> String {
        let each = self.each().map(|(name, took)| format!("{name};dur={:.3}", took.as_secs_f64() * 1000.0));
        each.collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Phase, Phases};

    #[test]
    fn times_are_those_of_their_phases() {
        let mut phases = Phases::default();
        phases.add(Phase::Gather, Duration::from_micros(1500));
        phases.add(Phase::Gather, Duration::from_micros(500));
        phases.add(Phase::Write, Duration::from_micros(10));
        let expected = "read;dur=0.000, wait;dur=0.000, gather;dur=2.000, decide;dur=0.000, write;dur=0.010";
        assert_eq!(phases.server_timing(), expected);
    }
}
