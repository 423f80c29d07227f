//! What people read on stderr: one line each, the tool's name in front.

use std::fmt;
use std::io::{self, Write};

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
    let line = format!("{tool}: {text}\n");
    let _ = io::stderr().write_all(line.as_bytes());
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
        write!(writer, "{}: ", self.0)?;
        if *event.metadata().level() == Level::WARN {
            writer.write_str("warning: ")?;
        }
        let mut text = Message(String::new());
        event.record(&mut text);
        writeln!(writer, "{}", text.0)
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
