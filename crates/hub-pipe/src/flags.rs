//! The flags that every tool has, and the help that they share.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args};

use crate::form::Form;

/// Flags of every tool.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that people type"
)]
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Every tool")]
pub struct Flags {
    /// Form: ndjson, json, table or ref
    ///
    /// On a terminal a table or indented documents, else ndjson; ref is for xargs. What is in a record never depends on
    /// it.
    #[arg(
        short,
        long,
        value_enum,
        value_name = "FORM",
        hide_possible_values = true
    )]
    pub(crate) output: Option<Form>,
    /// Requests in flight to one host
    #[arg(short, long, value_name = "N", default_value = "64")]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub(crate) jobs: u16,
    /// End after N records
    #[arg(short = 'n', long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// Write a record for each failed input, too
    #[arg(long)]
    pub(crate) errors: bool,
    /// File with user:secret, or a bare token, for this run's host
    #[arg(hide_short_help = true)]
    #[arg(long, value_name = "FILE", conflicts_with = "anonymous")]
    pub(crate) credentials: Option<PathBuf>,
    /// Use no credentials, wherever they are
    #[arg(hide_short_help = true)]
    #[arg(long)]
    pub(crate) anonymous: bool,
    /// Longest time for one try of a request
    #[arg(hide_short_help = true)]
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = some_time)]
    pub(crate) timeout: Duration,
    /// Longest pause for a rate limit
    #[arg(hide_short_help = true)]
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = hub_core::parse_duration)]
    pub(crate) max_wait: Duration,
    /// PEM file with certificate authorities to trust besides the system's
    #[arg(hide_short_help = true)]
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Ask this host over plain http (repeatable)
    #[arg(hide_short_help = true)]
    #[arg(long, value_name = "HOST")]
    pub(crate) plain_http: Vec<hub_core::Host>,
    /// Keep nothing on disk, and read nothing that was kept
    #[arg(hide_short_help = true)]
    #[arg(long)]
    pub(crate) no_cache: bool,
    #[arg(skip)]
    pub(crate) plain: bool,
    #[arg(skip)]
    pub(crate) keep_pulls: u64,
    /// Errors only
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say more; -vv names every request
    #[arg(short, long, action = ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// A time in which something can happen.
fn some_time(text: &str) -> Result<Duration, String> {
    match hub_core::parse_duration(text) {
        Ok(Duration::ZERO) => Err("no time at all is too short".to_owned()),
        Ok(time) => Ok(time),
        Err(error) => Err(error.to_string()),
    }
}

impl Flags {
    /// The same for a run that leaves the last `keep` pulls alone.
    #[must_use]
    pub fn keeping_pulls(self, keep: u64) -> Self {
        Self {
            keep_pulls: keep,
            ..self
        }
    }

    /// The same for output that is no record: it stays as it is, and nothing else stands in it.
    #[must_use]
    pub fn plain(self) -> Self {
        Self {
            output: Some(Form::Ndjson),
            plain: true,
            ..self
        }
    }
}

/// The end of a tool's `--help`: its examples, then what all tools share.
pub fn help(examples: &str) -> String {
    format!("Examples:\n{examples}\n{SHARED_HELP}")
}

const SHARED_HELP: &str = "\
Input: references as arguments or, without any, one a line on stdin: a word, a JSON string, or an object with
a \"ref\" (any record of these tools). - among the arguments means stdin.

Exit status:
  0  all inputs succeeded        3  credentials were refused
  1  some inputs failed          4  a rate limit would not clear in time
  2  wrong flags, or no input    5  stdout could not be written

Environment:
  HUB_OUTPUT, HUB_ERRORS=1, HUB_PLAIN_HTTP    as -o, --errors and --plain-http, for a whole pipeline
  HUB_URL, HUB_REGISTRY_URL                   other endpoints than Docker Hub's, for example a hub-sim
  DOCKERHUB_USERNAME + DOCKERHUB_TOKEN or DOCKERHUB_PASSWORD; the same with DOCKER_HUB_;
  DOCKER_HUB_LOGIN_TOKEN; DOCKER_AUTH_CONFIG; DOCKER_CONFIG; REGISTRY_AUTH_FILE; last
  DOCKER_USERNAME + DOCKER_PASSWORD           credentials; -v says which were used
  HUB_CACHE_DIR                               where hub-inspect keeps up to 1 GiB of documents;
                                              else hub-tools in XDG_CACHE_HOME or ~/.cache
  HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE, SSL_CERT_DIR";
