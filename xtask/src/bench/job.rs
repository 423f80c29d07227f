//! What is run and what is held against it: a job, who does it, and the marks. Runs nothing.

use std::time::Duration;

use hub_sim::Config;

/// One piece of work that several programs can do.
#[derive(Debug)]
pub(crate) struct Job {
    /// A word, for the command line.
    pub(crate) name: &'static str,
    /// What it is.
    pub(crate) title: String,
    /// The simulator of each run.
    pub(crate) config: Config,
    pub(crate) contestants: Vec<Contestant>,
}

/// Somebody who does the job.
#[derive(Debug)]
pub(crate) struct Contestant {
    /// Unique in its job.
    pub(crate) name: String,
    /// Whether it is somebody else's tool, whose time is held against ours.
    pub(crate) peer: bool,
    /// The program and its arguments.
    pub(crate) argv: Vec<String>,
    /// A shell command that is run before, and not measured.
    pub(crate) before: Option<String>,
    /// Variables besides the simulator's.
    pub(crate) environment: Vec<(&'static str, String)>,
    pub(crate) input: Input,
    /// Fresh simulators, one after another; the middle one counts.
    pub(crate) repeats: usize,
    /// Runs in a row with one simulator, for what takes milliseconds.
    pub(crate) times: usize,
    /// The exit status that is right.
    pub(crate) status: i32,
    /// The lines of stdout that are right.
    pub(crate) lines: Option<usize>,
    /// The least time that the protocol leaves: for each host the fewest requests over those in flight, times the round
    /// trip, and the largest of these.
    pub(crate) floor: Option<Duration>,
    /// What comes on top of the floor, since it is in nobody's power: the round trips before the first of those requests
    /// and after the last of them. No mark counts it.
    pub(crate) chain: Option<Duration>,
    pub(crate) marks: Vec<Mark>,
}

/// What is read from stdin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    Nothing,
    /// These lines.
    Text(String),
    /// So many tag records, all different.
    Records(usize),
}

/// What is to be reached.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mark {
    /// At most so many times the floor.
    OfFloor(f64),
    /// So many times faster than the best peer of the job.
    FasterThanPeers(f64),
    /// So many times faster than this.
    FasterThan(f64, Duration),
    /// So many times less processor time than the best peer.
    LessCpu(f64),
    /// At most this share of the time of another contestant.
    ShareOf(f64, &'static str),
    /// Exactly so many answered manifest GETs.
    ManifestGets(usize),
    /// Exactly so many requests of this kind, answered or not.
    Requests(&'static str, usize),
    /// At most so many KiB in a process.
    Memory(i64),
    /// At most so long.
    Within(Duration),
    /// At least so many input records in a second of a processor.
    RecordsPerCpu(f64),
    /// No 429.
    NoRefusal,
}

impl Contestant {
    /// A shell command, run in `repeats` fresh simulators.
    pub(crate) fn shell(
        name: impl Into<String>,
        script: impl Into<String>,
        repeats: usize,
    ) -> Self {
        let words = ["bash", "-o", "pipefail", "-c"].map(str::to_owned);
        let argv = words.into_iter().chain([script.into()]).collect();
        Self {
            name: name.into(),
            peer: false,
            argv,
            before: None,
            environment: Vec::new(),
            input: Input::Nothing,
            repeats,
            times: 1,
            status: 0,
            lines: None,
            floor: None,
            chain: None,
            marks: Vec::new(),
        }
    }
}
