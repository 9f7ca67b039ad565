//! Where the store is: SQLite in a file, PostgreSQL at a URL, or nowhere. What is shown of it never holds a password.

use std::path::{Path, PathBuf};

use etcetera::{AppStrategy, AppStrategyArgs, choose_app_strategy};

/// Where the store is.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// Nothing is kept.
    Off,
    /// SQLite in this file.
    Sqlite(PathBuf),
    /// PostgreSQL at this URL.
    Postgres(String),
}

impl Place {
    /// The place that the setting `store.url` names; without it, a file in this platform's folder for a program's state.
    pub fn of(url: Option<&str>) -> Result<Place, String> {
        let Some(url) = url.map(str::trim) else { return usual() };
        if url == "off" {
            return Ok(Place::Off);
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Place::Postgres(url.to_owned()));
        }
        let file = url.strip_prefix("sqlite:").map(|rest| rest.strip_prefix("//").unwrap_or(rest));
        // How the file is opened is ours to say.
        let file = file.map(|file| file.split('?').next().unwrap_or_default());
        match file {
            Some("" | ":memory:") => Err("store.url: names no file; to keep nothing set it to `off`".to_owned()),
            Some(file) => Ok(Place::Sqlite(PathBuf::from(file))),
            // What stands there may hold a password, so it is not repeated.
            None => Err("store.url: must be `sqlite:FILE`, `postgres://…` or `off`".to_owned()),
        }
    }

    /// The place for a log or a page: without its password and parameters.
    pub fn shown(&self) -> String {
        match self {
            Place::Off => "off".to_owned(),
            Place::Sqlite(file) => format!("sqlite:{}", file.display()),
            Place::Postgres(url) => without_password(url.split('?').next().unwrap_or_default()),
        }
    }

    /// The URL that the driver connects to.
    pub(super) fn url(&self) -> String {
        match self {
            Place::Off => String::new(),
            Place::Sqlite(file) => {
                let file = std::path::absolute(file).unwrap_or_else(|_| file.clone());
                format!("sqlite://{}?mode=rwc", encoded(&file))
            }
            Place::Postgres(url) => url.clone(),
        }
    }
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.shown())
    }
}

/// A URL with `***` for the password in it.
pub fn without_password(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    // A password may hold an @ of its own, so the last one ends it, wherever that stands.
    let Some(at) = rest.get(..end).and_then(|host| host.rfind('@')).or_else(|| rest.rfind('@')) else {
        return url.to_owned();
    };
    let user = rest.get(..at).unwrap_or_default();
    match user.split_once(':') {
        Some((name, _)) => format!("{scheme}://{name}:***{}", rest.get(at..).unwrap_or_default()),
        None => url.to_owned(),
    }
}

/// The file that is used when nothing is said.
fn usual() -> Result<Place, String> {
    let name = AppStrategyArgs {
        top_level_domain: "io.github".to_owned(),
        author: "tocilizumab-cds".to_owned(),
        app_name: "tocilizumab-cds".to_owned(),
    };
    let strategy = choose_app_strategy(name).map_err(|e| format!("{e}, so store.url must say where to keep notes"))?;
    let folder = strategy.state_dir().unwrap_or_else(|| strategy.data_dir());
    Ok(Place::Sqlite(folder.join("store.sqlite")))
}

/// A path as part of a URL.
fn encoded(path: &Path) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.');
    let bytes = path.as_os_str().as_encoded_bytes().iter();
    bytes.map(|&byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::{Place, without_password};

    #[test]
    fn places_are_read_and_shown_without_secrets() {
        for (url, shown) in [
            ("off", "off"),
            ("sqlite:notes.sqlite", "sqlite:notes.sqlite"),
            ("sqlite:notes.sqlite?mode=rwc", "sqlite:notes.sqlite"),
            ("sqlite:///var/lib/cds/a b.sqlite", "sqlite:/var/lib/cds/a b.sqlite"),
            ("postgres://cds:hunter2@db.example:5432/cds", "postgres://cds:***@db.example:5432/cds"),
            ("postgres://cds:hun@ter2@db/cds?sslmode=require&password=hunter2", "postgres://cds:***@db/cds"),
            ("postgresql://cds:hunt/er2@db/cds", "postgresql://cds:***@db/cds"),
            ("postgres://db/cds", "postgres://db/cds"),
        ] {
            let place = Place::of(Some(url)).unwrap_or_else(|error| panic!("{url}: {error}"));
            assert_eq!(place.shown(), shown, "{url}");
            assert!(!format!("{place:?}").contains("ter2"), "{url}");
        }
        for url in ["", "sqlite:", "sqlite::memory:", "mysql://u:hunter2@db/x", "/var/lib/store.sqlite"] {
            let error = Place::of(Some(url)).expect_err(url);
            assert!(error.starts_with("store.url") && !error.contains("hunter2"), "{error}");
        }
        assert_eq!(without_password("sqlite:a:b@c"), "sqlite:a:b@c");
    }
}
