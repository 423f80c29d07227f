//! hub-token: a repository in, a registry token out, for curl and for scripts.
//!
//! The only tool that prints a secret, on stdout and nowhere else.

use clap::Parser;
use hub_core::{Client, Error, ErrorKind, Repository, Result, Target, Token, Word};
use hub_pipe::{Column, Flags, Form, Input, Records, Style, Tool};
use secrecy::ExposeSecret;

const EXAMPLES: &str = "\
  hub-token ansible/ansible
  hub-token --header ansible/ansible | curl -sS -H @- https://registry-1.docker.io/v2/ansible/ansible/tags/list
  TOKEN=$(hub-token --raw nginx)
";

/// Get a token that pulls from a repository
#[derive(Parser, Debug)]
#[command(name = "hub-token", version, after_long_help = hub_pipe::help(EXAMPLES))]
pub struct Args {
    /// Repositories: nginx, ansible/awx, quay.io/a/b
    #[arg(value_name = "REPOSITORY")]
    references: Vec<String>,
    /// The token alone
    #[arg(long, conflicts_with = "header")]
    raw: bool,
    /// A header line for curl -H @-
    #[arg(long)]
    header: bool,
    #[command(flatten)]
    flags: Flags,
}

/// The tool, its flags understood.
#[derive(Clone, Copy, Debug)]
pub enum TokenTool {
    /// A record.
    Record,
    /// The token alone.
    Raw,
    /// A header line.
    Header,
}

impl Tool for TokenTool {
    const NAME: &'static str = "hub-token";
    const WORD: Word = Word::Repository;
    const TERMINAL: Form = Form::Json;
    const COLUMNS: &'static [Column] = &[
        Column {
            title: "REPOSITORY",
            members: &["ref"],
            style: Style::Text,
        },
        Column {
            title: "SCOPE",
            members: &["scope"],
            style: Style::Text,
        },
        Column {
            title: "EXPIRES",
            members: &["expires_at"],
            style: Style::Text,
        },
    ];
    type Args = Args;

    fn new(args: Args) -> Result<(Self, Flags, Vec<String>)> {
        let tool = match (args.raw, args.header) {
            (true, _) => Self::Raw,
            (_, true) => Self::Header,
            _ => Self::Record,
        };
        let flags = if matches!(tool, Self::Record) {
            args.flags
        } else {
            args.flags.plain()
        };
        Ok((tool, flags, args.references))
    }

    async fn answer(&self, client: &Client, input: &Input, records: &mut Records) -> Result<()> {
        let Target::Reference(reference) = input.target() else {
            return Err(Error::new(
                ErrorKind::InvalidInput,
                "a token is for a repository, and this names none",
            ));
        };
        let token = client.token(reference.repository()).await?;
        records
            .write(self.line(reference.repository(), &token))
            .await;
        Ok(())
    }
}

impl TokenTool {
    fn line(self, repository: &Repository, token: &Token) -> Vec<u8> {
        let secret = token.secret().expose_secret();
        let line = match self {
            Self::Raw => format!("{secret}\n"),
            Self::Header => format!("Authorization: Bearer {secret}\n"),
            Self::Record => {
                let quoted = serde_json::Value::from(secret);
                let (scope, expires_at) = (token.scope(), token.expires_at());
                format!(
                    "{{\"ref\":\"{repository}\",\"kind\":\"token\",\"token\":{quoted},\"scope\":\"{scope}\",\"expires_at\":\"{expires_at}\"}}\n"
                )
            }
        };
        line.into_bytes()
    }
}
