//! The body of an answer while it is sent. It counts as memory of its caller until all of it is handed to the connection:
//! a caller that asks for much and reads nothing finds no more room, and takes none from others.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;

use super::fair_pool::Reservation;

/// Bytes that are handed over at a time. The connection takes the next piece when the one before is on its way.
const PIECE: usize = 32 * 1024;

/// The body of an answer.
#[derive(Debug)]
pub struct AnswerBody {
    remaining: Bytes,
    _memory: Arc<Reservation>,
}

impl AnswerBody {
    /// A body of these bytes; from now on the call holds them and nothing else.
    pub fn new(bytes: Vec<u8>, memory: Arc<Reservation>) -> AnswerBody {
        memory.set(bytes.len());
        AnswerBody { remaining: bytes.into(), _memory: memory }
    }
}

impl MessageBody for AnswerBody {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.remaining.len() as u64)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        let piece = PIECE.min(self.remaining.len());
        Poll::Ready((piece > 0).then(|| Ok(self.remaining.split_to(piece))))
    }
}
