//! Who may do what with a repository: the rules of HUB-API.md §1.4. Knows accounts and repositories, no tokens in
//! transit and no status codes.

use super::accounts::{Organisation, OrganisationToken, PatScope, PersonalToken, User, uuid_of};
use super::repository::Repository;

/// Somebody who asks for something.
#[derive(Clone, Debug)]
pub(crate) enum Caller<'a> {
    /// Nobody that is known.
    Anonymous,
    /// A person, by password or by a token.
    User {
        user: &'a User,
        token: Option<&'a PersonalToken>,
        /// Of which the user is a member.
        organisations: Vec<&'a str>,
    },
    /// An organisation's token.
    Organisation {
        organisation: &'a Organisation,
        token: &'a OrganisationToken,
    },
}

/// What somebody wants to do with a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// See it in a list.
    List,
    /// See its record.
    Read,
    /// See its tags.
    ReadTags,
    Pull,
    Push,
    Delete,
}

/// Whether it may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Allowed,
    /// As if it did not exist.
    Hidden,
    /// It is seen, but the credentials do not reach that far.
    OutOfScope,
}

impl<'a> Caller<'a> {
    /// The account's name; empty for nobody.
    pub(crate) fn name(&self) -> &'a str {
        match self {
            Self::Anonymous => "",
            Self::User { user, .. } => &user.name,
            Self::Organisation { organisation, .. } => &organisation.name,
        }
    }

    pub(crate) fn is_anonymous(&self) -> bool {
        matches!(self, Self::Anonymous)
    }

    /// What was shown to sign in.
    pub(super) fn secret(&self) -> Option<&'a str> {
        match self {
            Self::Anonymous => None,
            Self::User { user, token, .. } => {
                Some(token.map_or(&user.password, |token| &token.secret))
            }
            Self::Organisation { token, .. } => Some(&token.secret),
        }
    }

    /// A name for the credentials that does not give them away, as the payload of a JWT has it (HUB-API.md §1.1).
    pub(crate) fn source(&self) -> String {
        match self {
            Self::Anonymous => String::new(),
            Self::User { token: None, .. } => "docker_password".to_owned(),
            Self::User {
                token: Some(token), ..
            } => format!("docker_pat|{}", uuid_of(&token.secret)),
            Self::Organisation { token, .. } => format!("docker_oat|{}", uuid_of(&token.secret)),
        }
    }

    /// The scope that a JWT states; a password reaches everywhere.
    pub(crate) fn scope(&self) -> PatScope {
        match self {
            Self::User { token, .. } => token.map_or(PatScope::Admin, |token| token.scope),
            _ => PatScope::PublicRead,
        }
    }

    /// Whether the account has no pull limit.
    pub(crate) fn is_unlimited(&self) -> bool {
        matches!(self, Self::User { user, .. } if user.unlimited)
    }

    /// Whether `deed` may be done to `repository`.
    pub(crate) fn may(&self, deed: Deed, repository: &Repository) -> Verdict {
        let reading = matches!(deed, Deed::List | Deed::Read | Deed::ReadTags | Deed::Pull);
        if reading && !repository.is_private() {
            return Verdict::Allowed;
        }
        match self {
            Self::Anonymous => refused(repository),
            Self::User {
                user,
                organisations,
                ..
            } => {
                let namespace = repository.namespace();
                let member = namespace == user.name || organisations.contains(&namespace);
                let needed = match deed {
                    Deed::Push => PatScope::Write,
                    Deed::Delete => PatScope::Admin,
                    _ => PatScope::Read,
                };
                if member && self.scope() >= needed {
                    Verdict::Allowed
                } else {
                    refused(repository)
                }
            }
            Self::Organisation {
                organisation,
                token,
            } => token.may(deed, organisation, repository),
        }
    }
}

/// A private repository is not even there for those who may not read it; of a public one it can be said.
fn refused(repository: &Repository) -> Verdict {
    if repository.is_private() {
        Verdict::Hidden
    } else {
        Verdict::OutOfScope
    }
}

impl OrganisationToken {
    fn may(&self, deed: Deed, organisation: &Organisation, repository: &Repository) -> Verdict {
        let scope = match deed {
            Deed::List => return self.may_list(organisation, repository),
            Deed::Read => "scope-repository-read",
            Deed::ReadTags => "scope-tag-read",
            Deed::Pull => "scope-image-pull",
            Deed::Push => "scope-image-push",
            Deed::Delete => "scope-image-delete",
        };
        let mut covering = self
            .resources
            .iter()
            .filter(|resource| covers(&resource.path, repository))
            .peekable();
        if covering.peek().is_none() {
            return refused(repository);
        }
        if covering.any(|resource| resource.scopes.iter().any(|has| has == scope)) {
            Verdict::Allowed
        } else {
            Verdict::OutOfScope
        }
    }

    /// Without this scope private repositories are silently left out (docker/docs#25835 in HUB-API.md §1.4).
    fn may_list(&self, organisation: &Organisation, repository: &Repository) -> Verdict {
        let listing = self.resources.iter().any(|resource| {
            resource.path == organisation.name
                && resource
                    .scopes
                    .iter()
                    .any(|scope| scope == "scope-repository-list")
        });
        if listing && repository.namespace() == organisation.name {
            Verdict::Allowed
        } else {
            Verdict::Hidden
        }
    }
}

/// `org/repo`, `org/*` and `*/*/public` (HUB-API.md §1.6).
fn covers(path: &str, repository: &Repository) -> bool {
    match path.split_once('/') {
        Some(("*", "*/public")) => !repository.is_private(),
        Some((namespace, name)) => {
            namespace == repository.namespace() && (name == "*" || name == repository.name())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{Deed, Verdict};
    use crate::population::Population;

    fn verdict(name: &str, secret: &str, deed: Deed, repository: &str) -> Verdict {
        let population = Population::tutorial();
        let caller = population.accounts().sign_in(name, secret).unwrap();
        caller.may(deed, population.repository(repository).unwrap())
    }

    /// HUB-API.md §1.4: each scope includes those before it.
    #[test]
    fn personal_scopes_reach_as_far_as_they_say() {
        use Verdict::{Allowed, Hidden, OutOfScope};
        let cases = [
            (
                "dckr_pat_alice-public-read-00000000",
                [Hidden, Hidden, Hidden, OutOfScope],
            ),
            (
                "dckr_pat_alice-read-00000000000000",
                [Allowed, Hidden, Hidden, OutOfScope],
            ),
            (
                "dckr_pat_alice-write-0000000000000",
                [Allowed, Allowed, Hidden, OutOfScope],
            ),
            (
                "dckr_pat_alice-admin-0000000000000",
                [Allowed, Allowed, Allowed, Allowed],
            ),
            ("alice-password", [Allowed, Allowed, Allowed, Allowed]),
        ];
        for (secret, expected) in cases {
            let private = [Deed::Pull, Deed::Push, Deed::Delete];
            let [pull, push, delete] =
                private.map(|deed| verdict("alice", secret, deed, "ansible/awx-internal"));
            let public = verdict("alice", secret, Deed::Delete, "ansible/awx");
            assert_eq!([pull, push, delete, public], expected, "{secret}");
        }
    }

    #[test]
    fn strangers_see_what_is_public() {
        let token = "dckr_pat_bob-read-0000000000000000";
        assert_eq!(
            verdict("bob", token, Deed::Read, "ansible/awx"),
            Verdict::Allowed
        );
        assert_eq!(
            verdict("bob", token, Deed::Read, "ansible/awx-internal"),
            Verdict::Hidden
        );
        assert_eq!(
            verdict("bob", token, Deed::List, "alice/notes"),
            Verdict::Hidden
        );
        assert_eq!(
            verdict("bob", token, Deed::Push, "ansible/awx"),
            Verdict::OutOfScope
        );
    }

    /// HUB-API.md §1.4: a token without `scope-repository-list` loses private repositories in silence.
    #[test]
    fn organisation_tokens_do_what_their_resources_say() {
        let of = |secret, deed, repository| verdict("ansible", secret, deed, repository);
        let (all, unlisted) = (
            "dckr_oat_ansible-all-0000000000000",
            "dckr_oat_ansible-unlisted-00000000",
        );
        assert_eq!(of(all, Deed::List, "ansible/lab"), Verdict::Allowed);
        assert_eq!(of(unlisted, Deed::List, "ansible/lab"), Verdict::Hidden);
        assert_eq!(of(unlisted, Deed::Read, "ansible/lab"), Verdict::Allowed);
        let pull = "dckr_oat_ansible-pull-000000000000";
        assert_eq!(of(pull, Deed::Pull, "ansible/lab"), Verdict::Allowed);
        assert_eq!(of(pull, Deed::ReadTags, "ansible/lab"), Verdict::OutOfScope);
        let lab = "dckr_oat_ansible-lab-0000000000000";
        assert_eq!(of(lab, Deed::Pull, "ansible/awx-internal"), Verdict::Hidden);
        assert_eq!(of(lab, Deed::Pull, "alice/notes"), Verdict::Hidden);
    }
}
