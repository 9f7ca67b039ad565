//! A real Prometheus scrapes the service under load, knows the alerts of `deploy/`, and answers every query of the
//! dashboard. `tests/prometheus` brings Prometheus and runs this; a plain `cargo test` says that it leaves it out.

use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use reqwest::{Client, Url};
use serde_json::{Value, json};

use self::picture::Panel;
use crate::authentication::issuer::{Key, set};
use crate::authentication::{ISSUER, PUBLIC, claims};
use crate::edge::tls::{Authority, serve_with};
use crate::fhir_server::unprefetched;
use crate::server::Server;
use crate::stand_in::{StandIn, Trouble};
use crate::support::{Folder, eventually, moved, text, with};

/// A page of what the queries returned.
mod picture;

/// What the repository brings for operators.
const DEPLOY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy");

/// The window of the dashboard's rates here, where figures are scraped every second.
const WINDOW: &str = "5s";

/// A Prometheus that ends with the test.
struct Prometheus {
    process: Child,
    url: String,
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// One of the programs of Prometheus.
fn prometheus(name: &str) -> Command {
    let folder = std::env::var_os("PROMETHEUS").expect("PROMETHEUS is not set; tests/prometheus sets it");
    Command::new(PathBuf::from(folder).join(name))
}

impl Prometheus {
    /// Scrapes this address into a folder.
    fn start(folder: &Folder, target: &str) -> Prometheus {
        let config = format!(
            "global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: ['{DEPLOY}/prometheus/rules.yml']\n\
             scrape_configs: [{{job_name: tocilizumab-cds, static_configs: [{{targets: ['{target}']}}]}}]\n"
        );
        let config = folder.write("prometheus.yml", &config);
        let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port").port();
        let address = format!("127.0.0.1:{port}");
        let mut command = prometheus("prometheus");
        let data = folder.path().join("data").display().to_string();
        command.args([format!("--config.file={config}"), format!("--storage.tsdb.path={data}")]);
        command.arg(format!("--web.listen-address={address}")).stdout(Stdio::null()).stderr(Stdio::null());
        Prometheus { process: command.spawn().expect("Prometheus starts"), url: format!("http://{address}/api/v1") }
    }

    /// The answer to a question of its API.
    fn ask(&self, path: &str, parameters: &[(&str, &str)]) -> Value {
        let url = Url::parse_with_params(&format!("{}/{path}", self.url), parameters).expect("a URL");
        let asked = async { reqwest::get(url).await?.text().await };
        let body = actix_web::rt::Runtime::new().expect("a runtime").block_on(asked).unwrap_or_default();
        serde_json::from_str(&body).unwrap_or_default()
    }
}

/// A service with all that the figures cover: a certificate, a client, a silent service and rules, a store.
fn service(authority: &Authority, key: &Key) -> Server {
    let folder = Folder::new();
    let keys = folder.write("keys.json", &set(&[key]));
    let store = folder.path().join("store.sqlite").display().to_string();
    let settings = format!(
        "public-url = '{PUBLIC}'\ndeadline-ms = 20000\nsilent-services = ['tocilizumab-order-select']\n\
         metrics.listen = '127.0.0.1:0'\n[store]\nurl = 'sqlite:{store}'\n\
         [clients.mercy]\nissuer = '{ISSUER}'\nkeys = '{keys}'\n"
    );
    serve_with(folder, &settings, &authority.sign(), None).0
}

/// Sends what a day brings: calls of both hooks, with and without prefetch, feedback, and what is refused.
async fn day(client: &Client, server: &Server, key: &Key, fhir: &str) {
    let request = moved("patients/neutrophils-1.9");
    let select = with(&request, "/hook", Some(json!("order-select")));
    for (path, body, is_signed) in [
        ("tocilizumab-order-sign", request.clone(), true),
        ("tocilizumab-order-sign", unprefetched(&request, fhir), true),
        ("tocilizumab-order-select", select, true),
        ("tocilizumab-order-sign", json!({}), true),
        ("tocilizumab-order-sign", request, false),
        ("tocilizumab-order-sign/feedback", json!({"feedback": [{"card": "x", "outcome": "accepted"}]}), true),
    ] {
        let mut claims = claims();
        claims["aud"] = json!(format!("{PUBLIC}/cds-services/{path}"));
        let token = key.token(&key.header(), &claims);
        let call = client.post(format!("{}/cds-services/{path}", server.url())).body(body.to_string());
        let call = call.header("Content-Type", "application/json");
        let call = if is_signed { call.header("Authorization", format!("Bearer {token}")) } else { call };
        call.send().await.unwrap_or_else(|error| panic!("{path}: {error:?}"));
    }
}

/// The queries of the dashboard, each with the title of its panel.
fn queries() -> Vec<(String, String)> {
    let dashboard = std::fs::read_to_string(Path::new(DEPLOY).join("grafana/tocilizumab-cds.json")).expect("a file");
    let dashboard: Value = serde_json::from_str(&dashboard).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels").iter();
    let targets = panels.flat_map(|panel| {
        let title = text(panel, "/title").to_owned();
        panel["targets"]
            .as_array()
            .into_iter()
            .flatten()
            .map(move |target| (title.clone(), text(target, "/expr").to_owned()))
    });
    targets.map(|(title, query)| (title, query.replace("$__rate_interval", WINDOW))).collect()
}

#[test]
#[ignore = "needs PROMETHEUS; tests/prometheus brings it and runs it"]
fn prometheus_answers_every_query_of_the_dashboard() {
    let (authority, key, fhir, folder) = (Authority::new("ours"), Key::p384("k"), StandIn::start(), Folder::new());
    fhir.hold(&moved("patients/neutrophils-1.9"));
    fhir.trouble("AllergyIntolerance?", Trouble::Status(500));
    let server = service(&authority, &key);
    let log = eventually("it says where", || Some(server.log()).filter(|log| log.contains("started")));
    let url = log.split("metrics=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned();
    let target = url.trim_start_matches("http://").trim_end_matches("/metrics");
    let prometheus = Prometheus::start(&folder, target);
    let client = authority.client().build().expect("an HTTP client");
    let runtime = actix_web::rt::Runtime::new().expect("a runtime");
    let queries = queries();
    assert!(queries.len() > 20, "{queries:?}");
    let mut empty = queries.clone();
    eventually("every query has data", || {
        runtime.block_on(async {
            day(&client, &server, &key, &fhir.base()).await;
            tokio::time::sleep(Duration::from_millis(300)).await;
        });
        empty.retain(|(_, query)| !has_data(&prometheus.ask("query", &[("query", query)])));
        if !empty.is_empty() {
            eprintln!("{} of {} queries have no data yet", empty.len(), queries.len());
        }
        empty.is_empty().then_some(())
    });
    for (title, query) in &queries {
        let answer = prometheus.ask("query", &[("query", query)]);
        println!("{title}: {} series, first {}", series(&answer).len(), series(&answer)[0]);
    }
    if let Some(file) = std::env::var_os("DASHBOARD_PAGE") {
        // A minute of load, so that there is a course to be seen. The time is that of Prometheus, which is asked for it.
        let now = || prometheus.ask("query", &[("query", "time()")])["data"]["result"][0].as_f64().expect("a time");
        let from = now();
        while now() < from + 60.0 {
            runtime.block_on(day(&client, &server, &key, &fhir.base()));
        }
        let (from, to) = (from.to_string(), (from + 60.0).to_string());
        let panel = |(title, query): &(String, String)| {
            let range = [("query", query.as_str()), ("start", &from), ("end", &to), ("step", "2")];
            Panel { title: title.clone(), query: query.clone(), answer: prometheus.ask("query_range", &range) }
        };
        let panels: Vec<Panel> = queries.iter().map(panel).collect();
        std::fs::write(file, picture::page(&panels)).expect("the page is written");
    }
    let rules = eventually("all alerts were looked at", || {
        let answer = prometheus.ask("rules", &[]);
        let rules = answer["data"]["groups"][0]["rules"].as_array().cloned().unwrap_or_default();
        (!rules.is_empty() && rules.iter().all(|rule| rule["health"] == "ok")).then_some(rules)
    });
    println!("{} alerts, none with an error", rules.len());
    let page = runtime.block_on(async { reqwest::get(&url).await?.text().await }).expect("figures");
    let lint = lint(&page);
    assert_eq!(lint, "", "promtool check metrics");
}

fn series(answer: &Value) -> &[Value] {
    answer["data"]["result"].as_array().map_or(&[], Vec::as_slice)
}

/// Whether a query has an answer that is a number.
fn has_data(answer: &Value) -> bool {
    series(answer).iter().any(|one| one["value"][1].as_str().is_some_and(|value| value != "NaN"))
}

/// What `promtool check metrics` says against the figures.
fn lint(page: &str) -> String {
    let mut promtool = prometheus("promtool");
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = promtool.spawn().expect("promtool starts");
    process.stdin.take().expect("a pipe").write_all(page.as_bytes()).expect("it reads");
    let output = process.wait_with_output().expect("it ends");
    let said = [output.stdout, output.stderr].concat();
    let code = if output.status.success() { String::new() } else { format!("{}", output.status) };
    format!("{code}{}", String::from_utf8_lossy(&said))
}
