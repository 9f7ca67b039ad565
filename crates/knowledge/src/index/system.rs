//! One code system: what each of its codes means, and the codes that include all codes that begin with them.

use hashbrown::HashMap;

use super::classified::{Classified, Coded};
use super::{ProductIndex, SetId};
use crate::codes::Form;

/// The codes of one code system.
#[derive(Debug)]
pub(super) struct System {
    pub(super) form: Form,
    pub(super) read_words: bool,
    pub(super) exact: HashMap<String, Meaning>,
    /// Codes that include all codes that begin with them.
    pub(super) heads: HashMap<String, Meaning>,
    /// The lengths that heads have.
    pub(super) lengths: Vec<usize>,
}

/// What one code means.
#[derive(Debug, Default)]
pub(super) struct Meaning {
    pub(super) accepted: Vec<SetId>,
    pub(super) rejected: Vec<SetId>,
    pub(super) products: Vec<ProductIndex>,
}

impl System {
    /// Adds a meaning to a code; with `children` also to all codes that begin with it.
    pub(super) fn add(&mut self, code: &str, children: bool, mean: impl Fn(&mut Meaning)) {
        let key = self.form.key(code).into_owned();
        if children {
            mean(self.heads.entry(key.clone()).or_default());
        }
        mean(self.exact.entry(key).or_default());
    }

    /// Adds what a code means to what is known of its concept. A code that the system cannot have means nothing.
    pub(super) fn classify(&self, code: &str, classified: &mut Classified) {
        if !self.form.fits(code) {
            return;
        }
        classified.has_code(if self.read_words { Coded::InPart } else { Coded::Fully });
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
