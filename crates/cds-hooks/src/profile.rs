//! Profiles of clients: every EHR supports only a part of the standard.

use domain::hook::Hook;
use serde::{Deserialize, Serialize};

/// The part of an answer that a client can display; `engine::profile` says what each profile leaves out or changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Profile {
    /// Everything of CDS Hooks 2.0.
    #[serde(rename = "standard")]
    Standard,
    /// The EHR of Epic.
    #[serde(rename = "epic")]
    Epic,
    /// The EHR of Oracle Health.
    #[serde(rename = "oracle-health")]
    OracleHealth,
    /// Any client of CDS Hooks 1.0.
    #[serde(rename = "cds-hooks-1.0")]
    V1,
}

impl Profile {
    /// Every profile.
    pub const ALL: [Profile; 4] = [Profile::Standard, Profile::Epic, Profile::OracleHealth, Profile::V1];

    /// Its name in settings.
    pub fn code(self) -> &'static str {
        match self {
            Profile::Standard => "standard",
            Profile::Epic => "epic",
            Profile::OracleHealth => "oracle-health",
            Profile::V1 => "cds-hooks-1.0",
        }
    }

    /// Its name for a reader.
    pub fn name(self) -> &'static str {
        match self {
            Profile::Standard => "CDS Hooks 2.0",
            Profile::Epic => "Epic",
            Profile::OracleHealth => "Oracle Health",
            Profile::V1 => "CDS Hooks 1.0",
        }
    }

    /// The profile with this name in settings.
    pub fn from_code(code: &str) -> Option<Profile> {
        Profile::ALL.into_iter().find(|profile| profile.code() == code)
    }
}

/// The hook at which an order gets the card of its whole assessment. It is shown once; some EHRs fire only one hook.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SummaryHook {
    /// When the order is signed.
    #[default]
    OrderSign,
    /// When the order is selected.
    OrderSelect,
    /// At both.
    Both,
}

impl SummaryHook {
    /// Whether the card is shown at this hook. At a hook without draft orders the setting has no say.
    pub fn is_shown_at(self, hook: &Hook) -> bool {
        match hook {
            Hook::OrderSelect => matches!(self, SummaryHook::OrderSelect | SummaryHook::Both),
            Hook::OrderSign => matches!(self, SummaryHook::OrderSign | SummaryHook::Both),
            Hook::PatientView | Hook::Other(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Profile, SummaryHook};
    use domain::hook::Hook;

    #[test]
    fn codes_are_those_of_the_settings() {
        for profile in Profile::ALL {
            assert_eq!(serde_json::to_value(profile).ok(), Some(serde_json::Value::from(profile.code())));
            assert_eq!(Profile::from_code(profile.code()), Some(profile));
        }
        assert_eq!(Profile::from_code("Epic"), None);
    }

    #[test]
    fn the_summary_is_shown_once_unless_both_hooks_are_wanted() {
        for (setting, select, sign) in [
            (SummaryHook::OrderSign, false, true),
            (SummaryHook::OrderSelect, true, false),
            (SummaryHook::Both, true, true),
        ] {
            let shown = [Hook::OrderSelect, Hook::OrderSign].map(|hook| setting.is_shown_at(&hook));
            assert_eq!(shown, [select, sign], "{setting:?}");
            assert!(setting.is_shown_at(&Hook::PatientView));
        }
    }
}
