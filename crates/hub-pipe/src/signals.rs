//! Interrupts: the first ends the run in order, the second at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that end a run.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    /// Listens from now on. A second signal of any of the kinds has its default effect.
    pub(crate) fn listen() -> io::Result<Self> {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            let came = Arc::new(AtomicBool::new(false));
            signal_hook::flag::register_conditional_default(number, Arc::clone(&came))?;
            signal_hook::flag::register(number, came)?;
        }
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for one of them and gives its number.
    pub(crate) async fn next(&mut self) -> i32 {
        tokio::select! {
            _ = self.interrupt.recv() => SIGINT,
            _ = self.terminate.recv() => SIGTERM,
            _ = self.hangup.recv() => SIGHUP,
        }
    }
}

/// Dies by `signal`, as a process that never caught it would. Returns only if that is impossible.
pub(crate) fn die(signal: i32) {
    // What is left to do when it fails is to exit with the number that a shell would show.
    let _ = signal_hook::low_level::emulate_default_handler(signal);
}
