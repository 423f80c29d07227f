//! The cache on a disk that is full of links, of other people's files and of failures.

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::process::Command;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::log::Log;

#[tokio::test]
async fn links_are_never_followed_and_told_once_sec_8() {
    let digest = Digest::of("{}");
    for part in [
        "",
        "v1",
        "v1/docker.io",
        "v1/docker.io/library+nginx",
        "file",
    ] {
        let parent = TempDir::new().unwrap();
        let (folder, target) = (parent.path().join("cache"), parent.path().join("target"));
        kept(&cache(&folder), "{}").await;
        let beside = kept(&cache(&folder), "[0]").await;
        let link = match part {
            "file" => file_of(&folder, &digest),
            part => folder.join(part).components().collect(),
        };
        fs::rename(&link, &target).unwrap();
        symlink(&target, &link).unwrap();
        let (log, _guard) = Log::begin();
        // With a slash at its end the link would be what it points at.
        let cache = cache(&folder.join(""));
        assert_eq!(cache.get(&repository(), &digest).await, None, "{part:?}");
        kept(&cache, "[]").await;
        assert_eq!(cache.get(&repository(), &Digest::of("[]")).await, None);
        // Whoever made the link may have made the other files.
        assert_eq!(cache.get(&repository(), &beside).await, None, "{part:?}");
        let log = log.text();
        assert_eq!(log.matches("WARN").count(), 1, "{log}");
        assert!(
            log.contains(&format!("{} is a symbolic link", link.display())),
            "{log}"
        );
        let found = everything(&target);
        let names = |path: &&PathBuf| path.to_string_lossy().contains(Digest::of("[]").hex());
        assert_eq!(found.iter().find(names), None, "{part:?}");
        assert!(link.is_symlink());
    }
}

#[tokio::test]
async fn a_link_in_a_missing_folders_place_is_not_written_through_sec_8() {
    let parent = TempDir::new().unwrap();
    let (folder, target) = (parent.path().join("cache"), parent.path().join("target"));
    fs::create_dir(&folder).unwrap();
    symlink(&target, folder.join("v1")).unwrap();
    let cache = cache(&folder);
    kept(&cache, "{}").await;
    assert!(!target.exists());
}

#[tokio::test]
async fn what_belongs_to_somebody_else_is_not_used_sec_8() {
    let own = TempDir::new().unwrap();
    let digest = kept(&cache(own.path()), "{}").await;
    let file = file_of(own.path(), &digest);
    let is_root = rustix::process::geteuid().is_root();
    // Only root can give files away, and for all others root's are somebody else's.
    let places = if is_root {
        let away = TempDir::new().unwrap();
        chown(away.path(), Some(1), None).unwrap();
        chown(&file, Some(1), None).unwrap();
        vec![own.path().to_owned(), away.keep()]
    } else {
        vec![PathBuf::from("/")]
    };
    for folder in places {
        let (log, _guard) = Log::begin();
        let cache = cache(&folder);
        assert_eq!(cache.get(&repository(), &digest).await, None);
        kept(&cache, "[]").await;
        assert_eq!(cache.get(&repository(), &Digest::of("[]")).await, None);
        let log = log.text();
        assert_eq!(log.matches("WARN").count(), 1, "{log}");
        assert!(log.contains("belongs to another user"), "{log}");
        assert!(!file_of(&folder, &Digest::of("[]")).exists());
        if is_root && folder != own.path() {
            fs::remove_dir_all(&folder).unwrap();
        }
    }
}

#[tokio::test]
async fn a_failing_write_is_told_once_and_what_is_there_is_still_read() {
    let folder = TempDir::new().unwrap();
    let (log, _guard) = Log::begin();
    let cache = cache(folder.path());
    let old = kept(&cache, "{}").await;
    // A file cannot be renamed to a folder, not even by root.
    for text in ["[]", "[1]"] {
        fs::create_dir(file_of(folder.path(), &Digest::of(text))).unwrap();
    }
    let (one, two) = (kept(&cache, "[]"), kept(&cache, "[1]"));
    tokio::join!(one, two);
    let new = kept(&cache, "[2]").await;
    let log = log.text();
    assert_eq!(log.matches("WARN").count(), 1, "{log}");
    assert!(log.contains("library+nginx"), "{log}");
    assert_eq!(cache.get(&repository(), &new).await, None);
    assert!(cache.get(&repository(), &old).await.is_some());
    let is_unfinished = |path: &PathBuf| path.to_string_lossy().contains("/.new-");
    assert!(!everything(folder.path()).iter().any(is_unfinished));
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_told_once() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("file"), "").unwrap();
    let (log, _guard) = Log::begin();
    let cache = cache(&folder.path().join("file/cache"));
    for text in ["{}", "[]"] {
        let digest = kept(&cache, text).await;
        assert_eq!(cache.get(&repository(), &digest).await, None);
    }
    assert_eq!(log.text().matches("WARN").count(), 1, "{}", log.text());
}

#[tokio::test]
async fn a_name_that_is_too_long_for_the_disk_does_not_turn_the_cache_off() {
    let folder = TempDir::new().unwrap();
    let (log, _guard) = Log::begin();
    let cache = cache(folder.path());
    let (bytes, digest) = (Bytes::from_static(b"{}"), Digest::of("{}"));
    let long: Repository = format!("{}x.io/a", "x.".repeat(200)).parse().unwrap();
    cache.put(&long, &digest, TYPE, &bytes).await;
    assert_eq!(cache.get(&long, &digest).await, None);
    kept(&cache, "{}").await;
    assert!(cache.get(&repository(), &digest).await.is_some());
    assert_eq!(log.text(), "");
}

#[tokio::test]
async fn a_cache_whose_own_name_is_too_long_is_told_once() {
    let parent = TempDir::new().unwrap();
    for folder in ["x".repeat(256), format!("{}/y", "x".repeat(256))] {
        let (log, _guard) = Log::begin();
        let cache = cache(&parent.path().join(folder));
        let digest = kept(&cache, "{}").await;
        kept(&cache, "[]").await;
        assert_eq!(cache.get(&repository(), &digest).await, None);
        let log = log.text();
        assert_eq!(log.matches("not written to any more").count(), 1, "{log}");
    }
}

#[tokio::test]
async fn a_pipe_in_a_files_place_keeps_nobody_waiting() {
    let folder = TempDir::new().unwrap();
    let cache = cache(folder.path());
    let digest = kept(&cache, "{}").await;
    let file = file_of(folder.path(), &digest);
    fs::remove_file(&file).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(&file)
            .status()
            .unwrap()
            .success()
    );
    let got =
        tokio::time::timeout(Duration::from_secs(20), cache.get(&repository(), &digest)).await;
    if got.is_err() {
        // Lets the thread go on that waits for a writer, so that the test ends.
        let _ = fs::OpenOptions::new().write(true).open(&file);
    }
    assert_eq!(got, Ok(None));
    assert!(!file.exists());
}
