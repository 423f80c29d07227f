//! Interrupts: the first ends the run in order, the second at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that end a run.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
    hangup: Option<Signal>,
}

impl Signals {
    /// Listens from now on. A second signal, of whichever kind, has its default effect. A signal that was ignored when
    /// the tool began (`nohup`, `cmd &` in a script) stays ignored.
    pub(crate) fn listen() -> io::Result<Self> {
        let came = Arc::new(AtomicBool::new(false));
        let ignored = ignored();
        let mut signals = Self {
            interrupt: None,
            terminate: None,
            hangup: None,
        };
        let kinds = [
            (SIGINT, SignalKind::interrupt(), &mut signals.interrupt),
            (SIGTERM, SignalKind::terminate(), &mut signals.terminate),
            (SIGHUP, SignalKind::hangup(), &mut signals.hangup),
        ];
        for (number, kind, listener) in kinds {
            if ignored & (1 << (number - 1)) == 0 {
                signal_hook::flag::register_conditional_default(number, Arc::clone(&came))?;
                signal_hook::flag::register(number, Arc::clone(&came))?;
                *listener = Some(signal(kind)?);
            }
        }
        Ok(signals)
    }

    /// Waits for one of them and gives its number.
    pub(crate) async fn next(&mut self) -> i32 {
        tokio::select! {
            () = came(self.interrupt.as_mut()) => SIGINT,
            () = came(self.terminate.as_mut()) => SIGTERM,
            () = came(self.hangup.as_mut()) => SIGHUP,
        }
    }
}

async fn came(signal: Option<&mut Signal>) {
    if let Some(signal) = signal
        && signal.recv().await.is_some()
    {
        return;
    }
    std::future::pending::<()>().await;
}

/// The set of signals that this process ignores, as Linux tells it; none where nobody tells.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .unwrap_or(0)
}

/// Dies by `signal`, as a process that never caught it would. Returns only if that is impossible.
pub(crate) fn die(signal: i32) {
    // What is left to do when it fails is to exit with the number that a shell would show.
    let _ = signal_hook::low_level::emulate_default_handler(signal);
}
