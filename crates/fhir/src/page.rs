//! One answer to a query: a prefetched value or a page of the FHIR server. This is the only reader of Bundles and of
//! the other forms in which answers come. An entry that cannot be read is counted, and the others are kept.

use std::borrow::Cow;

use document::{Node, Object};

use super::resource::{Resource, type_of};

/// The content of one answer.
#[derive(Debug)]
pub enum Page<'a> {
    /// An empty answer: nothing was found.
    Nothing,
    /// One resource.
    Lone(Resource<'a>),
    /// The entries of a Bundle.
    Bundle(Box<Bundle<'a>>),
    /// Something that is no answer, in words for the log.
    Failed(&'static str),
    /// An object with two members of one name: nobody can tell which of them is meant.
    Repeated,
}

/// The content of a Bundle.
#[derive(Debug, Default)]
pub struct Bundle<'a> {
    /// The resources that answer the query: without OperationOutcomes, and of included resources only Medications.
    pub resources: Vec<Resource<'a>>,
    /// The number of entries without a resource.
    pub odd: usize,
    /// How many of these hold two members of one name, so that nobody can tell what they say.
    pub repeated: usize,
    /// The number of entries whose resource has no type.
    pub untyped: usize,
    /// The number of entries that say that the search matched them.
    pub matches: usize,
    /// The OperationOutcomes among the entries.
    pub outcomes: Vec<Object<'a>>,
    /// The link to the next page. It is empty where the link has no URL, which still means that there is more.
    pub next: Option<Cow<'a, str>>,
    /// Its self link: the search that it says it answers.
    pub self_link: Option<Cow<'a, str>>,
    /// Its total: how many matches it says all pages hold.
    pub total: Option<usize>,
    /// Whether it says that it is the result of a search.
    pub is_searchset: bool,
    /// Whether every entry has a resource with a type.
    pub is_whole: bool,
}

impl<'a> Page<'a> {
    /// Reads an answer.
    pub fn read(node: Node<'a>) -> Page<'a> {
        let Some(object) = node.object() else {
            return if node.is_null() { Page::Nothing } else { Page::Failed("neither a resource nor null") };
        };
        if object.repeated().is_some() {
            return Page::Repeated;
        }
        match type_of(&object).as_deref() {
            Some("Bundle") => Page::Bundle(Box::new(Bundle::read(&object))),
            Some("OperationOutcome") => Page::Failed("the client could not retrieve it"),
            Some(_) if node.repeated().is_some() => Page::Repeated,
            Some(_) => Resource::read(object, None).map_or(Page::Nothing, Page::Lone),
            None if object.member("resource").is_some() => wrapped(&object),
            None if object.get("entry").is_some_and(Node::is_array) => Page::Bundle(Box::new(Bundle::read(&object))),
            None => Page::Failed("an object without resourceType"),
        }
    }

    /// The Bundle, if it is one.
    pub fn bundle(&self) -> Option<&Bundle<'a>> {
        match self {
            Page::Bundle(bundle) => Some(bundle),
            _ => None,
        }
    }

    /// Whether it is a single resource of another type than this, which a query asked for.
    pub fn is_of_another_type(&self, wanted: &str) -> bool {
        matches!(self, Page::Lone(resource) if resource.kind != wanted)
    }

    /// The resources in it.
    pub fn resources(&self) -> &[Resource<'a>] {
        match self {
            Page::Lone(resource) => std::slice::from_ref(resource),
            Page::Bundle(bundle) => &bundle.resources,
            Page::Nothing | Page::Failed(_) | Page::Repeated => &[],
        }
    }

    /// Whether it is a Bundle without any resource that answers the query.
    pub fn is_empty_bundle(&self) -> bool {
        self.bundle().is_some_and(|bundle| bundle.resources.is_empty() && bundle.untyped == 0)
    }
}

impl<'a> Bundle<'a> {
    /// Reads a Bundle of any type.
    pub fn read(object: &Object<'a>) -> Bundle<'a> {
        let mut bundle = Bundle {
            total: object.get("total").and_then(Node::number).and_then(|total| total.parse().ok()),
            is_searchset: type_of(object).as_deref() == Some("Bundle")
                && object.string("type").as_deref() == Some("searchset"),
            is_whole: true,
            ..Bundle::default()
        };
        for link in object.objects("link") {
            let slot = match link.string("relation").as_deref() {
                Some("next") => &mut bundle.next,
                Some("self") => &mut bundle.self_link,
                _ => continue,
            };
            slot.get_or_insert_with(|| link.string("url").unwrap_or_default());
        }
        object.items("entry").for_each(|item| bundle.entry(item));
        bundle
    }

    fn entry(&mut self, item: Node<'a>) {
        let Some(entry) = item.object() else {
            (self.is_whole, self.odd) = (false, self.odd + 1);
            return;
        };
        let [search, resource, full_url] = entry.first(["search", "resource", "fullUrl"]);
        let mode = search.and_then(|search| search.items().find_map(Node::object)?.string("mode"));
        let mode = mode.as_deref();
        // Nobody can tell which of two members with one name is meant, so such a resource is as good as unreadable.
        let is_clear = |_: &Object<'a>| item.repeated().is_none();
        let object = resource.filter(|resource| !resource.is_null()).map(|resource| resource.object().filter(is_clear));
        let Some(Some(object)) = object else {
            self.is_whole = false;
            self.repeated += usize::from(item.repeated().is_some());
            // Senders put an outcome into its entry in several ways.
            self.odd += usize::from(object.is_some() || mode != Some("outcome"));
            self.matches += usize::from(matches!(mode, None | Some("match")));
            return;
        };
        let resource = Resource::read(object, full_url.and_then(Node::string));
        let kind = resource.as_ref().map(|resource| &*resource.kind);
        let is_outcome = kind == Some("OperationOutcome");
        self.is_whole &= kind.is_some();
        if is_outcome {
            self.outcomes.push(object);
        }
        self.matches += usize::from(matches!(mode, None | Some("match")) && !is_outcome);
        let wanted = match mode {
            Some("include") => kind == Some("Medication"),
            Some("outcome") => false,
            _ => !is_outcome,
        };
        match resource {
            Some(resource) if wanted => self.resources.push(resource),
            None if wanted => self.untyped += 1,
            _ => {}
        }
    }

    /// Whether there is an error among the entries. Then what came counts, but an empty result proves nothing. A
    /// warning or information is no error: servers send one with every search that finds nothing or may be incomplete.
    pub fn has_error(&self) -> bool {
        let severities = self.issues().filter_map(|issue| issue.string("severity"));
        severities.into_iter().any(|severity| matches!(&*severity, "error" | "fatal"))
    }

    /// The issues of the outcomes.
    pub fn issues(&self) -> impl Iterator<Item = Object<'a>> {
        self.outcomes.iter().flat_map(|outcome| outcome.objects("issue"))
    }
}

/// The wrapper of prefetched values before CDS Hooks 1.0: `{response: {status}, resource}`.
fn wrapped<'a>(object: &Object<'a>) -> Page<'a> {
    let status = object.object("response").and_then(|r| r.get("status")).map(|status| {
        let text = status.string().unwrap_or_else(|| Cow::Borrowed(status.text()));
        text.trim().starts_with('2')
    });
    match (status, object.member("resource")) {
        (Some(false), _) => Page::Failed("the client's request failed"),
        (_, Some(node)) if node.object().is_some_and(|o| o.member("resource").is_some()) => {
            Page::Failed("a wrapper inside a wrapper")
        }
        (_, Some(node)) => Page::read(node),
        (_, None) => Page::Failed("a wrapper without a resource"),
    }
}

#[cfg(test)]
mod tests;
