//! Keeps the cache within its size: the documents that were not used for longest go, and what interrupted runs left behind.
//! What is in a file is not known here.
//!
//! The folders are walked twice, once to add up and once to remove. Between the two there is a table of sizes by age, which is
//! as large for millions of files as for one; no list of files is kept. A sweep may fail or be cut short at any point: the
//! next one does what it left.

use std::fs::{self, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::file::{HOUR, UNFINISHED, open};
use super::place::is_ours;

/// A file takes whole blocks. Counting them also bounds how many files there are: 262,144 in 1 GiB.
const BLOCK: u64 = 4096;
/// Locked by whoever sweeps; its time is when the last sweep ended.
const MARKER: &str = ".swept";

/// Whether nobody has swept for an hour.
pub(super) fn is_due(version: &Path) -> bool {
    let last = fs::symlink_metadata(version.join(MARKER)).and_then(|marker| marker.modified());
    match last {
        // A time to come is no time at which anybody swept.
        Ok(last) => SystemTime::now()
            .duration_since(last)
            .map_or(true, |age| age > HOUR),
        Err(_) => true,
    }
}

/// Removes the documents that were not used for longest, down to nine tenths, where there are more than `most` bytes. Does
/// nothing while somebody else does it.
pub(super) fn sweep(version: &Path, most: u64) {
    if let Err(error) = try_sweep(version, most) {
        tracing::debug!("{} could not be swept: {error}", version.display());
    }
}

/// What a file of so many bytes takes of the disk.
pub(super) fn in_blocks(bytes: u64) -> u64 {
    bytes.div_ceil(BLOCK).saturating_mul(BLOCK)
}

fn try_sweep(version: &Path, most: u64) -> io::Result<()> {
    let options = &mut OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(false);
    let marker = open(options, &version.join(MARKER))?;
    match marker.try_lock() {
        Err(fs::TryLockError::WouldBlock) => return Ok(()),
        locked => locked?,
    }
    let now = SystemTime::now();
    let mut ages = Ages::default();
    walk(version, |name, metadata| {
        let age = age(metadata, now);
        if is_document(name) {
            ages.add(age, in_blocks(metadata.len()));
        }
        name.starts_with(UNFINISHED) && age > HOUR.as_secs()
    });
    if let Some(mut cut) = ages.cut(most) {
        tracing::debug!("{} holds {} bytes", version.display(), ages.total);
        walk(version, |name, metadata| {
            is_document(name) && cut.takes(age(metadata, now), in_blocks(metadata.len()))
        });
    }
    marker.set_modified(SystemTime::now())
}

/// Looks at every file of every repository and removes those that `goes` says. Folders that are empty go, too. Links, what
/// belongs to others and what cannot be read is passed over.
fn walk(version: &Path, mut goes: impl FnMut(&str, &Metadata) -> bool) {
    for host in folders(version) {
        for repository in folders(&host) {
            visit(&repository, &mut goes);
            let _ = fs::remove_dir(&repository);
        }
        let _ = fs::remove_dir(&host);
    }
}

fn visit(repository: &Path, goes: &mut impl FnMut(&str, &Metadata) -> bool) {
    for entry in fs::read_dir(repository).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        let is_candidate = metadata.is_file() && is_ours(&metadata);
        if is_candidate && name.to_str().is_some_and(|name| goes(name, &metadata)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The folders in a folder that are ours, without following links.
fn folders(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let is_own_folder = |metadata: &Metadata| metadata.is_dir() && is_ours(metadata);
    fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .filter(move |entry| entry.metadata().as_ref().is_ok_and(is_own_folder))
        .map(|entry| entry.path())
}

/// Other names are not ours to judge.
fn is_document(name: &str) -> bool {
    name.starts_with("sha256-") || name.starts_with("sha512-")
}

/// Seconds since a file was written or used.
fn age(metadata: &Metadata, now: SystemTime) -> u64 {
    let used = metadata.modified().unwrap_or(now);
    now.duration_since(used).unwrap_or_default().as_secs()
}

/// Bytes by age. A row is a second for ages of minutes and a 256th of the age for longer ones; 51 kB, whatever is counted.
struct Ages {
    rows: Vec<u64>,
    total: u64,
}

/// What goes: all that is older than a row, and of that row as much as is still wanted.
#[derive(Debug)]
struct Cut {
    row: usize,
    rest: u64,
}

/// The row of the longest age that 32 bits hold, and one for the length.
const ROWS: usize = 23 * 256 + 512;

impl Default for Ages {
    fn default() -> Self {
        Self {
            rows: vec![0; ROWS],
            total: 0,
        }
    }
}

impl Ages {
    fn add(&mut self, age: u64, bytes: u64) {
        let row = &mut self.rows[row(age)];
        *row = row.saturating_add(bytes);
        self.total = self.total.saturating_add(bytes);
    }

    /// What must go so that nine tenths of `most` are left; `None` where there is no more than `most`.
    fn cut(&self, most: u64) -> Option<Cut> {
        if self.total <= most {
            return None;
        }
        let mut rest = self.total - most / 10 * 9;
        for (row, bytes) in self.rows.iter().enumerate().rev() {
            if *bytes >= rest {
                return Some(Cut { row, rest });
            }
            rest -= bytes;
        }
        None
    }
}

impl Cut {
    fn takes(&mut self, age: u64, bytes: u64) -> bool {
        let row = row(age);
        let is_taken = row > self.row || (row == self.row && self.rest > 0);
        if is_taken && row == self.row {
            self.rest = self.rest.saturating_sub(bytes);
        }
        is_taken
    }
}

fn row(age: u64) -> usize {
    let age = u32::try_from(age).unwrap_or(u32::MAX);
    let shift = age.checked_ilog2().unwrap_or(0).saturating_sub(8);
    (shift * 256 + (age >> shift)) as usize
}

#[cfg(test)]
mod tests;
