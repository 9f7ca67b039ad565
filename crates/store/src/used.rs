//! JWTs that were used, in a table that all replicas share: each may be used once.

use std::time::Duration;

use sqlx::AnyConnection;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, timeout};

use super::note::Value;
use super::place::Place;
use super::sql::{Failure, insert, open};

/// A JWT that is about to be used.
#[derive(Debug)]
pub(super) struct Use {
    pub(super) jwt: String,
    pub(super) expires_s: i64,
    pub(super) now_s: i64,
    pub(super) reply: oneshot::Sender<bool>,
}

/// How long an attempt may take; whoever asks has given up long before.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long nobody is made to wait again after an attempt failed.
const REST: Duration = Duration::from_secs(1);
/// How often what has expired is removed.
const PURGE: Duration = Duration::from_secs(600);

/// Answers one by one; whoever cannot be answered sees the question dropped.
pub(super) async fn answer(place: Place, mut questions: mpsc::UnboundedReceiver<Use>) {
    let mut link: Option<AnyConnection> = None;
    let (mut failed, mut purged): (Option<Instant>, Option<Instant>) = (None, None);
    while let Some(question) = questions.recv().await {
        if question.reply.is_closed() || failed.is_some_and(|at| at.elapsed() < REST) {
            continue;
        }
        let purge = purged.is_none_or(|at| at.elapsed() > PURGE);
        let connection = link.take();
        match timeout(PATIENCE, first(&place, connection, &question, purge)).await {
            Ok(Ok((connection, first))) => {
                (link, failed) = (Some(connection), None);
                purged = if purge { Some(Instant::now()) } else { purged };
                let _ = question.reply.send(first);
            }
            _ => failed = Some(Instant::now()),
        }
    }
}

async fn first(
    place: &Place,
    connection: Option<AnyConnection>,
    question: &Use,
    purge: bool,
) -> Result<(AnyConnection, bool), Failure> {
    let failed = |error: sqlx::Error| Failure::of(place, &error);
    let mut connection = match connection {
        Some(connection) => connection,
        None => open(place).await?,
    };
    if purge {
        let expired = sqlx::query("DELETE FROM used_jwts WHERE expires_s < $1").bind(question.now_s);
        expired.execute(&mut connection).await.map_err(failed)?;
    }
    let row = vec![Value::Text(question.jwt.clone()), Value::Number(question.expires_s)];
    let added = insert(&mut connection, "used_jwts (jwt, expires_s)", vec![row]).await.map_err(failed)?;
    Ok((connection, added == 1))
}
