//! Names that a list has given already. Lists shift while they are read, and some repeat themselves.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// The names that a walk has met. Only hashes are kept, with keys of this run: among a million names two are mistaken
/// for each other once in thirty million runs.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    hasher: RandomState,
    hashes: HashSet<u64>,
}

impl Seen {
    /// Whether this is the first time; from now on it is not.
    pub(crate) fn is_new(&mut self, name: &str) -> bool {
        self.hashes.insert(self.hasher.hash_one(name))
    }

    /// The same, where at most `most` names are kept: any other is new each time.
    pub(crate) fn is_new_within(&mut self, most: usize, name: &str) -> bool {
        let hash = self.hasher.hash_one(name);
        if self.hashes.len() < most {
            return self.hashes.insert(hash);
        }
        !self.hashes.contains(&hash)
    }

    /// How many there were.
    pub(crate) fn len(&self) -> u64 {
        self.hashes.len() as u64
    }
}
