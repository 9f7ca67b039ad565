//! Where a client publishes its keys: counts who reads them, and answers what it is told to, even too late.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{App, HttpResponse, HttpServer, web};

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
}

/// A running server.
pub struct KeyServer {
    /// Where the keys are.
    pub url: String,
    shared: Arc<Shared>,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl KeyServer {
    /// A server on a free port.
    pub fn start(answer: Answer) -> KeyServer {
        let shared = Arc::new(Shared { answer: Mutex::new(answer), reads: AtomicUsize::new(0) });
        let data = web::Data::from(shared.clone());
        let (sender, receiver) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let app = move || App::new().app_data(data.clone()).default_service(web::to(respond));
            let run = async move {
                let server = HttpServer::new(app).workers(1).disable_signals().bind(("127.0.0.1", 0)).expect("a port");
                let address = server.addrs().first().copied().expect("an address");
                let server = server.run();
                sender.send((address, server.handle())).expect("the test waits");
                server.await
            };
            actix_web::rt::System::new().block_on(run).expect("the server runs");
        });
        let (address, handle) = receiver.recv().expect("the server starts");
        KeyServer { url: format!("http://{address}/keys"), shared, handle, thread: Some(thread) }
    }

    /// From now on answers so.
    pub fn answer(&self, answer: Answer) {
        *lock(&self.shared.answer) = answer;
    }

    /// How often the keys were asked for.
    pub fn reads(&self) -> usize {
        self.shared.reads.load(Ordering::SeqCst)
    }
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        if let Ok(runtime) = actix_web::rt::Runtime::new() {
            runtime.block_on(self.handle.stop(false));
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

async fn respond(shared: web::Data<Shared>) -> HttpResponse {
    shared.reads.fetch_add(1, Ordering::SeqCst);
    let answer = lock(&shared.answer).clone();
    actix_web::rt::time::sleep(answer.after).await;
    let mut response = HttpResponse::build(StatusCode::from_u16(answer.status).expect("a status"));
    if !answer.location.is_empty() {
        response.insert_header((LOCATION, answer.location));
    }
    response.body(answer.body)
}
