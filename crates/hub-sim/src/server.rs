//! Accepts connections, reads requests, waits out latency and faults, sends answers. What an answer says is decided
//! elsewhere.

use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use crate::body::Body;
use crate::fault::FaultKind;
use crate::http::{Answer, Request};
use crate::route::Route;
use crate::world::World;

/// Shared by all connections.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) world: Arc<World>,
    /// Changes when stalled requests may go on.
    pub(crate) released: watch::Receiver<u64>,
}

/// Why there is no answer: hyper closes the connection.
#[derive(Debug)]
struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the simulator cut the connection")
    }
}

impl std::error::Error for Cut {}

/// Marks the end of an exchange when the last of it goes away, however that comes about.
#[derive(Debug)]
pub(crate) struct Ending {
    world: Arc<World>,
    seq: u64,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.world.log.end(self.seq);
    }
}

impl Server {
    /// Serves until dropped.
    pub(crate) async fn run(self, listener: TcpListener) -> io::Result<Infallible> {
        loop {
            match listener.accept().await {
                Ok((stream, _)) => drop(tokio::task::spawn_local(self.clone().connection(stream))),
                // Out of descriptors, most likely: the callers of a test double come back.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    async fn connection(self, stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        let service = service_fn(|request| Box::pin(self.clone().exchange(request)));
        let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        // An error here is a caller that went away or a fault that was asked for.
        let _ = poll_fn(|cx| connection.poll_without_shutdown(cx)).await;
    }

    async fn exchange(self, request: hyper::Request<Incoming>) -> Result<Response<Body>, Cut> {
        let request = Request::read(request).await.map_err(|_| Cut)?;
        let path = request.decoded_path();
        let route = Route::of(&path);
        let seq = self.world.log.begin(route.kind(), &request);
        let ending = Ending {
            world: Arc::clone(&self.world),
            seq,
        };
        if !self.world.config.latency.is_zero() {
            tokio::time::sleep(self.world.config.latency).await;
        }
        let fault = self.world.faults.next(request.method(), request.target());
        let answer = match fault {
            None => self.world.answer(&route, &request),
            Some(FaultKind::Drop) => return Err(Cut),
            Some(FaultKind::Status(status)) => status_answer(status),
            Some(FaultKind::Stall) => {
                let mut released = self.released.clone();
                released.mark_unchanged();
                // The sender lives as long as the server.
                let _ = released.changed().await;
                self.world.answer(&route, &request)
            }
        };
        self.world.log.answer(seq, answer.status.as_u16());
        Ok(response(answer, ending))
    }
}

fn status_answer(status: u16) -> Answer {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Answer::new(
        status,
        "application/json",
        "{\"message\":\"simulated\",\"errinfo\":{}}",
    )
}

fn response(answer: Answer, ending: Ending) -> Response<Body> {
    let mut response = Response::new(Body::new(answer.body, ending));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}
