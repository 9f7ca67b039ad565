//! Answers that break off or do not come in time, and how long a call takes with those that do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::raw::{Fault, refusing, start, untrusted};
use super::web::Web;
use super::{CRITERION, LOST, holds, served, without_neutrophils};
use crate::server::Server;
use crate::stand_in::{StandIn, Trouble};
use crate::support::{eventually, library, moved, outcome, with};

#[test]
fn a_connection_that_goes_wrong_loses_only_its_part() {
    let untrusted = untrusted();
    let nowhere = "http://no-such-host.invalid/fhir";
    let settings = format!("fhir-servers = [\"{untrusted}\", \"{nowhere}\"]");
    let listed = Server::with_settings(&format!("deadline-ms = 60000\n{settings}"));
    for (name, base, words) in [
        ("not trusted", &*untrusted, "The FHIR server could not be trusted (TLS): neutrophils."),
        ("a name that leads nowhere", nowhere, "The name of the FHIR server leads nowhere: neutrophils."),
    ] {
        holds(&listed, name, &without_neutrophils(base), Duration::from_secs(30), LOST, words);
    }
    let server = Server::with_settings("deadline-ms = 60000");
    for (name, base, words) in [
        ("connection refused", refusing(), "The FHIR server could not be reached: neutrophils."),
        ("closed without a word", start(Fault::Hangs), "The FHIR server's answer broke off: neutrophils."),
        ("no HTTP", start(Fault::Babbles), "The FHIR server's answer broke off: neutrophils."),
        ("breaks off", start(Fault::BreaksOff), "The FHIR server's answer broke off: neutrophils."),
        ("breaks off in chunks", start(Fault::BreaksOffInChunks), "The FHIR server's answer broke off: neutrophils."),
    ] {
        holds(&server, name, &without_neutrophils(&base), Duration::from_secs(30), LOST, words);
    }
}

#[test]
fn an_answer_that_does_not_come_in_time_loses_only_its_part() {
    let server = Server::with_settings("deadline-ms = 700");
    // The machine that runs the tests may be busy with others; the deadline is far below the slack.
    let within = Duration::from_secs(10);
    for fault in [Fault::Drips, Fault::DripsHeaders, Fault::Never] {
        let words = "The FHIR server did not answer in time: neutrophils.";
        holds(&server, &format!("{fault:?}"), &without_neutrophils(&start(fault)), within, LOST, words);
    }
}

#[test]
fn one_slow_part_does_not_take_the_others_away() {
    let server = Server::with_settings("deadline-ms = 6000");
    let web = Web::start(|asked| asked.healthy().set_delay(Duration::from_secs(60)), String::new());
    let call = with(&served(&web.base()), "/prefetch", None);
    let words = "The FHIR server did not answer in time: neutrophils.";
    holds(&server, "one of all", &call, Duration::from_secs(20), LOST, words);
}

#[test]
fn all_parts_are_asked_for_side_by_side() {
    let (server, fhir, released) = (Server::unhurried(), StandIn::start(), Arc::new(AtomicBool::new(false)));
    fhir.hold(&moved("textbook"));
    fhir.trouble("", Trouble::Until(Arc::clone(&released)));
    let call = with(&served(&fhir.base()), "/prefetch", None);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let (mut asked, queries) = (0, library().services.queries.len());
            eventually("every part was asked for before any was answered", || {
                asked += fhir.asked().len();
                (asked >= queries).then_some(())
            });
            released.store(true, Ordering::Release);
        });
        assert_eq!(outcome(&server.call("every part held", &call), CRITERION), "not-met");
    });
}
