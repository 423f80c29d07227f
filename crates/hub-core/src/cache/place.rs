//! Where a document lies in the cache, and whether the folders on the way there may be used. What is in the file is not known.
//!
//! `v1/docker.io/library+nginx/sha256-…`. All parts are checked types: none of them begins with a dot or has a `/`, except
//! for the slashes of a repository, which become a character that no repository has. A folder per repository, and no trees of
//! them, so that `a/sha256-…` can be a repository below `a`.
//!
//! A folder is looked at before each use, and the file opened without following a link. Nobody but us can put another folder in
//! its place in between, since those that are looked at belong to us and are made for us alone.

use std::fs::{self, DirBuilder, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::Trouble;
use crate::digest::Digest;
use crate::reference::Repository;

/// The folders that every document of a cache is in.
#[derive(Debug)]
pub(super) struct Root {
    top: PathBuf,
    version: PathBuf,
}

/// Where one document lies.
#[derive(Debug)]
pub(super) struct Place {
    /// From the outermost to the one that the file is in.
    folders: [PathBuf; 4],
    file: PathBuf,
}

/// Changes when the files do: an older program's files are then not read.
const VERSION: &str = "v1";
const NO_SLASH: &str = "+";
/// How many of the folders on the way to a document are the same for all: the cache's own and its version.
const SHARED: usize = 2;

impl Root {
    pub(super) fn new(folder: &Path) -> Self {
        // A `/` at its end would make a link look like what it points at.
        let top: PathBuf = folder.components().collect();
        let version = top.join(VERSION);
        Self { top, version }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.top
    }

    /// The folder that has a folder for each host.
    pub(super) fn version(&self) -> &Path {
        &self.version
    }

    pub(super) fn place(&self, repository: &Repository, digest: &Digest) -> Place {
        let host = self.version.join(repository.host().as_str());
        let folder = host.join(repository.name().as_str().replace('/', NO_SLASH));
        let file = folder.join(format!("{}-{}", digest.algorithm(), digest.hex()));
        Place {
            folders: [self.top.clone(), self.version.clone(), host, folder],
            file,
        }
    }
}

impl Place {
    pub(super) fn file(&self) -> &Path {
        &self.file
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folders[3]
    }

    /// Whether all folders are there, and ours.
    pub(super) fn has_folders(&self) -> Result<bool, Trouble> {
        for folder in &self.folders {
            match own_folder(folder)? {
                Ok(()) => {}
                Err(error) if is_absent(&error) => return Ok(false),
                Err(error) => return Err(Trouble::Unusable(folder.clone(), error.to_string())),
            }
        }
        Ok(true)
    }

    /// Makes the folders that are missing, for us alone.
    pub(super) fn make_folders(&self) -> Result<(), Trouble> {
        for (depth, folder) in self.folders.iter().enumerate() {
            if own_folder(folder)?.is_ok() {
                continue;
            }
            // What the cache's own folder is in may be missing, too; below it a link must not be followed.
            let made = DirBuilder::new()
                .mode(0o700)
                .recursive(depth == 0)
                .create(folder);
            match made {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => {
                    return Err(self.unmade(depth, error));
                }
                // Whoever was quicker may be somebody else.
                _ => own_folder(folder)?.map_err(|error| self.unmade(depth, error))?,
            }
        }
        Ok(())
    }

    /// A folder that cannot be there. Where it is one that every document is in, nothing is ever kept, whatever the reason.
    fn unmade(&self, depth: usize, error: io::Error) -> Trouble {
        let folder = &self.folders[depth];
        if depth < SHARED {
            return Trouble::Unwritable(folder.clone(), error);
        }
        unwritable(folder, error)
    }
}

/// Whether a file or folder is the user's who runs this.
pub(super) fn is_ours(metadata: &Metadata) -> bool {
    metadata.uid() == rustix::process::geteuid().as_raw()
}

/// A failure to write at `path`.
pub(super) fn unwritable(path: &Path, error: io::Error) -> Trouble {
    match error.kind() {
        ErrorKind::InvalidFilename => Trouble::Unnameable,
        _ => Trouble::Unwritable(path.to_owned(), error),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound | ErrorKind::InvalidFilename
    )
}

/// Looks at a folder that may not be there. One that is there must be ours, and no link.
fn own_folder(folder: &Path) -> Result<io::Result<()>, Trouble> {
    let metadata = match fs::symlink_metadata(folder) {
        Ok(metadata) => metadata,
        Err(error) => return Ok(Err(error)),
    };
    let why = if metadata.is_symlink() {
        "is a symbolic link"
    } else if !metadata.is_dir() {
        "is no folder"
    } else if !is_ours(&metadata) {
        "belongs to another user"
    } else {
        return Ok(Ok(()));
    };
    Err(Trouble::Unusable(folder.to_owned(), why.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::path::Component;

    use proptest::prelude::*;

    use super::*;

    fn file_of(repository: &str) -> Option<PathBuf> {
        let digest = Digest::of("{}");
        let place = Root::new(Path::new("/c")).place(&repository.parse().ok()?, &digest);
        Some(place.file)
    }

    #[test]
    fn every_repository_has_a_folder_of_its_own() {
        let hex = Digest::of("{}").hex().to_owned();
        assert_eq!(
            file_of("quay.io/a/b").unwrap(),
            Path::new(&format!("/c/v1/quay.io/a+b/sha256-{hex}"))
        );
        let names =
            "x.io/a/b x.io/a__b x.io/a.b x.io/a-b x.io/a_b x.io:1/a/b y.io/a/b [::1]/a/b a/b";
        let mut files: Vec<_> = names
            .split(' ')
            .map(|name| file_of(name).unwrap())
            .collect();
        files.sort();
        files.dedup();
        assert_eq!(files.len(), names.split(' ').count());
    }

    proptest! {
        #[test]
        fn no_name_leads_out_of_the_cache_sec_8(
            repository in "([A-Za-z0-9.:\\[\\]_/+-]{0,12}(\\.\\.|/|\\.|x)){1,4}|[a-c]\\.io/[a-c./+_-]{1,9}|\\PC*",
        ) {
            let Some(file) = file_of(&repository) else {
                return Ok(());
            };
            let below: Vec<_> = file.strip_prefix("/c/v1").unwrap().components().collect();
            prop_assert_eq!(below.len(), 3);
            for part in below {
                let is_plain = matches!(part, Component::Normal(name) if !name.as_encoded_bytes().starts_with(b"."));
                prop_assert!(is_plain, "{:?}", file);
            }
        }
    }
}
