//! Numbers of settings: each type has a unit, and each key may have a least value.

use std::fmt::{self, Display};
use std::time::Duration;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};

use super::value::{Setting, ValueForm};

/// A number with a unit and a least value.
macro_rules! number {
    ($(#[$about:meta])+ $name:ident($type:ty)) => {
        $(#[$about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
        #[serde(transparent)]
        pub struct $name<const LEAST: $type = 0>(pub(super) $type);

        impl<const LEAST: $type> $name<LEAST> {
            /// The bare number.
            pub fn get(self) -> $type {
                self.0
            }
        }

        impl<const LEAST: $type> Display for $name<LEAST> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl<'de, const LEAST: $type> Deserialize<'de> for $name<LEAST> {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match (<$type>::deserialize(deserializer)?, LEAST) {
                    (number, least) if number >= least => Ok($name(number)),
                    (_, 1) => Err(D::Error::custom("must be above 0")),
                    (_, least) => Err(D::Error::custom(format!("must be at least {least}"))),
                }
            }
        }

        impl<const LEAST: $type> Setting for $name<LEAST> {
            const FORM: ValueForm = ValueForm::Literal;
        }
    };
}

number! {
    /// A duration in milliseconds.
    Millis(u64)
}
number! {
    /// A duration in seconds.
    Seconds(u64)
}
number! {
    /// A size in bytes.
    Bytes(usize)
}
number! {
    /// A number of things, which the name of the key says.
    Count(usize)
}
number! {
    /// A number of calls in a second.
    PerSecond(u32)
}

impl<const LEAST: u64> Millis<LEAST> {
    /// The duration.
    pub fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

impl<const LEAST: u64> Seconds<LEAST> {
    /// The duration.
    pub fn duration(self) -> Duration {
        Duration::from_secs(self.0)
    }
}

/// A share, from 0 (none) to 1 (all).
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Share(pub(super) f64);

impl Share {
    /// The bare number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let share = f64::deserialize(deserializer)?;
        if (0.0..=1.0).contains(&share) { Ok(Share(share)) } else { Err(D::Error::custom("must be from 0 to 1")) }
    }
}
