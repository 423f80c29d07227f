//! Error bodies of the web API in their shapes of HUB-API.md §5 and samples/errors.json.

use hyper::StatusCode;
use serde::Serialize;

use crate::http::Answer;

/// What a login says to a wrong name or secret (samples/errors.json).
pub(super) const WRONG_CREDENTIALS: &str = "Incorrect authentication credentials";

/// Why the web API refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Nothing is at this path.
    NoRoute,
    /// Something is, but not for this method.
    Method,
    /// The JWT is missing, expired or none.
    Unauthorized,
    /// Wrong name or secret, as `/v2/auth/token` says it.
    Credentials,
    /// The credentials do not reach that far.
    Scope,
    /// A route that organisation tokens may not use (HUB-API.md §1.4).
    OrganisationToken,
    /// Anonymous and too deep (HUB-API.md §2.1).
    Wall,
    /// Not there, or hidden.
    Missing {
        namespace: String,
        repository: Option<String>,
    },
    /// Removed with the old builds (HUB-API.md §9).
    Removed,
    /// A parameter has a value that it cannot have.
    Parameter {
        name: &'static str,
        text: &'static str,
        reason: &'static str,
    },
}

#[derive(Serialize)]
struct Message<'a, E> {
    message: &'a str,
    errinfo: E,
}

#[derive(Serialize)]
struct Routing<'a> {
    message: &'a str,
}

#[derive(Serialize)]
struct Detail<'a> {
    detail: &'a str,
}

#[derive(Serialize)]
struct Empty {}

#[derive(Serialize)]
struct Names<'a> {
    namespace: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    repository: Option<&'a str>,
}

#[derive(Serialize)]
struct Fields {
    fields: std::collections::BTreeMap<&'static str, [&'static str; 1]>,
    text: &'static str,
}

impl Failure {
    /// No such repository, or no such page of its tags.
    pub(super) fn missing(namespace: &str, repository: Option<&str>) -> Self {
        Self::Missing {
            namespace: namespace.to_owned(),
            repository: repository.map(str::to_owned),
        }
    }

    /// The answer as Docker Hub words it.
    pub(super) fn answer(self) -> Answer {
        match self {
            Self::NoRoute => routing(StatusCode::NOT_FOUND, "404: Page Not Found"),
            Self::Method => routing(StatusCode::METHOD_NOT_ALLOWED, "405: Method Not Allowed"),
            Self::Unauthorized => message(StatusCode::UNAUTHORIZED, "unauthorized", Empty {}),
            Self::Credentials => credentials(WRONG_CREDENTIALS),
            Self::Scope => message(StatusCode::FORBIDDEN, "insufficient scope", Empty {}),
            Self::OrganisationToken => message(
                StatusCode::FORBIDDEN,
                "token issued from organization access token is not allowed",
                Empty {},
            ),
            Self::Wall => message(
                StatusCode::FORBIDDEN,
                "pagination offset too large for anonymous requests; sign in to page further",
                Empty {},
            ),
            Self::Missing {
                namespace,
                repository,
            } => {
                let names = Names {
                    namespace: &namespace,
                    repository: repository.as_deref(),
                };
                message(
                    StatusCode::NOT_FOUND,
                    "httperror 404: object not found",
                    names,
                )
            }
            Self::Removed => detail(StatusCode::NOT_FOUND, "Object not found"),
            Self::Parameter { name, text, reason } => {
                let fields = [(name, [reason])].into();
                Answer::json(StatusCode::BAD_REQUEST, &Fields { fields, text })
            }
        }
    }
}

/// `{"detail":…}`, the shape of logins and of old endpoints.
pub(crate) fn detail(status: StatusCode, detail: &str) -> Answer {
    Answer::json(status, &Detail { detail })
}

/// The spec's shape, with both words (samples/errors.json has none recorded from this call).
fn credentials(text: &str) -> Answer {
    #[derive(Serialize)]
    struct Body<'a> {
        errinfo: Empty,
        detail: &'a str,
        message: &'a str,
    }
    let body = Body {
        errinfo: Empty {},
        detail: text,
        message: text,
    };
    Answer::json(StatusCode::UNAUTHORIZED, &body)
}

/// Today's usual shape, with nothing in `errinfo`.
pub(crate) fn failure(status: StatusCode, text: &str) -> Answer {
    message(status, text, Empty {})
}

fn message(status: StatusCode, message: &str, errinfo: impl Serialize) -> Answer {
    Answer::json(status, &Message { message, errinfo })
}

fn routing(status: StatusCode, message: &str) -> Answer {
    Answer::json(status, &Routing { message })
}
