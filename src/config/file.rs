//! The settings file: it reports every unknown key and every value that its type cannot hold, each with its line.

use std::path::Path;

use serde::Deserialize;
use toml::de::{DeTable, DeValue};
use toml::{Table, Value};

use super::read::{Problem, keys};
use super::{Key, Settings, ValueForm};

/// The table of a file. What is wrong with its keys and values is added to the problems.
pub fn in_file(file: &str, text: &str, problems: &mut Vec<Problem>) -> Table {
    let parsed = DeTable::parse(text).and_then(|places| Ok((places, text.parse::<Table>()?)));
    match parsed {
        Ok((places, table)) => {
            let place = Place { file, text, section: "" };
            section(place, places.get_ref(), &table, &|alone| alone, problems);
            table
        }
        Err(error) => {
            // The full message of the parser would show the line, which may hold a password.
            let at = error.span().map_or(0, |span| span.start);
            problems.push(Problem(format!("{file}:{}: no TOML: {}", line(text, at), error.message())));
            Table::new()
        }
    }
}

/// Makes the relative paths in the settings of a file relative to that file: a service is started from anywhere.
pub fn anchor(table: &mut Table, file: &Path) {
    let folder = file.parent().unwrap_or(Path::new(""));
    let in_folder = |path: &str| folder.join(path).display().to_string();
    for key in keys() {
        let sections: Vec<&mut Table> = match key.section {
            "" => vec![&mut *table],
            "clients.NAME" => match table.get_mut("clients") {
                Some(Value::Table(clients)) => clients.iter_mut().filter_map(|(_, client)| as_table(client)).collect(),
                _ => Vec::new(),
            },
            section => table.get_mut(section).and_then(as_table).into_iter().collect(),
        };
        for section in sections {
            let Some(Value::String(text)) = section.get_mut(&key.name()) else { continue };
            let sqlite = text.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path));
            match (key.form, sqlite) {
                (ValueForm::Path, _) => *text = in_folder(text),
                (ValueForm::Secret, Some(path)) if !matches!(path, "" | ":memory:") => {
                    *text = format!("sqlite:{}", in_folder(path));
                }
                _ => {}
            }
        }
    }
}

fn as_table(value: &mut Value) -> Option<&mut Table> {
    match value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

/// A section of a file.
#[derive(Clone, Copy)]
struct Place<'a> {
    file: &'a str,
    text: &'a str,
    section: &'a str,
}

/// Reports the unknown keys of a section, each with the key that was probably meant, and the values that do not fit. Each
/// value is read alone, so that its line is known: `in_all` puts it into otherwise empty settings at its place.
fn section(
    place: Place<'_>,
    keys_of: &DeTable<'_>,
    values: &Table,
    in_all: &dyn Fn(Table) -> Table,
    problems: &mut Vec<Problem>,
) {
    for (key, value) in keys_of {
        let name = key.get_ref().as_ref();
        let path = if place.section.is_empty() { name.to_owned() } else { format!("{}.{name}", place.section) };
        let pattern = match place.section.strip_prefix("clients") {
            Some("") => "clients.NAME".to_owned(),
            Some(_) => format!("clients.NAME.{name}"),
            None => path.clone(),
        };
        let at = format!("{}:{}", place.file, line(place.text, key.span().start));
        let alone = |inner: Value| in_all(Table::from_iter([(name.to_owned(), inner)]));
        let is_section = pattern == "clients" || keys().any(|known| known.section == pattern);
        match (value.get_ref(), values.get(name)) {
            (DeValue::Table(inner), Some(Value::Table(values))) if is_section => {
                let inside = Place { section: &path, ..place };
                section(inside, inner, values, &|part| alone(Value::Table(part)), problems);
            }
            (_, Some(value)) if is_section || keys().any(|known| known.path() == pattern) => {
                if let Err(error) = Settings::deserialize(alone(value.clone())) {
                    problems.push(Problem(format!("{at}: {path}: {}", error.message())));
                }
            }
            _ => problems.push(Problem(format!("{at}: {}", no_such_key(&pattern)))),
        }
    }
}

fn line(text: &str, at: usize) -> usize {
    text.get(..at).unwrap_or_default().matches('\n').count() + 1
}

fn no_such_key(path: &str) -> String {
    // A key may be misspelt (`bdy-bytes`) or be in the wrong section.
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let whole = |key: &Key| strsim::jaro_winkler(&key.path(), path);
    let likeness = |key: &Key| whole(key).max(strsim::jaro_winkler(&key.name(), &last(path)));
    // Of keys with one name in several sections that of the section is meant.
    let order = |a: &Key, b: &Key| likeness(a).total_cmp(&likeness(b)).then(whole(a).total_cmp(&whole(b)));
    let nearest = keys().max_by(|a, b| order(a, b)).filter(|key| likeness(key) > 0.8);
    match nearest {
        Some(key) => format!("there is no key `{path}`; did you mean `{}`?", key.path()),
        None => format!("there is no key `{path}`; `tocilizumab-cds config` lists those there are"),
    }
}
