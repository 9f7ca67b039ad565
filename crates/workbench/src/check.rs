//! The check of a file in the browser: a policy or a rule, with its mistakes next to its lines, and the test patients
//! whose cards it would change.

use maud::{Markup, html};
use pages::html::code;
use pages::shell::{Area, PageLocation};
use pages::words::count;

use super::form;
use super::icon::{Icon, signed};
use super::page_head::{in_query, page};

/// What is wrong on a line; line 0 is the file as a whole.
#[derive(Debug, Clone)]
pub struct LineMistake {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

/// A test patient whose cards would change.
#[derive(Debug, Clone)]
pub struct Affected {
    /// Its name.
    pub fixture: String,
    /// How its cards change, in words.
    pub what: Vec<String>,
}

/// What was checked.
#[derive(Debug)]
pub struct CheckedFile<'a> {
    /// The name of the file.
    pub file: &'a str,
    /// Its text.
    pub text: &'a str,
    /// The mistakes in this file.
    pub here: &'a [LineMistake],
    /// The mistakes that it causes in others, such as cases that no longer hold.
    pub elsewhere: &'a [String],
    /// The test patients whose cards would change; not known where the file does not validate.
    pub affected: Option<&'a [Affected]>,
    /// Whether it is a policy, which can be tried on a patient.
    pub is_policy: bool,
}

/// The page: the form, and what was checked.
pub fn check(rules: &[String], checked: Option<&CheckedFile<'_>>, wrong: Option<&str>, token: &str) -> String {
    let content = html! {
        h1 { "Check a file" }
        p.lead { "A policy of your site or a changed rule file: what is wrong with it, and whose cards it would change." }
        @if let Some(wrong) = wrong { p.fault role="alert" { (Icon::Check.shape()) " " (wrong) } }
        @if let Some(checked) = checked { (result(checked)) }
        (form(rules, checked, token))
    };
    page(Area::Check, "Check a file · Workbench", content)
}

fn form(rules: &[String], checked: Option<&CheckedFile<'_>>, token: &str) -> Markup {
    html! {
        form.paste method="post" enctype="multipart/form-data" action=(PageLocation::Below.to("workbench/check")) data-drop="text" {
            h2 { @if checked.is_some() { "Check another" } @else { "The file" } }
            (form::token(token))
            p {
                label for="what" { "What it is " }
                select #what name="what" {
                    option value="policy" { "a policy" }
                    @for rule in rules { option value=(rule) selected[checked.is_some_and(|one| one.file == rule)] { (rule) } }
                }
            }
            label for="text" { "Its text" }
            textarea #text name="text" rows="12" spellcheck="false" autocomplete="off" { @if let Some(checked) = checked { (checked.text) } }
            p {
                label for="file" { "or a file " } input #file type="file" name="file" accept=".toml";
                " " button { "Check it" }
            }
            p.note { "Nothing of the service changes. Checking a rule runs all cases, which takes some seconds." }
        }
    }
}

fn result(checked: &CheckedFile<'_>) -> Markup {
    let mistakes = checked.here.len() + checked.elsewhere.len();
    html! {
        section aria-labelledby="result" {
            h2 #result { (code(checked.file)) }
            p role="status" {
                @if mistakes == 0 { (signed(Icon::Good, "No mistakes")) } @else { (signed(Icon::Stop, &count(mistakes, "mistake", "mistakes"))) }
            }
            @if !checked.here.is_empty() { (lines(checked)) }
            @if !checked.elsewhere.is_empty() {
                h3 { "In other files" }
                ul { @for mistake in checked.elsewhere { li { (mistake) } } }
            }
            @if let Some(affected) = checked.affected { (affected_patients(affected)) }
            @if checked.is_policy && checked.here.is_empty() {
                p { "What if on any test patient can now switch to it: " a href=(PageLocation::Below.to("workbench/what-if?of=patients/neutrophils-1.9&policy=tried")) { "try it" } "." }
            }
        }
    }
}

/// The text with each mistake below its line. Only lines near a mistake are shown.
fn lines(checked: &CheckedFile<'_>) -> Markup {
    const AROUND: usize = 2;
    let near = |line: usize| checked.here.iter().any(|one| one.line.abs_diff(line) <= AROUND);
    let whole = checked.here.iter().filter(|one| one.line == 0);
    html! {
        ul { @for one in whole { li { (one.message) } } }
        div.lines tabindex="0" role="region" aria-label="The file with its mistakes" {
            @for (at, text) in checked.text.lines().enumerate() {
                @let line = at + 1;
                @if near(line) {
                    @let wrong: Vec<&LineMistake> = checked.here.iter().filter(|one| one.line == line).collect();
                    div.line.wrong[!wrong.is_empty()] { span.number { (line) } code { (text) } }
                    @for one in wrong { p.mistake { (Icon::Stop.shape()) " " (one.message) } }
                }
            }
        }
    }
}

fn affected_patients(affected: &[Affected]) -> Markup {
    html! {
        h3 { "Whose cards would change" }
        @if affected.is_empty() { p { "Those of no test patient." } } @else {
            p { (count(affected.len(), "test patient", "test patients")) ":" }
            ul {
                @for one in affected {
                    li {
                        a href=(PageLocation::Below.to(&format!("workbench/cards?of={}", in_query(&one.fixture)))) { (one.fixture) }
                        ": " (one.what.join("; "))
                    }
                }
            }
        }
    }
}
