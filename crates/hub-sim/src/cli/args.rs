//! Flags and their help, turned into a [`Config`].

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};

use crate::fault::KINDS;
use crate::{Config, DEFAULT_SEED, Fault, HubRate, Population, RateDialect, Referrers, Wall};

const GRAMMAR: &str = "\
--wall N is the offset at which a list refuses anonymous callers; the default is
1000 for tags and 100 for repositories, as on Docker Hub.

--population reference is the job that speed is measured with: 20 repositories
of 50 tags. With --round-trip MS bytes arrive half of it later in either
direction, and connections open one later; --latency delays answers only.

RATE is N or N:WORDS, where WORDS tell when to come back: seconds, date, epoch,
reset or bare.

FAULT is KIND[=ARG]:PATH[:WHICH]. PATH begins with / or *; with a * in it, it is
held against the whole path and query, else it may be any part. WHICH is a rate
between 0 and 1, nthN, everyN or timesN, or several of them. The first fault
that applies to a request wins. KIND is one of";

const EXAMPLES: &str = "\
Examples:
  hub-sim -- hub-ls ansible                list a namespace without a network
  hub-sim -- sh -c 'hub-tags library/nginx -n 5 | hub-inspect'
  hub-sim --tags 5000 --wall off -- hub-tags bulk/many
  hub-sim --images odd -- hub-inspect odd/images:MAN-14-nested-index
  hub-sim --fault 'status=503:*/manifests/*:0.1' -- hub-inspect ansible/awx
  hub-sim --population reference --tls --separate-hosts --round-trip 50 -- \\
      sh -c 'hub-ls reference | hub-tags | hub-inspect > images.ndjson'
  hub-sim --port 8080 --log log.ndjson     serve until interrupted

The command gets HUB_URL and HUB_REGISTRY_URL for the simulator, empty temporary
folders as DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR and HUB_CACHE_DIR,
no proxy, and none of the variables that hold credentials of Docker Hub. The
folder of hub-sim itself comes first on its PATH. Without a command the
addresses are printed as one line of JSON. With --tls, SSL_CERT_FILE names the
certificate of the authority, and the line of JSON does.

Accounts: alice (alice-password), a member of ansible; bob (bob-password), with
the second factor 123456; carol (carol-password), without a pull limit. Private
are ansible/awx-internal, ansible/lab and alice/notes.

Exit status: the command's own; 128 + N if signal N killed it; 127 if it was not
found; 126 if it could not be run; 125 if hub-sim itself failed; 2 for wrong
flags; 0 when it served alone and was ended by SIGINT or SIGTERM.";

/// An offline Docker Hub on loopback: web API, token service and registry
#[derive(Debug, Parser)]
#[command(name = "hub-sim", version, after_long_help = help(), next_line_help = false)]
pub(super) struct Args {
    /// Port on 127.0.0.1 [default: a free one]
    #[arg(
        long,
        default_value_t = 0,
        hide_default_value = true,
        value_name = "PORT"
    )]
    port: u16,

    /// Seed of all contents, and of faults
    #[arg(long, default_value_t = DEFAULT_SEED, value_name = "N")]
    seed: u64,

    /// What it holds: tutorial, or reference (see --help)
    #[arg(
        long,
        default_value = "tutorial",
        hide_default_value = true,
        hide_possible_values = true,
        value_name = "NAME"
    )]
    population: PopulationName,

    /// Add the repository bulk/many with N tags
    #[arg(long, value_name = "N")]
    tags: Option<usize>,

    /// Add odd/images, a tag for each image of a folder
    #[arg(long, value_name = "DIR")]
    images: Option<PathBuf>,

    /// Where anonymous lists end, or off (see --help)
    #[arg(long, value_name = "N", value_parser = wall)]
    wall: Option<WallFlag>,

    /// Requests to the web API in a minute (see --help)
    #[arg(long, value_name = "RATE", value_parser = hub_rate)]
    hub_rate: Option<HubRate>,

    /// Manifest GETs in six hours
    #[arg(long, value_name = "N")]
    pull_limit: Option<u32>,

    /// Requests of any kind in a minute
    #[arg(long, hide_short_help = true, value_name = "N")]
    abuse_limit: Option<u32>,

    /// Wrong passwords that lock an account
    #[arg(long, hide_short_help = true, value_name = "N", default_value_t = 10)]
    login_limit: u32,

    /// Answer the referrers API, which is 404 else
    #[arg(long)]
    referrers: bool,

    /// Wait before every answer
    #[arg(
        long,
        default_value_t = 0,
        hide_default_value = true,
        value_name = "MS"
    )]
    latency: u64,

    /// How far away it is (see --help)
    #[arg(
        long,
        default_value_t = 0,
        hide_default_value = true,
        value_name = "MS"
    )]
    round_trip: u64,

    /// Speak https, and HTTP/2 with callers that can
    #[arg(long)]
    tls: bool,

    /// Put the token service and the storage of blobs on ports of their own
    #[arg(long, hide_short_help = true)]
    separate_hosts: bool,

    /// Let something go wrong; may be repeated (see --help)
    #[arg(long = "fault", value_name = "FAULT")]
    faults: Vec<Fault>,

    /// Write a line of JSON for every finished request
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,

    /// Command to run [default: serve until interrupted]
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// `--population`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PopulationName {
    Tutorial,
    Reference,
}

/// `--wall`: both lists get the same offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WallFlag {
    Off,
    At(usize),
}

impl Args {
    /// The simulator's settings, and the command with its arguments. Fails where the folder of images cannot be read.
    pub(super) fn into_config(self) -> io::Result<(Config, Vec<OsString>)> {
        let config = Config {
            population: population(&self)?,
            faults: self.faults,
            wall: match self.wall {
                None => Some(Wall::default()),
                Some(WallFlag::Off) => None,
                Some(WallFlag::At(offset)) => Some(Wall {
                    tags: offset,
                    repositories: offset,
                }),
            },
            hub_rate: self.hub_rate,
            pull_limit: self.pull_limit,
            abuse_limit: self.abuse_limit,
            login_limit: Some(self.login_limit),
            referrers: self.referrers.then(Referrers::default),
            latency: Duration::from_millis(self.latency),
            round_trip: Duration::from_millis(self.round_trip),
            tls: self.tls,
            separate_hosts: self.separate_hosts,
            port: self.port,
            log: self.log,
            seed: self.seed,
            ..Config::default()
        };
        Ok((config, self.command))
    }
}

fn population(args: &Args) -> io::Result<Population> {
    let mut population = match (args.population, args.seed) {
        (PopulationName::Tutorial, DEFAULT_SEED) => Population::tutorial(),
        (PopulationName::Tutorial, seed) => Population::tutorial_from(seed),
        (PopulationName::Reference, _) => Population::reference(20, 50),
    };
    if let Some(tags) = args.tags {
        population = population.and(&Population::bulk("bulk", "many", tags));
    }
    if let Some(folder) = &args.images {
        population = population.and(&Population::images(folder)?);
    }
    Ok(population)
}

fn wall(text: &str) -> Result<WallFlag, String> {
    match text {
        "off" => Ok(WallFlag::Off),
        _ => text
            .parse()
            .map(WallFlag::At)
            .map_err(|_| "expected a number or \"off\"".to_owned()),
    }
}

fn hub_rate(text: &str) -> Result<HubRate, String> {
    let (limit, words) = text.split_once(':').unwrap_or((text, "seconds"));
    let limit = limit
        .parse()
        .map_err(|_| format!("{limit:?} is no number"))?;
    let dialect = match words {
        "seconds" => RateDialect::Seconds,
        "date" => RateDialect::Date,
        "epoch" => RateDialect::Epoch,
        "reset" => RateDialect::Reset,
        "bare" => RateDialect::Bare,
        _ => {
            return Err(format!(
                "{words:?} is none of seconds, date, epoch, reset, bare"
            ));
        }
    };
    Ok(HubRate {
        dialect,
        ..HubRate::per_minute(limit)
    })
}

/// What follows the flags in `--help`.
fn help() -> String {
    let mut kinds = String::new();
    for row in KINDS.chunks(4) {
        kinds = format!("{kinds}\n  {}", row.join("  "));
    }
    format!("{GRAMMAR}{kinds}\n\n{EXAMPLES}")
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::{Args, Config, Fault, HubRate, RateDialect, Referrers, Wall};
    use crate::FaultKind;

    fn config(arguments: &[&str]) -> Result<Config, clap::Error> {
        let arguments = ["hub-sim"].iter().chain(arguments);
        Args::try_parse_from(arguments).map(|args| args.into_config().unwrap().0)
    }

    #[test]
    fn the_flags_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn short_help_fits_a_screen() {
        let help = Args::command().term_width(80).render_help().to_string();
        assert!(help.lines().count() <= 24, "{help}");
    }

    #[test]
    fn help_lines_fit_a_terminal() {
        let help = super::help();
        let longest = help
            .lines()
            .max_by_key(|line| line.chars().count())
            .unwrap();
        assert!(longest.chars().count() <= 80, "{longest}");
    }

    #[test]
    fn the_wall_can_be_moved_and_taken_away() {
        let moved = Wall {
            tags: 500,
            repositories: 500,
        };
        assert_eq!(config(&[]).unwrap().wall, Some(Wall::default()));
        assert_eq!(config(&["--wall", "off"]).unwrap().wall, None);
        assert_eq!(config(&["--wall", "500"]).unwrap().wall, Some(moved));
        assert!(config(&["--wall", "high"]).is_err());
    }

    /// REGISTRY.md RFR-6.
    #[test]
    fn the_referrers_api_is_off_unless_asked_for() {
        assert_eq!(config(&[]).unwrap().referrers, None);
        let on = config(&["--referrers"]).unwrap().referrers;
        assert_eq!(on, Some(Referrers::default()));
    }

    #[test]
    fn a_folder_of_images_that_is_not_there_is_an_error() {
        let args = Args::try_parse_from(["hub-sim", "--images", "/nonexistent"]).unwrap();
        let error = args.into_config().unwrap_err().to_string();
        assert!(error.contains("/nonexistent"), "{error}");
    }

    #[test]
    fn a_hub_rate_may_name_its_words() {
        let rate = |text| config(&["--hub-rate", text]).map(|config| config.hub_rate.unwrap());
        assert_eq!(rate("30").unwrap(), HubRate::per_minute(30));
        assert_eq!(rate("30:epoch").unwrap().dialect, RateDialect::Epoch);
        assert!(
            rate("30:soon")
                .unwrap_err()
                .to_string()
                .contains("none of seconds")
        );
        assert!(rate("many").is_err());
    }

    #[test]
    fn faults_add_up_in_order_and_bad_ones_are_explained() {
        let faults = config(&["--fault", "drop:/a", "--fault", "stall:/b:nth2"])
            .unwrap()
            .faults;
        assert_eq!(faults[0], Fault::new(FaultKind::Drop, "/a"));
        assert_eq!(faults.len(), 2);
        let error = config(&["--fault", "explode:/a"]).unwrap_err().to_string();
        assert!(
            error.contains("unknown kind \"explode\"; known are stall"),
            "{error}"
        );
    }
}
