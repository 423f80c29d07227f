//! hub-inspect: a tag or digest in, an image record out.
//!
//! What it refuses: repositories' other contents than images, and references without a repository.

use clap::Parser;
use hub_core::{
    Client, Digest, Error, ErrorKind, Object, Platform, Reference, Result, Target, Word,
};
use hub_pipe::{Column, Flags, Form, Input, Records, Style, Tool};

const EXAMPLES: &str = "\
  hub-inspect nginx:1.27                          the image that linux/amd64 would pull
  hub-inspect --platform linux/arm64 alpine       one platform; the reference is pinned to its manifest
  hub-tags ansible/awx --newest 5 | hub-inspect   many, in one process
  hub-inspect -o ref nginx                        the reference with its digest, for a pin
  hub-tags nginx | hub-inspect | jq -c '[.Tag, .Created, .Size]'
";

/// Show what images are made of: digest, platform, labels, layers, sizes
#[derive(Parser, Debug)]
#[command(name = "hub-inspect", version, after_long_help = hub_pipe::help(EXAMPLES))]
pub struct Args {
    /// Images: nginx, ansible/awx:1.0, quay.io/a/b@sha256:…
    #[arg(value_name = "REFERENCE")]
    references: Vec<String>,
    // As attributes: rustdoc would take the brackets for links.
    #[arg(long = "platform", value_name = "PLATFORM")]
    #[arg(help = "Demand os/arch[/variant][:os.version] (repeatable)")]
    #[arg(long_help = "Demand os/arch[/variant][:os.version] (repeatable)\n\n\
        A record for each, pinned to that platform's manifest. Without this linux/amd64, else the first platform that there is.")]
    platforms: Vec<Platform>,
    #[command(flatten)]
    flags: Flags,
}

/// The tool, its flags understood.
#[derive(Debug)]
pub struct Inspect {
    /// `None` stands for the preferred platform.
    demands: Vec<Option<Platform>>,
}

impl Tool for Inspect {
    const NAME: &'static str = "hub-inspect";
    const WORD: Word = Word::Repository;
    const TERMINAL: Form = Form::Json;
    const COLUMNS: &'static [Column] = &[
        Column {
            title: "NAME",
            members: &["Name"],
            style: Style::Text,
        },
        Column {
            title: "TAG",
            members: &["Tag"],
            style: Style::Text,
        },
        Column {
            title: "PLATFORM",
            members: &["Platform"],
            style: Style::Text,
        },
        Column {
            title: "CREATED",
            members: &["Created"],
            style: Style::Day,
        },
        Column {
            title: "SIZE",
            members: &["Size"],
            style: Style::Bytes,
        },
        Column {
            title: "LAYERS",
            members: &["Layers"],
            style: Style::Length,
        },
        Column {
            title: "DIGEST",
            members: &["Digest"],
            style: Style::Digest,
        },
    ];
    type Args = Args;

    fn new(args: Args) -> Result<(Self, Flags, Vec<String>)> {
        let mut demands: Vec<_> = args.platforms.into_iter().map(Some).collect();
        if demands.is_empty() {
            demands.push(None);
        }
        Ok((Self { demands }, args.flags, args.references))
    }

    async fn answer(&self, client: &Client, input: &Input, records: &mut Records) -> Result<()> {
        let Target::Reference(reference) = input.target() else {
            return Err(Error::new(ErrorKind::InvalidInput, "this names no image")
                .advise("hub-ls lists what a namespace holds"));
        };
        let reference = known_digest(input, reference).unwrap_or_else(|| reference.clone());
        let reference = reference.or_latest();
        let top = client.manifest(&reference).await?;
        let mut failed = Ok(());
        for demand in &self.demands {
            match client.image_record(&reference, &top, demand.as_ref()).await {
                Ok(line) => records.write(line).await,
                Err(error) => failed = failed.and(Err(error)),
            }
        }
        failed
    }
}

/// A tag record knows the digest that its tag points at, so the tag need not be asked for again.
fn known_digest(input: &Input, reference: &Reference) -> Option<Reference> {
    let record = Object::read(input.record()?, &["kind", "digest"]).ok()?;
    if record.string(0).as_deref() != Some("tag")
        || reference.digest().is_some()
        || reference.tag().is_none()
    {
        return None;
    }
    let digest: Digest = record.string(1)?.parse().ok()?;
    Some(reference.clone().with_digest(digest))
}
