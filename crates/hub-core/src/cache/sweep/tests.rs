//! What goes and what stays, on a disk.

use std::fs::File;
use std::time::Duration;

use tempfile::TempDir;

use super::*;

/// A version folder with one repository.
struct Disk {
    _top: TempDir,
    version: PathBuf,
    repository: PathBuf,
}

impl Disk {
    fn new() -> Self {
        let top = tempfile::tempdir().unwrap();
        let version = top.path().join("v1");
        let repository = version.join("quay.io/a+b");
        fs::create_dir_all(&repository).unwrap();
        Self {
            _top: top,
            version,
            repository,
        }
    }

    /// A file of `blocks` blocks, used `minutes` ago.
    fn file(&self, name: &str, blocks: u64, minutes: u64) -> PathBuf {
        let path = self.repository.join(name);
        let file = File::create(&path).unwrap();
        file.set_len(blocks * BLOCK).unwrap();
        age_by_minutes(&path, minutes);
        path
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(&self.repository)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn age_by_minutes(path: &Path, minutes: u64) {
    let then = SystemTime::now() - Duration::from_mins(minutes);
    File::open(path).unwrap().set_modified(then).unwrap();
}

#[test]
fn what_was_not_used_for_longest_goes_until_nine_tenths_are_left() {
    let disk = Disk::new();
    // In an order by name that is not the one by age.
    for (name, minutes) in [("sha256-c", 1), ("sha256-a", 90), ("sha512-b", 3 * 24 * 60)] {
        disk.file(name, 4, minutes);
    }
    disk.file("sha256-d", 8, 0);
    sweep(&disk.version, 20 * BLOCK);
    assert_eq!(disk.names().len(), 4, "20 blocks are not more than 20");

    sweep(&disk.version, 19 * BLOCK);
    assert_eq!(disk.names(), ["sha256-a", "sha256-c", "sha256-d"]);
    sweep(&disk.version, 14 * BLOCK);
    assert_eq!(disk.names(), ["sha256-c", "sha256-d"]);
}

#[test]
fn of_the_same_age_only_as_many_go_as_must() {
    let disk = Disk::new();
    for n in 0..100 {
        disk.file(&format!("sha256-{n}"), 1, 600);
    }
    disk.file("sha256-young", 1, 10);
    sweep(&disk.version, 50 * BLOCK);
    assert_eq!(disk.names().len(), 45);
    assert!(disk.names().contains(&"sha256-young".to_owned()));
}

#[test]
fn a_small_file_counts_as_a_block() {
    let disk = Disk::new();
    for n in 0..10 {
        fs::write(disk.repository.join(format!("sha256-{n}")), "x").unwrap();
    }
    sweep(&disk.version, 9 * BLOCK);
    assert_eq!(disk.names().len(), 8);
}

#[test]
fn unfinished_files_go_after_an_hour_and_other_names_never() {
    let disk = Disk::new();
    disk.file(".new-old", 1, 61);
    disk.file(".new-young", 1, 59);
    disk.file("notes.txt", 1000, 99_999);
    sweep(&disk.version, BLOCK);
    assert_eq!(disk.names(), [".new-young", "notes.txt"]);
}

#[test]
fn folders_that_are_empty_go() {
    let disk = Disk::new();
    let file = disk.file("sha256-a", 1, 1);
    sweep(&disk.version, BLOCK);
    assert!(file.exists());
    sweep(&disk.version, 0);
    assert!(!disk.repository.exists());
    assert!(!disk.version.join("quay.io").exists());
    assert!(disk.version.exists());
}

#[test]
fn links_are_not_followed_sec_8() {
    let (disk, foreign) = (Disk::new(), Disk::new());
    let kept = foreign.file("sha256-a", 9, 999);
    let link = |from: &Path, to: &str| {
        std::os::unix::fs::symlink(from, disk.version.join(to)).unwrap();
    };
    link(&foreign.version.join("quay.io"), "x.io");
    link(&foreign.repository, "quay.io/x");
    link(&kept, "quay.io/a+b/sha256-b");
    sweep(&disk.version, 0);
    assert!(kept.exists());
    assert_eq!(disk.names(), ["sha256-b"]);
}

#[test]
fn only_one_sweeps_at_a_time_and_nobody_waits() {
    let disk = Disk::new();
    disk.file("sha256-a", 1, 1);
    let other = File::create(disk.version.join(MARKER)).unwrap();
    other.lock().unwrap();
    sweep(&disk.version, 0);
    assert_eq!(disk.names(), ["sha256-a"]);
    other.unlock().unwrap();
    sweep(&disk.version, 0);
    assert!(!disk.repository.exists());
}

#[test]
fn it_is_due_when_the_last_one_ended_an_hour_ago() {
    let disk = Disk::new();
    assert!(is_due(&disk.version));
    sweep(&disk.version, BLOCK);
    assert!(!is_due(&disk.version));
    let marker = disk.version.join(MARKER);
    age_by_minutes(&marker, 59);
    assert!(!is_due(&disk.version));
    age_by_minutes(&marker, 61);
    assert!(is_due(&disk.version));
    sweep(&disk.version, BLOCK);
    assert!(!is_due(&disk.version), "a sweep did not note its end");
}

#[test]
fn every_age_has_a_row_and_an_older_one_no_lower_row() {
    let ages = (0..70_000).chain((17..64).map(|power| 1 << power));
    let rows: Vec<usize> = ages.chain([u64::MAX]).map(row).collect();
    assert!(rows.is_sorted());
    assert_eq!(*rows.last().unwrap(), ROWS - 1);
    // A second apart among ages of minutes, fifteen seconds among ages of an hour.
    assert_ne!(row(300), row(301));
    assert_ne!(row(3600), row(3616));
}
