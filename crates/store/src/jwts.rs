//! JWTs that were used, in a table that outlives the process and that all replicas share, so that each is accepted once.

use std::time::Duration;

use sqlx::AnyConnection;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use super::file::Identity;
use super::place::Place;
use super::sql::{Failure, open_quick, remove_expired_jwts, use_jwt};

/// A JWT that is about to be used.
#[derive(Debug)]
pub(crate) struct Use {
    pub(crate) jwt: String,
    pub(crate) expires_s: i64,
    pub(crate) now_s: i64,
    /// Takes whether this is the first use.
    pub(crate) reply: oneshot::Sender<bool>,
}

/// How long an attempt may take. The call that asks waits for a much shorter time.
const ATTEMPT: Duration = Duration::from_secs(2);
/// For how long after a failed attempt no call is made to wait.
const PAUSE: Duration = Duration::from_secs(1);
/// How often expired JWTs are removed.
const CLEANUP: Duration = Duration::from_secs(600);
/// Questions that may wait although nobody waits for their answer any more.
const BACKLOG: usize = 10_000;

/// Answers one question after the other. A question that cannot be answered is dropped, which its caller notices. One
/// whose caller has gone on is still noted: the call was let in, and its JWT must not be let in again.
pub(crate) async fn answer(place: Place, mut questions: mpsc::UnboundedReceiver<Use>) {
    let mut idle: Option<(AnyConnection, Identity)> = None;
    let (mut failed, mut cleaned): (Option<Instant>, Option<Instant>) = (None, None);
    while let Some(question) = questions.recv().await {
        let gone = question.reply.is_closed() && questions.len() > BACKLOG;
        if gone || failed.is_some_and(|at| at.elapsed() < PAUSE) {
            continue;
        }
        let cleanup = cleaned.is_none_or(|at| at.elapsed() > CLEANUP);
        let connection = idle.take().filter(|(_, file)| file.is_same());
        match timeout(ATTEMPT, first_use(&place, connection, &question, cleanup)).await {
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
    connection: Option<(AnyConnection, Identity)>,
    question: &Use,
    cleanup: bool,
) -> Result<((AnyConnection, Identity), bool), Failure> {
    let (mut connection, file) = match connection {
        Some(open) => open,
        None => (open_quick(place).await?, Identity::of(place)),
    };
    if cleanup {
        remove_expired_jwts(&mut connection, place, question.now_s).await?;
    }
    let first = use_jwt(&mut connection, place, &question.jwt, question.expires_s).await?;
    Ok(((connection, file), first))
}
