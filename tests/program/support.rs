//! What the tests share: test patients as they stand or moved to today, the program as a command, readings of answers.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ::engine::example::example;
use ::knowledge::Library;
use ::knowledge::files::Files;
use serde_json::Value;

/// The services by hook.
pub const SERVICES: [(&str, &str); 2] =
    [("order-select", "tocilizumab-order-select"), ("order-sign", "tocilizumab-order-sign")];

/// The name under which answers carry the assessment.
pub const ASSESSMENT: &str = "io.github.tocilizumab-cds.assessment";

/// The test patients.
pub fn fixtures() -> &'static Files {
    static FILES: OnceLock<Files> = OnceLock::new();
    FILES.get_or_init(Files::fixtures)
}

/// The library that the program was built with.
pub fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| Library::embedded().expect("the library of the program validates"))
}

/// The names of the fixtures in these folders; `""` stands for the textbook patient.
pub fn names(folders: &[&str]) -> Vec<&'static str> {
    let folder = |name: &str| name.split_once('/').map_or("", |(folder, _)| folder).to_owned();
    fixtures().0.keys().map(String::as_str).filter(|name| folders.contains(&folder(name).as_str())).collect()
}

/// A fixture as it stands, dated for 2026-11-22.
pub fn fixture(name: &str) -> Value {
    let text = fixtures().0.get(name).unwrap_or_else(|| panic!("no fixture {name}"));
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A fixture with its dates moved so that its order is written today: the service looks at its own clock.
#[expect(clippy::disallowed_methods, reason = "the service under test runs by the real clock, so the calls must too")]
pub fn moved(name: &str) -> Value {
    let text = example(name, fixtures(), jiff::Zoned::now().date()).unwrap_or_else(|error| panic!("{name}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The id of the service that answers the hook of a request.
pub fn service(request: &Value) -> &'static str {
    let hook = request.get("hook").and_then(Value::as_str).unwrap_or_default();
    SERVICES.iter().find(|(name, _)| *name == hook).map_or("", |(_, id)| *id)
}

/// The request with another value at a path such as `/context/hook`; `None` removes the member.
pub fn with(request: &Value, path: &str, value: Option<Value>) -> Value {
    let mut changed = request.clone();
    let (parent, name) = path.rsplit_once('/').expect("a path begins with a slash");
    let members = changed.pointer_mut(parent).and_then(Value::as_object_mut);
    let members = members.unwrap_or_else(|| panic!("{path}: no object to change"));
    match value {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.remove(name),
    };
    changed
}

/// The cards of an answer.
pub fn cards(answer: &Value) -> &[Value] {
    answer.get("cards").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The card of a rule.
pub fn card<'a>(answer: &'a Value, rule: &str) -> Option<&'a Value> {
    cards(answer).iter().find(|card| text(card, "/source/topic/code") == rule)
}

/// The assessed orders of an answer.
pub fn assessed(answer: &Value) -> &[Value] {
    let orders = answer.get("extension").and_then(|extension| extension.get(ASSESSMENT));
    orders.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// What was found of a criterion in the first order: `met`, `unknown: absent`.
pub fn outcome(answer: &Value, criterion: &str) -> String {
    let criteria = assessed(answer).first().and_then(|order| order.get("criteria")).and_then(Value::as_array);
    let found = criteria.and_then(|all| all.iter().find(|found| text(found, "/id") == criterion));
    let Some(found) = found else { return "not assessed".to_owned() };
    match found.get("reason").and_then(Value::as_str) {
        Some(reason) => format!("{}: {reason}", text(found, "/outcome")),
        None => text(found, "/outcome").to_owned(),
    }
}

/// The text at a path, or nothing.
pub fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

/// The answer with the moment taken out of what it creates: all else is the same whenever it is asked for.
pub fn timeless(answer: &Value) -> Value {
    let mut answer = answer.clone();
    for card in members(&mut answer, "cards") {
        // Each server of the tests has a port of its own.
        for link in members(card, "links") {
            let path = text(link, "/url").split("/handbook/").last().unwrap_or_default().to_owned();
            link["url"] = Value::from(path);
        }
        for suggestion in members(card, "suggestions") {
            for action in members(suggestion, "actions").filter(|action| action["type"] == "create") {
                action["resource"]["authoredOn"] = Value::from("now");
            }
        }
    }
    answer
}

/// The items of a member that is an array.
fn members<'a>(value: &'a mut Value, name: &str) -> impl Iterator<Item = &'a mut Value> {
    value.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten()
}

/// What comes out once it does; a minute is the bound on a busy machine, not what it should take.
pub fn eventually<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = attempt() {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "after a minute still not: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The program, with an environment that sets nothing of it.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tocilizumab-cds"));
    command.env_remove("TOCILIZUMAB_CDS_LISTEN").env_remove("TOCILIZUMAB_CDS_CONFIG");
    // No test may write into the user's own folder.
    command.env("TOCILIZUMAB_CDS_STORE_URL", "off");
    for proxy in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env_remove(proxy);
    }
    command
}

/// A folder of one test that is removed with it.
pub struct Folder(PathBuf);

impl Folder {
    /// A new, empty folder.
    pub fn new() -> Folder {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("program-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Folder(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Writes a file into it, its folders included, and returns where it stands.
    pub fn write(&self, name: &str, text: &str) -> String {
        let path = self.0.join(name);
        let written =
            std::fs::create_dir_all(path.parent().unwrap_or(&self.0)).and_then(|()| std::fs::write(&path, text));
        written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        path.to_string_lossy().into_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left behind lies in the build's own temporary folder; a test does not fail over it.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
