//! Names of rules, criteria and uses in words. Statistics of another library may name some that this one lacks; those keep
//! their ids.

use domain::rule::{Criterion, Rule};
use knowledge::Library;

/// Where names are looked up.
#[derive(Debug, Clone, Copy)]
pub struct Names<'l> {
    /// The library, if there is one.
    pub library: Option<&'l Library>,
}

impl<'l> Names<'l> {
    /// The title of a rule.
    pub fn rule<'n>(&self, id: &'n str) -> &'n str
    where
        'l: 'n,
    {
        self.find(id).map_or(id, |rule| rule.title.as_str())
    }

    /// The finding of a criterion in words, from `rule/criterion`; its short name stands for several.
    pub fn criterion<'n>(&self, key: &'n str) -> &'n str
    where
        'l: 'n,
    {
        let found = key.split_once('/').and_then(|(rule, id)| self.of_rule(rule, id));
        found.map_or(key, |criterion| criterion.finding.as_str())
    }

    /// The name of what a drug is ordered for.
    pub fn usage(&self, code: &str) -> String {
        let drugs = self.library.iter().flat_map(|library| &library.drugs);
        let mut indications = drugs.flat_map(|drug| &drug.indications);
        match (indications.find(|indication| indication.id == code), code) {
            (Some(indication), _) => indication.name.clone(),
            (None, "undetermined") => "not stated".to_owned(),
            (None, code) => code.to_owned(),
        }
    }

    fn find(&self, id: &str) -> Option<&'l Rule> {
        self.library.and_then(|library| library.drugs.iter().flat_map(|drug| &drug.rules).find(|rule| rule.id == id))
    }

    fn of_rule(&self, rule: &str, id: &str) -> Option<&'l Criterion> {
        self.find(rule)?.criteria.iter().find(|criterion| criterion.id == id)
    }
}
