use std::collections::BTreeSet;

use super::{Access, Distrust, Failure};
use crate::pages::Cut;
use crate::problem::Problem;
use crate::refusal::{Forbidden, Refusal};
use domain::truth::Reason;

const ACCESSES: [Access; 5] = [Access::Token, Access::NoToken, Access::OtherType, Access::Expired, Access::Unsendable];

fn all() -> Vec<Failure> {
    use Failure::{
        Address, ByClient, CutOff, Empty, Gone, Html, NoRoom, NoValue, NotAllowed, NotFhir, NotFound, NotJson,
        OtherResource, Outcome, PatientHidden, Redirect, Repeated, Server, Status, Throttled, TimedOut, Tls, TooLarge,
        Unauthorized, UnknownName, Unreachable, Xml,
    };
    let mut all = vec![
        ByClient,
        NoValue,
        Failure::Forbidden,
        NotFound,
        Gone,
        Throttled,
        Server(503),
        Redirect,
        Status(418),
        TimedOut,
        UnknownName,
        Unreachable,
        TooLarge,
        NoRoom,
        CutOff,
        Empty,
        Html,
        Xml,
        NotJson,
        NotFhir,
        Outcome,
        OtherResource,
        Repeated,
        PatientHidden,
    ];
    let refusals = [Refusal::NoServer, Refusal::NoBaseUrl, Refusal::NotListed, Refusal::OtherPatient];
    all.extend(refusals.map(NotAllowed));
    all.extend(addresses().map(Address));
    all.extend(ACCESSES.map(Unauthorized));
    let distrusts =
        [Distrust::Expired, Distrust::OtherName, Distrust::UnknownIssuer, Distrust::Certificate, Distrust::Protocol];
    all.extend(distrusts.map(Tls));
    all
}

fn addresses() -> [Forbidden; 6] {
    use Forbidden::{LinkLocal, Loopback, Metadata, NoMachine, NotLoopback, Private};
    [Metadata, LinkLocal, NoMachine, Loopback, NotLoopback, Private]
}

/// Whoever reads the log tells the failures apart; whoever reads a card learns whom to ask.
#[test]
fn every_failure_has_a_code_and_words() {
    let codes: BTreeSet<String> = all().into_iter().map(Failure::code).collect();
    let kinds: BTreeSet<&str> = all().into_iter().map(Failure::kind).collect();
    assert_eq!((codes.len(), kinds.len()), (all().len(), all().len()));
    for failure in all() {
        let (code, words) = (failure.code(), failure.words());
        assert!(code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{code}");
        assert!(words.starts_with(char::is_uppercase) && words.contains(' '), "{code}: {words}");
        assert!(failure.cause().is_none_or(|cause| cause.contains(' ') || cause == "XML came"), "{code}");
    }
    let server = Failure::Server(503);
    assert_eq!((server.code().as_str(), server.kind()), ("status-503", "status-5xx"));
    assert_eq!(server.words(), "The FHIR server failed (503)");
    assert_eq!(Failure::TimedOut.cause(), Some("no answer in time"));
    assert_eq!(Failure::ByClient.cause(), None, "nothing is known of why");
    let causes: BTreeSet<_> = ACCESSES.into_iter().map(|access| Failure::Unauthorized(access).cause()).collect();
    assert_eq!(causes.len(), 4, "what the token lacks is told apart, but for the two that no header can carry");
}

/// What came and could not be understood is told apart from what did not come.
#[test]
fn an_answer_that_cannot_be_read_is_unreadable() {
    for failure in all() {
        let unreadable = matches!(failure, Failure::NotJson | Failure::Repeated);
        let expected = if unreadable { Reason::Unreadable } else { Reason::NotRetrieved };
        assert_eq!(failure.reason(), expected, "{failure:?}");
    }
}

#[test]
fn why_nothing_was_asked_is_told_in_words_of_its_own() {
    let refusals = [Refusal::NoServer, Refusal::NoBaseUrl, Refusal::NotListed, Refusal::OtherPatient];
    let sentences: BTreeSet<&str> = refusals.into_iter().map(Refusal::sentence).collect();
    assert_eq!(sentences.len(), 4);
    assert!(sentences.iter().all(|sentence| sentence.contains("fhir")));
    let codes: BTreeSet<&str> = addresses().into_iter().map(Forbidden::code).collect();
    assert_eq!(codes.len(), 6);
    assert!(
        addresses().into_iter().all(|address| address.to_string() == address.code() && address.code().contains('-'))
    );
}

#[test]
fn why_reading_ended_is_told() {
    let cuts = [Cut::Limit, Cut::Loop, Cut::Outside, Cut::NoLink, Cut::Failed(Failure::TimedOut), Cut::Prefetched];
    let codes: BTreeSet<String> = cuts.into_iter().map(Cut::code).collect();
    assert_eq!(codes.len(), 6);
    assert!(codes.contains("a next page failed: timed-out"), "{codes:?}");
}

/// The lines of the log, and which of them mean that something exists which could not be read.
#[test]
fn a_problem_has_a_line_in_the_log() {
    let key = || "alt".to_owned();
    let (odd, told) = ((true, false), (false, true));
    for (problem, line, expected) in [
        (
            Problem::NotRetrieved(Failure::TimedOut, vec![key(), "ast".to_owned()]),
            "not retrieved (timed-out): alt, ast",
            told,
        ),
        (Problem::NoAnswer(key(), "why"), "alt: why", (false, false)),
        (Problem::OddEntries(key(), 2), "alt: 2 entries could not be read", odd),
        (Problem::OddOrders(2), "2 entries could not be read", odd),
        (Problem::OddInBundle(2), "entries that could not be read: 2", odd),
        (Problem::ErrorAmongEntries(key()), "alt: an error stands among the entries", (false, false)),
        (Problem::OtherType(key()), "alt: a resource of another type", (false, false)),
        (Problem::ReadInPart(key(), Cut::Loop), "alt: read in part: a next link in a circle", told),
        (Problem::OtherPatient(2), "2 resources of another patient were left out", (false, false)),
        (Problem::Untyped(2), "2 entries could not be read as resources", odd),
        (Problem::NoMedication(Failure::Gone, 1), "a Medication was not retrieved (status-410)", (false, false)),
        (Problem::NoMedication(Failure::Gone, 2), "2 Medications were not retrieved (status-410)", (false, false)),
        (
            Problem::OfOrders(Box::new(Problem::OddOrders(2))),
            "context.draftOrders: 2 entries could not be read",
            (false, false),
        ),
    ] {
        assert_eq!(problem.to_string(), line);
        assert_eq!((problem.is_unreadable_entry(), problem.is_told_by_query()), expected, "{line}");
    }
}
