//! What the codings and words of one concept mean together. Where its codes say what it is, its words do not count.

use super::system::Meaning;
use super::{ConceptIndex, Named, ProductIndex, SetId};
use crate::mention::Mention;

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
pub(super) enum Coded {
    /// It has no code of a system that the library knows.
    #[default]
    No,
    /// It has one of a system of which the library cannot list everything.
    InPart,
    /// It has one of a system where a code that is not listed means something else.
    Fully,
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
    pub(super) fn mention(&mut self, said: Vec<(ConceptIndex, Mention)>) {
        for (concept, mention) in said {
            match self.mentioned.iter_mut().find(|(known, _)| *known == concept) {
                Some((_, known)) => *known = mention.min(*known),
                None => self.mentioned.push((concept, mention)),
            }
        }
    }

    /// Notes that a word of it names somebody.
    pub(super) fn name(&mut self, named: Named) {
        if !self.named.contains(&named) {
            self.named.push(named);
        }
    }

    /// Notes how far a code of it was understood; of several the one understood best counts.
    pub(super) fn has_code(&mut self, coded: Coded) {
        self.coded = self.coded.max(coded);
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
        self.normalise();
    }

    pub(super) fn take(&mut self, meaning: &Meaning) {
        self.accepted.extend(&meaning.accepted);
        self.rejected.extend(&meaning.rejected);
        self.products.extend(&meaning.products);
    }

    pub(super) fn normalise(&mut self) {
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
