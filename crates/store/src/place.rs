//! Where the store is: SQLite in a file, PostgreSQL at a URL, or nowhere. What is shown of it never holds a password.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use etcetera::{AppStrategy, AppStrategyArgs, choose_app_strategy};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

/// What is escaped in the path of a file, which the driver reads as part of a URL.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.');

/// Where the store is. `Debug` shows no password.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// Nothing is kept.
    Off,
    /// SQLite in this file.
    Sqlite(PathBuf),
    /// PostgreSQL at this URL, which may hold a password.
    Postgres(String),
}

impl FromStr for Place {
    type Err = String;

    /// Reads `off`, `sqlite:FILE` or `postgres://…`. Parameters of a SQLite URL are ignored: how the file is opened is
    /// decided here. The error does not repeat the text, in which a password may stand.
    fn from_str(text: &str) -> Result<Place, String> {
        let text = text.trim();
        if text == "off" {
            return Ok(Place::Off);
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Place::Postgres(text.to_owned()));
        }
        let file = text.strip_prefix("sqlite:").map(|rest| rest.strip_prefix("//").unwrap_or(rest));
        match file.map(|file| file.split('?').next().unwrap_or_default()) {
            Some("" | ":memory:") => Err("names no file; to keep nothing set it to `off`".to_owned()),
            Some(file) => Ok(Place::Sqlite(PathBuf::from(file))),
            None => Err("must be `sqlite:FILE`, `postgres://…` or `off`".to_owned()),
        }
    }
}

impl Place {
    /// The file that is used when the settings name no store: in the folder where this platform keeps a program's state.
    ///
    /// # Errors
    ///
    /// The platform has no such folder for this user, for example because there is no home folder.
    pub fn usual() -> Result<Place, String> {
        let name = AppStrategyArgs {
            top_level_domain: "io.github".to_owned(),
            author: "tocilizumab-cds".to_owned(),
            app_name: "tocilizumab-cds".to_owned(),
        };
        let strategy =
            choose_app_strategy(name).map_err(|e| format!("{e}, so store.url must say where to keep notes"))?;
        let folder = strategy.state_dir().unwrap_or_else(|| strategy.data_dir());
        Ok(Place::Sqlite(folder.join("store.sqlite")))
    }

    /// The place for a log or a page, without its password and parameters.
    pub fn shown(&self) -> String {
        match self {
            Place::Off => "off".to_owned(),
            Place::Sqlite(file) => format!("sqlite:{}", file.display()),
            Place::Postgres(url) => without_password(url).split('?').next().unwrap_or_default().to_owned(),
        }
    }

    /// The URL that the driver connects to.
    pub(crate) fn url(&self) -> String {
        match self {
            Place::Off => String::new(),
            Place::Sqlite(file) => {
                let file = std::path::absolute(file).unwrap_or_else(|_| file.clone());
                format!("sqlite://{}?mode=rwc", escaped(&file))
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

/// The URL of a store with `***` for every password in it, before the host and in the parameters.
pub fn without_password(url: &str) -> String {
    let url = match url.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{}", without_user_password(rest)),
        None => url.to_owned(),
    };
    let Some((before, query)) = url.split_once('?') else { return url };
    let masked = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if name.to_lowercase().contains("password") => format!("{name}=***"),
        _ => pair.to_owned(),
    });
    format!("{before}?{}", masked.collect::<Vec<_>>().join("&"))
}

/// What stands behind the scheme of a URL, with `***` for the password of its user.
fn without_user_password(rest: &str) -> String {
    // A password may hold an unescaped @, / or ?, so only the last @ surely ends it: rather the host is hidden as well.
    match rest.rsplit_once('@').and_then(|(user, host)| Some((user.split_once(':')?.0, host))) {
        Some((user, host)) => format!("{user}:***@{host}"),
        None => rest.to_owned(),
    }
}

fn escaped(path: &Path) -> String {
    percent_encode(path.as_os_str().as_encoded_bytes(), ESCAPED).to_string()
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
            ("postgres://cds:hun?ter2@db/cds", "postgres://cds:***@db/cds"),
            ("postgres://db/cds", "postgres://db/cds"),
        ] {
            let place: Place = url.parse().unwrap_or_else(|error| panic!("{url}: {error}"));
            assert_eq!(place.shown(), shown, "{url}");
            assert!(!format!("{place:?}").contains("ter2"), "{url}");
        }
        for url in ["", "sqlite:", "sqlite::memory:", "mysql://u:hunter2@db/x", "/var/lib/store.sqlite"] {
            let error = url.parse::<Place>().expect_err(url);
            assert!(error.contains("`off`") && !error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn every_password_of_a_url_is_masked() {
        for (url, shown) in [
            ("off", "off"),
            ("sqlite:/var/lib/cds.db?mode=rwc", "sqlite:/var/lib/cds.db?mode=rwc"),
            ("sqlite:a:b@c", "sqlite:a:b@c"),
            ("postgres://cds@db/cds", "postgres://cds@db/cds"),
            ("postgres://cds:p%40ss@db:5432/cds", "postgres://cds:***@db:5432/cds"),
            ("postgres://cds:p:a@s/w@db/cds?sslmode=require", "postgres://cds:***@db/cds?sslmode=require"),
            ("postgres://db/cds?user=a&password=secret&x=1", "postgres://db/cds?user=a&password=***&x=1"),
        ] {
            assert_eq!(without_password(url), shown, "{url}");
        }
    }
}
