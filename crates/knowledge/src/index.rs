//! What a code or a word means, settled when the library is read: from system and code to value sets, from value sets
//! to concepts, and every name of every concept in one automaton. A look-up goes through its text once and allocates
//! nothing but its answer, whatever the library holds.

use std::borrow::Cow;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use hashbrown::HashMap;

use super::Library;
use super::codes::{Form, fold, plain_uri};
use super::concepts::ConceptKind;
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
    /// The same by URIs without what senders spell differently; `None` where two systems would be mistaken for each other.
    plain_uris: HashMap<String, Option<usize>>,
    systems: Vec<System>,
    words: Words,
    /// By answer in words, folded: the value sets that list it.
    answers: HashMap<String, Vec<SetId>>,
    of_resource: HashMap<&'static str, Vec<ConceptId>>,
    /// The value sets of panels, each with the test whose verdict some senders file under it.
    panels: Vec<(SetId, ConceptId)>,
}

/// The codes of one code system.
#[derive(Debug)]
struct System {
    form: Form,
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
    /// A concept of medicines or allergies, by a whole word.
    Concept(ConceptIndex),
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
    products: Vec<ProductIndex>,
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

    /// Whether the code system is known, whatever the spelling of its URI.
    pub fn knows_system(&self, uri: &str) -> bool {
        self.system(uri).is_some()
    }

    /// The place of a code system among those that are known, whatever the spelling of its URI.
    fn system(&self, uri: &str) -> Option<usize> {
        let trimmed = uri.trim();
        let bare = trimmed.split('|').next().unwrap_or_default().trim_end_matches('/');
        let exact = self.uris.get(bare).or_else(|| self.uris.get(trimmed)).copied();
        // Most are spelt as the library has them, and need no other spelling.
        exact.or_else(|| if bare.is_empty() { None } else { self.plain_uris.get(&plain_uri(bare)).copied().flatten() })
    }

    fn add_codes(&mut self, library: &Library) {
        let mut places: HashMap<&str, usize> = HashMap::new();
        for (id, form) in library.codes.forms() {
            places.insert(id, self.systems.len());
            self.systems.push(System { form, exact: HashMap::new(), heads: HashMap::new(), lengths: Vec::new() });
        }
        for (uri, id) in library.codes.uris() {
            if let Some(at) = places.get(id) {
                self.uris.insert(uri.to_owned(), *at);
                let place = self.plain_uris.entry(plain_uri(uri)).or_insert(Some(*at));
                *place = place.filter(|known| known == at);
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
                ConceptKind::Medication(names) | ConceptKind::Allergy(names, _) => {
                    name(&mut patterns, names, Named::Concept(concept_at));
                }
                ConceptKind::Measurement(_) | ConceptKind::Test(_) => {
                    let Some(set) = library.codes.set(&concept.value_set) else { continue };
                    let named = if set.codes.is_empty() { Named::Measured } else { Named::Result };
                    name(&mut patterns, &set.text, named(concept_at));
                    name(&mut patterns, &set.not_text, Named::NotResult(concept_at));
                }
                _ => {}
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
        // Of its forms the one that is built slowest and finds fastest: it is built once.
        let mut builder = AhoCorasick::builder();
        builder.ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA));
        let built = builder.build(patterns.iter().map(|(word, _)| word));
        // Building fails beyond two thousand million states only.
        Words { automaton: built.ok(), named: patterns.into_iter().map(|(_, named)| named).collect() }
    }

    fn classify(&self, text: &str, classified: &mut Classified) {
        if is_plain(text) {
            self.find(text, classified, |_| true);
        } else {
            // Whole words are looked for in the text as it is, words within it where its blanks are single ones.
            self.find(&text.to_lowercase(), classified, |named| !matches!(named, Named::Measured(_)));
            self.find(&fold(text), classified, |named| matches!(named, Named::Measured(_)));
        }
    }

    fn find(&self, text: &str, classified: &mut Classified, wanted: impl Fn(&Named) -> bool) {
        let Some(automaton) = &self.automaton else { return };
        for found in automaton.find_overlapping_iter(text) {
            let all = self.named.get(found.pattern().as_usize()).into_iter().flatten().filter(|named| wanted(named));
            for named in all {
                let counts = matches!(named, Named::Measured(_)) || is_whole(text, found.start(), found.end());
                if counts && !classified.named.contains(named) {
                    classified.named.push(*named);
                }
            }
        }
    }
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

/// Whether no letter or digit stands right beside this part of a text.
fn is_whole(text: &str, start: usize, end: usize) -> bool {
    let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
    let (before, after) = (text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default());
    edge(before.chars().next_back()) && edge(after.chars().next())
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
