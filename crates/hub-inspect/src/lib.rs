//! hub-inspect: a tag or digest in, its image or artifact record out, or one of its documents as it is.
//!
//! What it refuses: references without a repository, and manifests of types that nobody knows.

use clap::{ArgGroup, Parser};
use hub_core::{
    Client, Demand, Error, ErrorKind, ExactDocument, Extras, ImageQuery, KnownTag, Plan, Platforms,
    Reference, Result, Target, Word,
};
use hub_pipe::{Column, Flags, Form, Input, Records, Style, Tool};

const EXAMPLES: &str = "\
  hub-inspect nginx:1.27                          the image that linux/amd64 would pull
  hub-inspect --platform linux/arm64 alpine       one platform; the reference is pinned to its manifest
  hub-inspect --platform all --index nginx        every platform, with its SBOM and provenance
  hub-tags ansible/awx --newest 5 | hub-inspect   many, in one process
  hub-inspect -o ref nginx                        the reference with its digest, for a pin; no pull
  hub-ls ansible | hub-tags | hub-inspect --plan  what that would cost, at the most
  hub-inspect --raw nginx | sha256sum             the bytes that the digest is of
  hub-tags nginx | hub-inspect | jq -c '[.Tag, .Created, .Size]'
";

/// Show what images and artifacts are made of: digest, platform, labels, sizes
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that people type"
)]
#[derive(Parser, Debug)]
#[command(name = "hub-inspect", version, after_long_help = hub_pipe::help(EXAMPLES))]
#[command(group = ArgGroup::new("document").conflicts_with_all(["output", "limit", "errors", "record"]))]
#[command(group = ArgGroup::new("record").multiple(true))]
pub struct Args {
    /// Images: nginx, ansible/awx:1.0, quay.io/a/b@sha256:…
    #[arg(value_name = "REFERENCE")]
    references: Vec<String>,
    // As attributes: rustdoc would take the brackets for links.
    #[arg(long = "platform", value_name = "PLATFORM")]
    #[arg(help = "Demand os/arch[/variant][:os.version], all or list")]
    #[arg(
        long_help = "Demand os/arch[/variant][:os.version] (repeatable), all or list\n\n\
        A record for each, pinned to that platform's manifest. all is every platform that there is; list shows the entries \
        of the index and fetches none of them. Without this linux/amd64, else the first platform that there is."
    )]
    platforms: Vec<Demand>,
    /// Add the steps that the image was built in
    #[arg(long, group = "record")]
    history: bool,
    /// Add the index's annotations and attestations
    ///
    /// SBOM and provenance by predicate type, of the platform that the record shows; null where the reference stands for no
    /// index. Costs a pull for each attestation manifest, and one for the index where a tag record would have saved it.
    #[arg(long, group = "record")]
    index: bool,
    /// Add what refers to the image: signatures, SBOMs
    ///
    /// What names the digest in the record's reference as its subject, by the referrers API or the fallback tag. A referrer
    /// whose list leaves out its type is looked into, which costs a pull; a fallback tag that is there costs one, too.
    #[arg(long, group = "record")]
    referrers: bool,
    /// Write the manifest's exact bytes
    ///
    /// Of one reference, given as an argument; of the index where there is one, or of the manifest for --platform.
    #[arg(long, group = "document")]
    raw: bool,
    /// Write the config's exact bytes
    ///
    /// Of one reference, given as an argument, for one platform.
    #[arg(hide_short_help = true)]
    #[arg(long, group = "document")]
    config: bool,
    /// Write what skopeo inspect prints, byte for byte
    ///
    /// For linux/amd64 or --platform, with the tags of the repository. Fails where skopeo does.
    #[arg(hide_short_help = true)]
    #[arg(long, group = "document")]
    skopeo: bool,
    /// Say what it would cost, without a pull
    ///
    /// Reads all the input, asks nobody, and writes a record for each registry: pulls and requests. It is at the most where
    /// nothing goes wrong: what the cache has is not taken off, and not added are tries again, tokens that are renewed, more
    /// redirects than one for each config, indexes in indexes, the index that is asked where a tag record names a manifest that
    /// is gone, and what is fetched again since a long run forgot it.
    #[arg(long, conflicts_with_all = ["document", "limit"])]
    plan: bool,
    /// Stop before the last N pulls
    ///
    /// Where the registry counts pulls. What was not done is told, and can be fed back; what was done is in the cache.
    #[arg(hide_short_help = true)]
    #[arg(long, value_name = "N", default_value = "0", hide_default_value = true)]
    keep_pulls: u64,
    #[command(flatten)]
    flags: Flags,
}

/// The table of a plan.
const PLAN_COLUMNS: &[Column] = &[
    Column::new("REGISTRY", &["ref"], Style::Text),
    Column::new("INPUTS", &["inputs"], Style::Count),
    Column::new("PULLS", &["pulls"], Style::Count),
    Column::new("HEADS", &["heads"], Style::Count),
    Column::new("BLOBS", &["blobs"], Style::Count),
    Column::new("TOKENS", &["tokens"], Style::Count),
    Column::new("REQUESTS", &["requests"], Style::Count),
];

const LIST_COLUMNS: &[Column] = &[
    Column::new("DIGEST", &["digest"], Style::Digest),
    Column::new("PLATFORM", &["platform"], Style::Platforms),
    Column::new("SIZE", &["size"], Style::Bytes),
    Column::new("TYPE", &["mediaType"], Style::Text),
];

/// The tool, its flags understood.
#[derive(Debug)]
pub struct Inspect {
    query: ImageQuery,
    output: Wanted,
    plan: Option<Plan>,
}

/// What is written for a reference.
#[derive(Clone, Copy, Debug)]
enum Wanted {
    Records,
    /// One document as it is.
    One(ExactDocument),
}

impl Tool for Inspect {
    const NAME: &'static str = "hub-inspect";
    const WORD: Word = Word::Repository;
    const TERMINAL: Form = Form::Json;
    const COLUMNS: &'static [Column] = &[
        Column::new("NAME", &["Name"], Style::Text),
        Column::new("TAG", &["Tag"], Style::Text),
        Column::new("PLATFORM", &["Platform"], Style::Text),
        Column::new("CREATED", &["Created"], Style::Day),
        Column::new("SIZE", &["Size"], Style::Bytes),
        Column::new("LAYERS", &["Layers"], Style::Length),
        Column::new("DIGEST", &["Digest"], Style::Digest),
    ];
    type Args = Args;

    fn columns(&self) -> &'static [Column] {
        match self.query.platforms {
            _ if self.plan.is_some() => PLAN_COLUMNS,
            Platforms::List => LIST_COLUMNS,
            _ => Self::COLUMNS,
        }
    }

    fn new(args: Args) -> Result<(Self, Flags, Vec<String>)> {
        let platforms = Platforms::new(args.platforms)?;
        let extras = Extras {
            history: args.history,
            index: args.index,
            referrers: args.referrers,
        };
        let output = match (args.raw, args.config, args.skopeo) {
            (true, ..) => Wanted::One(ExactDocument::Manifest),
            (_, true, _) => Wanted::One(ExactDocument::Config),
            (.., true) => Wanted::One(ExactDocument::Skopeo),
            _ => Wanted::Records,
        };
        let is_document = matches!(output, Wanted::One(_));
        if is_document {
            platforms.single()?;
        }
        let is_one = matches!(&args.references[..], [one] if one != "-");
        if (args.raw || args.config) && !is_one {
            let what = "--raw and --config write one document: give one reference";
            return Err(Error::new(ErrorKind::InvalidInput, what));
        }
        let flags = args.flags.keeping_pulls(args.keep_pulls);
        let flags = if is_document { flags.plain() } else { flags };
        let query = ImageQuery {
            platforms,
            extras,
            alone: is_one,
            pins: false,
        };
        if query.platforms == Platforms::List
            && (extras.history || extras.index || extras.referrers)
        {
            let what =
                "--platform list shows the index alone, without history, attestations or referrers";
            return Err(Error::new(ErrorKind::InvalidInput, what));
        }
        let plan = args.plan.then(|| Plan::new(&query)).transpose()?;
        let tool = Self {
            query,
            output,
            plan,
        };
        Ok((tool, flags, args.references))
    }

    fn in_form(self, form: Form) -> Self {
        let pins = form == Form::Ref;
        let query = ImageQuery { pins, ..self.query };
        Self { query, ..self }
    }

    fn tally(&self, _: &Client, input: &Input) -> bool {
        let (Some(plan), Target::Reference(reference)) = (&self.plan, input.target()) else {
            return false;
        };
        plan.add(reference, known_tag(input, reference).as_ref());
        true
    }

    fn total(&self) -> Vec<u8> {
        self.plan.as_ref().map(Plan::records).unwrap_or_default()
    }

    async fn answer(&self, client: &Client, input: &Input, records: &mut Records) -> Result<()> {
        let Target::Reference(reference) = input.target() else {
            return Err(Error::new(ErrorKind::InvalidInput, "this names no image")
                .advise("hub-ls lists what a namespace holds"));
        };
        let known = known_tag(input, reference);
        let reference = reference.clone().or_latest();
        match self.output {
            Wanted::Records => {
                let mut lines = client.image_records(&reference, known.as_ref(), &self.query);
                let mut outcome = Ok(());
                while let Some(line) = lines.next().await {
                    match (line, &outcome) {
                        (Ok(line), _) => records.write(line).await,
                        (Err(error), Ok(())) => outcome = Err(error),
                        // The first failure becomes the input's; the others are told as well.
                        (Err(error), Err(_)) => {
                            hub_pipe::tell(format_args!("{reference}: {error}"));
                        }
                    }
                }
                outcome
            }
            Wanted::One(document) => {
                let demand = self.query.platforms.single()?;
                let reference = match known {
                    Some(known) => reference.with_digest(known.digest().clone()),
                    None => reference,
                };
                let bytes = client.exact_document(document, &reference, demand).await?;
                records.write(bytes).await;
                Ok(())
            }
        }
    }
}

/// A tag record knows the digest that its tag points at, so the tag need not be asked for again.
fn known_tag<'a>(input: &'a Input, reference: &Reference) -> Option<KnownTag<'a>> {
    let is_tag = reference.digest().is_none() && reference.tag().is_some();
    input.known_tag().filter(|_| is_tag)
}
