//! hub-token: a repository in, a registry token out, for curl and for scripts; or the web API's token, or the limits.
//!
//! The only tool that prints a secret, on stdout and nowhere else.

use clap::{Parser, ValueEnum};
use hub_core::{Client, Error, ErrorKind, Repository, Result, Scope, Target, Word};
use hub_pipe::{Column, Flags, Form, Input, Records, Style, Tool};
use secrecy::{ExposeSecret, SecretString};

const EXAMPLES: &str = "\
  hub-token ansible/ansible
  hub-token --header ansible/ansible | curl -sS -H @- https://registry-1.docker.io/v2/ansible/ansible/tags/list
  hub-token --actions pull,push,delete ansible/awx | jq .granted    what these credentials may do
  hub-token --scope registry:catalog:* registry.example.org/any
  hub-token --hub --header | curl -sS -H @- https://hub.docker.com/v2/user/
  hub-token --limits | jq .pulls.remaining
  TOKEN=$(hub-token --raw nginx)
";

/// What stands for Docker Hub where no reference is needed.
const HUB: &str = "docker.io/";

/// Get a token for a repository, or for Docker Hub's web API
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag that people type"
)]
#[derive(Parser, Debug)]
#[command(name = "hub-token", version, after_long_help = hub_pipe::help(EXAMPLES))]
pub struct Args {
    /// Repositories: nginx, ansible/awx, quay.io/a/b
    #[arg(value_name = "REPOSITORY")]
    references: Vec<String>,
    /// What to ask for: pull (the default), push, delete
    ///
    /// What is granted may be less: a record says it. Docker Hub deletes only with all three.
    #[arg(long, value_enum, value_name = "LIST", value_delimiter = ',')]
    #[arg(
        default_value = "pull",
        hide_default_value = true,
        hide_possible_values = true
    )]
    actions: Vec<Action>,
    /// Exactly this scope, at the registry of the one REPOSITORY
    #[arg(hide_short_help = true)]
    #[arg(long, value_name = "SCOPE", conflicts_with = "actions")]
    scope: Option<Scope>,
    /// A token of Docker Hub's web API instead
    #[arg(long, conflicts_with_all = ["references", "actions", "scope"])]
    hub: bool,
    /// Who we are at Docker Hub, and what is left to us there
    ///
    /// Costs no pull.
    #[arg(long, conflicts_with_all = ["references", "actions", "scope", "hub", "raw", "header"])]
    limits: bool,
    /// The token alone
    #[arg(long, conflicts_with = "header")]
    raw: bool,
    /// A header line for curl -H @-
    #[arg(long)]
    header: bool,
    #[command(flatten)]
    flags: Flags,
}

/// REGISTRY.md SCOPE-3.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Action {
    Pull,
    Push,
    Delete,
    #[value(name = "*")]
    All,
}

/// The tool, its flags understood.
#[derive(Debug)]
pub struct TokenTool {
    what: What,
    look: Look,
}

#[derive(Debug)]
enum What {
    Token(Wanted),
    Hub,
    Limits,
}

#[derive(Debug)]
enum Wanted {
    /// These, on each repository.
    Actions(Vec<Action>),
    Scope(Scope),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Record,
    Raw,
    Header,
}

impl Tool for TokenTool {
    const NAME: &'static str = "hub-token";
    const WORD: Word = Word::Repository;
    const TERMINAL: Form = Form::Json;
    const COLUMNS: &'static [Column] = &[
        Column::new("REPOSITORY", &["ref"], Style::Text),
        Column::new("SCOPE", &["scope"], Style::Text),
        Column::new("EXPIRES", &["expires_at"], Style::Text),
        Column::new("SOURCE", &["source"], Style::Text),
    ];
    type Args = Args;

    fn new(args: Args) -> Result<(Self, Flags, Vec<String>)> {
        let look = match (args.raw, args.header) {
            (true, _) => Look::Raw,
            (_, true) => Look::Header,
            _ => Look::Record,
        };
        let flags = match look {
            Look::Record => args.flags,
            Look::Raw | Look::Header => args.flags.plain(),
        };
        let (what, references) = match (args.hub, args.limits, args.scope) {
            (true, _, _) => (What::Hub, vec![HUB.to_owned()]),
            (_, true, _) => (What::Limits, vec![HUB.to_owned()]),
            (_, _, Some(scope)) => (What::Token(Wanted::Scope(scope)), only(args.references)?),
            _ => (What::Token(Wanted::Actions(args.actions)), args.references),
        };
        Ok((Self { what, look }, flags, references))
    }

    async fn answer(&self, client: &Client, input: &Input, records: &mut Records) -> Result<()> {
        let lines = match &self.what {
            What::Limits => client.limits().await?.record(),
            What::Hub => {
                let token = client.needed_hub_token().await?;
                self.look.of(token.secret(), || token.record())
            }
            What::Token(wanted) => {
                let repository = repository(input.target())?;
                let token = client.token(repository, &wanted.of(repository)).await?;
                self.look.of(token.secret(), || token.record(repository))
            }
        };
        records.write(lines).await;
        Ok(())
    }
}

impl Wanted {
    fn of(&self, repository: &Repository) -> Scope {
        match self {
            Self::Scope(scope) => scope.clone(),
            Self::Actions(actions) => {
                let actions: Vec<_> = actions.iter().map(|action| action.name()).collect();
                Scope::repository(repository.name(), &actions)
            }
        }
    }
}

impl Look {
    fn of(self, secret: &SecretString, record: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
        let secret = secret.expose_secret();
        match self {
            Self::Record => record(),
            Self::Raw => format!("{secret}\n").into_bytes(),
            Self::Header => format!("Authorization: Bearer {secret}\n").into_bytes(),
        }
    }
}

impl Action {
    fn name(self) -> &'static str {
        match self {
            Self::Pull => "pull",
            Self::Push => "push",
            Self::Delete => "delete",
            Self::All => "*",
        }
    }
}

/// A scope names what it is for, so a second reference would get the same token.
fn only(references: Vec<String>) -> Result<Vec<String>> {
    match references.as_slice() {
        [reference] if reference != "-" => Ok(references),
        _ => Err(Error::new(
            ErrorKind::InvalidInput,
            "--scope takes exactly one repository, as an argument: it says which registry is asked",
        )),
    }
}

fn repository(target: &Target) -> Result<&Repository> {
    match target {
        Target::Reference(reference) => Ok(reference.repository()),
        Target::Host(_) | Target::Namespace(_) => Err(Error::new(
            ErrorKind::InvalidInput,
            "a token is for a repository, and this names none",
        )),
    }
}
