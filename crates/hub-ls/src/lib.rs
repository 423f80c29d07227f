//! hub-ls: a namespace in, its repositories out; or one repository in full detail; or everything that is one's own.
//!
//! What it refuses: other registries than Docker Hub. None offers a list of a namespace (CAT-2).

use std::cmp::Reverse;

use clap::{Parser, ValueEnum};
use hub_core::{
    Client, Error, ErrorKind, Globs, Namespace, Repositories, RepositoryView, Result, Target, Word,
};
use hub_pipe::{Column, Flags, Form, Input, Records, Style, Tool};

const EXAMPLES: &str = "\
  hub-ls ansible                                  every repository of a namespace
  hub-ls ansible/awx                              one repository, in full detail
  hub-ls --mine                                   yours and your organisations', private ones too
  hub-ls --sort pulls -n 3 ansible library        the most pulled first
  hub-ls ansible --match 'awx*' | hub-tags --newest 1 | hub-inspect
  hub-ls ansible | jq -r 'select(.star_count > 100) | .ref'
";

/// List the repositories of a Docker Hub namespace as records
#[derive(Parser, Debug)]
#[command(name = "hub-ls", version, after_long_help = hub_pipe::help(EXAMPLES))]
pub struct Args {
    /// Namespaces (ansible), or repositories (ansible/awx)
    #[arg(value_name = "REFERENCE")]
    references: Vec<String>,
    /// All of the signed-in account and its organisations
    ///
    /// Private ones too, as far as the credentials reach. An organisation's token has its own namespace only.
    #[arg(long, conflicts_with = "references")]
    mine: bool,
    /// Only names that match; !GLOB leaves out (repeatable)
    #[arg(long = "match", value_name = "GLOB", allow_hyphen_values = true)]
    globs: Vec<String>,
    /// Order: updated, name, pulls or stars
    ///
    /// Within a namespace; without this the server's.
    #[arg(long, value_enum, hide_possible_values = true)]
    sort: Option<Sort>,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Sort {
    /// The last updated first
    Updated,
    /// By name
    Name,
    /// The most pulled first
    Pulls,
    /// The most starred first
    Stars,
}

/// The tool, its flags understood.
#[derive(Debug)]
pub struct Ls {
    globs: Globs,
    sort: Option<Sort>,
    mine: bool,
}

/// What stands for Docker Hub where no reference is needed.
const HUB: &str = "docker.io/";

impl Tool for Ls {
    const NAME: &'static str = "hub-ls";
    const WORD: Word = Word::Namespace;
    const TERMINAL: Form = Form::Table;
    const COLUMNS: &'static [Column] = &[
        Column::new("REPOSITORY", &["ref"], Style::Text),
        Column::new("UPDATED", &["last_updated"], Style::Day),
        Column::new("PULLS", &["pull_count"], Style::Count),
        Column::new("STARS", &["star_count"], Style::Count),
        Column::new("SIZE", &["storage_size"], Style::Bytes),
        Column::new("DESCRIPTION", &["description"], Style::Text),
    ];
    type Args = Args;

    fn new(args: Args) -> Result<(Self, Flags, Vec<String>)> {
        let references = if args.mine {
            vec![HUB.to_owned()]
        } else {
            args.references
        };
        let tool = Self {
            globs: Globs::new(&args.globs)?,
            sort: args.sort,
            mine: args.mine,
        };
        Ok((tool, args.flags, references))
    }

    async fn answer(&self, client: &Client, input: &Input, records: &mut Records) -> Result<()> {
        match input.target() {
            Target::Namespace(namespace) => self.list(client, namespace, records).await,
            Target::Reference(reference) => {
                let repository = reference.repository();
                let found = client.repository(repository).await?;
                let mut lines = Vec::new();
                found.iter().for_each(|found| {
                    found
                        .object()
                        .write_record(&mut lines, repository, "repository");
                });
                records.write(lines).await;
                Ok(())
            }
            Target::Host(_) if self.mine => self.list_mine(client, records).await,
            Target::Host(_) => Err(Error::new(
                ErrorKind::Unsupported,
                "a host has no list of its namespaces",
            )
            .advise("name a namespace, as in: hub-ls ansible")),
        }
    }
}

impl Ls {
    /// All namespaces of the account. One that fails keeps nobody else's repositories back.
    async fn list_mine(&self, client: &Client, records: &mut Records) -> Result<()> {
        let mut walk = client.own_namespaces().await?;
        let mut failed: Option<Error> = None;
        loop {
            let namespaces = match walk.next().await {
                Ok(Some(namespaces)) => namespaces,
                Ok(None) => break,
                Err(error) => {
                    failed = Some(error.graver(failed));
                    break;
                }
            };
            for namespace in &namespaces {
                if let Err(error) = self.list(client, namespace, records).await {
                    hub_pipe::tell(format_args!("{namespace}: {error}"));
                    let stops = error.is_stopping();
                    failed = Some(error.graver(failed));
                    if stops {
                        return failed.map_or(Ok(()), Err);
                    }
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }

    async fn list(
        &self,
        client: &Client,
        namespace: &Namespace,
        records: &mut Records,
    ) -> Result<()> {
        if self.sort.is_some() {
            records.turn().await;
        }
        let mut walk = client.repositories(namespace).await?;
        let mut held = Vec::new();
        let outcome = loop {
            match walk.next().await {
                Ok(Some(page)) if self.sort.is_some() => held.push(page),
                Ok(Some(page)) => records.write(lines(namespace, self.chosen(&page))).await,
                Ok(None) => break Ok(()),
                Err(error) => break Err(error),
            }
        };
        if let Some(sort) = self.sort {
            let mut all: Vec<_> = held.iter().flat_map(|page| self.chosen(page)).collect();
            sort.apply(&mut all);
            records.write(lines(namespace, all)).await;
        }
        outcome
    }

    fn chosen<'a>(&self, page: &'a Repositories) -> impl Iterator<Item = RepositoryView<'a>> {
        page.iter()
            .filter(|repository| self.globs.matches(&repository.name().unwrap_or_default()))
    }
}

impl Sort {
    /// What upstream does not say sorts last.
    fn apply(self, repositories: &mut [RepositoryView<'_>]) {
        match self {
            Self::Updated => {
                repositories.sort_by_cached_key(|repository| Reverse(repository.last_updated()));
            }
            Self::Name => repositories.sort_by_cached_key(RepositoryView::name),
            Self::Pulls => {
                repositories.sort_by_cached_key(|repository| Reverse(repository.pull_count()));
            }
            Self::Stars => {
                repositories.sort_by_cached_key(|repository| Reverse(repository.star_count()));
            }
        }
    }
}

fn lines<'a>(
    namespace: &Namespace,
    repositories: impl IntoIterator<Item = RepositoryView<'a>>,
) -> Vec<u8> {
    let mut lines = Vec::new();
    for repository in repositories {
        let name = repository.name().unwrap_or_default();
        repository.object().write_record(
            &mut lines,
            format_args!("{namespace}{name}"),
            "repository",
        );
    }
    lines
}
