//! Reads the code systems and value sets of the library, and notes codes that cannot be right.

use std::collections::BTreeSet;

use super::form::uri_key;
use super::{Code, Codes, Reject, SYSTEMS, System, ValueSet};
use crate::files::Files;
use crate::mistake::{Mistake, Place, Reader};

impl Codes {
    /// Reads `code-systems.toml` and `value-sets/*.toml`.
    pub fn read(files: &Files, mistakes: &mut Vec<Mistake>) -> Codes {
        let mut codes = Codes::default();
        match files.0.get(SYSTEMS) {
            Some(text) => {
                let mut reader = Reader::new(SYSTEMS, text, mistakes);
                for (id, value) in reader.members() {
                    if let Some(system) = reader.value::<System>(value) {
                        for uri in system.aliases.iter().chain([&system.uri]) {
                            if let Some(other) = codes.by_uri.insert(uri_key(uri), id.clone())
                                && other != id
                            {
                                reader.note_file(&format!("`{uri}` is a spelling of both {other} and {id}"));
                            }
                        }
                        codes.systems.insert(id, system);
                    }
                }
            }
            None => Reader::new(SYSTEMS, "", mistakes).note_file("the file is missing"),
        }
        for (path, text) in &files.0 {
            if let Some(id) = path.strip_prefix("value-sets/").and_then(|p| p.strip_suffix(".toml")) {
                codes.read_set(id, &mut Reader::new(path, text, mistakes));
            }
        }
        codes
    }

    fn read_set(&mut self, id: &str, reader: &mut Reader<'_>) {
        let mut set = ValueSet::default();
        let mut seen = BTreeSet::new();
        for (key, value) in reader.members() {
            let at = value.span().start;
            match key.as_str() {
                "title" => set.title = reader.value(value).unwrap_or_default(),
                "text" => set.text = reader.value(value).unwrap_or_default(),
                "not-text" => set.not_text = reader.value(value).unwrap_or_default(),
                "code" => {
                    for (code, place) in reader.array::<Code>(value) {
                        self.check_code((&code.system, &code.code), &mut seen, reader, &place);
                        set.codes.push(code);
                    }
                }
                "reject" => {
                    for (code, place) in reader.array::<Reject>(value) {
                        self.check_code((&code.system, &code.code), &mut seen, reader, &place);
                        set.rejects.push(code);
                    }
                }
                other => {
                    reader.note(at, &format!("unknown key `{other}`; expected title, text, not-text, code or reject"))
                }
            }
        }
        if set.title.is_empty() {
            reader.note_file("`title` is missing");
        }
        self.sets.insert(id.to_owned(), set);
    }

    /// Notes what is wrong with a code of a value set, of which those before it were seen.
    fn check_code(
        &self,
        (system, code): (&str, &str),
        seen: &mut BTreeSet<(String, String)>,
        reader: &mut Reader<'_>,
        place: &Place,
    ) {
        let Some(known) = self.systems.get(system) else {
            return reader.note_word(place, system, &format!("unknown code system `{system}`"));
        };
        if let Some(wrong) = known.check.and_then(|check| check.wrong(code)) {
            reader.note_word(place, code, &format!("{system} code `{code}`: {wrong}"));
        }
        if !seen.insert((system.to_owned(), known.form.key(code).into_owned())) {
            reader.note_word(place, code, &format!("{system} code `{code}` appears twice in this value set"));
        }
    }
}
