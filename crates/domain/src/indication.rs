//! The indication of an order: its own reason decides, and without one the patient's active conditions.

use super::fact::{Facts, Presence};
use super::order::OrderReason;
use super::rule::{Drug, Indication};
use super::truth::Reason;

/// The indication of an order, as far as it can be determined.
#[derive(Debug, Clone)]
pub struct OrderIndication {
    /// Its id in the library; `None` when it could not be determined.
    pub id: Option<String>,
    /// Its name in running text.
    pub name: String,
    /// The families of indications that it belongs to, or may belong to.
    pub families: Vec<String>,
    /// Whether the families are only a possibility: then summaries begin with "If for …".
    pub conditional: bool,
    /// Why nothing is known of the indication, when the conditions could not be retrieved.
    pub unknown: Option<Reason>,
}

impl OrderIndication {
    /// The code in the assessment: the id of an indication within a family, `other` for any other indication, or
    /// `undetermined`.
    pub fn code(&self) -> &str {
        match &self.id {
            None => "undetermined",
            Some(_) if self.families.is_empty() => "other",
            Some(id) => id,
        }
    }
}

/// The indication of an order.
pub fn of_order(drug: &Drug, facts: &Facts, reason: &OrderReason) -> OrderIndication {
    let on_record =
        |concept: &str| facts.conditions.iter().any(|c| &*c.concept == concept && c.presence == Presence::Active);
    let in_reason = |concept: &str| reason.concepts.iter().any(|c| &**c == concept);

    if let Some(found) = drug.indications.iter().find(|i| {
        i.all.iter().chain(&i.reason).any(|c| in_reason(c))
            && i.all.iter().all(|c| in_reason(c) || on_record(c) || i.reason.as_deref().is_some_and(in_reason))
            && suits(i, facts, &in_reason)
    }) {
        return certain(found);
    }
    let by_conditions: Vec<&Indication> =
        drug.indications.iter().filter(|i| i.all.iter().all(|c| on_record(c)) && suits(i, facts, &in_reason)).collect();
    let mut families: Vec<&str> = by_conditions.iter().filter_map(|i| i.family.as_deref()).collect();
    families.dedup();
    let others = by_conditions.iter().filter(|i| i.family.is_none()).count();
    let reason_not_understood = reason.words.is_some();
    match (by_conditions.first(), reason_not_understood, families.len(), others) {
        (Some(found), false, 1, 0) => certain(found),
        (Some(_), false, 0, 1) => certain(by_conditions[0]),
        _ => undetermined(drug, facts, &families),
    }
}

/// Whether what an indication needs beyond its conditions is there: a reason that the order gives, or a denied
/// condition.
fn suits(indication: &Indication, facts: &Facts, in_reason: &dyn Fn(&str) -> bool) -> bool {
    if indication.reason.is_none() && indication.refuted.is_none() {
        return true;
    }
    let said = indication.reason.as_deref().is_some_and(in_reason);
    let denied = indication.refuted.as_deref().is_some_and(|concept| {
        facts.conditions.iter().any(|c| &*c.concept == concept && c.presence == Presence::Denied)
    });
    said || denied
}

fn certain(indication: &Indication) -> OrderIndication {
    OrderIndication {
        id: Some(indication.id.clone()),
        name: indication.name.clone(),
        families: indication.family.iter().cloned().collect(),
        conditional: false,
        unknown: None,
    }
}

fn undetermined(drug: &Drug, facts: &Facts, families: &[&str]) -> OrderIndication {
    let gap = drug
        .indications
        .iter()
        .filter(|i| i.family.is_some())
        .flat_map(|i| &i.all)
        .find_map(|concept| facts.gaps.get(concept).copied());
    OrderIndication {
        id: None,
        name: "not stated".to_owned(),
        families: families.iter().map(|f| (*f).to_owned()).collect(),
        conditional: !families.is_empty(),
        unknown: if families.is_empty() { gap } else { None },
    }
}

#[cfg(test)]
mod tests {
    use super::{OrderIndication, of_order};
    use crate::fact::Presence::{self, Active, Denied, Past};
    use crate::order::OrderReason;
    use crate::rule::Drug;
    use crate::testing::{Fact, condition, drug, facts, indication};
    use crate::truth::Reason;

    /// Lung disease by two conditions; skin of the same family; joints of no family; hands, which need more than a
    /// condition: a reason on the order, or that the joints are denied; feet and nails, which need one of these.
    fn drug_with_indications() -> Drug {
        let mut hands = indication("hands", None, &["hand-disease"]);
        (hands.reason, hands.refuted) = (Some("hands-said".into()), Some("joint-disease".into()));
        let lung = indication("lung", Some("scleroderma"), &["scleroderma", "lung-disease"]);
        let skin = indication("skin", Some("scleroderma"), &["scleroderma"]);
        let joints = indication("joints", None, &["joint-disease"]);
        let eyes = indication("eyes", Some("eyes"), &["eye-disease"]);
        let skull = indication("skull", None, &["skull-disease"]);
        let mut feet = indication("feet", None, &["foot-disease"]);
        feet.reason = Some("feet-said".into());
        let mut nails = indication("nails", None, &["nail-disease"]);
        nails.refuted = Some("joint-disease".into());
        Drug { indications: vec![lung, skin, joints, hands, eyes, skull, feet, nails], ..drug() }
    }

    fn said(concepts: &[&str]) -> OrderReason {
        let words = Some("as written".to_owned());
        OrderReason { concepts: concepts.iter().map(|id| (*id).into()).collect(), words }
    }

    fn found(known: &[(&str, Presence)], reason: &OrderReason) -> OrderIndication {
        let known: Vec<Fact> = known.iter().map(|(id, presence)| condition(id, *presence, "")).collect();
        of_order(&drug_with_indications(), &facts(&known), reason)
    }

    #[test]
    fn the_reason_of_the_order_decides_then_the_active_conditions() {
        let (scleroderma, lung, joints) =
            (("scleroderma", Active), ("lung-disease", Active), ("joint-disease", Active));
        let hands = ("hand-disease", Active);
        let nothing = OrderReason::default();
        for (name, known, reason, code) in [
            ("both conditions, the most specific first", &[scleroderma, lung][..], &nothing, "lung"),
            ("one of them", &[scleroderma], &nothing, "skin"),
            ("one, the other over", &[scleroderma, ("lung-disease", Past)], &nothing, "skin"),
            ("one outside the family", &[joints], &nothing, "other"),
            ("two that fit", &[scleroderma, joints], &nothing, "undetermined"),
            ("two families", &[scleroderma, ("eye-disease", Active)], &nothing, "undetermined"),
            ("two of no family", &[joints, ("skull-disease", Active)], &nothing, "undetermined"),
            ("none that fits", &[], &nothing, "undetermined"),
            ("a reason", &[], &said(&["scleroderma"]), "skin"),
            ("a reason and a condition", &[lung], &said(&["scleroderma"]), "lung"),
            ("a condition and a reason", &[scleroderma], &said(&["lung-disease"]), "lung"),
            ("a reason, and other conditions", &[scleroderma, lung], &said(&["joint-disease"]), "other"),
            ("a reason that fits nothing", &[], &said(&["lung-disease"]), "undetermined"),
            ("a reason that nobody understands", &[joints], &said(&[]), "undetermined"),
            ("a reason that nobody understands, in the family", &[scleroderma], &said(&[]), "undetermined"),
            ("hands without more", &[hands], &nothing, "undetermined"),
            ("hands said", &[hands], &said(&["hands-said"]), "other"),
            ("hands said only", &[], &said(&["hands-said"]), "other"),
            ("hands, and the joints are denied", &[hands, ("joint-disease", Denied)], &nothing, "other"),
            ("feet without the reason", &[("foot-disease", Active)], &nothing, "undetermined"),
            ("feet said", &[], &said(&["feet-said"]), "other"),
            ("nails, and nothing is denied", &[("nail-disease", Active)], &nothing, "undetermined"),
            (
                "nails, and the joints are denied",
                &[("nail-disease", Active), ("joint-disease", Denied)],
                &nothing,
                "other",
            ),
            (
                "nails, and something else is denied",
                &[("nail-disease", Active), ("x", Denied)],
                &nothing,
                "undetermined",
            ),
            ("hands as the reason, without more", &[], &said(&["hand-disease"]), "undetermined"),
        ] {
            assert_eq!(found(known, reason).code(), code, "{name}");
        }
    }

    #[test]
    fn what_is_certain_and_what_is_possible() {
        let certain = found(&[], &said(&["scleroderma"]));
        assert_eq!((certain.id.as_deref(), certain.name.as_str()), (Some("skin"), "skin in words"));
        assert_eq!(
            (certain.families, certain.conditional, certain.unknown),
            (vec!["scleroderma".to_owned()], false, None)
        );
        let joints = found(&[("joint-disease", Active)], &OrderReason::default());
        assert_eq!((joints.id.as_deref(), joints.families.len()), (Some("joints"), 0));
        let possible = found(&[("scleroderma", Active)], &said(&[]));
        assert_eq!((possible.id, possible.name.as_str(), possible.conditional), (None, "not stated", true));
        assert_eq!(possible.families, ["scleroderma"]);
        let two = found(&[("scleroderma", Active), ("eye-disease", Active)], &OrderReason::default());
        assert_eq!((two.families, two.conditional), (vec!["scleroderma".to_owned(), "eyes".to_owned()], true));
        let none = found(&[], &OrderReason::default());
        assert_eq!((none.conditional, none.unknown), (false, None));
    }

    #[test]
    fn a_gap_makes_the_indication_unknown_where_no_family_is_possible() {
        let of = |known: &[Fact]| of_order(&drug_with_indications(), &facts(known), &said(&[])).unknown;
        let gap = |id| Fact::Gap(id, Reason::NotRetrieved);
        assert_eq!(of(&[gap("lung-disease")]), Some(Reason::NotRetrieved));
        assert_eq!(of(&[gap("joint-disease")]), None, "outside every family");
        assert_eq!(of(&[gap("lung-disease"), condition("scleroderma", Active, "")]), None);
    }
}
