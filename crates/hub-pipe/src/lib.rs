//! The pipe contract in code, once for all tools: references in, records out, in order, bounded, streaming; shared flags,
//! messages and exit statuses.
//!
//! A tool is a type that implements [`Tool`]; its `main` is one call of [`main`]. This crate knows no endpoint, and it is
//! the only one that reads the environment, stdin and stdout.

mod budget;
mod credentials;
mod display;
mod environment;
mod exit;
mod flags;
mod flow;
mod form;
mod line;
mod message;
mod report;
mod run;
mod signals;
mod source;
mod table;
mod writer;

use std::ffi::OsString;
use std::future::Future;
use std::process::ExitCode;

pub use budget::Records;
pub use exit::ExitStatus;
pub use flags::{Flags, help};
pub use form::Form;
use hub_core::{Client, Result, Word};
pub use line::Input;
pub use message::tell;
pub use table::{Column, Style};

/// What a tool does with one input; everything round it is the pipe's.
pub trait Tool: Sized + Send + Sync + 'static {
    /// Its name, in front of every message.
    const NAME: &'static str;
    /// What a word without `/` means to it.
    const WORD: Word;
    /// What a terminal shows where no form was asked for.
    const TERMINAL: Form;
    /// Its table.
    const COLUMNS: &'static [Column];
    /// Its flags, as they were typed.
    type Args: clap::Parser;

    /// The flags as values with a meaning, the flags of every tool, and the references. An error is one of usage.
    fn new(args: Self::Args) -> Result<(Self, Flags, Vec<String>)>;

    /// Told once, before the first input, in which form the output is: references alone may cost less than records.
    #[must_use]
    fn in_form(self, _form: Form) -> Self {
        self
    }

    /// The columns of this run's table, where its records are others than usual.
    fn columns(&self) -> &'static [Column] {
        Self::COLUMNS
    }

    /// Takes an input without answering it: what it comes to is told by [`Tool::total`]. Most tools take none this way.
    fn tally(&self, _client: &Client, _input: &Input) -> bool {
        false
    }

    /// The records of all inputs that were tallied, when the last one was taken.
    fn total(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Answers one input: its records, as whole lines, and how it went.
    fn answer(
        &self,
        client: &Client,
        input: &Input,
        records: &mut Records,
    ) -> impl Future<Output = Result<()>> + Send;
}

/// Runs a tool with the arguments of this process.
pub fn main<T: Tool>() -> ExitCode {
    run::<T>(std::env::args_os())
}

/// Runs a tool with `args`, the first of which is the name that it was called by.
pub fn run<T: Tool>(args: impl IntoIterator<Item = impl Into<OsString> + Clone>) -> ExitCode {
    run::run::<T>(args)
}
