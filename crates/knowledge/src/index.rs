//! What a code or a word means, settled when the library is read: from system and code to value sets, from value sets
//! to concepts, and every name of every concept in one automaton. A look-up goes through its text once and allocates
//! nothing but its answer, whatever the library holds.

use std::borrow::Cow;
use std::cmp::Reverse;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use hashbrown::HashMap;

use super::Library;
use super::codes::{Form, bare_uri, fold};
use super::concepts::{ConceptKind, Medicine};
use super::mention::{Mention, mention};
use super::remembered::Remembered;
use domain::fact::ConceptId;

/// A value set, by its place in the alphabet of their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct SetId(u16);

/// A concept, by its place in the alphabet of their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConceptIndex(u16);

/// A product of a drug: the places of both in the library.
pub type ProductIndex = (usize, usize);

/// The index of a library.
#[derive(Debug, Default)]
pub struct Index {
    sets: HashMap<String, SetId>,
    concepts: Vec<ConceptId>,
    /// By concept: the value set of its codes.
    set_of: Vec<Option<SetId>>,
    /// By value set: the concepts that it names.
    of_set: Vec<Vec<ConceptIndex>>,
    uris: HashMap<String, usize>,
    systems: Vec<System>,
    words: Words,
    /// By answer in words, folded: the value sets that list it.
    answers: HashMap<String, Vec<SetId>>,
    of_resource: HashMap<&'static str, Vec<ConceptId>>,
    /// The value sets of panels, each with the test whose verdict some senders file under it.
    panels: Vec<(SetId, ConceptId)>,
    /// What was looked up before.
    pub remembered: Remembered,
}

/// The codes of one code system.
#[derive(Debug)]
struct System {
    form: Form,
    read_words: bool,
    exact: HashMap<String, Meaning>,
    /// Codes that stand for all that begin with them.
    heads: HashMap<String, Meaning>,
    /// The lengths that heads have.
    lengths: Vec<usize>,
}

/// What one code means.
#[derive(Debug, Default)]
struct Meaning {
    accepted: Vec<SetId>,
    rejected: Vec<SetId>,
    products: Vec<ProductIndex>,
}

/// Whom a word names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// A concept of medicines, allergies or vaccines, by a whole word.
    Concept(ConceptIndex),
    /// A concept of conditions, by a whole word that is not part of a longer name.
    Condition(ConceptIndex),
    /// No condition, though a shorter name of one is part of it.
    NoCondition,
    /// A concept of measurements that no code system has, by words within the text.
    Measured(ConceptIndex),
    /// A concept of results that have codes, by whole words.
    Result(ConceptIndex),
    /// Whole words beside which the words of that concept of results mean something else.
    NotResult(ConceptIndex),
    /// A drug, by a whole word.
    Drug(usize),
    /// A brand of a drug, by a whole word.
    Brand(usize, usize),
}

#[derive(Debug, Default)]
struct Words {
    /// `None` for a library without words.
    automaton: Option<AhoCorasick>,
    /// By pattern: whom it names.
    named: Vec<Vec<Named>>,
}

/// What the codings and words of a concept mean.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Classified {
    accepted: Vec<SetId>,
    rejected: Vec<SetId>,
    named: Vec<Named>,
    mentioned: Vec<(ConceptIndex, Mention)>,
    products: Vec<ProductIndex>,
    coded: Coded,
}

/// How far the codes of a concept were understood.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Coded {
    /// It has no code of a system that the library knows.
    #[default]
    No,
    /// It has one of a system of which the library cannot list everything.
    InPart,
    /// It has one of a system where a code that is not listed means something else.
    Fully,
}

/// The types of resources that facts are made from.
const RESOURCES: [&str; 12] = [
    "Observation",
    "Condition",
    "AllergyIntolerance",
    "ServiceRequest",
    "DiagnosticReport",
    "Procedure",
    "ImagingStudy",
    "Immunization",
    "MedicationRequest",
    "MedicationStatement",
    "MedicationAdministration",
    "MedicationDispense",
];

impl Index {
    /// The index of a library.
    pub(super) fn of(library: &Library) -> Index {
        let ids = library.codes.sets().enumerate();
        let sets: HashMap<String, SetId> = ids.map(|(at, (id, _))| (id.to_owned(), SetId(short(at)))).collect();
        let mut index = Index { of_set: vec![Vec::new(); sets.len()], sets, ..Index::default() };
        for (at, (id, concept)) in library.concepts.0.iter().enumerate() {
            index.concepts.push(id.clone());
            index.set_of.push(index.set(&concept.value_set));
            if let Some(of_set) = index.set(&concept.value_set).and_then(|set| index.of_set.get_mut(usize::from(set.0)))
            {
                of_set.push(ConceptIndex(short(at)));
            }
        }
        index.add_codes(library);
        index.add_words(library);
        for (id, concept) in &library.concepts.0 {
            if let ConceptKind::Test(verdicts) = &concept.kind
                && let Some(set) = verdicts.panel.as_ref().and_then(|panel| index.set(panel))
            {
                index.panels.push((set, id.clone()));
            }
        }
        for resource in RESOURCES {
            let concepts = library.find_concepts_of(resource).into_iter().map(ConceptId::from).collect();
            index.of_resource.insert(resource, concepts);
        }
        index
    }

    /// The value set with this id.
    pub fn set(&self, id: &str) -> Option<SetId> {
        self.sets.get(id).copied()
    }

    /// The id of a concept.
    pub fn concept(&self, concept: ConceptIndex) -> Option<&ConceptId> {
        self.concepts.get(usize::from(concept.0))
    }

    /// The value set of a concept's codes.
    pub fn set_of(&self, concept: ConceptIndex) -> Option<SetId> {
        self.set_of.get(usize::from(concept.0)).copied().flatten()
    }

    /// The concepts of a type of resource: what a lost part of the record could have held.
    pub fn concepts_of(&self, resource: &str) -> &[ConceptId] {
        self.of_resource.get(resource).map(Vec::as_slice).unwrap_or_default()
    }

    /// The tests of whose panels it is the code.
    pub fn tests_of_panel<'i, 'c>(
        &'i self,
        classified: &'c Classified,
    ) -> impl Iterator<Item = &'i ConceptId> + use<'i, 'c> {
        self.panels.iter().filter(|(set, _)| classified.is_in(*set)).map(|(_, id)| id)
    }

    /// The value sets that list this answer in words.
    pub fn sets_of_answer(&self, text: &str) -> &[SetId] {
        self.answers.get(&*folded(text)).map(Vec::as_slice).unwrap_or_default()
    }

    /// What codings, each with its system, and words mean together.
    pub fn classify<'t>(
        &self,
        codings: impl Iterator<Item = (&'t str, &'t str)>,
        words: impl Iterator<Item = &'t str>,
    ) -> Classified {
        let mut classified = Classified::default();
        for (uri, code) in codings {
            if let Some(system) = self.system(uri).and_then(|at| self.systems.get(at)) {
                system.classify(code, &mut classified);
            }
        }
        words.for_each(|text| self.words.classify(text, &mut classified));
        classified.tidy();
        classified
    }

    /// The concepts that what was classified means by its codes, in the order of their ids.
    pub fn concepts_by_code(&self, classified: &Classified) -> Vec<ConceptIndex> {
        let sets = classified.sets().filter_map(|set| self.of_set.get(usize::from(set.0)));
        let mut concepts: Vec<ConceptIndex> = sets.flatten().copied().collect();
        concepts.sort_unstable();
        concepts.dedup();
        concepts
    }

    /// Whether products of a drug have codes in this code system.
    pub fn knows_products_of(&self, uri: &str) -> bool {
        let system = self.system(uri).and_then(|at| self.systems.get(at));
        system.is_some_and(|system| system.exact.values().any(|meaning| !meaning.products.is_empty()))
    }

    /// Whether the code system is known, whatever the spelling of its URI.
    pub fn knows_system(&self, uri: &str) -> bool {
        self.system(uri).is_some()
    }

    /// The place of a code system among those that are known, whatever the spelling of its URI.
    fn system(&self, uri: &str) -> Option<usize> {
        let bare = bare_uri(uri);
        let known = self.uris.get(bare).copied();
        // The usual spellings stand in the index as they are, so that few need to be converted.
        known.or_else(|| match bare.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => self.uris.get(&bare.to_lowercase()).copied(),
            false => None,
        })
    }

    fn add_codes(&mut self, library: &Library) {
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (id, form, read_words) in library.codes.forms() {
            places.insert(id, self.systems.len());
            let (exact, heads) = (HashMap::new(), HashMap::new());
            self.systems.push(System { form, read_words, exact, heads, lengths: Vec::new() });
        }
        let as_written = library.codes.systems().map(|(id, uri, _)| (bare_uri(uri), id));
        for (uri, id) in library.codes.uris().chain(as_written) {
            if let Some(at) = places.get(id) {
                self.uris.insert(uri.to_owned(), *at);
            }
        }
        for (id, set) in library.codes.sets() {
            let Some(set_id) = self.set(id) else { continue };
            for code in &set.codes {
                let place = places.get(code.system.as_str()).and_then(|at| self.systems.get_mut(*at));
                place.into_iter().for_each(|system| system.add(&code.code, code.children, |m| m.accepted.push(set_id)));
            }
            for code in &set.rejects {
                let place = places.get(code.system.as_str()).and_then(|at| self.systems.get_mut(*at));
                place.into_iter().for_each(|system| system.add(&code.code, code.children, |m| m.rejected.push(set_id)));
            }
        }
        for (drug, knowledge) in library.drugs.iter().enumerate() {
            for (at, product) in knowledge.products.iter().enumerate() {
                let place = places.get(product.system.as_str()).and_then(|at| self.systems.get_mut(*at));
                let add = |meaning: &mut Meaning| meaning.products.push((drug, at));
                place.into_iter().for_each(|system| system.add(&product.code, false, add));
            }
        }
        for system in &mut self.systems {
            let mut lengths: Vec<usize> = system.heads.keys().map(String::len).collect();
            lengths.sort_unstable();
            lengths.dedup();
            system.lengths = lengths;
        }
    }

    fn add_words(&mut self, library: &Library) {
        let mut patterns: HashMap<&str, Vec<Named>> = HashMap::new();
        for (at, concept) in library.concepts.0.values().enumerate() {
            let concept_at = ConceptIndex(short(at));
            match &concept.kind {
                ConceptKind::Medication(Medicine { names, .. }) | ConceptKind::Allergy(names, _) => {
                    name(&mut patterns, names, Named::Concept(concept_at));
                }
                ConceptKind::Measurement(_) | ConceptKind::Test(_) => {
                    let Some(set) = library.codes.set(&concept.value_set) else { continue };
                    let named = if set.codes.is_empty() { Named::Measured } else { Named::Result };
                    name(&mut patterns, &set.text, named(concept_at));
                    name(&mut patterns, &set.not_text, Named::NotResult(concept_at));
                }
                ConceptKind::Condition | ConceptKind::Vaccine => {
                    let words = library.codes.set(&concept.value_set).map(|set| set.text.as_slice());
                    let is_condition = matches!(concept.kind, ConceptKind::Condition);
                    let named = if is_condition { Named::Condition } else { Named::Concept };
                    name(&mut patterns, words.unwrap_or_default(), named(concept_at));
                    let others = library.codes.set(&concept.value_set).map(|set| set.not_text.as_slice());
                    name(&mut patterns, others.unwrap_or_default(), Named::NoCondition);
                }
                ConceptKind::Order | ConceptKind::Study => {}
            }
        }
        for (at, drug) in library.drugs.iter().enumerate() {
            name(&mut patterns, &drug.names, Named::Drug(at));
            for (brand_at, brand) in drug.brands.iter().enumerate() {
                name(&mut patterns, &brand.words, Named::Brand(at, brand_at));
            }
        }
        self.words = Words::of(patterns);
        for (id, set) in library.codes.sets() {
            let Some(set_id) = self.set(id) else { continue };
            for text in &set.text {
                self.answers.entry(text.clone()).or_default().push(set_id);
            }
        }
    }
}

/// Adds words that name somebody.
fn name<'w>(patterns: &mut HashMap<&'w str, Vec<Named>>, words: &'w [String], named: Named) {
    for word in words.iter().filter(|word| !word.is_empty()) {
        patterns.entry(word).or_default().push(named);
    }
}

/// A place in a list of the library's; none of them comes near the bound.
fn short(at: usize) -> u16 {
    u16::try_from(at).unwrap_or(u16::MAX)
}

impl System {
    fn add(&mut self, code: &str, children: bool, mean: impl Fn(&mut Meaning)) {
        let key = self.form.key(code).into_owned();
        if children {
            mean(self.heads.entry(key.clone()).or_default());
        }
        mean(self.exact.entry(key).or_default());
    }

    fn classify(&self, code: &str, classified: &mut Classified) {
        if !self.form.fits(code) {
            return;
        }
        let coded = if self.read_words { Coded::InPart } else { Coded::Fully };
        classified.coded = classified.coded.max(coded);
        let key = self.form.key(code);
        if let Some(meaning) = self.exact.get(&*key) {
            classified.take(meaning);
        }
        for length in &self.lengths {
            if let Some(meaning) = key.get(..*length).and_then(|head| self.heads.get(head)) {
                classified.take(meaning);
            }
        }
    }
}

impl Words {
    fn of(patterns: HashMap<&str, Vec<Named>>) -> Words {
        let mut patterns: Vec<(&str, Vec<Named>)> = patterns.into_iter().collect();
        patterns.sort();
        // Of its forms the one in the middle: the fastest takes a third of the start and ten megabytes for a thousand names.
        let mut builder = AhoCorasick::builder();
        builder.ascii_case_insensitive(true).kind(Some(AhoCorasickKind::ContiguousNFA));
        let built = builder.build(patterns.iter().map(|(word, _)| word));
        // Building fails beyond two thousand million states only.
        Words { automaton: built.ok(), named: patterns.into_iter().map(|(_, named)| named).collect() }
    }

    fn classify(&self, text: &str, classified: &mut Classified) {
        if is_plain(text) {
            self.find(text, classified, |_| true);
        } else {
            // Names of drugs are looked for in the text as it is, other words where its blanks are single ones.
            let by_folded =
                |named: &Named| matches!(named, Named::Measured(_) | Named::Condition(_) | Named::NoCondition);
            self.find(&text.to_lowercase(), classified, |named| !by_folded(named));
            self.find(&fold(text), classified, by_folded);
        }
    }

    fn find(&self, text: &str, classified: &mut Classified, wanted: impl Fn(&Named) -> bool) {
        let Some(automaton) = &self.automaton else { return };
        let mut conditions = Vec::new();
        for found in automaton.find_overlapping_iter(text) {
            let all = self.named.get(found.pattern().as_usize()).into_iter().flatten().filter(|named| wanted(named));
            for named in all {
                let counts = matches!(named, Named::Measured(_)) || is_whole(text, found.start(), found.end());
                match named {
                    Named::Condition(_) | Named::NoCondition if counts => {
                        conditions.push((found.start(), Reverse(found.end()), *named));
                    }
                    named if counts && !classified.named.contains(named) => classified.named.push(*named),
                    _ => {}
                }
            }
        }
        if !conditions.is_empty() {
            classified.mention(said(text, conditions));
        }
    }
}

/// What a text says of the conditions that it names at these places. A name within a longer one does not count: latent
/// tuberculosis is no tuberculosis. Of several mentions the strongest counts.
fn said(text: &str, mut conditions: Vec<(usize, Reverse<usize>, Named)>) -> Vec<(ConceptIndex, Mention)> {
    conditions.sort_unstable();
    let lower = text.to_ascii_lowercase();
    let mut longest = 0..0;
    let mut said = Vec::with_capacity(conditions.len());
    for (start, Reverse(end), named) in conditions {
        if end <= longest.end && (start, end) != (longest.start, longest.end) {
            continue;
        }
        longest = start..end;
        if let Named::Condition(concept) = named {
            said.push((concept, mention(&lower, start, end)));
        }
    }
    said.sort_unstable_by_key(|(concept, mention)| (*concept, Reverse(*mention)));
    said.dedup_by_key(|(concept, _)| *concept);
    said
}

/// Whether case is all that folding would change in a text.
fn is_plain(text: &str) -> bool {
    text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_control()) && !text.contains("  ")
}

/// A text as answers are compared.
fn folded(text: &str) -> Cow<'_, str> {
    let is_folded = is_plain(text)
        && !text.bytes().any(|byte| byte.is_ascii_uppercase())
        && !text.starts_with(' ')
        && !text.ends_with([' ', '.', '!']);
    if is_folded { Cow::Borrowed(text) } else { Cow::Owned(fold(text)) }
}

/// Whether no letter or digit stands right beside this part of a text. Scripts that write no blanks between words have
/// no such edges.
fn is_whole(text: &str, start: usize, end: usize) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let (before, after) = (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
    let part = text.get(start..end).unwrap_or_default();
    part.chars().next().is_some_and(is_unspaced) || (edge(before.chars().next_back()) && edge(after.chars().next()))
}

/// Whether a letter is of a script that writes no blanks between words: kana, Han and Hangul.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}')
}

impl Classified {
    /// The value sets that it belongs to: those that accept one of its codes and reject none.
    pub fn sets(&self) -> impl Iterator<Item = SetId> + '_ {
        self.accepted.iter().filter(|set| !self.rejected.contains(set)).copied()
    }

    /// Whether it belongs to the value set.
    pub fn is_in(&self, set: SetId) -> bool {
        self.accepted.contains(&set) && !self.rejected.contains(&set)
    }

    /// Whether the value set rejects one of its codes: then words that sound like it do not count either.
    pub fn is_rejected_by(&self, set: SetId) -> bool {
        self.rejected.contains(&set)
    }

    /// Whom its words name.
    pub fn named(&self) -> &[Named] {
        &self.named
    }

    /// The conditions that its words name, with how. Nothing where its codes say what it is.
    pub fn mentioned(&self) -> &[(ConceptIndex, Mention)] {
        if self.reads_words() { &self.mentioned } else { &[] }
    }

    /// Whether its words say what it is, because none of its codes does.
    pub fn reads_words(&self) -> bool {
        self.coded < Coded::Fully && self.is_unknown()
    }

    /// Whether it has a code of a system that the library knows, so that it means something, listed or not.
    pub fn is_coded(&self) -> bool {
        self.coded != Coded::No || !self.is_unknown()
    }

    /// Adds what one more text says of conditions. Of several texts the weakest counts: a display repeats the name of
    /// what the text calls past.
    fn mention(&mut self, said: Vec<(ConceptIndex, Mention)>) {
        for (concept, mention) in said {
            match self.mentioned.iter_mut().find(|(known, _)| *known == concept) {
                Some((_, known)) => *known = mention.min(*known),
                None => self.mentioned.push((concept, mention)),
            }
        }
    }

    /// The products of drugs that its codes are.
    pub fn products(&self) -> &[ProductIndex] {
        &self.products
    }

    /// Whether no code of it was understood.
    pub fn is_unknown(&self) -> bool {
        self.accepted.is_empty() && self.rejected.is_empty() && self.products.is_empty()
    }

    /// What it means together with another.
    pub fn add(&mut self, other: &Classified) {
        self.accepted.extend(&other.accepted);
        self.rejected.extend(&other.rejected);
        self.named.extend(&other.named);
        self.mention(other.mentioned.clone());
        self.coded = self.coded.max(other.coded);
        self.products.extend(&other.products);
        self.tidy();
    }

    fn take(&mut self, meaning: &Meaning) {
        self.accepted.extend(&meaning.accepted);
        self.rejected.extend(&meaning.rejected);
        self.products.extend(&meaning.products);
    }

    fn tidy(&mut self) {
        self.accepted.sort_unstable();
        self.accepted.dedup();
        self.rejected.sort_unstable();
        self.rejected.dedup();
        self.named.sort_unstable();
        self.named.dedup();
        // Words beside which a result is another one take it away, and say nothing else.
        let others: Vec<ConceptIndex> = self
            .named
            .iter()
            .filter_map(|named| match named {
                Named::NotResult(at) => Some(*at),
                _ => None,
            })
            .collect();
        self.named.retain(|named| match named {
            Named::Result(at) => !others.contains(at),
            Named::NotResult(_) => false,
            _ => true,
        });
        self.products.sort_unstable();
        self.products.dedup();
    }
}

#[cfg(test)]
mod tests {
    use std::iter::empty;

    use hashbrown::HashMap;

    use super::{Classified, ConceptIndex, Form, Index, Meaning, Named, SetId, System, Words};
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
            classified.tidy();
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
        let index =
            Index { uris: HashMap::from([("Sid/Cm".to_owned(), 3), ("sid/cm".to_owned(), 3)]), ..Index::default() };
        for uri in ["Sid/Cm", "http://sid/cm", "HTTPS://WWW.SID/CM/", "sid/cm|2026"] {
            assert_eq!(index.system(uri), Some(3), "{uri}");
        }
        assert_eq!(index.system("sid"), None);
    }
}
