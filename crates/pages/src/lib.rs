//! The handbook: the rules, their evidence and their cases as pages to read and review, made from the library alone.

/// What a rule says, and the pinned card that shows it.
mod advice;
/// Where a rule comes from, and which data about a person it uses.
mod attributes;
/// Blocks of text as HTML.
pub mod blocks;
/// The cases of a rule.
mod cases;
/// Code systems, concepts and value sets.
mod codes;
/// The checklist of the standard and what the tests showed.
mod conformance;
/// The doses of the label.
mod doses;
/// What counts as the drug, and what it is ordered for.
mod drug;
/// Building blocks of pages.
pub mod html;
/// The first page.
mod index;
/// How each kind of criterion is decided, in words.
mod kinds;
/// One rule.
mod rule;
/// What surrounds the content of every page.
pub mod shell;
/// From each statement of the source document to criterion, card and case.
mod trace;
/// Everything that was not seen in a primary source.
mod unverified;
/// What each rule does for each use.
mod uses;
/// Words for what the types say.
pub mod words;

use std::collections::BTreeMap;

use maud::{Markup, Render, html};

use self::html::{Anchors, link};
use self::shell::{Area, PageContext, PageLocation};
use domain::rule::{Coding, Drug, Evidence, Rule};
use domain::words::upper_first;
use knowledge::Library;
use knowledge::cases::{Case, CaseFile};
use knowledge::link::{drug_page, rule_page};
use knowledge::noticed::Count;

/// The path of the stylesheet.
pub const STYLESHEET: &str = "handbook.css";

/// The stylesheet, which other pages of the program share.
pub const STYLES: &str = include_str!("handbook.css");

/// The path of the first page.
pub const INDEX: &str = "index.html";

/// Every page of the handbook by its path, and the stylesheet. All paths are in one folder, so that links between pages
/// hold in a folder as well as under a URL. `version` is what each page names at its foot: that of the program, of the
/// library and of the policy, so that what was approved can be compared with what runs.
pub fn pages(library: &Library, cases: &[CaseFile], version: &str, place: PageLocation) -> BTreeMap<String, String> {
    let site = Site { library, cases, version, place };
    let mut pages = BTreeMap::from([
        (STYLESHEET.to_owned(), format!("{STYLES}{}", charts::STYLESHEET)),
        (INDEX.to_owned(), index::page(&site)),
        ("trace.html".to_owned(), trace::page(&site)),
        ("conformance.html".to_owned(), conformance::page(&site)),
        ("unverified.html".to_owned(), unverified::page(&site)),
        ("codes.html".to_owned(), codes::page(&site)),
        (attributes::PATH.to_owned(), attributes::json(&site)),
    ]);
    for drug in &library.drugs {
        pages.insert(drug_page(&drug.id), drug::page(&site, drug));
        for rule in &drug.rules {
            pages.insert(rule_page(&drug.id, &rule.id), rule::page(&site, drug, rule));
        }
    }
    pages
}

/// What every page is made from.
struct Site<'a> {
    library: &'a Library,
    cases: &'a [CaseFile],
    version: &'a str,
    place: PageLocation,
}

impl<'a> Site<'a> {
    /// The cases of a rule, each with its anchor on the page of the rule.
    fn cases_of(&self, drug: &Drug, rule: &Rule) -> Vec<(String, &'a Case)> {
        let mut anchors = Anchors::default();
        let files = self.cases.iter().filter(|file| *file.drug == *drug.id && file.rule == rule.id);
        files.flat_map(|file| &file.cases).map(|(case, _)| (format!("case-{}", anchors.of(&case.name)), case)).collect()
    }

    /// How many changes of a rule its cases notice, where it was counted.
    fn noticed(&self, drug: &Drug, rule: &Rule) -> Option<Count> {
        self.library.noticed.get(&(drug.id.to_string(), rule.id.clone())).copied()
    }

    /// The library's own short name of a code's system.
    fn system(&self, coding: &Coding) -> String {
        self.library.codes.key(&coding.system, &coding.code).map_or_else(|| coding.system.clone(), |(id, _)| id)
    }

    /// A page with its head and foot. `here` is its own path.
    fn page(&self, here: &str, title: &str, content: impl Render) -> String {
        let drugs = self.library.drugs.iter().map(|drug| (drug_page(&drug.id), upper_first(&drug.name)));
        let further = [
            ("trace.html", "Traceability"),
            ("unverified.html", "Unverified"),
            ("codes.html", "Codes"),
            ("conformance.html", "Conformance"),
        ];
        let own = |(path, name): (&str, &str)| (path.to_owned(), name.to_owned());
        let links = [own((INDEX, "Rules"))].into_iter().chain(drugs).chain(further.map(own));
        let links = html! {
            nav.pages aria-label="Handbook" {
                @for (path, name) in links {
                    @if path == here { span aria-current="page" { (name) } } @else { (link(&path, name)) }
                }
            }
        };
        let content = html! { h1 { (title) } (content) };
        let around = PageContext {
            place: self.place,
            version: Some(self.version),
            area: Area::Handbook,
            title: &format!("{title} · Handbook"),
            script: false,
            more_styles: None,
        };
        around.page(&links, &content)
    }
}

/// Whether clinicians have reviewed a rule, in a few words.
pub fn review(rule: &Rule) -> String {
    rule::reviewed(rule)
}

/// A part of a page with its heading and anchor.
fn section(id: &str, title: &str, content: impl Render) -> Markup {
    html! { section id=(id) { h2 { (title) } (content) } }
}

/// Whether something was seen in a primary source.
fn verified(yes: bool) -> Markup {
    html! { @if yes { "verified" } @else { strong.unverified { "not verified" } } }
}

/// The state of an entry of the evidence: a decision of the project has no source to be seen in.
fn state(evidence: &Evidence) -> Markup {
    if is_decision(evidence) { "decision".render() } else { verified(evidence.verified) }
}

/// Whether the entry is a decision of the project.
fn is_decision(evidence: &Evidence) -> bool {
    evidence.kind == "design" && evidence.verified
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{PageLocation, pages, rule_page};
    use knowledge::Library;
    use knowledge::cases;
    use knowledge::files::Files;

    /// The texts between this and the next quotation mark, everywhere in the page.
    fn quoted<'a>(page: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
        page.split(before).skip(1).filter_map(|rest| rest.split('"').next())
    }

    #[test]
    fn every_rule_has_a_page_and_every_link_leads_somewhere() {
        let library = Library::embedded().expect("a valid library");
        let pages =
            pages(&library, &cases::read(&Files::embedded(), &mut Vec::new()), "1 library 2", PageLocation::Folder);
        for drug in &library.drugs {
            for rule in &drug.rules {
                let page = pages.get(&rule_page(&drug.id, &rule.id));
                assert!(page.is_some_and(|page| page.contains(&rule.id)), "no page of {}", rule.id);
            }
        }
        for (path, page) in pages.iter().filter(|(path, _)| path.ends_with(".html")) {
            let ids: Vec<&str> = quoted(page, " id=\"").collect();
            let once: BTreeSet<&str> = ids.iter().copied().collect();
            assert_eq!(ids.len(), once.len(), "{path}: an anchor appears twice in {ids:?}");
            for href in
                quoted(page, " href=\"").filter(|href| !href.starts_with("https://") && !href.starts_with("data:"))
            {
                let (file, anchor) = href.split_once('#').unwrap_or((href, ""));
                let target =
                    if file.is_empty() { page } else { pages.get(file).unwrap_or_else(|| panic!("{path}: {href}")) };
                assert!(anchor.is_empty() || target.contains(&format!(" id=\"{anchor}\"")), "{path}: {href}");
            }
            assert!(!page.contains("<script") && !page.contains(" src="), "{path} loads something");
        }
    }
}
