//! One run from the command line to the exit status.

use std::ffi::OsString;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use clap::error::ContextValue;
use hub_core::Client;

use crate::Tool;
use crate::environment::{self, client_config};
use crate::exit::ExitStatus;
use crate::flags::Flags;
use crate::flow::{Flow, Window};
use crate::form::{Form, Output};
use crate::message::{Verbosity, say, say_lines};
use crate::report::{Report, screen_width, stdout_is_terminal, usage};
use crate::signals::{self, Signals};
use crate::source::Source;
use crate::table::Table;
use crate::writer::Writer;

pub(crate) fn run<T: Tool>(
    args: impl IntoIterator<Item = impl Into<OsString> + Clone>,
) -> ExitCode {
    let args = match T::Args::try_parse_from(args) {
        Ok(args) => args,
        Err(error) => return parsed_as_error(T::NAME, &error).into(),
    };
    let status = match T::new(args) {
        Ok((tool, flags, references)) => start(tool, flags, references),
        Err(error) => usage(T::NAME, error),
    };
    if let ExitStatus::Signal(signal) = status {
        signals::die(signal);
    }
    status.into()
}

/// clap's errors are usage errors, except the texts of `--help` and `--version`.
fn parsed_as_error(tool: &str, error: &clap::Error) -> ExitStatus {
    if error.use_stderr() {
        let text = error.render().to_string();
        let text = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
        if quotes_a_line_break(error) {
            say(tool, text);
        } else {
            say_lines(tool, text);
        }
        return ExitStatus::Usage;
    }
    match error.print() {
        Ok(()) => ExitStatus::Success,
        Err(failure) if failure.kind() == std::io::ErrorKind::BrokenPipe => ExitStatus::Success,
        Err(_) => ExitStatus::Output,
    }
}

/// Whether an argument could pass for a line of clap's own.
fn quotes_a_line_break(error: &clap::Error) -> bool {
    error.context().any(|(_, value)| match value {
        ContextValue::String(text) => text.contains('\n'),
        ContextValue::Strings(texts) => texts.iter().any(|text| text.contains('\n')),
        _ => false,
    })
}

fn start<T: Tool>(tool: T, mut flags: Flags, references: Vec<String>) -> ExitStatus {
    if let Err(error) = environment::complete(&mut flags) {
        return usage(T::NAME, error);
    }
    if flags.limit == Some(0) {
        return ExitStatus::Success;
    }
    let louder = i8::try_from(flags.verbose).unwrap_or(i8::MAX);
    Verbosity(if flags.quiet { -1 } else { louder }).listen(T::NAME);
    let config = match client_config(&flags, &references, T::WORD) {
        Ok(config) => config,
        Err(error) => return usage(T::NAME, error),
    };
    let source = match Source::new(references) {
        Ok(source) => source,
        Err(why) => return usage(T::NAME, why),
    };
    let terminal = if stdout_is_terminal() {
        T::TERMINAL
    } else {
        Form::Ndjson
    };
    let form = flags.output.unwrap_or(terminal);
    let tool = tool.in_form(form);
    let output = match form {
        Form::Ndjson => Output::Ndjson,
        Form::Json => Output::Json,
        Form::Ref => Output::Ref,
        Form::Table => Output::Table(Table::new(tool.columns(), screen_width())),
    };
    let report = Report::new(T::NAME, output, flags.errors, flags.limit);
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return broken::<T>(&error),
    };
    let status = runtime.block_on(async {
        let (writer, mut signals) =
            match Writer::stdout().and_then(|writer| Ok((writer, Signals::listen()?))) {
                Ok(both) => both,
                Err(error) => return broken::<T>(&error),
            };
        let flow = Flow {
            tool: Arc::new(tool),
            client: Client::new(config),
            source,
            writer,
            report,
            jobs: flags.jobs.into(),
            window: Window::default(),
        };
        flow.run(&mut signals).await
    });
    // A name that is being looked up, or a stdin that gives nothing, holds nobody back.
    runtime.shutdown_background();
    status
}

fn broken<T: Tool>(error: &std::io::Error) -> ExitStatus {
    say(T::NAME, format_args!("the run cannot begin: {error}"));
    ExitStatus::Output
}
