//! The cache as those who fetch documents see it.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::*;

mod hostile;

const TYPE: &str = "application/vnd.oci.image.index.v1+json";
const MOST: u64 = 1 << 30;

fn cache(folder: &Path) -> Cache {
    Cache::beginning_at(folder, MOST, 0)
}

fn repository() -> Repository {
    "docker.io/library/nginx".parse().unwrap()
}

/// The bytes as a document, kept.
async fn kept(cache: &Cache, text: &str) -> Digest {
    let (bytes, digest) = (Bytes::from(text.to_owned()), Digest::of(text));
    cache.put(&repository(), &digest, TYPE, &bytes).await;
    digest
}

fn file_of(folder: &Path, digest: &Digest) -> PathBuf {
    let name = format!("{}-{}", digest.algorithm(), digest.hex());
    folder.join("v1/docker.io/library+nginx").join(name)
}

/// Every file and folder below `folder`.
fn everything(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(everything(&entry.path()));
        }
        found.push(entry.path());
    }
    found
}

fn used_minutes_ago(file: &Path, minutes: u64) -> SystemTime {
    let then = SystemTime::now() - Duration::from_mins(minutes);
    File::open(file).unwrap().set_modified(then).unwrap();
    fs::metadata(file).unwrap().modified().unwrap()
}

#[tokio::test]
async fn a_document_comes_back_as_it_was_and_from_its_own_repository_alone() {
    let folder = TempDir::new().unwrap();
    let cache = cache(folder.path());
    let bytes = Bytes::from_static(b"\n{\"a\":\xff}\n\n\0");
    for algorithm in ["sha256", "sha512"] {
        let digest = Digest::of_with(algorithm, &bytes).unwrap();
        assert_eq!(cache.get(&repository(), &digest).await, None);
        cache.put(&repository(), &digest, TYPE, &bytes).await;
        let cached = cache.get(&repository(), &digest).await.unwrap();
        assert_eq!(
            (cached.media_type.as_str(), cached.bytes),
            (TYPE, bytes.clone())
        );
        for other in [
            "quay.io/library/nginx",
            "docker.io/a/nginx",
            "localhost:1/library/nginx",
        ] {
            assert_eq!(cache.get(&other.parse().unwrap(), &digest).await, None);
        }
    }
    assert_eq!(cache.get(&repository(), &Digest::of("other")).await, None);
}

#[tokio::test]
async fn files_are_plain_and_for_their_owner_alone_sec_8() {
    let parent = TempDir::new().unwrap();
    let folder = parent.path().join("a/b");
    let cache = cache(&folder);
    let digest = kept(&cache, "{}").await;
    let file = file_of(&folder, &digest);
    assert_eq!(fs::read_to_string(&file).unwrap(), format!("{TYPE}\n{{}}"));
    let all = everything(parent.path());
    // a, b, v1, the host, the repository, the file and the mark of the sweep: no other file is left.
    assert_eq!(all.len(), 7);
    for path in all {
        let metadata = fs::metadata(&path).unwrap();
        let mode = if metadata.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(metadata.permissions().mode() & 0o777, mode, "{path:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_wrong_is_removed_and_not_believed_sec_8() {
    let folder = TempDir::new().unwrap();
    let cache = cache(folder.path());
    let long = format!("{}\n{{}}", "x".repeat(256));
    let huge = format!("{TYPE}\n{}", " ".repeat(4 * 1024 * 1024 + 1));
    let wrong = [
        "",
        "{}",
        "\n{}",
        "a b\n{}",
        "a\x1b[0m\n{}",
        "\u{e9}\n{}",
        &long,
        &huge, // no line with a media type
        "a/b\n{ }",
        "a/b\n{",
        "a/b\n",
        "a/b\n{}\n", // other bytes
    ];
    for text in wrong {
        let digest = kept(&cache, "{}").await;
        let file = file_of(folder.path(), &digest);
        fs::write(&file, text).unwrap();
        assert_eq!(cache.get(&repository(), &digest).await, None, "{text:.40}");
        assert!(!file.exists(), "{text:.40}");
    }
    let digest = kept(&cache, "{}").await;
    assert!(cache.get(&repository(), &digest).await.is_some());
}

#[tokio::test]
async fn a_file_is_read_no_further_than_a_document_may_be_long() {
    let folder = TempDir::new().unwrap();
    let cache = cache(folder.path());
    for (length, is_kept) in [(4 * 1024 * 1024, true), (4 * 1024 * 1024 + 1, false)] {
        let text = " ".repeat(length);
        let digest = kept(&cache, &text).await;
        assert_eq!(cache.get(&repository(), &digest).await.is_some(), is_kept);
        // The digest is right, and still nothing of that length is taken.
        let file = file_of(folder.path(), &digest);
        fs::write(&file, format!("{TYPE}\n{text}")).unwrap();
        assert_eq!(cache.get(&repository(), &digest).await.is_some(), is_kept);
    }
}

#[tokio::test]
async fn what_its_digest_does_not_prove_is_not_kept_man_6_man_7() {
    let folder = TempDir::new().unwrap();
    let cache = cache(folder.path());
    let bytes = Bytes::from_static(b"{\"signatures\":[]}");
    let of_a_part = Digest::of("{}");
    let unknown: Digest = format!("blake3:{}", of_a_part.hex()).parse().unwrap();
    for digest in [of_a_part, unknown] {
        cache.put(&repository(), &digest, TYPE, &bytes).await;
        assert_eq!(cache.get(&repository(), &digest).await, None);
    }
    for media_type in ["", "a/b\nc", "a b", "\u{e9}", &"x".repeat(256)] {
        cache
            .put(&repository(), &Digest::of(&bytes), media_type, &bytes)
            .await;
    }
    assert_eq!(everything(folder.path()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_hit_marks_the_file_as_used_at_most_once_an_hour() {
    let folder = TempDir::new().unwrap();
    let cache = cache(folder.path());
    let digest = kept(&cache, "{}").await;
    let file = file_of(folder.path(), &digest);
    let used = || fs::metadata(&file).unwrap().modified().unwrap();
    let young = used_minutes_ago(&file, 59);
    cache.get(&repository(), &digest).await.unwrap();
    assert_eq!(used(), young, "a hit within the hour is a write");
    used_minutes_ago(&file, 61);
    let before = SystemTime::now() - Duration::from_mins(1);
    cache.get(&repository(), &digest).await.unwrap();
    assert!(used() > before, "a hit did not mark the file");
    // A clock that was wrong does not keep a file for ever.
    let ahead = SystemTime::now() + Duration::from_hours(99);
    File::open(&file).unwrap().set_modified(ahead).unwrap();
    cache.get(&repository(), &digest).await.unwrap();
    assert!(used() < ahead);
}

#[tokio::test]
async fn the_first_write_sweeps_where_nobody_did_for_an_hour() {
    let folder = TempDir::new().unwrap();
    let begin = || Cache::beginning_at(folder.path(), 400_000, 0);
    let cache = begin();
    let left_over = folder.path().join("v1/docker.io/library+nginx/.new-1");
    let old = || {
        fs::write(&left_over, "").unwrap();
        used_minutes_ago(&left_over, 70);
    };
    kept(&cache, "{}").await;
    old();
    kept(&cache, "[1]").await;
    kept(&begin(), "[2]").await;
    assert!(left_over.exists(), "somebody has just swept");
    used_minutes_ago(&folder.path().join("v1/.swept"), 61);
    kept(&cache, "[3]").await;
    assert!(left_over.exists(), "this is not the first write");
    kept(&begin(), "[4]").await;
    assert!(!left_over.exists());
}

#[tokio::test]
async fn a_process_that_writes_its_share_sweeps() {
    let folder = TempDir::new().unwrap();
    // 100 files of a block, a share of three of them.
    let cache = Cache::beginning_at(folder.path(), 409_600, 0);
    for n in 0..200 {
        kept(&cache, &format!("[{n}]")).await;
        let files = fs::read_dir(folder.path().join("v1/docker.io/library+nginx"));
        let count = files.unwrap().count();
        assert!(count <= 104, "{count} files after {n}");
        assert!(n < 104 || count >= 90, "{count} files after {n}");
    }
}

#[tokio::test]
async fn nothing_is_touched_before_a_document_is_kept() {
    let parent = TempDir::new().unwrap();
    let folder = parent.path().join("cache");
    let cache = Cache::new(&folder, MOST);
    assert_eq!(cache.get(&repository(), &Digest::of("{}")).await, None);
    assert!(!folder.exists());
}

#[test]
fn many_processes_share_a_folder_without_a_lock() {
    let folder = TempDir::new().unwrap();
    let run = || {
        // As small as a few documents, so that they are swept away while others want them.
        let cache = Cache::beginning_at(folder.path(), 40_960, 0);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        runtime.block_on(async {
            let mut hits = 0;
            for n in 0..300 {
                let text = format!("[{}]{}", n % 7, " ".repeat(5000));
                let digest = kept(&cache, &text).await;
                if let Some(cached) = cache.get(&repository(), &digest).await {
                    assert_eq!(cached.bytes, text);
                    hits += 1;
                }
            }
            assert!(
                cache.0.writes.load(Ordering::Relaxed),
                "a race turned the cache off"
            );
            hits
        })
    };
    let hits: u32 = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
        runs.into_iter().map(|run| run.join().unwrap()).sum()
    });
    assert!(hits > 100, "{hits}");
    let is_unfinished = |path: &PathBuf| path.to_string_lossy().contains("/.new-");
    assert!(!everything(folder.path()).iter().any(is_unfinished));
}
