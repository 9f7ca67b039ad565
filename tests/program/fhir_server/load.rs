//! The load that a call puts on a FHIR server: how many reads at a time, and what is not read again.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::unprefetched;
use crate::server::Server;
use crate::stand_in::{StandIn, TOKEN, Trouble};
use crate::support::{eventually, library, moved, timeless, with};
use crate::walk::difference;

#[test]
fn no_more_reads_of_a_call_wait_at_a_time_than_the_setting_says() {
    let all = library().services.queries.len();
    let unbounded = Server::unhurried();
    let expected = {
        let fhir = StandIn::start();
        let request = moved("textbook");
        fhir.hold(&request);
        timeless(&unbounded.call("as usual", &unprefetched(&request, &fhir.base())))
    };
    for (setting, at_once) in [("", all.min(32)), ("limits.fhir-reads = 3", 3), ("limits.fhir-reads = 1", 1)] {
        let (server, fhir) = (Server::with_settings(&format!("deadline-ms = 20000\n{setting}")), StandIn::start());
        let request = moved("textbook");
        fhir.hold(&request);
        let released = Arc::new(AtomicBool::new(false));
        fhir.trouble("", Trouble::Until(released.clone()));
        let answer = std::thread::scope(|scope| {
            let answer = scope.spawn(|| server.call(setting, &unprefetched(&request, &fhir.base())));
            eventually("so many reads wait", || (fhir.busy()[0] == at_once).then_some(()));
            // A read too many would come in this time.
            std::thread::sleep(Duration::from_millis(100));
            released.store(true, Ordering::Release);
            answer.join().expect("an answer")
        });
        assert_eq!(fhir.busy(), [0, at_once], "{setting}: never more at a time");
        assert_eq!(fhir.asked().len(), all, "{setting}: every query once");
        assert_eq!(difference(&timeless(&answer), &expected), None, "{setting}: the same answer");
    }
}

#[test]
fn what_was_read_at_the_selection_is_not_read_again_at_the_signature() {
    let sign = moved("textbook");
    let order = sign["context"]["draftOrders"]["entry"][0]["resource"]["id"].clone();
    let select = with(&sign, "/hook", Some(json!("order-select")));
    let selection = format!("MedicationRequest/{}", order.as_str().expect("an id"));
    let select = with(&select, "/context/selections", Some(json!([selection])));
    let all = library().services.queries.len();
    for (setting, again) in [("", all), ("fhir-answers-for-s = 0", all), ("fhir-answers-for-s = 60", 0)] {
        let (server, fhir) = (Server::with_settings(&format!("deadline-ms = 20000\n{setting}")), StandIn::start());
        fhir.hold(&sign);
        let post = |service: &str, request: &Value| server.post(service, &unprefetched(request, &fhir.base()));
        assert_eq!(post("tocilizumab-order-select", &select).status, 200, "{setting}");
        assert_eq!(fhir.asked().len(), all, "{setting}: the selection reads");
        let reply = post("tocilizumab-order-sign", &sign);
        assert_eq!((reply.status, fhir.asked().len()), (200, again), "{setting}: the signature");
        let usual = Server::unhurried().call("read anew", &unprefetched(&sign, &fhir.base()));
        assert_eq!(difference(&timeless(&reply.json()), &timeless(&usual)), None, "{setting}: the same answer");
        fhir.asked();
        // Neither another token nor another patient gets what was kept.
        let other = with(&unprefetched(&sign, &fhir.base()), "/fhirAuthorization/access_token", Some(json!("another")));
        assert_eq!(server.post("tocilizumab-order-sign", &other).status, 412, "{setting}: another token");
        assert!(!fhir.asked().is_empty(), "{setting}: another token asks");
        let text = sign.to_string().replace("toci-patient", "another-patient");
        post("tocilizumab-order-sign", &serde_json::from_str(&text).expect("JSON"));
        let asked = fhir.asked();
        assert_eq!(asked.len(), all, "{setting}: another patient asks: {asked:?}");
        assert!(asked.iter().all(|path| path.contains("another-patient")), "{setting}: {asked:?}");
        assert!(!reply.body.contains(TOKEN));
    }
}
