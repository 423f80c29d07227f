//! hub-tags: a repository in, its tags out, from Docker Hub's web API or from any registry; or one tag.
//!
//! What it refuses: dates and sizes of a registry's tags. Its list has names only (TAG-11).

mod plan;

use clap::{Parser, ValueEnum};
use hub_core::{Client, Error, ErrorKind, Reference, Repository, Result, Tag, Target, Word};
use hub_pipe::{Flags, Input, Records, Tool};

use plan::Plan;

const EXAMPLES: &str = "\
  hub-tags ansible/awx                            every tag, with digest, date and size
  hub-tags nginx:1.27                             one tag
  hub-tags --newest 5 nginx --match '1.*' --match '!*-perl'
  hub-tags --since 30d --sort size ansible/awx
  hub-tags --source registry localhost:5000/a/b   any registry: names only
  hub-ls ansible | hub-tags --newest 1 | hub-inspect
";

/// List the tags of repositories as records
#[derive(Parser, Debug)]
#[command(name = "hub-tags", version, after_long_help = hub_pipe::help(EXAMPLES))]
pub struct Args {
    /// Repositories (nginx, ansible/awx, quay.io/a/b), or single tags (nginx:1.27)
    #[arg(value_name = "REPOSITORY|REPOSITORY:TAG")]
    references: Vec<String>,
    /// Only tags that match; !GLOB leaves out (repeatable, the last that matches decides)
    #[arg(long = "match", value_name = "GLOB", allow_hyphen_values = true)]
    globs: Vec<String>,
    /// Only the N newest of those, the newest first
    #[arg(long, value_name = "N")]
    newest: Option<usize>,
    /// Only tags pushed since then: 2026-01-31, an RFC 3339 time, or 30d, 12h back from now
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only tags pushed until then
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Order within a repository [default: the server's; the newest first with --newest or --since]
    #[arg(long, value_enum)]
    sort: Option<Sort>,
    /// Who is asked; auto is the web API for docker.io and the registry for others
    #[arg(long, value_enum, default_value = "auto")]
    source: Source,
    #[command(flatten)]
    flags: Flags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Sort {
    /// The newest first
    Date,
    /// By name
    Name,
    /// The lowest version first
    Version,
    /// The largest first
    Size,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Source {
    Auto,
    Hub,
    Registry,
}

/// The tool, its flags understood.
#[derive(Debug)]
pub struct TagsTool {
    plan: Plan,
    source: Source,
}

impl Tool for TagsTool {
    const NAME: &'static str = "hub-tags";
    const WORD: Word = Word::Repository;
    type Args = Args;

    fn new(args: Args) -> Result<(Self, Flags, Vec<String>)> {
        let plan = Plan::new(&args)?;
        Ok((
            Self {
                plan,
                source: args.source,
            },
            args.flags,
            args.references,
        ))
    }

    async fn answer(&self, client: &Client, input: &Input, records: &mut Records) -> Result<()> {
        let Target::Reference(reference) = input.target() else {
            return Err(
                Error::new(ErrorKind::InvalidInput, "this names no repository")
                    .advise("hub-ls lists the repositories of a namespace"),
            );
        };
        let repository = reference.repository();
        let from_hub = self.is_from_hub(repository);
        match (reference.tag(), reference.digest()) {
            (Some(tag), _) if from_hub => hub_tag(client, repository, tag, records).await,
            (Some(tag), _) => registry_tag(client, repository, tag, records).await,
            (None, Some(_)) => Err(Error::new(
                ErrorKind::InvalidInput,
                "a digest alone names no tag",
            )
            .advise("hub-inspect takes digests")),
            (None, None) if from_hub => self.plan.list_hub(client, repository, records).await,
            (None, None) => self.plan.list_registry(client, repository, records).await,
        }
    }
}

impl TagsTool {
    fn is_from_hub(&self, repository: &Repository) -> bool {
        match self.source {
            Source::Auto => repository.host().is_docker_hub(),
            Source::Hub => true,
            Source::Registry => false,
        }
    }
}

async fn hub_tag(
    client: &Client,
    repository: &Repository,
    tag: &Tag,
    records: &mut Records,
) -> Result<()> {
    let found = client.tag(repository, tag).await?;
    let mut lines = Vec::new();
    let reference = Reference::from(repository.clone()).with_tag(tag.clone());
    found
        .iter()
        .for_each(|found| found.object().write_record(&mut lines, &reference, "tag"));
    records.write(lines).await;
    Ok(())
}

/// A registry knows of a tag that it exists, and its digest.
async fn registry_tag(
    client: &Client,
    repository: &Repository,
    tag: &Tag,
    records: &mut Records,
) -> Result<()> {
    let reference = Reference::from(repository.clone()).with_tag(tag.clone());
    let digest = client.digest(&reference).await?;
    let line = format!(
        "{{\"ref\":\"{reference}\",\"kind\":\"tag\",\"from\":\"registry\",\"name\":\"{tag}\",\"digest\":\"{digest}\"}}\n"
    );
    records.write(line.into_bytes()).await;
    Ok(())
}
