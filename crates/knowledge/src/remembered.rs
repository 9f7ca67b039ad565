//! What codings and words were found to mean, kept with the library that says so: the records of all patients say the
//! same few things over and over, so that most of them need not be looked up.

use std::sync::{Arc, PoisonError, RwLock};

use hashbrown::HashMap;

use super::index::{Classified, ConceptIndex};

/// What the codings and words of a concept mean together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Means {
    /// The value sets, names and products.
    pub classified: Classified,
    /// The concepts of the library that its codes mean.
    pub by_code: Vec<ConceptIndex>,
    /// The concepts that its codes mean, or its words where no code says otherwise.
    pub by_code_or_name: Vec<ConceptIndex>,
    /// The results that its words name where no code is understood, or its code where its system is not.
    pub by_name_only: Vec<ConceptIndex>,
}

/// The most that is kept at once. A record has a few dozen of them, a hospital some thousands.
const MOST: usize = 4096;

/// The longest that is kept, in bytes. What is longer is free text, which hardly comes twice.
const LONGEST: usize = 512;

/// What was looked up before. Keys are the codings and words themselves, as `Key` writes them.
#[derive(Debug, Default)]
pub struct Remembered(RwLock<HashMap<Box<[u8]>, Arc<Means>>>);

/// Codings and words written so that different ones never give the same text: each text follows its length.
#[derive(Debug, Default)]
pub struct Key(Vec<u8>);

impl Key {
    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Adds a coding.
    pub fn coding(&mut self, system: &str, code: &str) {
        self.0.push(b'c');
        self.text(system);
        self.text(code);
    }

    /// Adds words.
    pub fn words(&mut self, words: &str) {
        self.0.push(b'w');
        self.text(words);
    }

    fn text(&mut self, text: &str) {
        self.0.extend_from_slice(&text.len().to_le_bytes());
        self.0.extend_from_slice(text.as_bytes());
    }
}

impl Remembered {
    /// What this means: as it was found before, or as `find` does now.
    pub fn get_or_find(&self, key: &Key, find: impl FnOnce() -> Means) -> Arc<Means> {
        if key.0.len() > LONGEST {
            return Arc::new(find());
        }
        // A map is whole whatever became of a thread that held it.
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(means) = known.get(key.0.as_slice()) {
            return Arc::clone(means);
        }
        drop(known);
        let means = Arc::new(find());
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST {
            // Whoever sends ever new words gets no more memory for it, and costs others one look-up each.
            known.clear();
        }
        known.insert(key.0.as_slice().into(), Arc::clone(&means));
        means
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Key, LONGEST, MOST, Means, Remembered};

    fn key(codings: &[(&str, &str)], words: &[&str]) -> Key {
        let mut key = Key::default();
        codings.iter().for_each(|(system, code)| key.coding(system, code));
        words.iter().for_each(|words| key.words(words));
        key
    }

    #[test]
    fn the_same_is_found_once() {
        let remembered = Remembered::default();
        let first = remembered.get_or_find(&key(&[("s", "1")], &["One"]), Means::default);
        let again = remembered.get_or_find(&key(&[("s", "1")], &["One"]), || panic!("it is known"));
        assert!(Arc::ptr_eq(&first, &again));
        let mut emptied = key(&[("x", "2")], &[]);
        emptied.clear();
        emptied.coding("s", "1");
        emptied.words("One");
        remembered.get_or_find(&emptied, || panic!("it is the same key"));
    }

    #[test]
    fn what_is_written_differently_is_another_thing() {
        let keys = [
            key(&[("s", "1")], &["One"]),
            key(&[("s1", "")], &["One"]),
            key(&[("", "s1")], &["One"]),
            key(&[("s", "1")], &["O", "ne"]),
            key(&[], &["s", "1", "One"]),
            key(&[], &[]),
        ];
        let remembered = Remembered::default();
        let mut found = 0;
        for key in &keys {
            remembered.get_or_find(key, || {
                found += 1;
                Means::default()
            });
        }
        assert_eq!(found, keys.len());
    }

    #[test]
    fn memory_is_bounded() {
        let remembered = Remembered::default();
        let kept = || remembered.0.read().expect("whole").len();
        let long = "x".repeat(LONGEST);
        remembered.get_or_find(&key(&[], &[&long]), Means::default);
        assert_eq!(kept(), 0, "free text is not kept");
        for n in 0..=MOST {
            remembered.get_or_find(&key(&[], &[&n.to_string()]), Means::default);
            assert!(kept() <= MOST);
        }
        assert_eq!(kept(), 1, "it begins anew when it is full");
    }
}
