//! The workbench in headless Chromium: what a person does there, the rules of accessibility on every page, and pictures
//! of all of them. `tests/run` installs browser, driver and axe-core and runs these tests; a plain `cargo test` says that
//! it leaves them out. Where `BROWSER_PICTURES` names a folder, the pictures are kept there to be looked at; where
//! `README_PICTURES` does, those that the README shows are kept there.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::str::FromStr;
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::{Method, Url};
use serde_json::{Value, json};

use ::engine::check::check;
use ::knowledge::files::Files;
use tocilizumab_cds::author::Sdk;

use crate::real_servers::process::{RealServer, place};
use crate::server::Server;
use crate::support::fixtures;

/// The widths at which every page is looked at, with their heights.
const SIZES: [(u32, u32); 3] = [(360, 740), (768, 1024), (1440, 900)];

/// Every kind of page, by the name of its picture.
const PAGES: [(&str, &str); 15] = [
    ("patients", "/"),
    ("cards", "/workbench/cards?of=patients/neutrophils-1.9"),
    ("cards-dose", "/workbench/cards?of=patients/every-two-weeks-new-start"),
    ("cards-epic", "/workbench/cards?of=patients/infected-digital-ulcer-allergies-refused&profile=epic"),
    ("why", "/workbench/why?of=patients/neutrophils-1.9"),
    ("why-treated", "/workbench/why?of=patients/continuation-platelets-92"),
    ("time", "/workbench/time?of=patients/continuation-platelets-92"),
    ("numbers", "/workbench/numbers"),
    ("what-if", "/workbench/what-if?of=textbook&value.Observation/anc=1.9"),
    ("raw", "/workbench/raw?of=textbook"),
    ("coverage", "/workbench/rules"),
    ("coverage-rule", "/workbench/rule?of=tocilizumab/laboratory-limits"),
    ("check", "/workbench/check"),
    ("search", "/workbench/search?q=neutrophils"),
    ("handbook", "/handbook/tocilizumab-laboratory-limits.html"),
];

/// The pages that the README shows, and how much of each.
const README: [(&str, u32); 3] = [("cards", 760), ("why", 900), ("what-if", 760)];

/// A browser with its driver; both end with the test.
struct Browser {
    client: Client,
    driver: RealServer,
    pictures: Option<PathBuf>,
}

impl Browser {
    async fn start() -> Browser {
        let mut command = Command::new(std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned()));
        // The browsers that the driver starts are of its group, so that all of them end with it.
        command.arg("--port=0").process_group(0);
        let driver = RealServer::start(command, |line| {
            let (_, port) = line.split_once("started successfully on port ")?;
            Some(format!("http://127.0.0.1:{}", port.trim().trim_end_matches('.')))
        });
        let arguments =
            ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage"];
        let Value::Object(wanted) = json!({"goog:chromeOptions": {"args": arguments}}) else {
            unreachable!("an object")
        };
        let client = ClientBuilder::new(HttpConnector::new()).capabilities(wanted).connect(&driver.base).await;
        let pictures = std::env::var_os("BROWSER_PICTURES").map(PathBuf::from);
        Browser { client: client.expect("a browser"), driver, pictures }
    }

    async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// What is found by a selector of CSS, once it is there.
    async fn find(&self, selector: &str) -> Element {
        let wait = self.client.wait().at_most(Duration::from_secs(60));
        let found = wait.for_element(Locator::Css(selector)).await;
        found.unwrap_or_else(|error| panic!("{selector}: {error}"))
    }

    async fn link(&self, words: &str) -> Element {
        let found = self.client.find(Locator::LinkText(words)).await;
        found.unwrap_or_else(|error| panic!("no link {words}: {error}"))
    }

    async fn click(&self, selector: &str) {
        let clicked = self.find(selector).await.click().await;
        clicked.unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// Waits until the page says something.
    async fn says(&self, words: &str) {
        let mut said = String::new();
        for _ in 0..600 {
            said = self.text().await;
            if said.contains(words) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the page does not say {words}: {said}");
    }

    /// Waits until the page is not worked on any more.
    async fn rests(&self) {
        for _ in 0..600 {
            let waiting = self.client.execute("return document.querySelector('[data-again]') !== null", vec![]).await;
            if waiting.is_ok_and(|waiting| waiting == Value::Bool(false)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the page is still being worked on after a minute");
    }

    /// All words that are on the page.
    async fn text(&self) -> String {
        // Between two pages there is none to be read.
        let text = self.client.execute("return document.body ? document.body.innerText : ''", vec![]).await;
        text.ok().and_then(|text| text.as_str().map(str::to_owned)).unwrap_or_default()
    }

    async fn run(&self, script: &str) -> Value {
        self.client.execute(script, vec![]).await.unwrap_or_else(|error| panic!("{script:.80}: {error}"))
    }

    /// Writes into a field.
    async fn write(&self, selector: &str, text: &str) {
        // Typing thousands of characters takes a browser long; a person would paste them.
        let script = "const [field, text] = arguments; document.querySelector(field).value = text;";
        let written = self.client.execute(script, vec![selector.into(), text.into()]).await;
        written.unwrap_or_else(|error| panic!("{selector}: {error}"));
    }

    /// What a developer's tool could ask of the browser.
    async fn tool(&self, name: &str, parameters: Value) {
        let command = Tool { name: name.to_owned(), parameters };
        self.client.issue_cmd(command).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    }

    async fn scheme(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!([{"name": "prefers-color-scheme", "value": value}]);
        self.tool("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    async fn size(&self, width: u32, height: u32) {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.tool("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// A picture of the whole page.
    async fn picture(&self, name: &str, width: u32, height: u32) {
        let Some(folder) = &self.pictures else { return };
        let all = self.run("return document.documentElement.scrollHeight").await.as_u64().unwrap_or_default();
        let height = u32::try_from(all).unwrap_or(height).clamp(height, 6000);
        self.size(width, height).await;
        let picture = self.client.screenshot().await.unwrap_or_else(|error| panic!("{name}: {error}"));
        write(&folder.join(format!("{name}.png")), &picture);
    }

    /// A picture for the README: the first screen of a page, as light as most readers have it.
    async fn picture_for_readme(&self, name: &str) {
        let Some(folder) = std::env::var_os("README_PICTURES").map(PathBuf::from) else { return };
        let Some((_, height)) = README.iter().find(|(known, _)| *known == name) else { return };
        self.scheme(false).await;
        self.size(1080, *height).await;
        let picture = self.client.screenshot().await.unwrap_or_else(|error| panic!("{name}: {error}"));
        write(&folder.join(format!("workbench-{name}.png")), &picture);
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-s", "KILL", "--", &format!("-{}", self.driver.id())]).status();
    }
}

/// A command of the browser's own tools.
#[derive(Debug)]
struct Tool {
    name: String,
    parameters: Value,
}

impl WebDriverCompatibleCommand for Tool {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, <Url as FromStr>::Err> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = json!({"cmd": self.name, "params": self.parameters});
        (Method::POST, Some(body.to_string()))
    }
}

fn write(path: &Path, bytes: &[u8]) {
    let folder = path.parent().unwrap_or(path);
    let written = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, bytes));
    written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// Runs a visit on a runtime of its own.
fn visit(steps: impl Future<Output = ()>) {
    actix_web::rt::Runtime::new().expect("a runtime").block_on(steps);
}

#[test]
#[ignore = "tests/run installs Chromium and runs it"]
fn a_person_finds_out_why_and_what_if() {
    let server = Server::with_store("");
    visit(async {
        let browser = Browser::start().await;
        browser.open(&format!("{}/", server.url())).await;
        // The list shrinks while one types; then a patient is chosen.
        browser.find("#find").await.send_keys("just below the start").await.expect("keys");
        browser.says("One test patient.").await;
        browser.link("patients/neutrophils-1.9").await.click().await.expect("a click");
        browser.says("Do not start tocilizumab: neutrophils 1,900/µL").await;
        // Why.
        browser.link("Why").await.click().await.expect("a click");
        browser.says("Neutrophils below the start limit").await;
        // A suggestion is taken.
        browser.link("Cards").await.click().await.expect("a click");
        browser.click("article.critical button.accept").await;
        browser.says("Accepted. The feedback is in the store").await;
        // What if the textbook patient had fewer neutrophils?
        browser.open(&format!("{}/workbench/what-if?of=textbook", server.url())).await;
        let field = browser.find("[name='value.Observation/anc']").await;
        assert_eq!(field.prop("value").await.expect("a value").as_deref(), Some("4.2"));
        field.clear().await.expect("an empty field");
        field.send_keys("1.9\t").await.expect("keys");
        browser.says("Do not start tocilizumab: neutrophils 1,900/µL").await;
        browser.says("+ New").await;
        let url = browser.client.current_url().await.expect("a URL");
        assert!(url.as_str().ends_with("what-if?of=textbook&value.Observation/anc=1.9"), "{url}");
        // What is on screen is copied as a case, which holds.
        browser.click("form.copy button").await;
        browser.says("A case of this").await;
        let toml = browser.run("return document.getElementById('toml').textContent").await;
        let mut files = Files::embedded();
        let path = "tocilizumab/laboratory-limits.cases.toml";
        let cases = files.0.get(path).expect("a file of cases").clone();
        files.0.insert(path.to_owned(), format!("{cases}\n{}", toml.as_str().unwrap_or_default()));
        assert_eq!(check(&files, fixtures(), &Sdk).mistakes, [], "{toml}");
        // Broken input is explained, and a script in it is shown as text.
        for (pasted, said) in [
            ("{\"resourceType\": \"Bundle\", \"entry\": [", "the body is not JSON"),
            ("<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\">", "not JSON"),
        ] {
            browser.open(&format!("{}/", server.url())).await;
            browser.write("#text", pasted).await;
            browser.click("form.paste button").await;
            browser.says(said).await;
            let shown = browser.run("return document.getElementById('text').value").await;
            assert_eq!(shown.as_str(), Some(pasted));
            assert!(!browser.client.title().await.expect("a title").contains("taken"));
        }
        browser.write("#text", fixtures().0.get("bundles/collection-draft").expect("a fixture")).await;
        browser.click("form.paste button").await;
        browser.says("Pasted at").await;
        // Nothing stays in the browser but a cookie that no script can read.
        let kept = browser.run("return [document.cookie, localStorage.length, sessionStorage.length]").await;
        assert_eq!(kept, json!(["", 0, 0]));
        browser.client.clone().close().await.expect("the browser ends");
    });
    let stats = server.get("/stats").json();
    assert_eq!(stats["total"]["accepted"], 1, "{stats}");
}

#[test]
#[ignore = "tests/run installs Chromium and runs it"]
fn every_page_is_accessible_and_fits_every_screen() {
    let axe = Path::new(&place("AXE_MODULES")).join("axe-core/axe.min.js");
    let axe = std::fs::read_to_string(&axe).unwrap_or_else(|error| panic!("{}: {error}", axe.display()));
    let server = Server::with_store("");
    visit(async {
        let browser = Browser::start().await;
        let mut wrong = Vec::new();
        for (name, path) in PAGES {
            browser.size(1440, 900).await;
            browser.open(&format!("{}{path}", server.url())).await;
            browser.rests().await;
            browser.picture_for_readme(name).await;
            for dark in [false, true] {
                browser.scheme(dark).await;
                for (width, height) in SIZES {
                    browser.size(width, height).await;
                    let wide = browser.run("return document.documentElement.scrollWidth").await;
                    if wide.as_u64() > Some(width.into()) {
                        wrong.push(format!("{name} at {width}: {wide} wide"));
                    }
                    let scheme = if dark { "dark" } else { "light" };
                    browser.picture(&format!("{name}-{width}-{scheme}"), width, height).await;
                }
                // The rules run in a world of their own, which the policy of the page does not bind.
                browser.run(&format!("{axe}; return null")).await;
                let run = "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']}).then((found) => \
                           done(found.violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html + n.failureSummary).slice(0, 2)}`)))";
                let found = browser.client.execute_async(run, vec![]).await.expect("axe runs");
                for violation in found.as_array().into_iter().flatten() {
                    wrong.push(format!("{name}, dark {dark}: {violation}"));
                }
            }
        }
        browser.client.clone().close().await.expect("the browser ends");
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    });
}

#[test]
#[ignore = "tests/run installs Chromium and runs it"]
fn without_scripts_everything_is_there() {
    let server = Server::shared();
    visit(async {
        let browser = Browser::start().await;
        browser.tool("Emulation.setScriptExecutionDisabled", json!({"value": true})).await;
        browser.open(&format!("{}/workbench/cards?of=patients/neutrophils-1.9", server.url())).await;
        let card = browser.find("article.critical h2").await.text().await.expect("words");
        assert!(card.starts_with("Do not start tocilizumab"), "{card}");
        browser.link("Why").await.click().await.expect("a click");
        let table = browser.find("details.rule table").await.text().await.expect("words");
        assert!(table.contains("1,900/µL"), "{table}");
        // A form is sent by its button.
        browser.open(&format!("{}/workbench/what-if?of=textbook", server.url())).await;
        let field = browser.find("[name='value.Observation/anc']").await;
        field.clear().await.expect("an empty field");
        field.send_keys("1.9").await.expect("keys");
        browser.click("form.changes .send button").await;
        let outcome = browser.find("#outcome h2").await.text().await.expect("words");
        assert_eq!(outcome, "What that changes");
        browser.client.clone().close().await.expect("the browser ends");
    });
}
