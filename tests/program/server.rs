//! The service as it ships: the binary started on a free port, called over HTTP, killed with the test that holds it.
//! Tests that need nothing of their own share two services, which end with the test program.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStderr, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;

use reqwest::header::HeaderMap;
use reqwest::{Client, Method};
use serde_json::Value;

use crate::support::{Folder, eventually, program, service};

/// A running service.
pub struct Server {
    process: Child,
    url: String,
    log: Log,
    /// Held open: the program would fail to print into a closed pipe.
    _out: BufReader<ChildStdout>,
    settings: Option<Folder>,
}

/// What the service has logged, read all the time: it would stand still before a full pipe.
struct Log {
    text: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Log {
    fn of(mut errors: ChildStderr) -> Log {
        let text = Arc::new(Mutex::new(Vec::new()));
        let written = Arc::clone(&text);
        let reader = std::thread::spawn(move || {
            let mut part = [0; 8192];
            while let Ok(length @ 1..) = errors.read(&mut part) {
                lock(&written).extend_from_slice(&part[..length]);
            }
        });
        Log { text, reader: Some(reader) }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&lock(&self.text)).into_owned()
    }

    /// All of it, once the service has ended.
    fn whole(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
        self.so_far()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An answer as it came.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

impl Reply {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.body))
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Server {
    /// The service with the default settings, shared by all tests.
    pub fn shared() -> &'static Server {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| Server::for_all_tests(&[]))
    }

    /// The service with time enough for every read from a FHIR server, however busy the machine is; shared by all tests.
    pub fn unhurried() -> &'static Server {
        static SHARED: OnceLock<Server> = OnceLock::new();
        SHARED.get_or_init(|| Server::for_all_tests(&[("TOCILIZUMAB_CDS_DEADLINE_MS", "60000")]))
    }

    /// A service that no test ends. A static is never dropped, so a shell stands between: its input is closed when the
    /// test program is gone, whatever ended it, and then it kills the service.
    fn for_all_tests(settings: &[(&str, &str)]) -> Server {
        let mut command = in_shell("trap '' INT HUP TERM; \"$0\" \"$@\" & read -r _; kill -KILL $!");
        command.envs(settings.iter().copied()).stdin(Stdio::piped());
        Server::run(command, &[], None)
    }

    /// The service with these settings.
    pub fn with_settings(settings: &str) -> Server {
        Server::in_folder(Folder::new(), settings)
    }

    /// The service with these settings, and with these variables in its environment.
    pub fn with_variables(settings: &str, variables: &[(&str, &str)]) -> Server {
        let folder = Folder::new();
        let path = folder.write("settings.toml", settings);
        let mut command = program();
        command.envs(variables.iter().copied());
        Server::run(command, &["--config", &path], Some((folder, settings)))
    }

    /// The service with settings that name files of this folder.
    pub fn in_folder(folder: Folder, settings: &str) -> Server {
        let path = folder.write("settings.toml", settings);
        Server::start(&["--config", &path], Some((folder, settings)))
    }

    /// The service with these settings and a store of its own.
    pub fn with_store(settings: &str) -> Server {
        let folder = Folder::new();
        let file = folder.path().join("store.sqlite").display().to_string();
        Server::in_folder(folder, &format!("{settings}\n[store]\nurl = 'sqlite:{file}'\n"))
    }

    /// All that its store has on the disk.
    pub fn kept(&self) -> String {
        let folder = self.settings.as_ref().expect("a folder of its own").path();
        let files = std::fs::read_dir(folder).expect("a folder").filter_map(|entry| Some(entry.ok()?.path()));
        let of_store = files.filter(|path| path.to_string_lossy().contains("store.sqlite"));
        let kept: Vec<u8> = of_store.flat_map(|path| std::fs::read(path).unwrap_or_default()).collect();
        assert!(!kept.is_empty(), "a store without a file");
        String::from_utf8_lossy(&kept).into_owned()
    }

    /// The service with these settings, whose disk can be made full.
    pub fn with_disk(settings: &str) -> Server {
        // A limit on the size of files is as good as a full disk, once its signal no longer ends the process.
        let command = in_shell("trap '' XFSZ; exec \"$0\" \"$@\"");
        let folder = Folder::new();
        let path = folder.write("settings.toml", settings);
        Server::run(command, &["--config", &path], Some((folder, settings)))
    }

    /// The service with the default settings, which may have so many file descriptors.
    pub fn with_descriptors(most: u32) -> Server {
        let command = in_shell(&format!("ulimit -n {most}; exec \"$0\" \"$@\""));
        Server::run(command, &[], None)
    }

    /// From now on none of its files may be longer than so many bytes, or `unlimited`.
    pub fn limit_files(&self, bytes: &str) {
        let mut prlimit = Command::new("prlimit");
        let set = prlimit.args(["--pid", &self.process.id().to_string(), &format!("--fsize={bytes}:")]).status();
        assert!(set.expect("prlimit runs").success(), "files may be {bytes} long");
    }

    fn start(arguments: &[&str], settings: Option<(Folder, &str)>) -> Server {
        Server::run(program(), arguments, settings)
    }

    fn run(mut command: Command, arguments: &[&str], settings: Option<(Folder, &str)>) -> Server {
        if settings.as_ref().is_some_and(|(_, text)| text.contains("[store]")) {
            // These name a store of their own.
            command.env_remove("TOCILIZUMAB_CDS_STORE_URL");
        }
        if !settings.as_ref().is_some_and(|(_, text)| text.contains("calls-per-second")) {
            // Many tests at a time call more often than one client may.
            command.env("TOCILIZUMAB_CDS_LIMITS_CALLS_PER_SECOND", "1000000");
        }
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(arguments);
        // Whatever the environment asks for, nothing of a patient may appear in the log.
        command.env("RUST_LOG", "trace").stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the program starts");
        let mut out = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut log = Log::of(process.stderr.take().expect("a pipe"));
        let mut line = String::new();
        let _ = out.read_line(&mut line);
        let Some((url, _)) = line.strip_prefix("Listening on ").and_then(|rest| rest.split_once(" (")) else {
            let _ = process.kill();
            let log = log.whole();
            panic!("serve {arguments:?} did not start; it said {line:?} and {log}");
        };
        Server { process, url: url.to_owned(), log, _out: out, settings: settings.map(|(folder, _)| folder) }
    }

    /// Sends a request and waits for the answer.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let headers: Vec<(&str, &[u8])> = headers.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        self.send_bytes(method, path, &headers, body)
    }

    /// Sends a request whose headers need not be text.
    pub fn send_bytes(&self, method: &str, path: &str, headers: &[(&str, &[u8])], body: &[u8]) -> Reply {
        static CLIENT: OnceLock<Client> = OnceLock::new();
        let client = CLIENT.get_or_init(|| {
            let _ = rustls::crypto::ring::default_provider().install_default();
            // Each request has a runtime of its own, so no connection may be kept for the next one.
            Client::builder().no_proxy().pool_max_idle_per_host(0).build().expect("an HTTP client")
        });
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = client.request(method, format!("{}{path}", self.url)).body(body.to_vec());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let runtime = actix_web::rt::Runtime::new().expect("a runtime");
        let sent = runtime.block_on(async {
            let response = request.send().await?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Ok::<Reply, reqwest::Error>(Reply { status, headers, body: response.text().await? })
        });
        sent.unwrap_or_else(|error| panic!("{path}: no answer came: {error:?}"))
    }

    /// Reads a page.
    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", path, &[("Accept", "application/json")], b"")
    }

    /// Calls a service.
    pub fn post(&self, id: &str, request: &Value) -> Reply {
        let headers = [("Content-Type", "application/json")];
        self.send("POST", &format!("/cds-services/{id}"), &headers, request.to_string().as_bytes())
    }

    /// Calls the service of the request's hook, which must answer with cards.
    pub fn call(&self, what: &str, request: &Value) -> Value {
        let reply = self.post(service(request), request);
        assert_eq!(reply.status, 200, "{what}: {}", reply.body);
        reply.json()
    }

    /// Where it listens: `http://127.0.0.1:PORT`, or https.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The same without the scheme.
    pub fn address(&self) -> &str {
        self.url.split_once("://").map_or("", |(_, address)| address)
    }

    /// Sends the process a signal: `TERM` or `INT`.
    pub fn signal(&self, name: &str) {
        let mut kill = Command::new("kill");
        let sent = kill.args(["-s", name, &self.process.id().to_string()]).status().expect("kill runs");
        assert!(sent.success(), "kill -s {name}");
    }

    /// Waits until the process ends by itself: its exit status, and what it logged.
    pub fn ended(mut self) -> (Option<i32>, String) {
        let status = eventually("the process ends", || self.process.try_wait().expect("a process"));
        (status.code(), self.log.whole())
    }

    /// What it has logged so far.
    pub fn log(&self) -> String {
        self.log.so_far()
    }

    /// Stops the service and returns what it logged.
    pub fn into_log(mut self) -> String {
        self.stop()
    }

    fn stop(&mut self) -> String {
        let _ = self.process.kill();
        let _ = self.process.wait();
        self.log.whole()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The program as a shell's `"$0" "$@"`, with the environment that tests give it.
fn in_shell(script: &str) -> Command {
    let program = program();
    let mut command = Command::new("sh");
    command.args(["-c", script]).arg(program.get_program());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}
