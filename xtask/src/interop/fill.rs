//! The generated population in an open registry, pushed document by document. Knows no oracle.

use anyhow::{Context, bail};
use hub_sim::{DocumentKind, Population, Repository};

use super::bench::each;
use super::push::{self, Refused};

/// All repositories, public and private.
pub(crate) fn repositories(population: &Population) -> impl Iterator<Item = &Repository> {
    population
        .repositories()
        .chain(population.private_repositories())
}

/// Pushes every document and every tag; says how many documents there were.
pub(crate) fn push_all(authority: &str, population: &Population) -> anyhow::Result<usize> {
    let all: Vec<&Repository> = repositories(population).collect();
    let pushed = each(&all, |repository| push_repository(authority, repository))?;
    Ok(pushed.iter().sum())
}

fn push_repository(authority: &str, repository: &Repository) -> anyhow::Result<usize> {
    let name = repository.full_name();
    let mut documents = 0;
    for document in repository.documents() {
        let (digest, bytes) = (document.digest(), document.bytes());
        let pushed = match document.kind() {
            DocumentKind::Blob => push::blob(authority, &name, digest, bytes)?,
            DocumentKind::Manifest => {
                let media_type = document.media_type();
                push::manifest(authority, (&name, digest), media_type, bytes)?
            }
        };
        taken(pushed, &format!("{name}@{digest}"))?;
        documents += 1;
    }
    for tag in repository.tags() {
        let top = repository
            .document(tag.digest)
            .context("a tag without a document")?;
        let pushed = push::manifest(authority, (&name, tag.name), tag.media_type, top.bytes())?;
        taken(pushed, &format!("{name}:{}", tag.name))?;
    }
    Ok(documents)
}

/// A registry that refuses what the generator makes has found a fault in it.
fn taken(pushed: Result<(), Refused>, what: &str) -> anyhow::Result<()> {
    match pushed {
        Ok(()) => Ok(()),
        Err(Refused { status, body }) => bail!("{what} is refused: {status} {body}"),
    }
}
