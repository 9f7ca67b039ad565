//! Words and codes of a small index, and what they mean.

use std::iter::empty;

use hashbrown::HashMap;

use super::system::{Meaning, System};
use super::words::{Named, Words};
use super::{Classified, ConceptIndex, Index, SetId};
use crate::codes::Form;
use crate::mention::Mention::{self, Not, Past, Present};

/// Texts and what they say together.
type Said<'a> = (&'a [&'a str], &'a [(ConceptIndex, Mention)]);

/// Codings, whether words beside them are read, and whether they mean something.
type Coded<'a> = (&'a [(&'a str, &'a str)], bool, bool);

const PNEUMONIA: ConceptIndex = ConceptIndex(0);
const LATENT: ConceptIndex = ConceptIndex(1);
const ACTIVE: ConceptIndex = ConceptIndex(2);

fn words() -> Words {
    Words::of(HashMap::from([
        ("pneumonia", vec![Named::Condition(PNEUMONIA)]),
        ("interstitial pneumonia", vec![Named::NoCondition]),
        ("tuberculosis", vec![Named::Condition(ACTIVE)]),
        ("latent tuberculosis", vec![Named::Condition(LATENT)]),
    ]))
}

/// An index with one system whose lists are complete and one of which words are read.
fn index() -> Index {
    let system = |read_words| {
        let listed = Meaning { accepted: vec![SetId(0)], ..Meaning::default() };
        let exact = HashMap::from([("a41".to_owned(), listed)]);
        System { form: Form::Icd, read_words, exact, heads: HashMap::new(), lengths: Vec::new() }
    };
    let uris = HashMap::from([("complete".to_owned(), 0), ("open".to_owned(), 1)]);
    Index { uris, systems: vec![system(false), system(true)], words: words(), ..Index::default() }
}

#[test]
fn conditions_in_words() {
    let said = |texts: &[&str]| {
        let mut classified = Classified::default();
        texts.iter().for_each(|text| words().classify(text, &mut classified));
        classified.normalise();
        classified.mentioned().to_vec()
    };
    let rows: [Said<'_>; 10] = [
        (&["Pneumonia"], &[(PNEUMONIA, Present)]),
        (&["Severe\u{a0}pneumonia,\tleft"], &[(PNEUMONIA, Present)]),
        (&["Bronchopneumonia"], &[]),
        (&["Interstitial pneumonia"], &[]),
        (&["Interstitial pneumonia with pneumonia"], &[(PNEUMONIA, Present)]),
        (&["Latent tuberculosis"], &[(LATENT, Present)]),
        (&["Tuberculosis, latent tuberculosis"], &[(LATENT, Present), (ACTIVE, Present)]),
        (&["No pneumonia"], &[(PNEUMONIA, Not)]),
        (&["Pneumonia. History of pneumonia"], &[(PNEUMONIA, Present)]),
        (&["History of pneumonia", "Pneumonia"], &[(PNEUMONIA, Past)]),
    ];
    for (texts, expected) in rows {
        let mut said = said(texts);
        said.sort_unstable_by_key(|(concept, _)| *concept);
        assert_eq!(said, expected, "{texts:?}");
    }
}

#[test]
fn words_are_read_where_no_code_says_what_it_is() {
    let index = index();
    let codings: [Coded<'_>; 9] = [
        (&[], true, false),
        (&[("local", "A41")], true, false),
        (&[("", "A41")], true, false),
        (&[("complete", "A41")], false, true),
        (&[("complete", "M54.5")], false, true),
        (&[("complete", "@@")], true, false),
        (&[("open", "A41")], false, true),
        (&[("open", "M54.5")], true, true),
        (&[("open", "M54.5"), ("complete", "M54.5")], false, true),
    ];
    for (codings, reads, coded) in codings {
        let classified = index.classify(codings.iter().copied(), ["Pneumonia"].into_iter());
        assert_eq!(classified.reads_words(), reads, "{codings:?}");
        assert_eq!(classified.is_coded(), coded, "{codings:?}");
        assert_eq!(!classified.mentioned().is_empty(), reads, "{codings:?}");
    }
    let mut both = index.classify(empty(), ["Pneumonia"].into_iter());
    both.add(&index.classify([("complete", "M54.5")].into_iter(), empty()));
    assert!(both.mentioned().is_empty(), "what is added counts too");
}

#[test]
fn a_system_is_known_in_every_spelling() {
    let index = Index { uris: HashMap::from([("Sid/Cm".to_owned(), 3), ("sid/cm".to_owned(), 3)]), ..Index::default() };
    for uri in ["Sid/Cm", "http://sid/cm", "HTTPS://WWW.SID/CM/", "sid/cm|2026"] {
        assert_eq!(index.system(uri), Some(3), "{uri}");
    }
    assert_eq!(index.system("sid"), None);
}
