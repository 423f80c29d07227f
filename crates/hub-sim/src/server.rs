//! Accepts connections, reads requests, waits out latency and faults, sends answers. What an answer says is decided
//! elsewhere.

use std::cell::Cell;
use std::convert::Infallible;
use std::fmt;
use std::future::poll_fn;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::rt::Executor;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Method, Response, Version};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::body::{Body, Pace};
use crate::distance;
use crate::fault::{self, FaultKind};
use crate::hosts::Service;
use crate::http::{Answer, Request};
use crate::route::Route;
use crate::world::World;

/// Shared by all connections to one host.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) world: Arc<World>,
    /// Which host this is.
    pub(crate) service: Service,
    pub(crate) tls: Option<TlsAcceptor>,
    /// Changes when stalled requests may go on.
    pub(crate) released: watch::Receiver<u64>,
}

/// What bytes come over: a socket, or something on top of one.
trait Stream: AsyncRead + AsyncWrite + Unpin + 'static {
    /// Makes the end of it a reset.
    fn reset(&self);
}

impl Stream for TcpStream {
    fn reset(&self) {
        // Closing with no time to linger is what sends a reset.
        let _ = self.set_zero_linger();
    }
}

impl Stream for DuplexStream {
    /// Whoever carries its bytes to the socket looks after that.
    fn reset(&self) {}
}

impl<S: Stream> Stream for TlsStream<S> {
    fn reset(&self) {
        self.get_ref().0.reset();
    }
}

/// Tasks of HTTP/2 stay on the simulator's thread.
#[derive(Clone, Copy, Debug)]
struct Local;

impl<F: Future<Output: 'static> + 'static> Executor<F> for Local {
    fn execute(&self, task: F) {
        drop(tokio::task::spawn_local(task));
    }
}

/// Why there is no answer, or no more of it: hyper closes the connection.
#[derive(Debug)]
pub(crate) struct Cut;

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
        // Answers are small and single; without this some would wait for an acknowledgement.
        let _ = stream.set_nodelay(true);
        self.world.log.connect(self.service);
        let reset = Rc::new(Cell::new(false));
        let round_trip = self.world.config.round_trip;
        if round_trip.is_zero() {
            self.secure(stream, reset).await;
        } else {
            let stream = distance::apart(stream, round_trip, Rc::clone(&reset));
            self.secure(stream, reset).await;
        }
    }

    async fn secure(self, stream: impl Stream, reset: Rc<Cell<bool>>) {
        let Some(tls) = &self.tls else {
            return self.http1(stream, reset).await;
        };
        // A caller that does not trust us has left.
        let Ok(stream) = tls.accept(stream).await else {
            return;
        };
        if stream.get_ref().1.alpn_protocol() == Some(b"h2") {
            self.http2(stream, reset).await;
        } else {
            self.http1(stream, reset).await;
        }
    }

    async fn http1(self, stream: impl Stream, reset: Rc<Cell<bool>>) {
        let service =
            service_fn(|request| Box::pin(self.clone().exchange(request, Rc::clone(&reset))));
        let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        // An error here is a caller that went away or a fault that was asked for.
        let _ = poll_fn(|cx| connection.poll_without_shutdown(cx)).await;
        let stream = connection.into_parts().io.into_inner();
        if reset.get() {
            stream.reset();
        }
    }

    /// Here a fault cuts its own stream; the connection and the others go on.
    async fn http2(self, stream: impl Stream, reset: Rc<Cell<bool>>) {
        let service =
            service_fn(|request| Box::pin(self.clone().exchange(request, Rc::clone(&reset))));
        let _ = http2::Builder::new(Local)
            .serve_connection(TokioIo::new(stream), service)
            .await;
    }

    async fn exchange(
        self,
        request: hyper::Request<Incoming>,
        reset: Rc<Cell<bool>>,
    ) -> Result<Response<Body>, Cut> {
        // hyper leaves out the body of an answer to HEAD over HTTP/1 alone.
        let is_bare = request.version() == Version::HTTP_2 && request.method() == Method::HEAD;
        let request = Request::read(request, self.tls.is_some(), &self.world.clock)
            .await
            .map_err(|_| Cut)?;
        let path = request.decoded_path();
        let separate = self.world.config.separate_hosts;
        let route = self.service.route(separate, Route::of(&path));
        // Before the request can be seen in the log: whoever sees it there may release it at once.
        let mut released = self.released.clone();
        released.mark_unchanged();
        let seq = self.world.log.begin(self.service, route.kind(), &request);
        let ending = Ending {
            world: Arc::clone(&self.world),
            seq,
        };
        if !self.world.config.latency.is_zero() {
            tokio::time::sleep(self.world.config.latency).await;
        }
        let fault = self.world.faults.next(request.method(), request.target());
        if let Some(fault) = &fault {
            suffer(fault, &reset, &mut released).await?;
        }
        let pace = fault.as_ref().map(pace).unwrap_or_default();
        let answer = match fault {
            None => self.world.answer(&route, &request),
            Some(kind) => fault::answer(&self.world, &kind, &route, request),
        };
        self.world.log.answer(seq, answer.status.as_u16());
        let answer = if is_bare { answer.bare() } else { answer };
        Ok(response(answer, pace, ending))
    }
}

/// The faults that come before an answer, or in its place.
async fn suffer(
    fault: &FaultKind,
    reset: &Cell<bool>,
    released: &mut watch::Receiver<u64>,
) -> Result<(), Cut> {
    match fault {
        FaultKind::Drop => Err(Cut),
        FaultKind::Reset => {
            reset.set(true);
            Err(Cut)
        }
        // An error means that the simulator is being dropped.
        FaultKind::Stall => released.changed().await.map_err(|_| Cut),
        FaultKind::Delay(delay) => {
            tokio::time::sleep(*delay).await;
            Ok(())
        }
        _ => Ok(()),
    }
}

fn pace(fault: &FaultKind) -> Pace {
    match fault {
        FaultKind::Truncate => Pace::Half,
        FaultKind::SlowBody(pause) => Pace::Drip(*pause),
        _ => Pace::Whole,
    }
}

fn response(answer: Answer, pace: Pace, ending: Ending) -> Response<Body> {
    let mut response = Response::new(Body::new(answer.body, pace, ending));
    *response.status_mut() = answer.status;
    *response.headers_mut() = answer.headers;
    response
}
