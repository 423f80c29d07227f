//! hub-tags: a repository in, its tags out, from Docker Hub's web API or from any registry; or one tag.
//!
//! What it refuses: dates and sizes of a registry's tags. Its list has names only (TAG-11).

mod plan;

use clap::{Parser, ValueEnum};
use hub_core::{Client, Error, ErrorKind, Reference, Repository, Result, Tag, Target, Word};
use hub_pipe::{Column, Flags, Form, Input, Records, Style, Tool};

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
    /// Repositories (nginx, quay.io/a/b), or single tags (nginx:1.27)
    #[arg(value_name = "REFERENCE")]
    references: Vec<String>,
    /// Only tags that match; !GLOB leaves out (repeatable)
    ///
    /// Of several globs that match a tag the last one decides. * and ? match any character, . and / too.
    #[arg(long = "match", value_name = "GLOB", allow_hyphen_values = true)]
    globs: Vec<String>,
    /// Only the N newest of those, the newest first
    #[arg(long, value_name = "N")]
    newest: Option<usize>,
    /// Only tags pushed since then: 2026-01-31, 30d
    ///
    /// A day (its beginning, in UTC), an RFC 3339 time, or a span back from now: 30d, 12h, 2w. A tag without a date is
    /// in no span.
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only tags pushed until then
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Order: date, name, version or size
    ///
    /// Within a repository; without this the server's, and the newest first with --newest or --since.
    #[arg(long, value_enum, hide_possible_values = true)]
    sort: Option<Sort>,
    /// Who is asked: auto, hub or registry
    ///
    /// auto is the web API for docker.io, which knows dates and sizes, and the registry for others, which knows names.
    #[arg(long, value_enum, default_value = "auto")]
    #[arg(hide_possible_values = true, hide_default_value = true)]
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
    const TERMINAL: Form = Form::Table;
    const COLUMNS: &'static [Column] = &[
        Column {
            title: "TAG",
            members: &["ref"],
            style: Style::Text,
        },
        Column {
            title: "PUSHED",
            members: &["tag_last_pushed", "last_updated"],
            style: Style::Day,
        },
        Column {
            title: "SIZE",
            members: &["full_size"],
            style: Style::Bytes,
        },
        Column {
            title: "DIGEST",
            members: &["digest"],
            style: Style::Digest,
        },
        Column {
            title: "PLATFORMS",
            members: &["images"],
            style: Style::Platforms,
        },
    ];
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
