//! hub-tags: a repository in, its tags out, from Docker Hub's web API or from any registry; or one tag.
//!
//! What it refuses: dates and sizes of a registry's tags. Its list has names only (TAG-11).

use clap::{Parser, ValueEnum};
use hub_core::{
    Client, Error, ErrorKind, Globs, Reference, Repository, Result, Tag, TagFilter, TagOrder,
    TagQuery, Target, Timestamp, Word, parse_bound, write_registry_tag,
};
use hub_pipe::{Column, Flags, Form, Input, Records, Style, Tool};

const EXAMPLES: &str = "\
  hub-tags ansible/awx                            every tag, with digest, date and size
  hub-tags nginx:1.27                             one tag
  hub-tags --newest 5 nginx --match '1.*' --match '!*-perl'
  hub-tags --since 30d --sort size ansible/awx
  hub-tags --source registry localhost:5000/a/b   any registry: names only
  hub-tags --match '!sha256-*' ghcr.io/a/b        without signatures, attestations and other referrers
  hub-ls ansible | hub-tags --newest 1 | hub-inspect
";

/// List the tags of repositories as records
#[derive(Parser, Debug)]
#[command(name = "hub-tags", version, after_long_help = hub_pipe::help(EXAMPLES))]
pub struct Args {
    /// Repositories (nginx, quay.io/a/b), or single tags (nginx:1.27)
    ///
    /// A single tag is given as it is: --match, --since and the like choose among lists. A digest beside a tag is not
    /// looked at.
    #[arg(value_name = "REFERENCE")]
    references: Vec<String>,
    /// Only tags that match; !GLOB leaves out (repeatable)
    ///
    /// Of several globs that match a tag the last one decides. * and ? match any character, . and / too. Registries keep
    /// signatures and other referrers under tags such as sha256-2c26….sig; their records have a "subject", and '!sha256-*'
    /// leaves them out.
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

impl From<Sort> for TagOrder {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Date => Self::Date,
            Sort::Name => Self::Name,
            Sort::Version => Self::Version,
            Sort::Size => Self::Size,
        }
    }
}

/// The tool, its flags understood.
#[derive(Debug)]
pub struct TagsTool {
    query: TagQuery,
    source: Source,
}

impl Tool for TagsTool {
    const NAME: &'static str = "hub-tags";
    const WORD: Word = Word::Repository;
    const TERMINAL: Form = Form::Table;
    const COLUMNS: &'static [Column] = &[
        Column::new("TAG", &["ref"], Style::Text),
        Column::new("PUSHED", &["tag_last_pushed", "last_updated"], Style::Day),
        Column::new("SIZE", &["full_size"], Style::Bytes),
        Column::new("DIGEST", &["digest"], Style::Digest),
        Column::new("PLATFORMS", &["images"], Style::Platforms),
    ];
    type Args = Args;

    fn new(args: Args) -> Result<(Self, Flags, Vec<String>)> {
        let now = Timestamp::now();
        let bound = |text: Option<String>| text.map(|text| parse_bound(&text, now)).transpose();
        let filter = TagFilter {
            globs: Globs::new(&args.globs)?,
            since: bound(args.since)?,
            until: bound(args.until)?,
        };
        let query = TagQuery {
            filter,
            newest: args.newest,
            order: args.sort.map(Into::into),
        };
        Ok((
            Self {
                query,
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
        match (reference.tag(), reference.digest()) {
            (Some(tag), _) => self.one(client, reference.repository(), tag, records).await,
            (None, None) => self.list(client, reference.repository(), records).await,
            (None, Some(_)) => Err(Error::new(
                ErrorKind::InvalidInput,
                "a digest alone names no tag",
            )
            .advise("hub-inspect takes digests")),
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

    async fn list(
        &self,
        client: &Client,
        repository: &Repository,
        records: &mut Records,
    ) -> Result<()> {
        if self.query.holds() {
            records.turn().await;
        }
        let mut listing = if self.is_from_hub(repository) {
            client.hub_tag_records(repository, &self.query).await?
        } else {
            client.registry_tag_records(repository, &self.query)?
        };
        while let Some(lines) = listing.next().await? {
            records.write(lines).await;
        }
        Ok(())
    }

    /// A registry knows of a tag that it exists, and its digest.
    async fn one(
        &self,
        client: &Client,
        repository: &Repository,
        tag: &Tag,
        records: &mut Records,
    ) -> Result<()> {
        let reference = Reference::from(repository.clone()).with_tag(tag.clone());
        let mut lines = Vec::new();
        if self.is_from_hub(repository) {
            let found = client.tag(repository, tag).await?;
            found
                .iter()
                .for_each(|found| found.object().write_record(&mut lines, &reference, "tag"));
        } else {
            let digest = client.digest(&reference).await?;
            write_registry_tag(&mut lines, repository, tag, Some(&digest));
        }
        records.write(lines).await;
        Ok(())
    }
}
