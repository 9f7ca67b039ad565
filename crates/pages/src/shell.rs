//! What surrounds the content of every page of the handbook and of the workbench: one stylesheet, one way
//! through all pages, one foot.

use maud::{Markup, Render, html};

use super::STYLESHEET;
use super::html::{self, Head, link};

/// Where a page is served, which decides how its links are written and what it can link to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageLocation {
    /// In a folder, without a service: there is the handbook and nothing else.
    Folder,
    /// In the handbook of a service without a workbench.
    Handbook,
    /// Under the URL of a service with a workbench, one level below its root.
    Below,
    /// At the root of that service.
    Root,
}

impl PageLocation {
    /// The link to a path that is relative to the root of the service.
    pub fn to(self, path: &str) -> String {
        match self {
            PageLocation::Root => path.to_owned(),
            PageLocation::Below | PageLocation::Handbook | PageLocation::Folder => format!("../{path}"),
        }
    }

    /// The link to a page of the handbook.
    pub fn handbook(self, page: &str) -> String {
        self.to(&format!("handbook/{page}"))
    }
}

/// The parts of the service that a person can open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// Test patients, and what is pasted.
    Patients,
    /// The handbook.
    Handbook,
    /// What the cases show of the rules.
    Rules,
    /// What became of the cards.
    Numbers,
    /// The check of a file.
    Check,
    /// None of them.
    Elsewhere,
}

/// The main links in their order, each with its name and its path from the root of the service.
const AREAS: [(Area, &str, &str); 5] = [
    (Area::Patients, "Patients", ""),
    (Area::Handbook, "Handbook", "handbook/index.html"),
    (Area::Rules, "Coverage", "workbench/rules"),
    (Area::Numbers, "Numbers", "workbench/numbers"),
    (Area::Check, "Check a file", "workbench/check"),
];

/// What surrounds the content of a page: its links, title, stylesheets and footer.
#[derive(Debug, Clone, Copy)]
pub struct PageContext<'a> {
    /// Where it is served.
    pub place: PageLocation,
    /// The part that it belongs to.
    pub area: Area,
    /// The title of the window.
    pub title: &'a str,
    /// The version of program, library and policy that its foot names; that of the program where there is none.
    pub version: Option<&'a str>,
    /// Whether the script of the workbench belongs to it.
    pub script: bool,
    /// The path of another stylesheet from the root of the service, for what only some pages show.
    pub more_styles: Option<&'a str>,
}

impl PageContext<'_> {
    /// The whole page: the main links, those of its own part, the content and the foot.
    pub fn page(&self, own_links: &Markup, content: impl Render) -> String {
        let stylesheet = match self.area {
            Area::Handbook => STYLESHEET.to_owned(),
            _ => self.place.handbook(STYLESHEET),
        };
        let script = self.place.to("workbench/workbench.js");
        let more_styles = self.more_styles.map(|path| self.place.to(path));
        let head = Head {
            title: self.title,
            stylesheet: &stylesheet,
            more_styles: more_styles.as_deref(),
            script: self.script.then_some(script.as_str()),
        };
        let body = html! {
            a.skip href="#content" { "To the content" }
            header {
                @if matches!(self.place, PageLocation::Below | PageLocation::Root) { (self.main_links()) }
                (own_links)
            }
            main #content tabindex="-1" { (content) }
            footer {
                p {
                    "Made by tocilizumab-cds " (self.version.unwrap_or(env!("CARGO_PKG_VERSION"))) " from the data that the service decides "
                    "with. A decision aid for clinicians; it does not replace their judgement and is not cleared as a "
                    "medical device."
                }
            }
        };
        html::page(head, &body)
    }

    fn main_links(&self) -> Markup {
        let way = |path: &str| match self.place.to(path) {
            way if way.is_empty() => "./".to_owned(),
            way => way,
        };
        html! {
            div.doors {
                nav aria-label="Service" {
                    @for (area, name, path) in AREAS {
                        @if area == self.area {
                            a aria-current="true" href=(way(path)) { (name) }
                        } @else {
                            (link(&way(path), name))
                        }
                    }
                }
                form.search role="search" action=(self.place.to("workbench/search")) {
                    label.unseen for="search" { "Search rules, findings and codes" }
                    input #search type="search" name="q" placeholder="Rule, finding or code" maxlength="100";
                    button { "Search" }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use maud::{Markup, html};

    use super::{Area, PageContext, PageLocation};

    #[test]
    fn links_lead_to_the_root_from_wherever_a_page_stands() {
        let page = |place, area| {
            let around =
                PageContext { place, area, title: "T<", version: Some("1.2"), script: true, more_styles: None };
            around.page(&Markup::default(), html! { h1 { "x" } })
        };
        let root = page(PageLocation::Root, Area::Patients);
        for part in
            ["href=\"./\"", "href=\"workbench/rules\"", "href=\"handbook/handbook.css\"", "<title>T&lt;</title>"]
        {
            assert!(root.contains(part), "{part}: {root}");
        }
        let below = page(PageLocation::Below, Area::Rules);
        for part in ["href=\"../\"", "href=\"../workbench/rules\" ", "src=\"../workbench/workbench.js\""] {
            assert!(below.contains(part) || below.contains(part.trim()), "{part}: {below}");
        }
        assert!(!page(PageLocation::Folder, Area::Handbook).contains("workbench/rules"), "a folder holds no workbench");
    }
}
