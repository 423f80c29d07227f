//! Who can sign in: users with passwords and personal access tokens, organisations with theirs. Passwords and tokens of
//! the tutorial population are made up and worth nothing anywhere else.

use super::access::Caller;
use super::document::digest_of;

/// All accounts.
#[derive(Clone, Debug, Default)]
pub struct Accounts {
    /// People.
    pub users: Vec<User>,
    /// Organisations; each is a namespace.
    pub organisations: Vec<Organisation>,
}

/// A person.
#[derive(Clone, Debug)]
pub struct User {
    /// Also the namespace of the user's own repositories.
    pub name: String,
    /// The password.
    pub password: String,
    /// The code that the second step takes, for accounts that have one (HUB-API.md §1.1).
    pub second_factor: Option<String>,
    /// Personal access tokens.
    pub tokens: Vec<PersonalToken>,
    /// Whether the plan has no pull limit (HUB-API.md §4).
    pub unlimited: bool,
}

/// A personal access token.
#[derive(Clone, Debug)]
pub struct PersonalToken {
    /// The token itself: `dckr_pat_…`.
    pub secret: String,
    /// What it may do.
    pub scope: PatScope,
    /// Tokens can be switched off.
    pub active: bool,
}

/// The scopes of personal tokens, each including those before it (HUB-API.md §1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PatScope {
    /// `repo:public_read`
    PublicRead,
    /// `repo:read`
    Read,
    /// `repo:write`
    Write,
    /// `repo:admin`
    Admin,
}

/// An organisation.
#[derive(Clone, Debug)]
pub struct Organisation {
    /// Its namespace.
    pub name: String,
    /// Users who may do everything in it.
    pub members: Vec<String>,
    /// Organisation access tokens.
    pub tokens: Vec<OrganisationToken>,
}

/// An organisation access token.
#[derive(Clone, Debug)]
pub struct OrganisationToken {
    /// The token itself: `dckr_oat_…`.
    pub secret: String,
    /// What it may do where.
    pub resources: Vec<Resource>,
}

/// Scopes on a set of repositories, or on the organisation (HUB-API.md §1.6).
#[derive(Clone, Debug)]
pub struct Resource {
    /// `org/repo`, `org/*`, `*/*/public`, or the organisation's name for scopes of the organisation itself.
    pub path: String,
    /// `scope-image-pull`, `scope-repository-read`, …
    pub scopes: Vec<String>,
}

/// Why a sign-in fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignInError {
    /// No such account, or not its secret.
    Wrong,
    /// The password was right; a code is wanted.
    SecondFactor,
}

impl PatScope {
    /// As tokens and bodies spell it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::PublicRead => "repo:public_read",
            Self::Read => "repo:read",
            Self::Write => "repo:write",
            Self::Admin => "repo:admin",
        }
    }
}

impl Accounts {
    /// `alice`, a member of the organisation `ansible`; `bob`, who has a second factor; `carol`, who pays; and the
    /// tokens of `ansible`.
    pub(crate) fn tutorial() -> Self {
        Self {
            users: vec![alice(), bob(), carol()],
            organisations: vec![ansible()],
        }
    }

    /// The user called `name`.
    pub fn user(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.name == name)
    }

    /// The organisation called `name`.
    pub fn organisation(&self, name: &str) -> Option<&Organisation> {
        self.organisations
            .iter()
            .find(|organisation| organisation.name == name)
    }

    /// Whose name and secret these are: a password or a token, of a user or an organisation.
    pub(crate) fn sign_in(&self, name: &str, secret: &str) -> Result<Caller<'_>, SignInError> {
        let caller = self
            .callers(name)
            .find(|caller| caller.secret() == Some(secret));
        match caller {
            None => Err(SignInError::Wrong),
            Some(Caller::User {
                user, token: None, ..
            }) if user.second_factor.is_some() => Err(SignInError::SecondFactor),
            Some(caller) => Ok(caller),
        }
    }

    /// Who has signed in as `name` with the credentials called `source`.
    pub(crate) fn caller(&self, name: &str, source: &str) -> Option<Caller<'_>> {
        self.callers(name).find(|caller| caller.source() == source)
    }

    /// Everything that `name` can sign in with.
    fn callers(&self, name: &str) -> impl Iterator<Item = Caller<'_>> {
        let users = self.user(name).into_iter().flat_map(|user| {
            let active = user.tokens.iter().filter(|token| token.active);
            let tokens = std::iter::once(None).chain(active.map(Some));
            tokens.map(|token| Caller::User {
                user,
                token,
                organisations: self.organisations_of(user),
            })
        });
        let organisations = self
            .organisation(name)
            .into_iter()
            .flat_map(|organisation| {
                organisation
                    .tokens
                    .iter()
                    .map(|token| Caller::Organisation {
                        organisation,
                        token,
                    })
            });
        users.chain(organisations)
    }

    fn organisations_of(&self, user: &User) -> Vec<&str> {
        let member = |organisation: &&Organisation| organisation.members.contains(&user.name);
        self.organisations
            .iter()
            .filter(member)
            .map(|organisation| organisation.name.as_str())
            .collect()
    }
}

/// An identifier in the shape of a UUID that stands for `text`: never the secret, always the same.
pub(crate) fn uuid_of(text: &str) -> String {
    let digest = digest_of(text.as_bytes());
    let hex = &digest["sha256:".len()..];
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..32]
    )
}

fn personal(secret: &str, scope: PatScope) -> PersonalToken {
    PersonalToken {
        secret: secret.to_owned(),
        scope,
        active: true,
    }
}

fn alice() -> User {
    User {
        name: "alice".to_owned(),
        password: "alice-password".to_owned(),
        second_factor: None,
        tokens: vec![
            personal("dckr_pat_alice-public-read-00000000", PatScope::PublicRead),
            personal("dckr_pat_alice-read-00000000000000", PatScope::Read),
            personal("dckr_pat_alice-write-0000000000000", PatScope::Write),
            personal("dckr_pat_alice-admin-0000000000000", PatScope::Admin),
            PersonalToken {
                active: false,
                ..personal("dckr_pat_alice-inactive-0000000000", PatScope::Admin)
            },
        ],
        unlimited: false,
    }
}

fn bob() -> User {
    User {
        name: "bob".to_owned(),
        password: "bob-password".to_owned(),
        second_factor: Some("123456".to_owned()),
        tokens: vec![personal(
            "dckr_pat_bob-read-0000000000000000",
            PatScope::Read,
        )],
        unlimited: false,
    }
}

fn carol() -> User {
    User {
        name: "carol".to_owned(),
        password: "carol-password".to_owned(),
        second_factor: None,
        tokens: vec![personal(
            "dckr_pat_carol-read-00000000000000",
            PatScope::Read,
        )],
        unlimited: true,
    }
}

fn ansible() -> Organisation {
    let token = |secret: &str, resources: &[(&str, &[&str])]| OrganisationToken {
        secret: secret.to_owned(),
        resources: resources
            .iter()
            .map(|(path, scopes)| resource(path, scopes))
            .collect(),
    };
    let read: &[&str] = &[
        "scope-image-pull",
        "scope-repository-read",
        "scope-tag-read",
    ];
    Organisation {
        name: "ansible".to_owned(),
        members: vec!["alice".to_owned()],
        tokens: vec![
            token(
                "dckr_oat_ansible-all-0000000000000",
                &[("ansible/*", read), ("ansible", &["scope-repository-list"])],
            ),
            token("dckr_oat_ansible-unlisted-00000000", &[("ansible/*", read)]),
            token(
                "dckr_oat_ansible-pull-000000000000",
                &[("ansible/*", &["scope-image-pull"])],
            ),
            token(
                "dckr_oat_ansible-lab-0000000000000",
                &[("ansible/lab", read)],
            ),
        ],
    }
}

fn resource(path: &str, scopes: &[&str]) -> Resource {
    Resource {
        path: path.to_owned(),
        scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
    }
}
