//! The compact set: searches that return in one answer what several queries return, for EHRs that limit how many keys
//! they prefetch.

use toml::Spanned;

use super::{Query, QueryId, Services};
use crate::mistake::Reader;

/// A search that returns in one answer what several queries return.
#[derive(Debug)]
pub struct Compact {
    /// The search, under a key of its own.
    pub query: Query,
    /// The queries that it replaces.
    pub instead_of: Vec<QueryId>,
}

/// How many entries the search of a compact set asks for. When there are more, the queries are asked singly.
const COMPACT_COUNT: usize = 500;

impl Services {
    /// Reads the compact set: which queries each of its searches replaces.
    pub(super) fn read_compact(&mut self, raw: Vec<(String, Vec<Spanned<String>>)>, reader: &mut Reader<'_>) {
        for (key, named) in raw {
            let mut ids = Vec::new();
            for name in &named {
                match self.keys.get(name.get_ref()) {
                    Some(id) => ids.push(*id),
                    None => reader.note_unknown(
                        name.span().start,
                        "query",
                        name.get_ref(),
                        self.queries.iter().map(|query| query.key.as_str()),
                    ),
                }
            }
            if key == "without" {
                self.without = ids;
                continue;
            }
            if self.keys.contains_key(&key) {
                reader.note_file(&format!("`{key}` is the key of both a query and a search of the compact set"));
            }
            let Some(template) = together(ids.iter().filter_map(|id| self.query(*id))) else {
                reader.note_file(&format!("compact `{key}`: only searches for the newest of some codes go together"));
                continue;
            };
            // Its number follows those of all queries, where no answer is kept.
            let query = Query::of_template(QueryId(usize::MAX), &key, &template);
            self.compact.push(Compact { query, instead_of: ids });
        }
    }
}

/// One search for the codes of several; `None` unless all of them ask for the newest of some codes and nothing else.
pub(super) fn together<'q>(queries: impl Iterator<Item = &'q Query>) -> Option<String> {
    let mut start: Option<&str> = None;
    let mut codes: Vec<&str> = Vec::new();
    for query in queries {
        let (before, after) = query.template.split_once("&code=")?;
        let (list, rest) = after.split_once("&_sort=-date&_count=")?;
        let same = start.is_none_or(|start| start == before) && rest.bytes().all(|byte| byte.is_ascii_digit());
        if !same {
            return None;
        }
        start = Some(before);
        for code in list.split(',') {
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
    }
    Some(format!("{}&code={}&_sort=-date&_count={COMPACT_COUNT}", start?, codes.join(",")))
}
