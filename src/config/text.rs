//! Texts of settings that mean something else: URLs, addresses, a time zone, a place. Each keeps the text as it was
//! written.

use std::fmt::{self, Display};
use std::net::{SocketAddr, ToSocketAddrs};
use std::ops::Deref;
use std::str::FromStr;

use jiff::tz::TimeZone;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

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
    StandardVersion, is_version, "is not a version such as 2.0.1 or STU2"
}

impl ListenAddress {
    /// The address at which a program on this machine finds the service: one that listens on all addresses is also found
    /// on the loopback address of the same kind.
    pub fn on_this_machine(&self) -> String {
        match self.0.parse::<SocketAddr>() {
            Ok(SocketAddr::V4(v4)) if v4.ip().is_unspecified() => format!("127.0.0.1:{}", v4.port()),
            Ok(SocketAddr::V6(v6)) if v6.ip().is_unspecified() => format!("[::1]:{}", v6.port()),
            _ => self.0.clone(),
        }
    }
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
