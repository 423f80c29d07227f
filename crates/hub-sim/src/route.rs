//! Which of the three services a path belongs to, and what it names there. The services share one port, so a path whose
//! first segment after `/v2/` is a word of the web API belongs to that; no image can be pulled from such a namespace here.

use crate::exchange::Kind;

/// First segments after `/v2/` that belong to the web API (HUB-API.md §1, §6, §10, §11).
const WEB_WORDS: &[&str] = &[
    "access-tokens",
    "api_tokens",
    "auditlogs",
    "auth",
    "categories",
    "invites",
    "logout",
    "namespaces",
    "orgs",
    "repositories",
    "scim",
    "search",
    "user",
    "users",
];

/// What a path means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Route<'a> {
    /// The web API.
    Web(WebRoute<'a>),
    /// The token service.
    Token,
    /// Storage behind the registry: the digest.
    Cdn(&'a str),
    /// `/v2/`.
    Ping,
    /// `/v2/_catalog`.
    Catalog,
    /// Anything under `/v2/<name>/`.
    Repository(&'a str, Content<'a>),
    /// No such path.
    Unknown,
}

/// What is asked of a repository at the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content<'a> {
    Tags,
    /// By tag or digest.
    Manifest(&'a str),
    Blob(&'a str),
    /// Of the manifest with this digest.
    Referrers(&'a str),
}

/// A resource of the web API. The two path families name the same resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WebRoute<'a> {
    /// Repositories of a namespace, or what is in one of them.
    Namespace {
        namespace: &'a str,
        item: Item<'a>,
        family: Family,
    },
    Search,
    /// What Docker Hub has taken away with the old builds (HUB-API.md §9).
    Removed,
    Login(Login),
    /// A user's record.
    User(&'a str),
    /// The record of whoever asks.
    OwnUser,
    /// The organisations of whoever asks.
    OwnOrganisations,
    Unknown,
}

/// The calls round a JWT (HUB-API.md §1.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Login {
    Token,
    Users,
    SecondFactor,
    Logout,
}

/// The two families of paths to the same things (HUB-API.md §6.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// `/v2/namespaces/{ns}/repositories/…`
    Namespaces,
    /// `/v2/repositories/{ns}/…`
    Legacy,
}

/// What is named under a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item<'a> {
    List,
    Detail(&'a str),
    Tags(&'a str),
    Tag(&'a str, &'a str),
    TagImages(&'a str, &'a str),
}

impl<'a> Route<'a> {
    /// What `path`, which must be percent-decoded, means.
    pub(crate) fn of(path: &'a str) -> Self {
        if path == "/token" {
            return Self::Token;
        }
        if let Some(digest) = path.strip_prefix("/_cdn/") {
            return Self::Cdn(digest);
        }
        if path == "/api" || path.starts_with("/api/") {
            return Self::Web(WebRoute::Unknown);
        }
        let Some(rest) = path.strip_prefix("/v2") else {
            return Self::Unknown;
        };
        match rest.trim_start_matches('/') {
            "" => Self::Ping,
            "_catalog" => Self::Catalog,
            rest if WEB_WORDS.contains(&rest.split('/').next().unwrap_or_default()) => {
                Self::Web(WebRoute::of(rest))
            }
            rest => content(rest).unwrap_or(Self::Unknown),
        }
    }

    /// What the log calls it.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Web(route) => route.kind(),
            Self::Token => Kind::Token,
            Self::Cdn(_) => Kind::Cdn,
            Self::Ping => Kind::Ping,
            Self::Catalog => Kind::Catalog,
            Self::Repository(_, Content::Tags) => Kind::TagsList,
            Self::Repository(_, Content::Manifest(_)) => Kind::Manifest,
            Self::Repository(_, Content::Blob(_)) => Kind::Blob,
            Self::Repository(_, Content::Referrers(_)) => Kind::Referrers,
            Self::Unknown => Kind::Other,
        }
    }
}

/// `<name>/tags/list`, `<name>/manifests/<reference>`, …; a name may have any number of slashes (REGISTRY.md REFN-2).
fn content(rest: &str) -> Option<Route<'_>> {
    if let Some(name) = rest.strip_suffix("/tags/list") {
        return Some(Route::Repository(name, Content::Tags));
    }
    let (before, last) = rest.rsplit_once('/')?;
    let (name, word) = before.rsplit_once('/')?;
    let content = match word {
        "manifests" => Content::Manifest(last),
        "blobs" => Content::Blob(last),
        "referrers" => Content::Referrers(last),
        _ => return None,
    };
    Some(Route::Repository(name, content))
}

impl<'a> WebRoute<'a> {
    /// What a path after `/v2/` means, with or without a slash at its end (HUB-API.md §0).
    fn of(rest: &'a str) -> Self {
        let segments: Vec<&str> = rest.strip_suffix('/').unwrap_or(rest).split('/').collect();
        let (namespace, rest, family) = match segments.as_slice() {
            ["search", "repositories"] => return Self::Search,
            ["auth", "token"] => return Self::Login(Login::Token),
            ["users", "login"] => return Self::Login(Login::Users),
            ["users", "2fa-login"] => return Self::Login(Login::SecondFactor),
            ["logout"] => return Self::Login(Login::Logout),
            ["users", user] => return Self::User(user),
            ["user"] => return Self::OwnUser,
            ["user", "orgs"] => return Self::OwnOrganisations,
            [
                "repositories",
                _,
                _,
                "autobuild" | "buildhistory" | "buildtrigger" | "links",
                ..,
            ] => return Self::Removed,
            ["namespaces", namespace, "repositories", rest @ ..] => {
                (*namespace, rest, Family::Namespaces)
            }
            ["repositories", namespace, rest @ ..] => (*namespace, rest, Family::Legacy),
            _ => return Self::Unknown,
        };
        match Item::of(rest) {
            Some(item) => Self::Namespace {
                namespace,
                item,
                family,
            },
            None => Self::Unknown,
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Search => Kind::HubSearch,
            Self::Namespace { item, .. } => match item {
                Item::List => Kind::HubList,
                Item::Detail(_) => Kind::HubDetail,
                Item::Tags(_) => Kind::HubTags,
                Item::Tag(..) | Item::TagImages(..) => Kind::HubTag,
            },
            Self::Login(_) => Kind::HubLogin,
            Self::User(_)
            | Self::OwnUser
            | Self::OwnOrganisations
            | Self::Removed
            | Self::Unknown => Kind::HubOther,
        }
    }
}

impl<'a> Item<'a> {
    fn of(segments: &[&'a str]) -> Option<Self> {
        Some(match *segments {
            [] => Self::List,
            [repository] => Self::Detail(repository),
            [repository, "tags"] => Self::Tags(repository),
            [repository, "tags", tag] => Self::Tag(repository, tag),
            [repository, "tags", tag, "images"] => Self::TagImages(repository, tag),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Content, Family, Item, Route, WebRoute};

    fn web(path: &str) -> Option<(&str, Item<'_>, Family)> {
        match Route::of(path) {
            Route::Web(WebRoute::Namespace {
                namespace,
                item,
                family,
            }) => Some((namespace, item, family)),
            _ => None,
        }
    }

    /// HUB-API.md §16 point 1.
    #[test]
    fn both_path_families_name_the_same_things_with_and_without_a_slash() {
        for end in ["", "/"] {
            let new = format!("/v2/namespaces/ansible/repositories/awx/tags/1.0{end}");
            let old = format!("/v2/repositories/ansible/awx/tags/1.0{end}");
            assert_eq!(
                web(&new),
                Some(("ansible", Item::Tag("awx", "1.0"), Family::Namespaces))
            );
            assert_eq!(
                web(&old),
                Some(("ansible", Item::Tag("awx", "1.0"), Family::Legacy))
            );
            assert_eq!(
                web(&format!("/v2/repositories/ansible{end}")).map(|found| found.1),
                Some(Item::List)
            );
        }
    }

    #[test]
    fn everything_else_under_v2_is_the_registrys() {
        let of = Route::of;
        assert_eq!(of("/v2/"), Route::Ping);
        assert_eq!(of("/v2"), Route::Ping);
        assert_eq!(
            of("/v2/a/b/tags/list"),
            Route::Repository("a/b", Content::Tags)
        );
        assert_eq!(
            of("/v2/a/b/c/manifests/x"),
            Route::Repository("a/b/c", Content::Manifest("x"))
        );
        assert_eq!(
            of("/v2/a/b/blobs/sha256:0"),
            Route::Repository("a/b", Content::Blob("sha256:0"))
        );
        assert_eq!(of("/v2/a/b/unknown/x"), Route::Unknown);
        assert_eq!(of("/v2/_catalog"), Route::Catalog);
    }

    #[test]
    fn a_repository_may_be_called_manifests_or_tags() {
        assert_eq!(
            Route::of("/v2/a/manifests/manifests/x"),
            Route::Repository("a/manifests", Content::Manifest("x"))
        );
        assert_eq!(
            Route::of("/v2/a/tags/tags/list"),
            Route::Repository("a/tags", Content::Tags)
        );
    }
}
