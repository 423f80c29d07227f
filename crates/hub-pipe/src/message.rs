//! What people read on stderr: one line each, the tool's name in front, and nothing in it that a terminal obeys (SEC-7).
//!
//! It does not know which part of a text came from outside: all of it is escaped here, so that no caller can forget it.

use std::fmt;
use std::io::{self, Write};

use hub_core::escaped;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

/// Says one line. A stderr that is closed or full is no reason to stop.
pub(crate) fn say(tool: &str, text: impl fmt::Display) {
    put(&line(tool, &text.to_string()));
}

/// Says a text that has lines of its own, as a usage error of clap. What it quotes must have no line break.
pub(crate) fn say_lines(tool: &str, text: &str) {
    let lines: Vec<_> = text.lines().map(escaped).collect();
    put(&format!("{tool}: {}\n", lines.join("\n")));
}

fn put(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

fn line(tool: &str, text: &str) -> String {
    format!("{tool}: {}\n", escaped(text))
}

/// Tells of a failure inside an input that goes on, whatever `-q` says.
pub fn tell(text: impl fmt::Display) {
    tracing::error!("{text}");
}

/// How much is said: notes and warnings, less with `-q`, more with each `-v`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Verbosity(pub(crate) i8);

impl Verbosity {
    fn filter(self) -> LevelFilter {
        match self.0 {
            ..0 => LevelFilter::ERROR,
            0 => LevelFilter::INFO,
            1 => LevelFilter::DEBUG,
            2.. => LevelFilter::TRACE,
        }
    }

    /// Sends what the libraries of the suite note to stderr.
    pub(crate) fn listen(self, tool: &'static str) {
        let ours = Targets::new()
            .with_target("hub_core", self.filter())
            .with_target("hub_pipe", self.filter());
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(io::stderr)
            .event_format(Line(tool));
        // A second run in one process, as in a test, keeps the first listener.
        let _ = tracing_subscriber::registry()
            .with(ours)
            .with(layer)
            .try_init();
    }
}

/// `tool: warning: text`.
struct Line(&'static str);

impl<S, N> FormatEvent<S, N> for Line
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut text = Message(String::new());
        event.record(&mut text);
        if *event.metadata().level() == Level::WARN {
            text.0.insert_str(0, "warning: ");
        }
        writer.write_str(&line(self.0, &text.0))
    }
}

struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    const HOSTILE: &str = "type \u{1b}[2J\r\nhub-x: all is well\u{9b}m\u{202e}\u{7f}";
    const SHOWN: &str = r"type \u{1b}[2J\r\nhub-x: all is well\u{9b}m\u{202e}\u{7f}";

    #[test]
    fn a_message_is_one_line_whatever_is_in_it_sec_7() {
        assert_eq!(line("hub-x", HOSTILE), format!("hub-x: {SHOWN}\n"));
    }

    #[test]
    fn what_the_libraries_note_is_one_line_whatever_is_in_it_sec_7() {
        let screen = Screen::default();
        let out = screen.clone();
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(move || out.clone())
            .event_format(Line("hub-x"));
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || tracing::warn!("{HOSTILE}"));
        let seen = String::from_utf8(screen.0.lock().unwrap().clone()).unwrap();
        assert_eq!(seen, format!("hub-x: warning: {SHOWN}\n"));
    }
}
