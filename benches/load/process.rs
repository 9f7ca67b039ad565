//! A server as a process of its own, so that what it uses can be measured apart from what the client uses.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::client::get;

/// How long a server may take until it answers.
const PATIENCE: Duration = Duration::from_secs(30);
/// What `/proc` counts CPU in: on Linux always hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// Which server.
#[derive(Clone, Copy)]
pub enum Kind<'a> {
    /// The program at this path.
    Service(&'a str),
    /// This bench as the ceiling.
    Ceiling,
}

/// A server that answers, until it is dropped.
pub struct Server {
    process: Child,
    /// Where it listens.
    pub address: SocketAddr,
    folder: PathBuf,
}

impl Server {
    /// Starts a server and waits for its first answer.
    pub fn start(kind: Kind<'_>) -> Result<Server, String> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("load-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let started = fs::create_dir_all(&folder).and_then(|()| {
            // Free now, and nobody else asks for ports here.
            let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
            let mut command = command(kind, address)?;
            command.env("HOME", &folder).env("XDG_STATE_HOME", &folder).current_dir(&folder);
            let process = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
            Ok(Server { process, address, folder: folder.clone() })
        });
        let mut server = started.map_err(|error| format!("a server does not start: {error}"))?;
        server.wait()?;
        Ok(server)
    }

    fn wait(&mut self) -> Result<(), String> {
        let begun = Instant::now();
        while get(self.address, "/health/live").is_err() {
            let ended = self.process.try_wait().map_err(|error| error.to_string())?;
            if let Some(status) = ended {
                return Err(format!("a server ended at once: {status}"));
            }
            if begun.elapsed() > PATIENCE {
                return Err(format!("a server did not answer within {PATIENCE:?}"));
            }
            thread::sleep(Duration::from_micros(500));
        }
        Ok(())
    }

    /// The CPU it has used so far, in user and system mode.
    pub fn cpu(&self) -> Result<Duration, String> {
        let stat = self.proc("stat")?;
        // The name of the program stands in brackets and may hold anything; the fields after it are counted from 3.
        let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
        let mut ticks = fields.split(' ').skip(14 - 3).map(|field| field.parse::<u32>().unwrap_or_default());
        let user_and_system = ticks.next().zip(ticks.next()).ok_or("/proc says nothing of CPU")?;
        Ok(TICK * (user_and_system.0 + user_and_system.1))
    }

    /// The most memory it had at a time, in bytes.
    pub fn peak(&self) -> Result<u64, String> {
        let status = self.proc("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        kilobytes.map(|kilobytes| kilobytes * 1024).ok_or_else(|| "/proc says nothing of memory".to_owned())
    }

    fn proc(&self, file: &str) -> Result<String, String> {
        let path = format!("/proc/{}/{file}", self.process.id());
        fs::read_to_string(&path).map_err(|error| format!("{path}: {error}; this bench runs on Linux only"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; what it leaves behind lies in the build's own temporary folder.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn command(kind: Kind<'_>, address: SocketAddr) -> std::io::Result<Command> {
    let address = address.to_string();
    Ok(match kind {
        Kind::Service(program) => {
            let mut command = Command::new(fs::canonicalize(program)?);
            let ours = |name: &str| name.starts_with("TOCILIZUMAB_CDS_");
            for (name, _) in std::env::vars().filter(|(name, _)| ours(name)) {
                command.env_remove(name);
            }
            command.args(["serve", "--listen", &address]).env("TOCILIZUMAB_CDS_LIMITS_CALLS_PER_SECOND", "1000000");
            command
        }
        Kind::Ceiling => {
            let mut command = Command::new(std::env::current_exe()?);
            command.args(["--ceiling", &address]);
            command
        }
    })
}
