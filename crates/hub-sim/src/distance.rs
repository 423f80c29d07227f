//! Puts a connection at a distance: what is sent arrives later, in both directions, and nothing is reordered, lost or
//! slowed down. Knows no protocol, so that TLS, HTTP/2 and pipelining cost the round trips that they cost on a network.

use std::cell::Cell;
use std::convert::Infallible;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use hyper::body::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Read at once.
const PIECE: usize = 8 << 10;
/// Pieces under way in one direction: 8 MiB, far more than anybody sends in a round trip here.
const PIECES: usize = 1024;
/// Tokio's timer is up to two of its ticks late; a deadline that is one earlier is right on average.
const TICK: Duration = Duration::from_millis(1);
/// Between us and the server; it is emptied at once.
const PIPE: usize = 64 << 10;

/// The server's end of `stream`, whose other end is half of `round_trip` away. Once the server has let go of it, what it
/// sent is still delivered; then the connection is closed, or reset where `reset` says so.
pub(crate) fn apart(
    stream: TcpStream,
    round_trip: Duration,
    reset: Rc<Cell<bool>>,
) -> DuplexStream {
    let (near, far) = tokio::io::duplex(PIPE);
    // The caller's connection is open for the kernel; over a distance its first byte would leave a round trip later.
    let open = Instant::now() + round_trip;
    tokio::task::spawn_local(async move {
        let (mut from_caller, mut to_caller) = stream.into_split();
        let (mut from_server, mut to_server) = tokio::io::split(far);
        let way = Way {
            open,
            delay: round_trip / 2,
        };
        let inbound = async {
            // A caller that went away is told to the server; what that still says is nobody's business.
            let _ = way.carry(&mut from_caller, &mut to_server).await;
            let _ = to_server.shutdown().await;
            std::future::pending::<Infallible>().await
        };
        tokio::select! {
            _ = inbound => {}
            _ = way.carry(&mut from_server, &mut to_caller) => {}
        }
        if reset.get() {
            let _ = to_caller.as_ref().set_zero_linger();
            // Dropped, it would end its direction in peace first.
            to_caller.forget();
        }
    });
    near
}

/// What lies between the two ends.
#[derive(Clone, Copy, Debug)]
struct Way {
    /// Nothing leaves before this.
    open: Instant,
    delay: Duration,
}

impl Way {
    /// Carries everything until the end has arrived, which is for the caller to pass on. Reading goes on while pieces are under way: when each of them was sent is
    /// when it could be read.
    async fn carry(
        self,
        from: &mut (impl AsyncRead + Unpin),
        to: &mut (impl AsyncWrite + Unpin),
    ) -> io::Result<()> {
        let (send, mut arrive) = mpsc::channel::<(Instant, Bytes)>(PIECES);
        let reading = async move {
            loop {
                let piece = read(from).await?;
                let due = Instant::now().max(self.open) + self.delay;
                let ended = piece.is_empty();
                if send.send((due, piece)).await.is_err() || ended {
                    return Ok(());
                }
            }
        };
        let writing = async move {
            while let Some((due, piece)) = arrive.recv().await {
                tokio::time::sleep_until(due - TICK).await;
                to.write_all(&piece).await?;
            }
            Ok(())
        };
        tokio::try_join!(reading, writing).map(|_| ())
    }
}

/// What can be read now; nothing at the end.
async fn read(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Bytes> {
    let mut piece = Vec::with_capacity(PIECE);
    from.read_buf(&mut piece).await?;
    Ok(piece.into())
}
