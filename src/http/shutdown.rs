//! Shutdown on SIGTERM or SIGINT, in steps: the service says that it is not ready, refuses new calls, gives those in
//! flight a limited time to finish, and stops. A second signal stops it at once.

use std::pin::pin;

use actix_web::dev::Server;
use futures_util::future::{Either, join, select};
use tokio::time::{Instant, sleep, sleep_until};

use super::admission::Admission;
use crate::config::Limits;

/// Runs the server until a signal stops it. Returns how many calls were cut off then.
///
/// # Errors
///
/// Signals cannot be received, or the server ended with an error.
pub async fn run(server: Server, admission: &Admission, limits: &Limits) -> std::io::Result<usize> {
    let mut signals = Signals::new()?;
    let handle = server.handle();
    let mut server = pin!(server);
    if let Either::Left((ended, _)) = select(server.as_mut(), pin!(signals.next())).await {
        return ended.map(|()| 0);
    }
    admission.drain();
    tracing::info!(calls = admission.in_flight(), "stopping: not ready any more, calls in flight are finished");
    let grace = limits.drain_ms.duration();
    let deadline = Instant::now() + grace + limits.shutdown_ms.duration();
    let finished = async {
        sleep(grace).await;
        admission.close();
        admission.empty().await;
    };
    let in_time =
        matches!(select(pin!(finished), pin!(deadline_or_signal(deadline, &mut signals))).await, Either::Left(_));
    admission.close();
    let cut_off = admission.in_flight();
    // Answers that are still being sent, and connections without a call, have the rest of the time.
    let stopped = join(server, handle.stop(in_time));
    let ended = match select(pin!(stopped), pin!(deadline_or_signal(deadline, &mut signals))).await {
        Either::Left(((ended, ()), _)) => ended,
        Either::Right(_) => Ok(()),
    };
    match cut_off {
        0 => tracing::info!("stopped"),
        calls => tracing::warn!(calls, "stopped before these calls were answered (setting limits.shutdown-ms)"),
    }
    ended.map(|()| cut_off)
}

/// Waits for the deadline or for a further signal.
async fn deadline_or_signal(deadline: Instant, signals: &mut Signals) {
    select(pin!(sleep_until(deadline)), pin!(signals.next())).await;
}

/// The signals that stop the service.
struct Signals {
    #[cfg(unix)]
    terminate: actix_web::rt::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: actix_web::rt::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn new() -> std::io::Result<Signals> {
        use actix_web::rt::signal::unix::{SignalKind, signal};
        Ok(Signals { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    #[cfg(not(unix))]
    fn new() -> std::io::Result<Signals> {
        Ok(Signals {})
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        select(pin!(self.terminate.recv()), pin!(self.interrupt.recv())).await;
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        // Where no handler can be installed, the service runs until it is killed.
        if actix_web::rt::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
