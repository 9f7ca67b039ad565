//! The workbench without a browser: what its pages say where no script runs, who may see them, and what is kept.

use std::collections::BTreeMap;

use ::engine::check::check;
use ::engine::record::KnowledgeVersion;
use ::knowledge::files::Files;
use ::replay::statistics::Statistics;
use serde_json::Value;
use tocilizumab_cds::author::Sdk;

use crate::server::{Reply, Server};
use crate::support::{eventually, fixtures, names, text};

/// The most bytes of a page.
const HEAVIEST: usize = 150 * 1024;

/// A browser that keeps its cookie, and the token that stands in its forms.
struct Browser<'s> {
    server: &'s Server,
    cookie: String,
    token: String,
}

impl<'s> Browser<'s> {
    fn new(server: &'s Server) -> Browser<'s> {
        let page = server.get("/");
        assert_eq!(page.status, 200, "{}", page.body);
        let cookie = page.header("set-cookie").to_owned();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        let cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        let token = between(&page.body, "name=\"token\" value=\"", "\"").to_owned();
        assert!(!token.is_empty(), "no form on the first page");
        Browser { server, cookie, token }
    }

    fn get(&self, path: &str) -> Reply {
        self.server.send("GET", path, &[("Cookie", &self.cookie)], b"")
    }

    /// Sends a form, and follows to where it leads.
    fn form(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let token = [("token", self.token.as_str())];
        let fields = fields.iter().chain(&token);
        let body: Vec<String> = fields.map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        self.server.send("POST", path, &[kind, ("Cookie", &self.cookie)], body.join("&").as_bytes())
    }

    /// Sends a form with a file or without one, as a browser without scripts does.
    fn multipart(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let token = [("token", self.token.as_str())];
        let fields = fields.iter().chain(&token);
        let part = |(name, value): &(&str, &str)| {
            let file = if *name == "file" { "; filename=\"f.json\"" } else { "" };
            format!("--border\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n")
        };
        let body = format!("{}--border--\r\n", fields.map(part).collect::<String>());
        let kind = ("Content-Type", "multipart/form-data; boundary=border");
        self.server.send("POST", path, &[kind, ("Cookie", &self.cookie)], body.as_bytes())
    }

    fn paste(&self, text: &str) -> Reply {
        self.multipart("/workbench/paste", &[("text", text)])
    }
}

/// What stands between two texts; nothing where they do not stand.
fn between<'a>(page: &'a str, before: &str, after: &str) -> &'a str {
    let rest = page.split_once(before).map_or("", |(_, rest)| rest);
    rest.split_once(after).map_or("", |(inner, _)| inner)
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

/// What every page holds to: its weight, its policy, and nothing that the policy would forbid.
fn holds(what: &str, page: &Reply) {
    assert!(page.body.len() < HEAVIEST, "{what}: {} bytes", page.body.len());
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{what}: {policy}");
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self'"), "{what}: {policy}");
    for (name, value) in
        [("x-content-type-options", "nosniff"), ("referrer-policy", "same-origin"), ("cache-control", "no-store")]
    {
        assert_eq!(page.header(name), value, "{what}: {name}");
    }
    for inline in ["<style", " style=\"", " onclick", " onload", "javascript:"] {
        assert!(!page.body.contains(inline), "{what}: {inline}");
    }
    for script in page.body.split("<script").skip(1) {
        assert!(script.starts_with(" src=\"") && script.contains("defer></script>"), "{what}: a script on the page");
    }
}

#[test]
fn pages_say_what_is_decided_and_why_without_a_script() {
    let browser = Browser::new(Server::shared());
    for (path, said) in [
        ("/", &["Begin with one of these", "patients/neutrophils-1.9", "just below the start limit"][..]),
        ("/?find=hepatitis", &["hepatitis-b-immune"]),
        (
            "/workbench/cards?of=patients/neutrophils-1.9",
            &[
                "Critical",
                "Do not start tocilizumab: neutrophils 1,900/µL (10 Nov 2026) are below 2,000/µL",
                "Remove this tocilizumab order",
                "Removes ",
                "Why this card",
            ],
        ),
        (
            "/workbench/cards?of=patients/neutrophils-1.9&profile=oracle-health",
            &["To be done by hand, no button is offered"],
        ),
        ("/workbench/cards?of=healthy/arthritis-every-two-weeks", &["as of 22 Nov 2026, 09:00 UTC"]),
        (
            "/workbench/why?of=patients/neutrophils-1.9",
            &[
                "Neutrophils below the start limit",
                "received as",
                "1.9 10*3/uL",
                "2,000/µL",
                "12 days old",
                "Observation/anc",
                "Looked at and not used",
            ],
        ),
        ("/workbench/why?of=patients/continuation-platelets-92", &["Platelets in the range to hold", "label range "]),
        ("/workbench/time?of=patients/neutrophils-1.9", &["Results over time", "role=\"img\"", "As a table"]),
        (
            "/workbench/raw?of=textbook",
            &["tocilizumab-cds example textbook | curl", "Gather orders and record", "&quot;hookInstance&quot;"],
        ),
        // A Bundle shows as much as a request.
        (
            "/workbench/why?of=bundles/later-results",
            &["Neutrophils below the start limit", "Looked at and not used", "after the moment"],
        ),
        ("/workbench/time?of=bundles/first-order-and-renewal", &["Results over time", "role=\"img\"", "As a table"]),
        (
            "/workbench/raw?of=bundles/collection-draft",
            &["Read the Bundle", "advise and explain", "&quot;cards&quot;:", "io.github.tocilizumab-cds.assessment"],
        ),
        ("/workbench/what-if?of=textbook", &["What can be changed", "Observation/anc"]),
        ("/workbench/search?q=neutrophils+start", &["Neutrophils below the start limit"]),
        ("/workbench/search?q=1441527", &["1441527"]),
        ("/workbench/check", &["a policy", "tocilizumab/laboratory-limits.toml"]),
        ("/workbench/numbers", &["Nothing is kept"]),
        ("/workbench/cards?of=shapes/prefetch-missing", &["The service refuses it with 412"]),
    ] {
        let page = browser.get(path);
        assert_eq!(page.status, 200, "{path}: {}", page.body);
        holds(path, &page);
        for words in said {
            assert!(page.body.contains(words), "{path}: no {words} in {}", page.body);
        }
    }
}

#[test]
fn every_test_patient_has_its_pages() {
    let browser = Browser::new(Server::shared());
    for name in names(&["", "patients", "healthy", "shapes", "bundles"]) {
        let page = browser.get(&format!("/workbench/cards?of={name}"));
        assert_eq!(page.status, 200, "{name}: {}", page.body);
        holds(name, &page);
    }
    for name in names(&["", "patients"]) {
        let page = browser.get(&format!("/workbench/why?of={name}"));
        assert_eq!(page.status, 200, "{name}: {}", page.body);
        holds(name, &page);
    }
}

#[test]
fn only_pages_of_the_service_itself_get_in() {
    let server = Server::shared();
    let (one, other) = (Browser::new(server), Browser::new(server));
    let own = format!("http://{}", server.address());
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    let (cookie, right, foreign) = (("Cookie", one.cookie.as_str()), one.token.clone(), other.token.clone());
    let token = |token: &str| format!("token={token}");
    for (what, method, path, headers, body, status) in [
        ("a name of someone else", "GET", "/", vec![("Host", "evil.test")], String::new(), 421),
        ("a name of this machine", "GET", "/", vec![("Host", "localhost:1")], String::new(), 200),
        (
            "a page of another origin",
            "GET",
            "/workbench/check",
            vec![("Origin", "http://evil.test")],
            String::new(),
            421,
        ),
        ("a page of another port", "GET", "/", vec![("Origin", "http://127.0.0.1:1")], String::new(), 421),
        ("a form without token", "POST", "/workbench/forget", vec![form, cookie], "x=1".to_owned(), 403),
        ("a form of another browser", "POST", "/workbench/forget", vec![form, cookie], token(&foreign), 403),
        ("a token without cookie", "POST", "/workbench/forget", vec![form], token(&right), 403),
        (
            "a form from elsewhere",
            "POST",
            "/workbench/forget",
            vec![form, cookie, ("Origin", "null")],
            token(&right),
            403,
        ),
        (
            "a form of another site",
            "POST",
            "/workbench/forget",
            vec![form, cookie, ("Sec-Fetch-Site", "cross-site")],
            token(&right),
            403,
        ),
        (
            "our own form",
            "POST",
            "/workbench/forget",
            vec![form, cookie, ("Origin", own.as_str()), ("Sec-Fetch-Site", "same-origin")],
            token(&right),
            200,
        ),
        ("feedback without token", "POST", "/workbench/feedback", vec![form, cookie], "card=x".to_owned(), 403),
        ("nothing", "GET", "/workbench/nothing", vec![], String::new(), 404),
        ("no such patient", "GET", "/workbench/cards?of=nobody", vec![], String::new(), 404),
        ("no such profile", "GET", "/workbench/cards?of=textbook&profile=x", vec![], String::new(), 400),
        ("no such change", "GET", "/workbench/cards?of=textbook&value.Observation/none=1", vec![], String::new(), 400),
    ] {
        let reply = server.send(method, path, &headers, body.as_bytes());
        assert_eq!(reply.status, status, "{what}: {}", reply.body);
        // What is refused for all URLs alike is no page.
        if reply.header("content-type").starts_with("text/html") {
            holds(what, &reply);
        }
    }
    for path in ["/workbench/paste", "/workbench/check", "/workbench/numbers"] {
        let stranger = Browser { server, cookie: one.cookie.clone(), token: foreign.clone() };
        assert_eq!(stranger.multipart(path, &[("text", "{}")]).status, 403, "{path}");
    }
}

#[test]
fn what_is_pasted_is_for_one_browser_and_its_errors_are_told() {
    let server = Server::with_settings("[workbench]\nbrowser-items = 2\nbrowser-bytes = 400000");
    let (one, other) = (Browser::new(&server), Browser::new(&server));
    let request =
        fixtures().0.get("patients/neutrophils-1.9").expect("a fixture").replace("toci-patient", "secret-patient");
    for (what, pasted, said) in [
        ("nothing", " ", "Nothing was pasted"),
        (
            "broken",
            "{\"resourceType\": \"Bundle\", \"entry\": [",
            "the body is not JSON: EOF while parsing a list at line 1",
        ),
        ("no Bundle", "{\"resourceType\": \"Patient\"}", "holds a single Patient"),
        ("a script", "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("one broken line", "{\"resourceType\": \"Bundle\", \"entry\": []}\n{]", "Line 2"),
        ("a request without context", "{\"hook\": \"order-sign\"}", "context"),
    ] {
        let page = one.paste(pasted);
        assert_eq!(page.status, 422, "{what}: {}", page.body);
        assert!(page.body.contains(said) && !page.body.contains("<script>alert"), "{what}: {}", page.body);
        holds(what, &page);
    }
    let page = one.paste(&request);
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(
        page.body.contains("Do not start tocilizumab: neutrophils") && page.body.contains("Pasted at"),
        "{}",
        page.body
    );
    let key = between(&page.body, "name=\"of\" value=\"", "\"").to_owned();
    assert!(key.starts_with("own-"), "{key}");
    let path = format!("/workbench/why?of={key}");
    assert_eq!((one.get(&path).status, other.get(&path).status), (200, 404));
    let bundle = fixtures().0.get("bundles/collection-draft").expect("a fixture");
    let page = one.multipart("/workbench/paste", &[("file", bundle), ("text", "")]);
    assert!(page.body.contains("class=\"card "), "a Bundle as a file: {}", page.body);
    let of_bundle = between(&page.body, "workbench/why?of=", "\"");
    for (view, said) in [("why", "Looked at and not used"), ("time", "role=\"img\""), ("raw", "Time of each phase")] {
        let page = one.get(&format!("/workbench/{view}?of={of_bundle}"));
        assert!(page.status == 200 && page.body.contains(said), "{view}: {}", page.body);
    }
    let lines = [bundle, &request].map(|text| text.replace('\n', " ")).join("\n");
    assert_eq!(one.paste(&lines).status, 200);
    assert_eq!(one.get(&path).status, 404, "the oldest made room");
    assert!(one.get("/").body.contains("line 2"), "both lines are kept");
    assert_eq!(one.paste(&"x".repeat(400_001)).status, 413);
    assert!(!one.form("/workbench/forget", &[]).body.contains("line 2"), "all is forgotten");
    let log = server.into_log();
    assert!(!log.contains("secret-patient") && !log.contains("neutrophils"), "{log}");
}

#[test]
fn feedback_of_the_workbench_is_in_the_store() {
    let server = Server::with_store("");
    let browser = Browser::new(&server);
    let page = browser.get("/workbench/cards?of=patients/neutrophils-1.9").body;
    let card = between(&page, "name=\"card\" value=\"", "\"").to_owned();
    let suggestion = between(&page, "name=\"suggestion\" value=\"", "\"").to_owned();
    let reason = between(&page, "<option value=\"\">no reason given</option><option value=\"", "\"").to_owned();
    assert!(!card.is_empty() && !suggestion.is_empty() && !reason.is_empty(), "{page}");
    let of = ("of", "patients/neutrophils-1.9");
    let told = browser.form("/workbench/feedback", &[of, ("card", &card), ("suggestion", &suggestion)]);
    assert!(told.body.contains("Accepted. The feedback is in the store"), "{}", told.body);
    let counted = |name: &str| -> Value { server.get("/stats").json()["total"][name].clone() };
    assert_eq!((counted("issued"), counted("accepted")), (Value::from(1), Value::from(1)));
    let told = browser.form("/workbench/feedback", &[of, ("card", &card), ("reason", &reason)]);
    assert!(told.body.contains("Overridden. The feedback is in the store"), "{}", told.body);
    let stats = server.get("/stats").json();
    assert_eq!((counted("issued"), counted("overridden")), (Value::from(1), Value::from(1)), "{stats}");
    assert_eq!(text(&stats, "/overrideReasons/0/reason"), reason);
    let gone = browser.form("/workbench/feedback", &[of, ("card", "00000000-0000-0000-0000-000000000000")]);
    assert_eq!(gone.status, 404);
    let numbers = browser.get("/workbench/numbers");
    holds("numbers", &numbers);
    assert!(numbers.body.contains("laboratory-limits") && numbers.body.contains("<svg"), "{}", numbers.body);
}

#[test]
fn a_change_flips_what_it_should_and_becomes_a_case_that_holds() {
    let browser = Browser::new(Server::shared());
    let fields = "value.Observation%2Fanc=1.9&date.Observation%2Fanc=2026-11-10T08:00:00Z&weight=&policy=as-served";
    let page = browser.get(&format!("/workbench/what-if?of=textbook&{fields}"));
    holds("what if", &page);
    for words in [
        "+ New",
        "Do not start tocilizumab: neutrophils 1,900/µL",
        "Neutrophils [#/volume] in Blood by Automated count: value 1.9",
        "Value in 10*3/uL",
        "Copy as a case",
        "what-if?of=textbook&amp;value.Observation/anc=1.9\"",
    ] {
        assert!(page.body.contains(words), "no {words} in {}", page.body);
    }
    let page = browser.get("/workbench/cards?of=textbook&value.Observation/anc=1.9").body;
    assert!(page.contains("One thing is changed"), "{page}");
    let page = browser
        .get("/workbench/case?of=textbook&edits=value.Observation%2Fanc%3D1.9&rule=laboratory-limits&name=a+count");
    let toml = between(&page.body, "id=\"toml\">", "</pre>");
    let toml = [("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")]
        .iter()
        .fold(toml.to_owned(), |text, (from, to)| text.replace(from, to));
    assert!(toml.contains("name = \"a count\"") && toml.contains("neutrophils 1,900/µL"), "{toml}");
    let mut files = Files::embedded();
    let path = "tocilizumab/laboratory-limits.cases.toml";
    let cases = files.0.get(path).expect("a file of cases").clone();
    files.0.insert(path.to_owned(), format!("{cases}\n{toml}"));
    assert_eq!(check(&files, fixtures(), &Sdk).mistakes, []);
    let wrong = browser.get("/workbench/what-if?of=textbook&value.Observation/anc=many");
    assert!(wrong.status == 200 && wrong.body.contains("many"), "{}", wrong.body);
}

#[test]
fn changes_of_something_pasted_stand_in_no_url() {
    let server = Server::shared();
    let browser = Browser::new(server);
    let pasted = browser.paste(fixtures().0.get("textbook").expect("a fixture"));
    let key = between(&pasted.body, "name=\"of\" value=\"", "\"").to_owned();
    let changed = browser
        .form("/workbench/what-if", &[("of", &key), ("value.Observation/anc", "1.9"), ("now", "2026-11-22T09:00:00Z")]);
    assert!(changed.body.contains("Do not start tocilizumab: neutrophils 1,900/µL"), "{}", changed.body);
    assert!(!changed.body.contains("anc=1.9") || changed.body.contains("name=\"edits\""), "{}", changed.body);
    let links = changed.body.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
    assert!(links.into_iter().all(|link| !link.contains("1.9")), "{}", changed.body);
    assert!(browser.get(&format!("/workbench/cards?of={key}")).body.contains("things are changed"));
    let case = browser.get(&format!("/workbench/case?of={key}&rule=laboratory-limits&name=x"));
    assert!(case.status == 422 && case.body.contains("test patient"), "{}", case.body);
}

#[test]
fn a_file_is_checked_without_touching_the_service() {
    let browser = Browser::new(Server::shared());
    let rule = Files::embedded().0.get("tocilizumab/laboratory-limits.toml").expect("a rule").clone();
    let other = rule.replacen("below = \"2000\"", "below = \"1500\"", 1);
    for (what, file, said) in [
        ("policy", "silent = [\"neutrophils\"]", &["mistake", "class=\"mistake\""][..]),
        ("policy", "silent = [\"laboratory-limits\"]", &["No mistakes", "Whose cards would change", "try it"]),
        ("tocilizumab/laboratory-limits.toml", "title = 1", &["mistake"]),
        ("tocilizumab/laboratory-limits.toml", &rule, &["No mistakes", "Those of no test patient"]),
        ("x.toml", "a = 1", &["There is no rule file x.toml"]),
        ("policy", "", &["Nothing was pasted"]),
    ] {
        let page = browser.multipart("/workbench/check", &[("what", what), ("text", file)]);
        holds(what, &page);
        for words in said {
            assert!(page.body.contains(words), "{what} {file:.40}: no {words} in {}", page.body);
        }
    }
    assert!(other != rule, "the rule has a limit of 2000");
    let page =
        browser.multipart("/workbench/check", &[("what", "tocilizumab/laboratory-limits.toml"), ("text", &other)]);
    for words in ["Whose cards would change", "patients/neutrophils-1.9", "In other files"] {
        assert!(page.body.contains(words), "no {words} in {}", page.body);
    }
    let tried = browser.get("/workbench/what-if?of=patients/neutrophils-1.9&policy=tried");
    assert!(tried.body.contains("the policy that was checked in this browser"), "{}", tried.body);
}

#[test]
fn statistics_of_a_replay_are_opened() {
    let browser = Browser::new(Server::shared());
    let page = browser.multipart("/workbench/numbers", &[("file", "{}")]);
    assert!(page.body.contains("This is not a file of statistics"), "{}", page.body);
    let version = KnowledgeVersion::of(&Files::embedded(), None);
    let statistics = Statistics::of(&version).json().expect("statistics");
    let page = browser.multipart("/workbench/numbers", &[("file", &statistics)]);
    holds("a replay", &page);
    assert!(page.body.contains("What the service would have said in a replay"), "{}", page.body);
    assert!(page.body.contains("href=\"../workbench/report.css\""), "its styles come with it: {}", page.body);
    let styles = browser.get("/workbench/report.css");
    assert!(
        styles.body.contains(".figures") && styles.header("content-type").starts_with("text/css"),
        "{}",
        styles.body
    );
    assert!(!browser.get("/workbench/numbers").body.contains("report.css"));
}

#[test]
fn coverage_is_told_rule_by_rule() {
    let browser = Browser::new(Server::shared());
    let page = browser.get("/workbench/rules");
    assert!(page.status == 200, "nobody waits for all cases: {}", page.body);
    holds("coverage so far", &page);
    let page = eventually("the coverage of all rules", || {
        let page = browser.get("/workbench/rules");
        (!page.body.contains("data-again")).then_some(page)
    });
    holds("coverage", &page);
    assert!(page.body.contains("laboratory-limits") && page.body.contains("<meter"), "{}", page.body);
    let page = browser.get("/workbench/rule?of=tocilizumab/laboratory-limits");
    holds("coverage of a rule", &page);
    assert!(page.body.contains("Neutrophils below the start limit") && page.body.contains("cases"), "{}", page.body);
    assert_eq!(browser.get("/workbench/rule?of=x").status, 404);
}

#[test]
fn the_workbench_is_for_this_machine_unless_the_site_wants_it() {
    let keys: BTreeMap<&str, u16> = [("", 200), ("[workbench]\nmode = 'off'", 404)].into();
    for (settings, status) in keys {
        let server = Server::with_settings(settings);
        let reply = server.get("/");
        assert_eq!(reply.status, status, "{settings}: {}", reply.body);
        assert_eq!(server.get("/workbench/check").status, status, "{settings}");
        let nowhere = text(&server.get("/nowhere").json(), "/issue/0/diagnostics").to_owned();
        assert!(nowhere.contains("GET /cds-services, and the"), "{nowhere}");
        assert_eq!(nowhere.ends_with("GET /"), status == 200, "{nowhere}");
    }
    let server = Server::with_settings(
        "[authentication]\nmode = 'required'\n[clients.a]\nissuer = 'https://a.example'\njku = ['https://a.example/keys']",
    );
    assert_eq!(
        (server.get("/").status, server.get("/workbench/check").status, server.get("/stats").status),
        (401, 401, 401)
    );
}
