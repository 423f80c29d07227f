//! Error bodies of the registry: `{"errors":[{"code","message","detail"}]}` (REGISTRY.md ERR-1).

use std::collections::BTreeMap;

use hyper::StatusCode;
use serde::Serialize;

use crate::http::Answer;

#[derive(Serialize)]
struct Body<D> {
    errors: [Failure<D>; 1],
}

#[derive(Serialize)]
struct Failure<D> {
    code: &'static str,
    message: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<D>,
}

/// An error whose detail is an object.
pub(super) fn failure(
    status: StatusCode,
    code: &'static str,
    message: &'static str,
    detail: &[(&str, &str)],
) -> Answer {
    let detail: BTreeMap<&str, &str> = detail.iter().copied().collect();
    body(status, code, message, Some(detail))
}

/// An error without detail.
pub(crate) fn simple(status: StatusCode, code: &'static str, message: &'static str) -> Answer {
    body(status, code, message, None::<()>)
}

/// An error with any detail: it is an array in some answers.
pub(super) fn body(
    status: StatusCode,
    code: &'static str,
    message: &'static str,
    detail: Option<impl Serialize>,
) -> Answer {
    let errors = [Failure {
        code,
        message,
        detail,
    }];
    Answer::json(status, &Body { errors })
}
