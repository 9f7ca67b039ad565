//! Rules, findings and codes by a word: the way into the handbook for those who know what they look for.

use domain::rule::Rule;
use domain::words::upper_first;
use knowledge::Library;
use knowledge::link::rule_page;
use maud::{Markup, html};
use pages::html::code;
use pages::shell::{Area, PageLocation};

use super::page_head::page;

/// The most that is listed of each kind.
const MOST: usize = 50;

/// The page of what was found.
pub fn found(library: &Library, query: &str) -> String {
    let words: Vec<String> = query.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let content = html! {
        h1 { "Search" }
        @if words.is_empty() {
            p { "Write a word into the field above: the name of a rule, a finding such as neutrophils, or a code." }
        } @else {
            p.lead { "For " strong { (query) } }
            (list("Rules and findings", rules(library, &words)))
            (list("Codes", codes(library, &words)))
        }
    };
    page(Area::Elsewhere, "Search · Workbench", content)
}

fn list(name: &str, found: Vec<Markup>) -> Markup {
    html! {
        h2 { (name) }
        @if found.is_empty() { p { "None." } } @else {
            ul.found { @for one in found.iter().take(MOST) { li { (one) } } }
            @if found.len() > MOST { p.note { "and " (found.len() - MOST) " more; a longer word finds fewer" } }
        }
    }
}

fn fits(text: &str, words: &[String]) -> bool {
    let text = text.to_lowercase();
    words.iter().all(|word| text.contains(word))
}

fn rules(library: &Library, words: &[String]) -> Vec<Markup> {
    let mut found = Vec::new();
    for drug in &library.drugs {
        for rule in &drug.rules {
            let page = rule_page(&drug.id, &rule.id);
            if fits(&format!("{} {}", rule.title, rule.id), words) || says(rule, words) {
                found.push(
                    html! { a href=(PageLocation::Below.handbook(&page)) { (rule.title) } " " span.id { (rule.id) } },
                );
            }
            for criterion in rule.criteria.iter().filter(|c| fits(&format!("{} {}", c.finding, c.id), words)) {
                let anchor = format!("{page}#{}", criterion.id);
                found.push(html! {
                    a href=(PageLocation::Below.handbook(&anchor)) { (criterion.finding) } " " span.note { (rule.title) }
                });
            }
        }
    }
    found
}

fn says(rule: &Rule, words: &[String]) -> bool {
    rule.advice
        .iter()
        .any(|advice| fits(&format!("{} {}", advice.summary, advice.text.as_deref().unwrap_or("")), words))
}

fn codes(library: &Library, words: &[String]) -> Vec<Markup> {
    let mut found = Vec::new();
    for (id, set) in library.codes.sets() {
        let anchor = format!("codes.html#codes-{id}");
        let fitting = set.codes.iter().filter(|one| fits(&format!("{} {} {id}", one.code, one.display), words));
        for one in fitting {
            found.push(html! {
                (code(&one.code)) " " (upper_first(&one.display)) " "
                a.note href=(PageLocation::Below.handbook(&anchor)) { (id) }
            });
        }
    }
    found
}
