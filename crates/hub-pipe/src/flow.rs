//! The run: inputs in, many at once under way, their records out in the order of the inputs.
//!
//! PIPE.md §3. Each input is a task of its own. The one at the head is written as its records come; those behind it wait
//! in a bounded window, so that a slow one in front neither reorders nor starves the rest.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use hub_core::{Client, Error, ErrorKind};
use tokio_util::task::AbortOnDropHandle;

use crate::Tool;
use crate::budget::{Budget, Event, Waiting, channel};
use crate::exit::ExitStatus;
use crate::line::{Line, understand};
use crate::report::Report;
use crate::signals::Signals;
use crate::source::{Given, Source};
use crate::writer::{Failure, Writer};

/// The least number of inputs that may be under way or waiting for their turn.
const LEAST_WINDOW: usize = 64;

/// A run of one tool over all its inputs.
pub(crate) struct Flow<T> {
    pub(crate) tool: Arc<T>,
    pub(crate) client: Client,
    pub(crate) source: Source,
    pub(crate) writer: Writer,
    pub(crate) report: Report,
    pub(crate) jobs: usize,
    pub(crate) window: Window,
}

/// Inputs that were taken and are not finished, the oldest first.
#[derive(Default)]
pub(crate) struct Window {
    inputs: VecDeque<Started>,
    budget: Arc<Budget>,
    /// The number of the input that is taken next.
    next: u64,
}

/// An input that is under way.
struct Started {
    /// Its canonical reference, or what it said where that is none.
    subject: Subject,
    waiting: Waiting,
    /// Keeps the task alive; dropping it ends the task and its requests.
    _task: Option<AbortOnDropHandle<()>>,
}

/// What a message or an error record is about.
#[derive(Clone, Debug)]
pub(crate) enum Subject {
    Reference(String),
    Unreadable { line: Option<u64>, input: String },
}

/// Why a run ended before its inputs did.
enum Stop {
    Stdout(Failure),
    Signal(i32),
    /// `-n` was reached.
    Limit,
}

impl<T: Tool> Flow<T> {
    /// Runs to the end of the inputs, until stdout takes no more, or until a signal comes.
    pub(crate) async fn run(mut self, signals: &mut Signals) -> ExitStatus {
        let begun = Instant::now();
        let stop = tokio::select! {
            done = self.work() => done.err(),
            signal = signals.next() => Some(Stop::Signal(signal)),
        };
        if let Some(Stop::Signal(_)) = stop {
            self.give_up().await;
        }
        let Self {
            mut writer,
            mut report,
            client,
            ..
        } = self;
        report.settle(writer.buffer());
        report.sum_up();
        tell_cost(&client, begun);
        let (stdout, status) = match stop {
            Some(Stop::Stdout(failure)) => (Err(failure), report.status()),
            Some(Stop::Signal(signal)) => (writer.finish().await, ExitStatus::Signal(signal)),
            Some(Stop::Limit) => (writer.finish().await, report.status()),
            None => {
                report.note_if_empty();
                (writer.finish().await, report.status())
            }
        };
        match stdout {
            Ok(()) => status,
            Err(Failure::ReaderGone) => match status {
                ExitStatus::Signal(_) | ExitStatus::Bug => status,
                _ => ExitStatus::Success,
            },
            Err(Failure::Io(error)) => {
                report.say(format_args!("stdout cannot be written: {error}"));
                status.and(ExitStatus::Output)
            }
        }
    }

    async fn work(&mut self) -> Result<(), Stop> {
        let most = LEAST_WINDOW.max(4 * self.jobs);
        let mut open = true;
        loop {
            let written = self.write_ready().await;
            self.report.settle(self.writer.buffer());
            written?;
            self.writer.flush().await.map_err(Stop::Stdout)?;
            if !open && self.window.inputs.is_empty() {
                let total = self.tool.total();
                let goes_on = self.report.records(self.writer.buffer(), &total);
                return if goes_on { Ok(()) } else { Err(Stop::Limit) };
            }
            let takes_more = open && self.window.inputs.len() < most;
            tokio::select! {
                given = self.source.next(), if takes_more => match given {
                    Some(given) => self.take(given),
                    None => open = false,
                },
                event = self.window.head_event(), if !self.window.inputs.is_empty() => self.settle(event)?,
                failure = self.writer.failed() => return Err(Stop::Stdout(failure)),
            }
        }
    }

    /// The run is interrupted: what has come is written, and every input that is not done says so (PIPE.md §4).
    async fn give_up(&mut self) {
        self.report.interrupt();
        let mut goes_on = true;
        while goes_on && !self.window.inputs.is_empty() {
            let ready = self
                .window
                .inputs
                .front()
                .is_some_and(|head| head.waiting.is_ready());
            let event = if ready {
                self.window.head_event().await
            } else {
                Some(Event::End(Err(interrupted())))
            };
            goes_on = self.settle(event).is_ok();
        }
        for given in self.source.read_so_far() {
            self.not_begun(given);
        }
    }

    /// An input that was read, and that the run never came to.
    fn not_begun(&mut self, given: Given) {
        let line = given.line;
        let out = self.writer.buffer();
        match understand(given, T::WORD) {
            Line::Blank => true,
            Line::ErrorRecord(record) => self.report.passed(out, &record),
            Line::Input(input) => {
                let subject = Subject::Reference(input.target().to_string());
                self.report.failed(out, &subject, &interrupted())
            }
            Line::Bad { error, input } => {
                self.report
                    .failed(out, &Subject::Unreadable { line, input }, &error)
            }
        };
    }

    /// Starts on one input.
    fn take(&mut self, given: Given) {
        let line = given.line;
        let understood = understand(given, T::WORD);
        if let Line::Input(input) = &understood
            && self.tool.tally(&self.client, input)
        {
            return self.report.took_input();
        }
        let (mut records, waiting) = channel(self.window.next, &self.window.budget);
        let mut task = None;
        let subject = match understood {
            Line::Blank => return,
            Line::Input(input) => {
                self.client.note(input.target());
                let subject = Subject::Reference(input.target().to_string());
                let (tool, client) = (Arc::clone(&self.tool), self.client.clone());
                task = Some(AbortOnDropHandle::new(tokio::spawn(async move {
                    let outcome = tool.answer(&client, &input, &mut records).await;
                    records.end(outcome);
                })));
                subject
            }
            Line::ErrorRecord(record) => {
                records.pass(record);
                Subject::Unreadable {
                    line,
                    input: String::new(),
                }
            }
            Line::Bad { error, input } => {
                records.end(Err(error));
                Subject::Unreadable { line, input }
            }
        };
        self.report.took_input();
        self.window.next += 1;
        self.window.inputs.push_back(Started {
            subject,
            waiting,
            _task: task,
        });
    }

    /// Puts everything into the writer's buffer that has come and whose turn it is.
    async fn write_ready(&mut self) -> Result<(), Stop> {
        while !self.writer.is_full()
            && self
                .window
                .inputs
                .front()
                .is_some_and(|head| head.waiting.is_ready())
        {
            let event = self.window.head_event().await;
            self.settle(event)?;
        }
        Ok(())
    }

    /// Writes an event of the input at the head.
    fn settle(&mut self, event: Option<Event>) -> Result<(), Stop> {
        let head = self.window.inputs.front().expect("an event has an input");
        let out = self.writer.buffer();
        let goes_on = match event {
            Some(Event::Records(lines)) => {
                return if self.report.records(out, &lines) {
                    Ok(())
                } else {
                    Err(Stop::Limit)
                };
            }
            Some(Event::Passed(record)) => self.report.passed(out, &record),
            Some(Event::End(Ok(()))) => true,
            Some(Event::End(Err(error))) => self.report.failed(out, &head.subject, &error),
            None => self.report.bug(out, &head.subject),
        };
        self.window.inputs.pop_front();
        self.window
            .budget
            .advance(self.window.next - self.window.inputs.len() as u64);
        if goes_on { Ok(()) } else { Err(Stop::Limit) }
    }
}

impl Window {
    async fn head_event(&mut self) -> Option<Event> {
        match self.inputs.front_mut() {
            Some(head) => head.waiting.next().await,
            None => std::future::pending().await,
        }
    }
}

/// What the run cost, for those who asked to hear more.
fn tell_cost(client: &Client, begun: Instant) {
    let cost = client.cost();
    if cost.requests() + cost.cached > 0 {
        tracing::debug!("{cost} in {:.1} s", begun.elapsed().as_secs_f64());
    }
}

/// What an input becomes that a signal cut off.
fn interrupted() -> Error {
    Error::new(ErrorKind::Io, "interrupted before it was done")
        .advise("feed it back")
        .stopping()
}

/// What a task that ended without an outcome becomes.
pub(crate) fn bug() -> Error {
    Error::new(
        ErrorKind::InvalidResponse,
        "this tool failed on its own account",
    )
    .advise("please report it: it is a bug")
}
