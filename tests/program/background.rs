//! An HTTP server of the tests on a free port of this machine, on a thread of its own, gone with the test that holds it.

use std::net::SocketAddr;
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use actix_web::{App, FromRequest, Handler, HttpServer, Responder, web};

/// A running server.
pub struct Background {
    /// Where it listens.
    pub address: SocketAddr,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Starts a server that gives every request to this handler.
    pub fn start<D, H, A>(data: web::Data<D>, handler: H) -> Background
    where
        D: Send + Sync + 'static,
        H: Handler<A> + Send,
        H::Output: Responder + 'static,
        A: FromRequest + 'static,
    {
        let (sender, receiver) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let app = move || App::new().app_data(data.clone()).default_service(web::to(handler.clone()));
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
        Background { address, handle, thread: Some(thread) }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Ok(runtime) = actix_web::rt::Runtime::new() {
            runtime.block_on(self.handle.stop(false));
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
