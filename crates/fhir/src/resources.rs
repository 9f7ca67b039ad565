//! Resources of one patient, each once, found by the references that others hold of them.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap, HashSet, HashTable};

use super::resource::{Resource, end_of};

/// Resources in the order they came, copies left out.
#[derive(Debug, Default)]
pub struct Resources<'a> {
    all: Vec<Resource<'a>>,
    /// Places in `all` by type and id: the first of each.
    by_name: HashTable<usize>,
    /// Places in `all` by the URL of the entry: the first of each.
    by_url: HashTable<usize>,
    /// For a name that several claim: what each of them says.
    versions: HashMap<usize, HashSet<u64>>,
    hasher: DefaultHashBuilder,
}

impl<'a> Resources<'a> {
    /// Adds a resource, unless it is a copy of one that is here.
    pub fn add(&mut self, resource: Resource<'a>) {
        let at = self.all.len();
        let hash = self.hash_of_name(&resource);
        let known = self.by_name.find(hash, |known| self.all.get(*known).is_some_and(|r| r.is_named_like(&resource)));
        match known.copied() {
            Some(first) => {
                let versions = self.versions.entry(first).or_insert_with(|| {
                    let said = self.all.get(first).map(Resource::fingerprint);
                    said.into_iter().collect()
                });
                if !versions.insert(resource.fingerprint()) {
                    return;
                }
            }
            None => {
                let (all, hasher) = (&self.all, &self.hasher);
                let of = |at: &usize| all.get(*at).map_or(hash, |r| name_hash(hasher, r));
                self.by_name.insert_unique(hash, at, of);
            }
        }
        if let Some(url) = resource.full_url.as_deref() {
            let hash = self.hasher.hash_one(url);
            let (all, hasher) = (&self.all, &self.hasher);
            let url_of = |at: &usize| all.get(*at).and_then(|r| r.full_url.as_deref());
            if self.by_url.find(hash, |known| url_of(known) == Some(url)).is_none() {
                self.by_url.insert_unique(hash, at, |at| hasher.hash_one(url_of(at).unwrap_or_default()));
            }
        }
        self.all.push(resource);
    }

    /// The resource to which a reference points; of several, the first.
    pub fn find(&self, reference: &str) -> Option<&Resource<'a>> {
        let end = end_of(reference);
        let by_name = end.split_once('/').and_then(|(kind, id)| {
            let hash = self.hasher.hash_one((kind, Some(id)));
            self.by_name.find(hash, |at| self.all.get(*at).is_some_and(|r| r.is_at(end)))
        });
        let by_url = |url: &str| {
            let hash = self.hasher.hash_one(url);
            self.by_url.find(hash, |at| self.all.get(*at).is_some_and(|r| r.full_url.as_deref() == Some(url)))
        };
        let first = by_name.into_iter().chain(by_url(reference)).min()?;
        self.all.get(*first)
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Resource<'a>> {
        self.all.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Those of a type.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Resource<'a>> {
        self.all.iter().filter(move |resource| resource.kind == kind)
    }

    /// The same without some of them.
    pub fn without(self, leave_out: impl Fn(&Resource<'a>) -> bool) -> Resources<'a> {
        if !self.all.iter().any(&leave_out) {
            return self;
        }
        let mut kept = Resources::default();
        self.all.into_iter().filter(|resource| !leave_out(resource)).for_each(|resource| kept.add(resource));
        kept
    }

    fn hash_of_name(&self, resource: &Resource<'_>) -> u64 {
        name_hash(&self.hasher, resource)
    }
}

impl<'r, 'a> IntoIterator for &'r Resources<'a> {
    type Item = &'r Resource<'a>;
    type IntoIter = std::slice::Iter<'r, Resource<'a>>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

fn name_hash(hasher: &DefaultHashBuilder, resource: &Resource<'_>) -> u64 {
    hasher.hash_one((&*resource.kind, resource.id.as_deref()))
}

#[cfg(test)]
mod tests;
