//! Source attributes: where a rule comes from, and which data about a person it uses, as certification in the United
//! States asks of decision support (45 CFR 170.315(b)(11)). What a rule uses is derived from its criteria.

use std::collections::BTreeMap;

use domain::rule::{Criterion, Drug, Rule};
use serde::{Deserialize, Serialize};

use super::Library;

/// Data about a person whose use must be disclosed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Attribute {
    /// Race.
    Race,
    /// Ethnicity.
    Ethnicity,
    /// Language.
    Language,
    /// Sexual orientation.
    SexualOrientation,
    /// Gender identity.
    GenderIdentity,
    /// Sex.
    Sex,
    /// Date of birth, and with it age.
    DateOfBirth,
    /// Social determinants of health.
    SocialDeterminants,
    /// Assessments of health status, pregnancy among them.
    HealthStatus,
}

impl Attribute {
    /// All of them, in the order of the regulation.
    pub const ALL: [Attribute; 9] = [
        Attribute::Race,
        Attribute::Ethnicity,
        Attribute::Language,
        Attribute::SexualOrientation,
        Attribute::GenderIdentity,
        Attribute::Sex,
        Attribute::DateOfBirth,
        Attribute::SocialDeterminants,
        Attribute::HealthStatus,
    ];

    /// Its name for a reader.
    pub fn name(self) -> &'static str {
        match self {
            Attribute::Race => "race",
            Attribute::Ethnicity => "ethnicity",
            Attribute::Language => "language",
            Attribute::SexualOrientation => "sexual orientation",
            Attribute::GenderIdentity => "gender identity",
            Attribute::Sex => "sex",
            Attribute::DateOfBirth => "date of birth",
            Attribute::SocialDeterminants => "social determinants of health",
            Attribute::HealthStatus => "health status assessments",
        }
    }
}

/// For each attribute the inputs of a rule that hold it, each once; an attribute that is not used has none.
pub fn inputs(library: &Library, drug: &Drug, rule: &Rule) -> BTreeMap<Attribute, Vec<String>> {
    let mut inputs: BTreeMap<Attribute, Vec<String>> = Attribute::ALL.map(|attribute| (attribute, Vec::new())).into();
    let mut add = |attribute, input: &str| {
        let of: &mut Vec<String> = inputs.entry(attribute).or_default();
        if !of.iter().any(|known| known == input) {
            of.push(input.to_owned());
        }
    };
    for criterion in criteria_of(drug, rule) {
        if criterion.kind.reads_date_of_birth() {
            add(Attribute::DateOfBirth, "date of birth");
        }
        for concept in criterion.kind.properties().concepts.into_iter().filter_map(|id| library.concepts.get(id)) {
            if let Some(attribute) = concept.attribute {
                add(attribute, &concept.name);
            }
        }
    }
    inputs
}

/// The criteria that what a rule says rests on: its own, and those of other rules that it names. The overview shows all.
fn criteria_of<'a>(drug: &'a Drug, rule: &'a Rule) -> impl Iterator<Item = &'a Criterion> {
    let named: Vec<&String> = rule.suggestions.iter().flat_map(|suggestion| &suggestion.unless_met).collect();
    let of_others = drug.rules.iter().flat_map(|rule| &rule.criteria);
    let all = of_others.filter(move |criterion| rule.overview || named.iter().any(|id| **id == criterion.id));
    rule.criteria.iter().chain(all)
}

/// The source attributes of all rules as a JSON document. `version` names program, library and policy.
pub fn document<'l>(library: &'l Library, version: &'l str) -> impl Serialize + 'l {
    let of_drug = |drug: &'l Drug| drug.rules.iter().map(move |rule| intervention(library, drug, rule));
    Document { version, interventions: library.drugs.iter().flat_map(of_drug).collect() }
}

#[derive(Serialize)]
struct Document<'l> {
    version: &'l str,
    interventions: Vec<Intervention<'l>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Intervention<'l> {
    drug: &'l str,
    rule: &'l str,
    title: &'l str,
    page: String,
    citations: Vec<Citation<'l>>,
    developer: Option<&'l str>,
    funding: Option<&'l str>,
    released: Option<&'l str>,
    revised: &'l [String],
    uses: Vec<Use>,
}

#[derive(Serialize)]
struct Citation<'l> {
    kind: &'l str,
    citation: &'l str,
    says: &'l str,
    /// Whether the source was seen.
    verified: bool,
}

#[derive(Serialize)]
struct Use {
    attribute: Attribute,
    name: &'static str,
    used: bool,
    inputs: Vec<String>,
}

fn intervention<'l>(library: &'l Library, drug: &'l Drug, rule: &'l Rule) -> Intervention<'l> {
    let citation = |evidence: &'l domain::rule::Evidence| Citation {
        kind: &evidence.kind,
        citation: &evidence.cite,
        says: &evidence.says,
        verified: evidence.verified,
    };
    let uses = inputs(library, drug, rule).into_iter();
    Intervention {
        drug: &drug.id,
        rule: &rule.id,
        title: &rule.title,
        page: super::link::rule_page(&drug.id, &rule.id),
        citations: rule.evidence.iter().map(citation).collect(),
        developer: drug.developer.as_deref(),
        funding: drug.funding.as_deref(),
        released: rule.released.as_deref(),
        revised: &rule.revised,
        uses: uses
            .map(|(attribute, inputs)| Use { attribute, name: attribute.name(), used: !inputs.is_empty(), inputs })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Attribute, inputs};
    use crate::Library;

    #[test]
    fn what_a_rule_uses_is_derived_from_its_criteria() {
        let library = Library::embedded().expect("a valid library");
        for drug in &library.drugs {
            assert!(drug.developer.is_some() && drug.funding.is_some(), "{}", drug.id);
            for rule in &drug.rules {
                let used = inputs(&library, drug, rule);
                assert_eq!(used.len(), Attribute::ALL.len(), "each is listed, used or not");
                let used: Vec<_> = used.into_iter().filter(|(_, inputs)| !inputs.is_empty()).collect();
                let named = |attribute, inputs: &[&str]| {
                    (attribute, inputs.iter().map(|input| (*input).to_owned()).collect::<Vec<String>>())
                };
                let age = named(Attribute::DateOfBirth, &["date of birth"]);
                let pregnancy = named(Attribute::HealthStatus, &["pregnancy", "pregnancy test"]);
                let expected = match rule.id.as_str() {
                    "adult-indication" => vec![age],
                    // Pregnancy excludes some of the medicines that come before tocilizumab.
                    "pregnancy" | "treatment-pathway" => vec![pregnancy],
                    "summary" => vec![age, pregnancy],
                    _ => vec![],
                };
                assert_eq!(used, expected, "{}", rule.id);
                assert!(rule.released.is_some(), "{}: when was it released?", rule.id);
                let dates = rule.released.iter().chain(&rule.revised);
                assert!(dates.is_sorted(), "{}: {:?}", rule.id, rule.revised);
                assert!(!rule.evidence.is_empty(), "{}", rule.id);
            }
        }
    }
}
