//! A section of settings, written once: the struct that the program reads, its defaults, and what a reader is told of
//! every key.

/// One key of the settings, for a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The section it stands in; empty at the top.
    pub section: &'static str,
    /// Its name in the struct; in the file with `-` for `_`.
    pub field: &'static str,
    /// What it is measured in.
    pub unit: &'static str,
    /// What it does, in a sentence.
    pub about: &'static str,
}

impl Key {
    /// The key as the file spells it.
    pub fn name(&self) -> String {
        self.field.replace('_', "-")
    }

    /// The key with its section: `limits.body-bytes`.
    pub fn path(&self) -> String {
        match self.section {
            "" => self.name(),
            section => format!("{section}.{}", self.name()),
        }
    }

    /// The variable of the environment that sets it; the keys of clients have none, since their names are a site's own.
    pub fn variable(&self) -> Option<String> {
        if self.section.starts_with("clients") {
            return None;
        }
        Some(format!("TOCILIZUMAB_CDS_{}", self.path().replace(['-', '.'], "_").to_uppercase()))
    }

    /// Whether its value is words, so that `2024` in the environment is not a number.
    pub fn is_text(&self) -> bool {
        !matches!(
            self.unit,
            "true or false" | "0 to 1" | "bytes" | "levels" | "orders" | "calls" | "notes" | "pages" | "tokens"
        ) && !self.unit.ends_with("seconds")
            && !self.unit.ends_with("second")
            && !self.is_list()
    }

    /// Whether its value is a list.
    pub fn is_list(&self) -> bool {
        matches!(self.unit, "URLs" | "names")
    }
}

/// Writes the struct of a section, its defaults and its table of keys.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $name:ident at $path:literal {
            $( $(#[doc = $doc:literal])+ $key:ident : $type:ty = $default:expr, $unit:literal; )+
        }
        $( sections { $( $(#[doc = $inner_doc:literal])+ $inner:ident : $inner_type:ty, )+ } )?
    ) => {
        $(#[doc = $about])+
        #[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
        pub struct $name {
            $( $(#[doc = $doc])+ pub $key: $type, )+
            $( $( $(#[doc = $inner_doc])+ pub $inner: $inner_type, )+ )?
        }

        impl Default for $name {
            fn default() -> $name {
                $name {
                    $( $key: $default, )+
                    $( $( $inner: Default::default(), )+ )?
                }
            }
        }

        impl $name {
            /// Its keys, for a reader.
            pub const KEYS: &'static [Key] = &[
                $( Key { section: $path, field: stringify!($key), unit: $unit, about: concat!($($doc),+) }, )+
            ];
        }
    };
}

pub(super) use section;
