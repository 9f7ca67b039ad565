//! The types of settings. What a type cannot hold is refused where the file or the variable is read, so that the message
//! can name its line, and so that nothing behind it has to check again.

use std::fmt::{self, Display};
use std::net::{SocketAddr, ToSocketAddrs};
use std::ops::Deref;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use cds_hooks::profile::Profile;
use fhir_client::ServerUrl;
use jiff::tz::TimeZone;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use store::place::Place;

use super::{Algorithm, Mode};

/// How the value of a key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// As TOML writes it: a number or a boolean.
    Literal,
    /// As text, so that `2024` in a variable of the environment is not a number.
    Text,
    /// As text that may hold a password: it is never repeated in a message.
    Secret,
    /// As a list; in a variable of the environment also with commas between its items.
    List,
}

/// A type that a key may have.
pub trait Setting {
    /// How its values are written.
    const SHAPE: Shape;
}

macro_rules! shapes {
    ($($shape:ident: $($type:ty),+;)+) => {
        $($(impl Setting for $type {
            const SHAPE: Shape = Shape::$shape;
        })+)+
    };
}

shapes! {
    Literal: bool, Share;
    Text: String, PathBuf, Mode, Algorithm, Profile, ListenAddress, StandardVersion;
    Text: Parsed<HostUrl>, Parsed<ServerUrl>, Parsed<AllowedOrigin>, Parsed<Zone>;
    Secret: Parsed<Place>;
}

impl<T> Setting for Vec<T> {
    const SHAPE: Shape = Shape::List;
}

impl<T: Setting> Setting for Option<T> {
    const SHAPE: Shape = T::SHAPE;
}

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
            const SHAPE: Shape = Shape::Literal;
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

/// A value together with the text that it was read from, so that `config` prints what the file says.
#[derive(Clone, PartialEq, Eq)]
pub struct Parsed<T> {
    text: String,
    value: T,
}

impl<T> Parsed<T> {
    /// The text as it was written.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl<T> Deref for Parsed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// Shows the value only: the text may hold a password.
impl<T: fmt::Debug> fmt::Debug for Parsed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: FromStr> FromStr for Parsed<T> {
    type Err = T::Err;

    fn from_str(text: &str) -> Result<Parsed<T>, T::Err> {
        Ok(Parsed { text: text.to_owned(), value: text.parse()? })
    }
}

impl<T> Serialize for Parsed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de, T: FromStr<Err: Display>> Deserialize<'de> for Parsed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// An absolute URL with a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostUrl(pub reqwest::Url);

impl FromStr for HostUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<HostUrl, String> {
        let url = reqwest::Url::parse(text).ok().filter(reqwest::Url::has_host);
        url.map(HostUrl).ok_or_else(|| format!("`{text}` is not a URL"))
    }
}

/// A time zone by its IANA name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(pub TimeZone);

impl FromStr for Zone {
    type Err = jiff::Error;

    fn from_str(name: &str) -> Result<Zone, jiff::Error> {
        TimeZone::get(name).map(Zone)
    }
}

/// The origins of web pages that may call from a browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedOrigin {
    /// Every page.
    Any,
    /// Pages of this origin, as a browser names it.
    Page(String),
}

impl FromStr for AllowedOrigin {
    type Err = String;

    fn from_str(text: &str) -> Result<AllowedOrigin, String> {
        let wrong = || format!("`{text}` is neither `*` nor an origin such as https://ehr.example.org");
        if text == "*" { Ok(AllowedOrigin::Any) } else { origin(text).map(AllowedOrigin::Page).ok_or_else(wrong) }
    }
}

/// An origin as a browser names it, `https://ehr.example.org`; `None` when the text is not an origin.
pub fn origin(text: &str) -> Option<String> {
    let url = reqwest::Url::parse(text.trim()).ok()?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    (bare && matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| url.origin().ascii_serialization())
}

/// A text whose form is checked when it is read.
macro_rules! checked_text {
    ($(#[$about:meta])+ $name:ident, $is_valid:path, $wrong:literal) => {
        $(#[$about])+
        #[derive(Debug, Clone, PartialEq, Eq, Serialize)]
        #[serde(transparent)]
        pub struct $name(pub(super) String);

        impl $name {
            /// The text as it was written.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> Result<$name, String> {
                if $is_valid(text) { Ok($name(text.to_owned())) } else { Err(format!(concat!("`{}` ", $wrong), text)) }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    };
}

checked_text! {
    /// An address or a host name, with a port. A name is resolved when the service begins to listen.
    ListenAddress, is_address, "is not an address and a port such as 127.0.0.1:8080"
}
checked_text! {
    /// A version of CDS Hooks: `2.0.1`, `3.0.0-ballot`, `1.0`, or `STU2` as releases were once named.
    StandardVersion, is_version, "is no version such as 2.0.1 or STU2"
}

impl ToSocketAddrs for ListenAddress {
    type Iter = <str as ToSocketAddrs>::Iter;

    fn to_socket_addrs(&self) -> std::io::Result<Self::Iter> {
        self.0.as_str().to_socket_addrs()
    }
}

fn is_address(text: &str) -> bool {
    let named = || text.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    text.parse::<SocketAddr>().is_ok() || named()
}

fn is_version(text: &str) -> bool {
    let numbers = |text: &str| text.split('.').all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    if let Some(release) = text.strip_prefix("STU") {
        return numbers(release);
    }
    let (version, label) = text.split_once('-').unwrap_or((text, "x"));
    let in_label = |b: u8| b.is_ascii_alphanumeric() || b == b'.' || b == b'-';
    numbers(version)
        && (2..=3).contains(&version.split('.').count())
        && !label.is_empty()
        && label.bytes().all(in_label)
}
