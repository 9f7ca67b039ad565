//! The hooks of CDS Hooks: the moments of a clinician's work at which the EHR asks for an assessment.

use std::fmt;

/// A hook.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hook {
    /// An order was selected.
    OrderSelect,
    /// Orders are about to be signed.
    OrderSign,
    /// A patient's record was opened. It brings no orders; the current treatment is assessed.
    PatientView,
    /// A hook that no service answers, with its name. Recorded requests of such a hook can be replayed.
    Other(String),
}

impl Hook {
    /// The hooks that services may answer.
    pub const SERVED: [Hook; 3] = [Hook::OrderSelect, Hook::OrderSign, Hook::PatientView];

    /// The name that the standard gives it.
    pub fn name(&self) -> &str {
        match self {
            Hook::OrderSelect => "order-select",
            Hook::OrderSign => "order-sign",
            Hook::PatientView => "patient-view",
            Hook::Other(name) => name,
        }
    }

    /// The hook with this name.
    pub fn from_name(name: &str) -> Hook {
        let served = Hook::SERVED.into_iter().find(|hook| hook.name() == name);
        served.unwrap_or_else(|| Hook::Other(name.to_owned()))
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Hook;

    #[test]
    fn names_are_read_back() {
        for hook in Hook::SERVED {
            assert_eq!(Hook::from_name(hook.name()), hook);
            assert_eq!(hook.to_string(), hook.name());
        }
        assert_eq!(Hook::OrderSign.name(), "order-sign");
        let other = Hook::from_name("order-dispatch");
        assert_eq!((&other, other.name()), (&Hook::Other("order-dispatch".to_owned()), "order-dispatch"));
    }
}
