//! A section of settings, written once: the struct that the program reads, its defaults, and what `config` prints of
//! every key.

use super::value::ValueForm;

/// One key of the settings, as `config` and error messages describe it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The section of the file, such as `limits`; empty at the top.
    pub section: &'static str,
    /// The field of the struct; the file has `-` for each `_`.
    pub field: &'static str,
    /// How its value is written.
    pub form: ValueForm,
    /// The unit of its value for a reader, such as `bytes` or `URL`.
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

    /// The variable of the environment that sets it. The keys of clients have none, since a site chooses the names of
    /// its clients.
    pub fn variable(&self) -> Option<String> {
        if self.section.starts_with("clients") {
            return None;
        }
        Some(format!("TOCILIZUMAB_CDS_{}", self.path().replace(['-', '.'], "_").to_uppercase()))
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
            /// The keys of the section, in the order of the file.
            pub const KEYS: &'static [$crate::config::Key] = &[
                $( $crate::config::Key {
                    section: $path,
                    field: stringify!($key),
                    form: <$type as $crate::config::Setting>::FORM,
                    unit: $unit,
                    about: concat!($($doc),+),
                }, )+
            ];
        }
    };
}

pub(super) use section;
