//! One document in one file: a line with the media type, then the exact bytes. Which folder it is in is not known here.
//!
//! A file is written under another name and renamed, so that whoever opens it has a whole one, and no lock is needed. It is not
//! forced to the disk: what a crash leaves is found out when it is read, as is everything else that is wrong.

use std::collections::hash_map::RandomState;
use std::fs::{self, File, Metadata, OpenOptions};
use std::hash::BuildHasher;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use rustix::fs::OFlags;
use rustix::io::Errno;

use super::place::{Place, is_ours, unwritable};
use super::{Cached, Trouble};
use crate::digest::Digest;

/// Times are kept no more exactly than this, so that a hit costs no write.
pub(super) const HOUR: Duration = Duration::from_hours(1);
/// In front of the names of files that are not whole yet.
pub(super) const UNFINISHED: &str = ".new-";

/// As much as is read of a document from the network.
const MOST_BYTES: usize = 4 * 1024 * 1024;
const MOST_MEDIA_TYPE: usize = 255;

/// Whether a file can hold this document.
pub(super) fn may_hold(media_type: &str, bytes: &Bytes) -> bool {
    bytes.len() <= MOST_BYTES && is_media_type(media_type.as_bytes())
}

/// The document in its file, if it has this digest. A file that is wrong in any way is removed.
pub(super) fn read(place: &Place, digest: &Digest) -> Result<Option<Cached>, Trouble> {
    if !place.has_folders()? {
        return Ok(None);
    }
    let path = place.file();
    let unusable = |why: &str| Err(Trouble::Unusable(path.to_owned(), why.to_owned()));
    let file = match open(OpenOptions::new().read(true), path) {
        Ok(file) => file,
        Err(error) if is_link(&error) => return unusable("is a symbolic link"),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            return unusable("may not be read");
        }
        // Not there, or too many open files: nothing is known against it.
        Err(_) => return Ok(None),
    };
    let Ok(metadata) = file.metadata() else {
        return Ok(None);
    };
    if !is_ours(&metadata) {
        return unusable("belongs to another user");
    }
    match content(&file).filter(|cached| digest.matches(&cached.bytes) == Some(true)) {
        Some(cached) => {
            mark_used(&file, &metadata);
            Ok(Some(cached))
        }
        None => {
            tracing::debug!("the cache removes {}, which is damaged", path.display());
            let _ = fs::remove_file(path);
            Ok(None)
        }
    }
}

/// Writes a document to its file, if it has this digest; how many bytes there are more.
pub(super) fn write(place: &Place, digest: &Digest, document: &Cached) -> Result<u64, Trouble> {
    if digest.matches(&document.bytes) != Some(true) {
        return Ok(0);
    }
    let unfinished = match begin(place) {
        // A sweep has just removed a folder that was empty.
        Err(Trouble::Unwritable(_, error)) if error.kind() == ErrorKind::NotFound => begin(place)?,
        begun => begun?,
    };
    unfinished
        .finish(document, place.file())
        .map_err(|error| unwritable(place.folder(), error))
}

/// Opens a file that may be anything: a link is an error, and a pipe that nobody writes to keeps nobody waiting.
pub(super) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options
        .mode(0o600)
        .custom_flags(flags.bits().cast_signed())
        .open(path)
}

/// A file under a name of its own, which goes unless it is finished.
struct Unfinished {
    path: PathBuf,
    file: File,
}

impl Unfinished {
    fn create(folder: &Path) -> io::Result<Self> {
        let name = format!("{UNFINISHED}{:016x}", RandomState::new().hash_one(0));
        let path = folder.join(name);
        let file = open(OpenOptions::new().write(true).create_new(true), &path)?;
        Ok(Self { path, file })
    }

    fn finish(mut self, document: &Cached, path: &Path) -> io::Result<u64> {
        let line = format!("{}\n", document.media_type);
        self.file.write_all(line.as_bytes())?;
        self.file.write_all(&document.bytes)?;
        fs::rename(&self.path, path)?;
        Ok((line.len() + document.bytes.len()) as u64)
    }
}

impl Drop for Unfinished {
    /// After the file was renamed there is nothing of that name.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn begin(place: &Place) -> Result<Unfinished, Trouble> {
    place.make_folders()?;
    Unfinished::create(place.folder()).map_err(|error| unwritable(place.folder(), error))
}

fn is_media_type(text: &[u8]) -> bool {
    (1..=MOST_MEDIA_TYPE).contains(&text.len()) && text.iter().all(u8::is_ascii_graphic)
}

/// What an open file holds, if it has the form. Whatever it is, no more is read than a document can have.
fn content(file: &File) -> Option<Cached> {
    let most = (MOST_MEDIA_TYPE + 1 + MOST_BYTES) as u64;
    let mut bytes = Vec::new();
    file.take(most + 1).read_to_end(&mut bytes).ok()?;
    let line = bytes.iter().position(|&byte| byte == b'\n')?;
    let media_type = bytes.get(..line).filter(|line| is_media_type(line))?;
    let media_type = String::from_utf8(media_type.to_vec()).ok()?;
    let bytes = Bytes::from(bytes).slice(line + 1..);
    (bytes.len() <= MOST_BYTES).then_some(Cached { media_type, bytes })
}

/// Tells a sweep that the document was used. A disk that cannot be written to keeps the time that it has.
fn mark_used(file: &File, metadata: &Metadata) {
    let now = SystemTime::now();
    let Ok(used) = metadata.modified() else {
        return;
    };
    let away = now
        .duration_since(used)
        .unwrap_or_else(|ahead| ahead.duration());
    if away > HOUR {
        let _ = file.set_modified(now);
    }
}

fn is_link(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::LOOP.raw_os_error())
}
