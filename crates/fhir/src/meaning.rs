//! What the concepts of a record mean: each CodeableConcept is read and looked up once, however often it is in the
//! record, for extraction, medicines, orders and reasons alike.

use std::cell::RefCell;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use document::{Node, Object};
use hashbrown::HashMap;

use super::view::Concept;
use domain::fact::ConceptId;
use knowledge::Library;
use knowledge::concepts::{Concept as Known, ConceptKind};
use knowledge::index::{Classified, ConceptIndex, Index, Named};
use knowledge::mention::Mention;
use knowledge::remembered::{Key, Means};

/// The code system of laboratory tests and other results.
const RESULTS: &str = "http://loinc.org";

/// A CodeableConcept of the record, with what it means in the library.
#[derive(Debug, Default)]
pub struct Meaning<'a> {
    /// Its codings and words.
    pub said: Concept<'a>,
    /// What they mean.
    means: Arc<Means>,
}

impl Deref for Meaning<'_> {
    type Target = Means;

    fn deref(&self) -> &Means {
        &self.means
    }
}

/// The concepts of one record, each looked up once.
#[derive(Debug)]
pub struct Meanings<'l, 'a> {
    /// The library.
    pub library: &'l Library,
    /// By the text of the CodeableConcept.
    known: RefCell<HashMap<&'a str, Rc<Meaning<'a>>>>,
    nothing: Rc<Meaning<'a>>,
    /// Where keys are written.
    key: RefCell<Key>,
}

impl<'l, 'a> Meanings<'l, 'a> {
    /// An empty look-up.
    pub fn new(library: &'l Library) -> Meanings<'l, 'a> {
        Meanings { library, known: RefCell::default(), nothing: Rc::default(), key: RefCell::default() }
    }

    /// What a CodeableConcept, a Coding or a string means.
    pub fn read(&self, node: Node<'a>) -> Rc<Meaning<'a>> {
        let text = node.text();
        if let Some(known) = self.known.borrow().get(text) {
            return known.clone();
        }
        let meaning = Rc::new(self.of_concept(Concept::read(node)));
        self.known.borrow_mut().insert(text, meaning.clone());
        meaning
    }

    /// What the member of this name means; nothing when there is none.
    pub fn of(&self, object: &Object<'a>, name: &str) -> Rc<Meaning<'a>> {
        object.get(name).map_or_else(|| self.nothing.clone(), |node| self.read(node))
    }

    /// What a concept means that was combined from several elements.
    pub fn of_concept(&self, said: Concept<'a>) -> Meaning<'a> {
        let mut key = self.key.borrow_mut();
        key.clear();
        said.codings.iter().for_each(|coding| key.coding(&coding.system, &coding.code));
        said.words.iter().for_each(|words| key.words(words));
        let means = self.index().remembered.get_or_find(&key, || self.find(&said));
        Meaning { said, means }
    }

    /// Looks up what codings and words mean together.
    fn find(&self, said: &Concept<'a>) -> Means {
        let codings = said.codings.iter().map(|coding| (&*coding.system, &*coding.code));
        let classified = self.index().classify(codings, said.words.iter().map(|words| &**words));
        let by_code: Vec<ConceptIndex> = self.index().concepts_by_code(&classified);
        let mut by_code_or_name = by_code.clone();
        by_code_or_name.extend(self.named(&classified));
        by_code_or_name.sort_unstable();
        by_code_or_name.dedup();
        let by_name_only = if classified.is_unknown() { self.named_results(said, &classified) } else { Vec::new() };
        Means { classified, by_code, by_code_or_name, by_name_only }
    }

    /// The results that a concept without a known code seems to mean: by its words, or by a code that stands in the
    /// system of laboratory tests where its own system is missing or unknown. A code that is surely one of its system
    /// means another test.
    fn named_results(&self, said: &Concept<'a>, classified: &Classified) -> Vec<ConceptIndex> {
        let codes = &self.library.codes;
        let unknown = |uri: &str| !self.index().knows_system(uri);
        let stray = said.codings.iter().filter(|coding| unknown(&coding.system));
        let stray = stray.map(|coding| &*coding.code).filter(|code| codes.is_code_of(RESULTS, code));
        let by_code = self.index().classify(stray.map(|code| (RESULTS, code)), std::iter::empty());
        let mut found = self.index().concepts_by_code(&by_code);
        let named = classified.named();
        let is_result = |named: &Named| matches!(named, Named::Result(_));
        if named.iter().any(is_result) && !said.codings.iter().any(|c| codes.is_code_of(&c.system, &c.code)) {
            found.extend(named.iter().filter_map(|name| match name {
                Named::Result(at) => Some(*at),
                _ => None,
            }));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The same for the results that it seems to mean, by its name only.
    pub fn named_only<'m>(
        &'m self,
        meaning: &'m Meaning<'_>,
        wanted: impl Fn(&ConceptKind) -> bool + 'm,
    ) -> impl Iterator<Item = (&'l ConceptId, &'l Known)> + 'm {
        self.known_at(&meaning.by_name_only, wanted)
    }

    /// The concepts of the library that it means by its codes, of the kinds that are asked for, in the order of their
    /// ids.
    pub fn concepts<'m>(
        &'m self,
        meaning: &'m Meaning<'_>,
        wanted: impl Fn(&ConceptKind) -> bool + 'm,
    ) -> impl Iterator<Item = (&'l ConceptId, &'l Known)> + 'm {
        self.known_at(&meaning.by_code, wanted)
    }

    /// The same, with the concepts that its words name where no code contradicts them.
    pub fn concepts_or_named<'m>(
        &'m self,
        meaning: &'m Meaning<'_>,
        wanted: impl Fn(&ConceptKind) -> bool + 'm,
    ) -> impl Iterator<Item = (&'l ConceptId, &'l Known)> + 'm {
        self.known_at(&meaning.by_code_or_name, wanted)
    }

    /// The conditions that its words name, each with how they speak of it. None where a code says what it is.
    pub fn mentioned<'m>(&'m self, meaning: &'m Meaning<'_>) -> impl Iterator<Item = (&'l ConceptId, Mention)> + 'm {
        let mentioned = meaning.classified.mentioned().iter();
        mentioned.filter_map(|(at, mention)| Some((self.index().concept(*at)?, *mention)))
    }

    /// The name of what belongs to a concept: of the coding that does, as the sender or else the library calls it, or
    /// else the words of the record.
    pub fn shown(&self, said: &Concept<'_>, concept: &Known) -> String {
        let Some(set) = self.index().set(&concept.value_set) else { return said.shown() };
        let matching = said.codings.iter().find(|coding| {
            let coding = [(&*coding.system, &*coding.code)];
            self.index().classify(coding.into_iter(), std::iter::empty()).is_in(set)
        });
        let Some(coding) = matching else { return said.shown() };
        let own = || self.library.codes.display(&concept.value_set, &coding.system, &coding.code).map(str::to_owned);
        let display = coding.display.as_deref().map(str::to_owned);
        // The text of a record with one coding is what its author calls it.
        match (said.codings.len(), said.words.first()) {
            (1, Some(text)) => text.clone().into_owned(),
            _ => display.or_else(own).unwrap_or_else(|| said.shown()),
        }
    }

    fn known_at<'m>(
        &'m self,
        places: &'m [ConceptIndex],
        wanted: impl Fn(&ConceptKind) -> bool + 'm,
    ) -> impl Iterator<Item = (&'l ConceptId, &'l Known)> + 'm {
        let known = places.iter().filter_map(|at| {
            let id = self.index().concept(*at)?;
            self.library.concepts.0.get_key_value(id)
        });
        known.filter(move |(_, concept)| wanted(&concept.kind))
    }

    /// The concepts that words name and no code rejects.
    fn named<'m>(&'m self, classified: &'m Classified) -> impl Iterator<Item = ConceptIndex> + 'm {
        classified.named().iter().filter_map(|named| match named {
            // Results often have local codes, so that a measurement is recognised by its words whatever its code.
            Named::Measured(at) => Some(*at),
            Named::Concept(at) => {
                let set = self.index().set_of(*at);
                (!set.is_some_and(|set| classified.is_rejected_by(set))).then_some(*at)
            }
            // How the words speak of a condition matters; see `mentioned`.
            Named::Condition(_) | Named::NoCondition => None,
            Named::Result(_) | Named::NotResult(_) | Named::Drug(_) | Named::Brand(..) => None,
        })
    }

    /// Whether it belongs to the value set with this id.
    pub fn is_in(&self, meaning: &Meaning<'_>, set: &str) -> bool {
        self.index().set(set).is_some_and(|set| meaning.classified.is_in(set))
    }

    /// Whether one of its words is an answer that the value set with this id lists.
    pub fn is_answer(&self, meaning: &Meaning<'_>, set: &str) -> bool {
        let Some(set) = self.index().set(set) else { return false };
        meaning.said.words.iter().any(|words| self.index().sets_of_answer(words).contains(&set))
    }

    /// The index of the library.
    pub fn index(&self) -> &'l Index {
        &self.library.index
    }
}
