//! Writes the folder `odd/`: small images of every odd kind that registries hold, or checks that the folder is as this
//! program writes it. A module here holds the cases of one subject; what clients make of them is not known here.

mod artifacts;
mod attestations;
mod case;
mod configs;
mod confusion;
mod digests;
mod formats;
mod indexes;
mod layers;
mod platforms;
mod referrers;
mod schema1;
mod serving;

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use xshell::Shell;

use case::Case;

const FOLDER: &str = "odd";

/// Path below the folder, and content.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Writes the folder anew. Its README is not touched.
pub(crate) fn write(shell: &Shell) -> anyhow::Result<()> {
    let root = shell.current_dir().join(FOLDER);
    let files = files()?;
    for case in case_folders(&root)? {
        fs::remove_dir_all(&case).with_context(|| case.display().to_string())?;
    }
    for (path, content) in &files {
        let path = root.join(path);
        let folder = path.parent().context("every file is in a case's folder")?;
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        fs::write(&path, content).with_context(|| path.display().to_string())?;
    }
    eprintln!("odd: {} files", files.len());
    Ok(())
}

/// Fails with every file that is missing, different or not this program's.
pub(crate) fn check(shell: &Shell) -> anyhow::Result<()> {
    let root = shell.current_dir().join(FOLDER);
    let (expected, found) = (files()?, read(&root)?);
    let mut breaches = Vec::new();
    for (path, content) in &expected {
        match found.get(path) {
            None => breaches.push(format!("{} is missing", path.display())),
            Some(found) if found != content => {
                breaches.push(format!("{} differs", path.display()));
            }
            Some(_) => {}
        }
    }
    let strangers = found.keys().filter(|path| !expected.contains_key(*path));
    breaches.extend(strangers.map(|path| format!("{} is not generated", path.display())));
    if !breaches.is_empty() {
        bail!(
            "`cargo xtask odd` would change {FOLDER}/:\n  {}",
            breaches.join("\n  ")
        );
    }
    eprintln!("odd: {} files", expected.len());
    Ok(())
}

fn files() -> anyhow::Result<Files> {
    let cases = cases();
    check_manifests(&cases)?;
    let mut files = Files::new();
    for case in &cases {
        for (file, content) in case.files()? {
            let path = Path::new(case.name()).join(&file);
            let name = path.display().to_string();
            ensure!(
                files.insert(path, content).is_none(),
                "{name} is there twice"
            );
        }
    }
    Ok(files)
}

fn cases() -> Vec<Case> {
    [
        schema1::cases(),
        formats::cases(),
        indexes::cases(),
        artifacts::cases(),
        attestations::cases(),
        layers::cases(),
        serving::cases(),
        confusion::cases(),
        digests::cases(),
        platforms::cases(),
        configs::cases(),
        referrers::cases(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// All cases are served from one repository, where a digest has one Content-Type: no two may share a manifest.
fn check_manifests(cases: &[Case]) -> anyhow::Result<()> {
    let mut owners: HashMap<&str, &str> = HashMap::new();
    for case in cases {
        for digest in case.manifests() {
            if let Some(other) = owners.insert(digest, case.name()) {
                bail!("{other} and {} share the manifest {digest}", case.name());
            }
        }
    }
    Ok(())
}

fn case_folders(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    fs::create_dir_all(root)?;
    let mut folders = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.push(entry.path());
        }
    }
    Ok(folders)
}

fn read(root: &Path) -> anyhow::Result<Files> {
    let mut files = Files::new();
    for folder in case_folders(root)? {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let content = fs::read(&path).with_context(|| path.display().to_string())?;
            files.insert(path.strip_prefix(root)?.to_owned(), content);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::fs;

    use xshell::Shell;

    use super::{cases, check, check_manifests, write};

    #[test]
    fn a_changed_a_missing_and_a_strange_file_fail_the_check() {
        let folder = tempfile::tempdir().unwrap();
        let shell = Shell::new().unwrap();
        shell.change_dir(folder.path());
        write(&shell).unwrap();
        check(&shell).unwrap();
        let case = folder.path().join("odd/MAN-14-nested-index");
        fs::write(case.join("top.json"), "{}").unwrap();
        fs::remove_file(case.join("inner.json")).unwrap();
        fs::write(case.join("more.json"), "{}").unwrap();
        let error = check(&shell).unwrap_err().to_string();
        for breach in [
            "top.json differs",
            "inner.json is missing",
            "more.json is not generated",
        ] {
            assert!(error.contains(breach), "{error}");
        }
        write(&shell).unwrap();
        check(&shell).unwrap();
    }

    #[test]
    fn a_manifest_in_two_cases_is_refused() {
        let mut twice = cases();
        twice.extend(cases());
        assert!(check_manifests(&twice).is_err());
    }

    /// A digest is there once per case, or a push would send it twice.
    #[test]
    fn no_case_has_a_manifest_twice() {
        for case in cases() {
            let mut seen = HashSet::new();
            for digest in case.manifests() {
                assert!(seen.insert(digest.to_owned()), "{}", case.name());
            }
        }
    }
}
