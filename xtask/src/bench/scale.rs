//! How large the jobs are: as the marks have them, or as small as shows that everything still runs.

use std::time::Duration;

/// The sizes of all jobs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scale {
    pub(crate) repositories: usize,
    /// In each of them.
    pub(crate) tags: usize,
    /// In one repository.
    pub(crate) many: usize,
    /// For `--plan`.
    pub(crate) records: usize,
    pub(crate) round_trip: Duration,
    pub(crate) repeats: usize,
    /// Pages of a list that is limited, and how many are allowed in a window.
    pub(crate) limited_pages: usize,
    pub(crate) limit: u32,
    pub(crate) window: Duration,
    pub(crate) pulls: u32,
    /// Whether other people's tools are run.
    pub(crate) peers: bool,
}

impl Scale {
    /// What the marks are stated for.
    pub(crate) const FULL: Self = Self {
        repositories: 20,
        tags: 50,
        many: 100_000,
        records: 1_000_000,
        round_trip: Duration::from_millis(50),
        repeats: 3,
        limited_pages: 400,
        limit: 180,
        window: Duration::from_secs(20),
        pulls: 100,
        peers: true,
    };

    /// A few seconds.
    pub(crate) const SMOKE: Self = Self {
        repositories: 2,
        tags: 10,
        many: 2_000,
        records: 2_000,
        round_trip: Duration::from_millis(10),
        repeats: 1,
        limited_pages: 4,
        limit: 3,
        window: Duration::from_secs(1),
        pulls: 4,
        peers: false,
    };

    /// Tags that point at an image of their own: 70 of 100.
    pub(crate) fn distinct(&self) -> usize {
        self.repositories * (self.tags - self.tags * 3 / 10)
    }
}
