//! Flags and their help, turned into a [`Config`].

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use crate::{Config, DEFAULT_SEED, Population, Wall};

const EXAMPLES: &str = "\
Examples:
  hub-sim -- hub-ls ansible                      list a namespace without a network
  hub-sim --wall off -- sh -c 'hub-ls ansible | hub-tags -n 5 | hub-inspect'
  hub-sim --tags 5000 --log log.ndjson -- hub-tags bulk/many
  hub-sim --port 8080                            serve until interrupted; addresses on stdout

The command gets HUB_URL and HUB_REGISTRY_URL for the simulator, empty temporary folders as DOCKER_CONFIG,
REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR and HUB_CACHE_DIR, no proxy, and none of the variables that hold
credentials of Docker Hub. The folder of hub-sim itself comes first on its PATH.

Exit status: the command's own; 128 + N if signal N killed it; 127 if it was not found, 126 if it could not be run;
125 if hub-sim itself failed; 2 for wrong flags; 0 when serving alone was ended by SIGINT or SIGTERM.";

/// An offline Docker Hub on loopback: web API, token service and registry on one port
#[derive(Debug, Parser)]
#[command(name = "hub-sim", version, after_long_help = EXAMPLES)]
pub(super) struct Args {
    /// Port on 127.0.0.1 [default: a free one]
    #[arg(
        long,
        default_value_t = 0,
        hide_default_value = true,
        value_name = "PORT"
    )]
    port: u16,

    /// Seed of all contents and of faults with a rate
    #[arg(long, default_value_t = DEFAULT_SEED, value_name = "N")]
    seed: u64,

    /// Add the repository bulk/many with N tags
    #[arg(long, value_name = "N")]
    tags: Option<usize>,

    /// Offset at which anonymous lists end [default: 1000 for tags, 100 for repositories]
    #[arg(long, value_name = "N|off", value_parser = wall)]
    wall: Option<WallFlag>,

    /// Wait before every answer
    #[arg(
        long,
        default_value_t = 0,
        hide_default_value = true,
        value_name = "MS"
    )]
    latency: u64,

    /// Write a line of JSON for every finished request
    #[arg(long, value_name = "FILE")]
    log: Option<PathBuf>,

    /// Command to run against the simulator; without one it serves until interrupted
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// `--wall`: both lists get the same offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WallFlag {
    Off,
    At(usize),
}

impl Args {
    /// The simulator's settings, and the command with its arguments.
    pub(super) fn into_config(self) -> (Config, Vec<OsString>) {
        let mut population = match self.seed {
            DEFAULT_SEED => Population::tutorial(),
            seed => Population::tutorial_from(seed),
        };
        if let Some(tags) = self.tags {
            population = population.and(&Population::bulk("bulk", "many", tags));
        }
        let wall = match self.wall {
            None => Some(Wall::default()),
            Some(WallFlag::Off) => None,
            Some(WallFlag::At(offset)) => Some(Wall {
                tags: offset,
                repositories: offset,
            }),
        };
        let config = Config {
            population,
            wall,
            latency: Duration::from_millis(self.latency),
            port: self.port,
            log: self.log,
            seed: self.seed,
            ..Config::default()
        };
        (config, self.command)
    }
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

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::{Args, Wall};

    #[test]
    fn the_flags_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn short_help_fits_a_screen() {
        let help = Args::command().term_width(80).render_help().to_string();
        assert!(help.lines().count() <= 40, "{help}");
    }

    #[test]
    fn the_wall_can_be_moved_and_taken_away() {
        let wall = |arguments: &[&str]| {
            Args::try_parse_from(arguments)
                .unwrap()
                .into_config()
                .0
                .wall
        };
        assert_eq!(wall(&["hub-sim"]), Some(Wall::default()));
        assert_eq!(wall(&["hub-sim", "--wall", "off"]), None);
        let moved = Wall {
            tags: 500,
            repositories: 500,
        };
        assert_eq!(wall(&["hub-sim", "--wall", "500"]), Some(moved));
        assert!(Args::try_parse_from(["hub-sim", "--wall", "high"]).is_err());
    }
}
