use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{Counts, Findings, RuleCards, Statistics, most_frequent, unit};

fn counts() -> impl Strategy<Value = Counts> {
    proptest::collection::btree_map("[abc]", 0..1000_u64, 0..3)
}

prop_compose! {
    fn statistics()(
        knowledge in proptest::collection::btree_set("[kl]", 0..2),
        decisions in 0..1000_u64,
        orders in 0..1000_u64,
        plain in proptest::array::uniform7(counts()),
        cards_per_order in proptest::collection::btree_map(0..5_u64, 0..100_u64, 0..3),
        rules in proptest::collection::btree_map("[rs]", (counts(), counts()), 0..3),
        nested in proptest::array::uniform2(proptest::collection::btree_map("[mn]", counts(), 0..3)),
        criteria in proptest::collection::btree_map("[rs]/[c]", ((0..9_u64, 0..9_u64, 0..9_u64), counts()), 0..3),
    ) -> Statistics {
        let [urgency, silenced] = nested;
        let [uses, phases, months, indicators, units, codes, unreadable] = plain;
        let spoken = |(cards, orders)| RuleCards { cards, orders };
        let found = |((met, not_met, not_applicable), unknown)| Findings { met, not_met, not_applicable, unknown };
        Statistics {
            knowledge,
            decisions,
            orders,
            uses,
            phases,
            months,
            urgency,
            cards_per_order,
            indicators,
            rules: rules.into_iter().map(|(rule, of)| (rule, spoken(of))).collect(),
            silenced,
            criteria: criteria.into_iter().map(|(name, of)| (name, found(of))).collect(),
            units,
            codes,
            unreadable,
        }
    }
}

fn merged(one: &Statistics, other: &Statistics) -> Statistics {
    let mut merged = one.clone();
    merged.merge(other);
    merged
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn merging_does_not_depend_on_order_or_grouping(a in statistics(), b in statistics(), c in statistics()) {
        prop_assert_eq!(merged(&a, &b), merged(&b, &a));
        prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
        prop_assert_eq!(merged(&a, &Statistics::default()), a);
    }

    #[test]
    fn what_was_written_is_read_back(statistics in statistics()) {
        let text = statistics.json().expect("JSON");
        prop_assert_eq!(Statistics::read(&text), Ok(statistics));
    }
}

#[test]
fn rates_are_per_thousand_orders_with_their_intervals() {
    let spoken = RuleCards { cards: BTreeMap::new(), orders: Counts::from([("warning".to_owned(), 81)]) };
    let rules = BTreeMap::from([("rule".to_owned(), spoken)]);
    let statistics = Statistics { orders: 263, rules, ..Statistics::default() };
    let json: serde_json::Value = serde_json::from_str(&statistics.json().expect("JSON")).expect("JSON");
    let rate = &json["rates"]["perThousandOrders"]["rule"]["warning"];
    let near = |name: &str, expected: f64| rate[name].as_f64().is_some_and(|found| (found - expected).abs() < 0.06);
    // The interval of Newcombe, Statistics in Medicine 1998, table I, method 3.
    assert!(near("value", 307.98) && near("low", 255.3) && near("high", 366.2), "{rate}");
    let silenced = BTreeMap::from([("quiet".to_owned(), Counts::from([("info".to_owned(), 15)]))]);
    let statistics = Statistics { orders: 148, silenced, ..Statistics::default() };
    let json: serde_json::Value = serde_json::from_str(&statistics.json().expect("JSON")).expect("JSON");
    let rate = &json["rates"]["silencedPerThousandOrders"]["quiet"]["any"];
    assert!(rate["low"].as_f64().is_some_and(|low| (low - 62.4).abs() < 0.06), "{rate}");
    assert!(Statistics::default().json().expect("JSON").contains("\"perThousandOrders\": {}"));
}

#[test]
fn the_unit_is_what_stands_behind_the_number() {
    for (received, expected) in [("<1.2 K/cmm", "K/cmm"), ("7", "(none)"), ("≥ 3,5 x", "x"), ("", "(none)")] {
        assert_eq!(unit(received), expected, "{received}");
    }
    let counts = |of: &[(&str, u64)]| of.iter().map(|(name, n)| ((*name).to_owned(), *n)).collect::<Counts>();
    let codes = counts(&[("a", 1), ("b", 3), ("c", 3)]);
    assert_eq!(most_frequent(&codes), [("b", 3), ("c", 3), ("a", 1)]);
}

#[test]
fn what_is_no_statistics_is_refused_with_its_place() {
    for (text, said) in [("{}", "counts"), ("{\"counts\":{\"odd\":1}}", "odd"), ("{", "line 1")] {
        let error = Statistics::read(text).expect_err(text);
        assert!(error.contains(said), "{error}");
    }
    let known = Statistics::read("{\"counts\":{\"knowledge\":[\"k\"]}}").expect("statistics");
    assert_eq!(known.knowledge, BTreeSet::from(["k".to_owned()]));
}
