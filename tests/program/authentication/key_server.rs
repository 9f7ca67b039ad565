//! Where a client publishes its keys: counts who reads them, and answers as the test says, even too late.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};

use crate::background::Background;

/// What is answered.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub status: u16,
    pub body: String,
    pub location: String,
    pub after: Duration,
}

impl Answer {
    /// 200 with this body.
    pub fn ok(body: String) -> Answer {
        Answer { status: 200, body, ..Answer::default() }
    }
}

#[derive(Default)]
struct Shared {
    answer: Mutex<Answer>,
    reads: AtomicUsize,
    open: AtomicUsize,
    most_open: AtomicUsize,
}

/// A running server.
pub struct KeyServer {
    /// Where the keys are.
    pub url: String,
    shared: Arc<Shared>,
    _server: Background,
}

impl KeyServer {
    /// A server on a free port.
    pub fn start(answer: Answer) -> KeyServer {
        let shared = Arc::new(Shared { answer: Mutex::new(answer), ..Shared::default() });
        let server = Background::start(web::Data::from(shared.clone()), respond);
        KeyServer { url: format!("http://{}/keys", server.address), shared, _server: server }
    }

    /// From now on answers so.
    pub fn answer(&self, answer: Answer) {
        *lock(&self.shared.answer) = answer;
    }

    /// How often the keys were asked for.
    pub fn reads(&self) -> usize {
        self.shared.reads.load(Ordering::SeqCst)
    }

    /// How many of these reads there were at the same time, at most.
    pub fn reads_at_once(&self) -> usize {
        self.shared.most_open.load(Ordering::SeqCst)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

async fn respond(shared: web::Data<Shared>) -> HttpResponse {
    shared.reads.fetch_add(1, Ordering::SeqCst);
    let open = shared.open.fetch_add(1, Ordering::SeqCst) + 1;
    shared.most_open.fetch_max(open, Ordering::SeqCst);
    let answer = lock(&shared.answer).clone();
    actix_web::rt::time::sleep(answer.after).await;
    shared.open.fetch_sub(1, Ordering::SeqCst);
    let mut response = HttpResponse::build(StatusCode::from_u16(answer.status).expect("a status"));
    if !answer.location.is_empty() {
        response.insert_header((LOCATION, answer.location));
    }
    response.body(answer.body)
}
