//! stdout: written by a thread of its own, behind a bounded queue, and watched for a reader that went away.
//!
//! A blocking write on the runtime's one thread would stop everything else (`| less`), and a pipe's writer learns of a
//! closed reader only at its next write, which may be hours away (DECISIONS 7).

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::thread;

use bytes::Bytes;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::{mpsc, oneshot};

/// Bytes in one write, and the number of writes that may wait: 1 MiB in all.
const PIECE: usize = 64 * 1024;
const PIECES: usize = 16;

/// Why stdout takes no more.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nobody reads any more: the run is over, and nothing is wrong.
    ReaderGone,
    /// The disk is full, or the like.
    Io(io::Error),
}

/// Records on their way to stdout.
#[derive(Debug)]
pub(crate) struct Writer {
    buffer: Vec<u8>,
    /// What is being queued.
    leaving: Bytes,
    queue: Option<mpsc::Sender<Bytes>>,
    ended: oneshot::Receiver<io::Result<()>>,
    watch: Option<AsyncFd<OwnedFd>>,
}

impl Writer {
    /// Writes to this process's stdout.
    pub(crate) fn stdout() -> io::Result<Self> {
        let stdout = io::stdout().as_fd().try_clone_to_owned()?;
        #[expect(
            deprecated,
            reason = "its successor is unsafe, for descriptors that may close early; an OwnedFd does not"
        )]
        let watch = AsyncFd::with_interest(stdout.try_clone()?, Interest::ERROR).ok();
        Ok(Self {
            watch,
            ..Self::to(File::from(stdout))
        })
    }

    fn to(mut out: impl Write + Send + 'static) -> Self {
        let (queue, mut pieces) = mpsc::channel::<Bytes>(PIECES);
        let (end, ended) = oneshot::channel();
        thread::spawn(move || {
            let mut write = || {
                while let Some(piece) = pieces.blocking_recv() {
                    out.write_all(&piece)?;
                }
                out.flush()
            };
            // Nobody listens when the run has ended by itself.
            let _ = end.send(write());
        });
        Self {
            buffer: Vec::with_capacity(PIECE),
            leaving: Bytes::new(),
            queue: Some(queue),
            ended,
            watch: None,
        }
    }

    /// Where whole records are put; [`Writer::flush`] sends them on.
    pub(crate) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// Whether enough has come together for a write of its own.
    pub(crate) fn is_full(&self) -> bool {
        self.buffer.len() >= PIECE
    }

    /// Queues what is in the buffer. Waits while the queue is full: a slow reader slows the run down.
    pub(crate) async fn flush(&mut self) -> Result<(), Failure> {
        loop {
            if self.leaving.is_empty() {
                if self.buffer.is_empty() {
                    return Ok(());
                }
                self.leaving =
                    std::mem::replace(&mut self.buffer, Vec::with_capacity(PIECE)).into();
            }
            // The place comes first: a flush that is given up on the way loses nothing.
            let queue = self.queue.as_ref().expect("the writer is not finished");
            let place = tokio::select! {
                place = queue.reserve() => place,
                () = reader_gone(self.watch.as_ref()) => return Err(Failure::ReaderGone),
            };
            let Ok(place) = place else {
                return Err(outcome((&mut self.ended).await)
                    .expect_err("the thread ends early only by a failure"));
            };
            place.send(self.leaving.split_to(self.leaving.len().min(PIECE)));
        }
    }

    /// Waits until stdout takes no more. Never returns while it does.
    pub(crate) async fn failed(&mut self) -> Failure {
        tokio::select! {
            ended = &mut self.ended => match outcome(ended) {
                Err(failure) => failure,
                Ok(()) => std::future::pending().await,
            },
            () = reader_gone(self.watch.as_ref()) => Failure::ReaderGone,
        }
    }

    /// Writes everything and waits for it.
    pub(crate) async fn finish(mut self) -> Result<(), Failure> {
        self.flush().await?;
        self.queue = None;
        tokio::select! {
            ended = &mut self.ended => outcome(ended),
            () = reader_gone(self.watch.as_ref()) => Err(Failure::ReaderGone),
        }
    }
}

async fn reader_gone(watch: Option<&AsyncFd<OwnedFd>>) {
    match watch {
        Some(watch) if watch.ready(Interest::ERROR).await.is_ok() => (),
        _ => std::future::pending().await,
    }
}

fn outcome(ended: Result<io::Result<()>, oneshot::error::RecvError>) -> Result<(), Failure> {
    match ended {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) if error.kind() == ErrorKind::BrokenPipe => Err(Failure::ReaderGone),
        Ok(Err(error)) => Err(Failure::Io(error)),
        Err(_) => Err(Failure::Io(io::Error::other(
            "the thread that writes stdout is gone",
        ))),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    struct Failing(ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn everything_is_written_in_order_before_finish_returns() {
        let out = Shared::default();
        let mut writer = Writer::to(out.clone());
        let long = vec![b'x'; 3 * PIECE + 1];
        writer.buffer().extend_from_slice(&long);
        writer.flush().await.unwrap();
        writer.buffer().extend_from_slice(b"end\n");
        writer.finish().await.unwrap();
        assert_eq!(*out.0.lock().unwrap(), [long, b"end\n".to_vec()].concat());
    }

    #[tokio::test]
    async fn a_full_disk_is_a_failure_and_a_reader_that_left_is_not() {
        for (kind, gone) in [
            (ErrorKind::StorageFull, false),
            (ErrorKind::BrokenPipe, true),
        ] {
            let mut writer = Writer::to(Failing(kind));
            writer.buffer().push(b'x');
            writer.flush().await.unwrap();
            assert_eq!(
                matches!(writer.failed().await, Failure::ReaderGone),
                gone,
                "{kind}"
            );
        }
    }
}
