//! What a run comes to: the records in their form, a message for each failure, and the exit status.

use std::fmt::Display;
use std::io;

use hub_core::{Error, escaped, shorten};
use serde::Serialize;

use crate::exit::ExitStatus;
use crate::flow::{Subject, bug};
use crate::form::Output;
use crate::message::{say, say_lines};
use crate::source::stdin_is_no_pipe;

/// Reasons to stop that are told one by one.
const MOST_REASONS: usize = 16;

/// The account of one run.
#[derive(Debug)]
pub(crate) struct Report {
    tool: &'static str,
    output: Output,
    /// Whether failures are records, too.
    errors: bool,
    /// Records that may still be written.
    left: Option<u64>,
    inputs: u64,
    /// Inputs that ended like one before them, without a request.
    not_done: u64,
    /// Reasons to stop that were told; an interrupt needs no further words.
    told: Vec<String>,
    interrupted: bool,
    status: ExitStatus,
}

#[derive(Serialize)]
struct ErrorRecord<'a> {
    #[serde(rename = "ref")]
    reference: Option<&'a str>,
    kind: &'static str,
    error: Failure<'a>,
}

#[derive(Serialize)]
struct Failure<'a> {
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    message: String,
    retryable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a str>,
}

impl Report {
    pub(crate) fn new(
        tool: &'static str,
        output: Output,
        errors: bool,
        limit: Option<u64>,
    ) -> Self {
        Self {
            tool,
            output,
            errors,
            left: limit,
            inputs: 0,
            not_done: 0,
            told: Vec::new(),
            interrupted: false,
            status: ExitStatus::Success,
        }
    }

    /// How the run ended, as far as its inputs go.
    pub(crate) fn status(&self) -> ExitStatus {
        self.status
    }

    pub(crate) fn say(&self, text: impl Display) {
        say(self.tool, text);
    }

    pub(crate) fn took_input(&mut self) {
        self.inputs += 1;
    }

    /// An empty stdin is no failure, and where it is no pipe probably an oversight.
    pub(crate) fn note_if_empty(&self) {
        if self.inputs == 0 && stdin_is_no_pipe() {
            self.say("no input: stdin is empty");
        }
    }

    /// Writes whole lines in the form that was asked for; whether more may follow.
    pub(crate) fn records(&mut self, out: &mut Vec<u8>, lines: &[u8]) -> bool {
        if matches!(self.output, Output::Ndjson) && self.left.is_none() {
            out.extend_from_slice(lines);
            return true;
        }
        let lines = std::str::from_utf8(lines).expect("records are made of text");
        lines.lines().all(|line| self.record(out, line))
    }

    fn record(&mut self, out: &mut Vec<u8>, line: &str) -> bool {
        if self.left == Some(0) {
            return false;
        }
        self.output.push(out, line);
        self.left = self.left.map(|left| left - 1);
        self.left != Some(0)
    }

    /// Nothing more is ready: what was held back for its looks is written.
    pub(crate) fn settle(&mut self, out: &mut Vec<u8>) {
        self.output.settle(out);
    }

    /// An earlier tool's failure passes, and counts as one of ours.
    pub(crate) fn passed(&mut self, out: &mut Vec<u8>, record: &str) -> bool {
        self.status = self.status.and(ExitStatus::Partial);
        self.record(out, record)
    }

    /// An input failed: a message, and a record where they are asked for.
    pub(crate) fn failed(&mut self, out: &mut Vec<u8>, subject: &Subject, error: &Error) -> bool {
        self.status = self.status.and_failed(error);
        if error.is_stopping() && !self.is_news(error) {
            self.not_done += 1;
        } else {
            self.tell(subject, error);
        }
        !self.errors || self.error_record(out, subject, error)
    }

    /// Whether a reason to stop is told for the first time.
    fn is_news(&mut self, error: &Error) -> bool {
        let reason = error.what().to_owned();
        if self.interrupted || self.told.len() >= MOST_REASONS || self.told.contains(&reason) {
            return false;
        }
        self.told.push(reason);
        true
    }

    fn tell(&self, subject: &Subject, error: &Error) {
        match subject {
            Subject::Reference(reference) => self.say(format_args!("{reference}: {error}")),
            Subject::Unreadable {
                line: Some(line),
                input,
            } => self.say(format_args!(
                "line {line}: \"{}\": {error}",
                shorten(input, 80)
            )),
            Subject::Unreadable { line: None, input } => {
                self.say(format_args!("\"{}\": {error}", shorten(input, 80)));
            }
        }
    }

    /// A signal ends the run: what is not done is counted, and not told one by one.
    pub(crate) fn interrupt(&mut self) {
        self.interrupted = true;
    }

    /// What a run leaves undone is said in one line, however much it is.
    pub(crate) fn sum_up(&self) {
        let inputs = match self.not_done {
            0 => return,
            1 => "1 input was".to_owned(),
            many => format!("{many} inputs were"),
        };
        let fate = if self.errors {
            "error records in the output tell which"
        } else {
            "--errors makes records of them"
        };
        self.say(format_args!("{inputs} read and not done; {fate}"));
    }

    /// A task ended without an outcome.
    pub(crate) fn bug(&mut self, out: &mut Vec<u8>, subject: &Subject) -> bool {
        let goes_on = self.failed(out, subject, &bug());
        self.status = self.status.and(ExitStatus::Bug);
        goes_on
    }

    fn error_record(&mut self, out: &mut Vec<u8>, subject: &Subject, error: &Error) -> bool {
        let (reference, line, input) = match subject {
            Subject::Reference(reference) => (Some(reference.as_str()), None, None),
            Subject::Unreadable { line, input } => (None, *line, Some(input.as_str())),
        };
        let failure = Failure {
            code: error.kind().code(),
            status: error.status(),
            message: error.to_string(),
            retryable: error.is_retryable(),
            line,
            input,
        };
        let record = ErrorRecord {
            reference,
            kind: "error",
            error: failure,
        };
        let line = serde_json::to_string(&record).expect("a record of strings and numbers is JSON");
        self.record(out, &line)
    }
}

/// Whether stdout is read by a person.
pub(crate) fn stdout_is_terminal() -> bool {
    io::IsTerminal::is_terminal(&io::stdout())
}

/// How wide a table may be; one that is not for a terminal is not cut.
pub(crate) fn screen_width() -> usize {
    terminal_size::terminal_size_of(io::stdout()).map_or(usize::MAX, |(width, _)| width.0.into())
}

/// Says why a run did not begin.
pub(crate) fn usage(tool: &str, why: impl Display) -> ExitStatus {
    let why = why.to_string();
    say_lines(tool, &format!("{}\nTry '{tool} --help'.", escaped(&why)));
    ExitStatus::Usage
}
