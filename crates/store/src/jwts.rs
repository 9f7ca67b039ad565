//! JWTs that were used, in a table that outlives the process and that all replicas share, so that each is accepted once.

use std::sync::Arc;
use std::time::Duration;

use sqlx::AnyConnection;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use super::file::Watch;
use super::place::Place;
use super::sql::{Failure, open_quick, remove_expired_jwts, use_jwt};

/// A JWT that is about to be used.
#[derive(Debug)]
pub(crate) struct Use {
    pub(crate) jwt: String,
    pub(crate) expires_s: i64,
    pub(crate) now_s: i64,
    /// How long the call that asks waits.
    pub(crate) within: Duration,
    /// Takes whether this is the first use.
    pub(crate) reply: oneshot::Sender<bool>,
}

/// How long an attempt may take at least. Most calls wait for a much shorter time.
const ATTEMPT: Duration = Duration::from_secs(2);
/// For how long after a failed attempt no call is made to wait.
const PAUSE: Duration = Duration::from_secs(1);
/// How often expired JWTs are removed.
const CLEANUP: Duration = Duration::from_secs(600);
/// Questions that may wait although nobody waits for their answer any more.
const BACKLOG: usize = 10_000;

/// Answers one question after the other. A question that cannot be answered is dropped, which its caller notices. One
/// whose caller has gone on is still noted: the call was accepted, and its JWT must not be accepted again.
pub(crate) async fn answer(place: Place, watch: Arc<Watch>, mut questions: mpsc::UnboundedReceiver<Use>) {
    let mut idle: Option<(AnyConnection, u64)> = None;
    let (mut failed, mut cleaned): (Option<Instant>, Option<Instant>) = (None, None);
    while let Some(question) = questions.recv().await {
        let gone = question.reply.is_closed() && questions.len() > BACKLOG;
        if gone || failed.is_some_and(|at| at.elapsed() < PAUSE) {
            continue;
        }
        let cleanup = cleaned.is_none_or(|at| at.elapsed() > CLEANUP);
        let connection = idle.take().filter(|(_, opened)| *opened == watch.generation());
        match timeout(ATTEMPT.max(question.within), first_use(&place, &watch, connection, &question, cleanup)).await {
            Ok(Ok((connection, first))) => {
                (idle, failed) = (Some(connection), None);
                cleaned = if cleanup { Some(Instant::now()) } else { cleaned };
                let _ = question.reply.send(first);
            }
            _ => failed = Some(Instant::now()),
        }
    }
}

async fn first_use(
    place: &Place,
    watch: &Watch,
    connection: Option<(AnyConnection, u64)>,
    question: &Use,
    cleanup: bool,
) -> Result<((AnyConnection, u64), bool), Failure> {
    let (mut connection, opened) = match connection {
        Some(open) => open,
        None => {
            let _opening = watch.opening.lock().await;
            (open_quick(place).await?, watch.generation())
        }
    };
    if cleanup {
        remove_expired_jwts(&mut connection, place, question.now_s).await?;
    }
    let first = use_jwt(&mut connection, place, &question.jwt, question.expires_s).await?;
    Ok(((connection, opened), first))
}
