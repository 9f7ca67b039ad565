//! JWTs that were used, in a table that all replicas share, so that each is accepted once.

use std::time::Duration;

use sqlx::AnyConnection;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use super::place::Place;
use super::sql::{Failure, open, remove_expired_jwts, use_jwt};

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

/// Answers one question after the other. A question that cannot be answered is dropped, which its caller notices.
pub(crate) async fn answer(place: Place, mut questions: mpsc::UnboundedReceiver<Use>) {
    let mut idle: Option<AnyConnection> = None;
    let (mut failed, mut cleaned): (Option<Instant>, Option<Instant>) = (None, None);
    while let Some(question) = questions.recv().await {
        if question.reply.is_closed() || failed.is_some_and(|at| at.elapsed() < PAUSE) {
            continue;
        }
        let cleanup = cleaned.is_none_or(|at| at.elapsed() > CLEANUP);
        let connection = idle.take();
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
    connection: Option<AnyConnection>,
    question: &Use,
    cleanup: bool,
) -> Result<(AnyConnection, bool), Failure> {
    let mut connection = match connection {
        Some(connection) => connection,
        None => open(place).await?,
    };
    if cleanup {
        remove_expired_jwts(&mut connection, place, question.now_s).await?;
    }
    let first = use_jwt(&mut connection, place, &question.jwt, question.expires_s).await?;
    Ok((connection, first))
}
