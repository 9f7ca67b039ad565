//! The assessment of one order, as answers carry it for machines: written from what was decided, without a copy of it.

use serde::{Serialize, Serializer};

use domain::assess::Assessment;
use domain::criteria::Finding;
use domain::fact::Source;
use domain::phase::Phase;
use domain::rule::{Criterion, Drug, Rule};
use domain::truth::Outcome;
use domain::unused::Unused;

/// What was found for one order.
#[derive(Debug)]
pub struct Assessed<'l> {
    /// The drug, with the rules that were asked.
    pub drug: &'l Drug,
    /// What was found.
    pub assessment: Assessment,
    /// What was looked at and not used, where that was asked for.
    pub unused: Option<Vec<Unused>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AssessmentJson<'a> {
    /// `Type/id` of the order.
    order: &'a str,
    /// What the order is for, in a code of the assessment.
    indication: &'a str,
    /// The indication of the library, where the code is `other`.
    #[serde(skip_serializing_if = "Option::is_none")]
    indication_name: Option<&'a str>,
    phase: &'static str,
    /// What shows the phase.
    #[serde(skip_serializing_if = "is_nothing")]
    phase_evidence: Evidence<'a>,
    /// What payers ask for, at a start.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    prior_authorization: Vec<ItemJson<'a>>,
    criteria: Criteria<'a>,
    /// What was looked at and not used.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_used: Option<NotUsed<'a>>,
}

/// One item that a payer asks for. Without a record it has its name alone.
#[derive(Serialize)]
struct ItemJson<'a> {
    name: &'a str,
    #[serde(flatten)]
    found: Option<EvidenceJson<'a>>,
}

/// The findings, rule by rule.
struct Criteria<'a>(&'a Assessed<'a>);

#[derive(Serialize)]
struct CriterionJson<'a> {
    id: &'a str,
    rule: &'a str,
    /// `met`, `not-met`, `unknown` or `not-applicable`.
    outcome: &'static str,
    /// Why it is unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "is_nothing")]
    evidence: Evidence<'a>,
}

/// What was looked at and not used, record by record.
struct NotUsed<'a>(&'a [Unused]);

#[derive(Serialize)]
struct NotUsedJson<'a> {
    concept: &'a str,
    #[serde(flatten)]
    record: EvidenceJson<'a>,
    /// Why it was not used.
    why: &'static str,
    /// `Type/id` of the record that was used instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    instead: Option<&'a str>,
    /// The criteria that did not use it, by their ids.
    criteria: Vec<&'a str>,
}

/// The records that something rests on.
struct Evidence<'a>(&'a [Source]);

#[derive(Serialize)]
struct EvidenceJson<'a> {
    /// `Type/id`.
    reference: &'a str,
    /// The value as it came.
    #[serde(skip_serializing_if = "str::is_empty")]
    value: &'a str,
    /// Its clinical date.
    #[serde(skip_serializing_if = "Option::is_none")]
    effective: Option<&'a str>,
}

fn is_nothing(evidence: &Evidence<'_>) -> bool {
    evidence.0.is_empty()
}

impl Serialize for Assessed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Assessment { order, indication, phase, exposures, .. } = &self.assessment;
        let code = indication.code();
        let json = AssessmentJson {
            order,
            indication: code,
            indication_name: if code == "other" { indication.id.as_deref() } else { None },
            phase: phase.code(),
            phase_evidence: Evidence(exposures),
            prior_authorization: self.prior_authorization(),
            criteria: Criteria(self),
            not_used: self.unused.as_deref().map(NotUsed),
        };
        json.serialize(serializer)
    }
}

impl Assessed<'_> {
    /// What payers ask for before they pay, each with the newest record that shows it.
    fn prior_authorization(&self) -> Vec<ItemJson<'_>> {
        let Assessed { drug, assessment, .. } = self;
        let asked = drug.prior_authorization.as_ref();
        let asked = asked.filter(|asked| assessment.indication.families.contains(&asked.family));
        let items = asked.filter(|_| Phase::STARTS.contains(&assessment.phase)).map(|asked| asked.items.as_slice());
        let found = |id: &String| {
            let mut rules = drug.rules.iter().zip(&assessment.rules);
            rules.find_map(|(rule, found)| found.get(rule, id)).and_then(|finding| finding.evidence.first())
        };
        let items = items.unwrap_or_default().iter();
        items.map(|(name, id)| ItemJson { name, found: found(id).map(cited) }).collect()
    }
}

impl Serialize for Criteria<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rules = self.0.drug.rules.iter().zip(&self.0.assessment.rules);
        serializer.collect_seq(rules.flat_map(|(rule, found)| {
            rule.criteria.iter().zip(&found.findings).map(|(criterion, finding)| json(rule, criterion, finding))
        }))
    }
}

impl Serialize for Evidence<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(cited))
    }
}

impl Serialize for NotUsed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|unused| NotUsedJson {
            concept: &unused.concept,
            record: cited(&unused.source),
            why: unused.why.code(),
            instead: unused.by.as_ref().map(|source| source.reference.as_str()),
            criteria: unused.criteria.iter().map(|by| by.criterion.as_str()).collect(),
        }))
    }
}

fn cited(source: &Source) -> EvidenceJson<'_> {
    EvidenceJson {
        reference: &source.reference,
        value: &source.received,
        effective: source.effective.as_ref().map(|when| when.date_text()),
    }
}

fn json<'a>(rule: &'a Rule, criterion: &'a Criterion, finding: &'a Finding) -> CriterionJson<'a> {
    CriterionJson {
        id: &criterion.id,
        rule: &rule.id,
        outcome: finding.outcome.code(),
        reason: match finding.outcome {
            Outcome::Unknown(reason) => Some(reason.code()),
            _ => None,
        },
        evidence: Evidence(&finding.evidence),
    }
}
