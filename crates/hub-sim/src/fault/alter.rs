//! Answers that are wrong on purpose: others in the place of the honest one, or the honest one changed.

use std::io::Write as _;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use hyper::StatusCode;
use jiff::SignedDuration;

use super::{FaultKind, page};
use crate::config::RateDialect;
use crate::http::{Answer, Request};
use crate::registry;
use crate::route::Route;
use crate::signin::LOCKED_TEXT;
use crate::token;
use crate::web;
use crate::world::World;

const NO_DIGEST: &str = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

/// More than the minute that registries allow for clocks that differ.
const LONG_OVER: SignedDuration = SignedDuration::from_mins(2);

/// What `request` is answered under `kind`. Faults of the connection leave the answer as it is.
pub(crate) fn answer(
    world: &World,
    kind: &FaultKind,
    route: &Route<'_>,
    request: Request,
) -> Answer {
    if let Some(instead) = instead(kind, route, &request) {
        return instead;
    }
    let request = match kind {
        FaultKind::ExpiredToken => request.with_skew(skew(world, route)),
        _ => request,
    };
    let honest = world.answer(route, &request);
    if kind == &FaultKind::HeadRefused && request.method() == "HEAD" {
        return status(route, StatusCode::METHOD_NOT_ALLOWED);
    }
    changed(kind, &request, honest)
}

/// Tokens that come are judged years later; tokens that go were made before they could last until now.
fn skew(world: &World, route: &Route<'_>) -> SignedDuration {
    match route {
        Route::Token => {
            -SignedDuration::try_from(world.config.token_lifetime).unwrap_or_default() - LONG_OVER
        }
        _ => SignedDuration::from_hours(10 * 365 * 24),
    }
}

fn instead(kind: &FaultKind, route: &Route<'_>, request: &Request) -> Option<Answer> {
    let redirect =
        |location: String| Answer::empty(StatusCode::TEMPORARY_REDIRECT).with("location", location);
    Some(match kind {
        FaultKind::Status(code) => status(route, code_of(*code)),
        FaultKind::Html(code) => html(code_of(*code)),
        FaultKind::TooMany(dialect, wait) => too_many(route, *dialect, *wait, request),
        FaultKind::AbuseLimit => web::abuse_refusal(),
        FaultKind::PullLimit => registry::pull_refusal(true),
        FaultKind::LoginLimit => match route {
            Route::Token => token::refused(StatusCode::TOO_MANY_REQUESTS, LOCKED_TEXT),
            _ => web::detail(StatusCode::TOO_MANY_REQUESTS, LOCKED_TEXT),
        },
        FaultKind::RedirectLoop => redirect(format!("{}{}", request.origin(), request.target())),
        FaultKind::RedirectTo(origin) => redirect(format!(
            "{}{}",
            origin.trim_end_matches('/'),
            request.target()
        )),
        _ => return None,
    })
}

fn changed(kind: &FaultKind, request: &Request, honest: Answer) -> Answer {
    match kind {
        FaultKind::WrongBytes => wrong_bytes(honest),
        FaultKind::WrongDigest => honest.with("docker-content-digest", NO_DIGEST),
        FaultKind::NoDigest => honest.without("docker-content-digest"),
        FaultKind::ContentType(text) => honest.with("content-type", text),
        FaultKind::Realm(realm) => with_realm(honest, realm),
        FaultKind::BigBody(size) => Answer {
            body: filled(&honest, *size).into(),
            ..honest
        },
        FaultKind::GzipBomb(size) => gzipped(honest, *size),
        FaultKind::ForeignNext(_)
        | FaultKind::LoopingNext
        | FaultKind::EarlyEnd
        | FaultKind::NullResults
        | FaultKind::NoCount
        | FaultKind::ShrinkingCount => page::changed(kind, request, honest),
        _ => honest,
    }
}

/// An error in the shape of the service that was called.
fn status(route: &Route<'_>, status: StatusCode) -> Answer {
    match route {
        Route::Token => token::refused(status, "simulated"),
        Route::Ping | Route::Catalog | Route::Repository(..) => {
            registry::simple(status, registry_code(status), "simulated")
        }
        _ => web::failure(status, "simulated"),
    }
}

/// REGISTRY.md ERR-2.
fn registry_code(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "UNAUTHORIZED",
        StatusCode::FORBIDDEN => "DENIED",
        StatusCode::NOT_FOUND => "NAME_UNKNOWN",
        StatusCode::METHOD_NOT_ALLOWED => "UNSUPPORTED",
        StatusCode::TOO_MANY_REQUESTS => "TOOMANYREQUESTS",
        StatusCode::SERVICE_UNAVAILABLE => "UNAVAILABLE",
        _ => "UNKNOWN",
    }
}

fn html(status: StatusCode) -> Answer {
    let page = format!(
        "<html>\r\n<head><title>{status}</title></head>\r\n<body>\r\n<center><h1>{status}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    Answer::new(status, "text/html", page)
}

fn too_many(route: &Route<'_>, dialect: RateDialect, wait: Duration, request: &Request) -> Answer {
    let answer = match (route, dialect) {
        (_, RateDialect::Bare) => web::abuse_refusal(),
        (Route::Web(_), _) => web::exceeded(),
        _ => status(route, StatusCode::TOO_MANY_REQUESTS),
    };
    web::hint(answer, dialect, wait, request)
}

/// Changes the last digit, so that JSON stays JSON and the length stays the length.
fn wrong_bytes(answer: Answer) -> Answer {
    let mut body = answer.body.to_vec();
    if let Some(at) = body.iter().rposition(u8::is_ascii_digit) {
        body[at] = if body[at] == b'0' { b'1' } else { b'0' };
    }
    Answer {
        body: body.into(),
        ..answer
    }
}

fn with_realm(answer: Answer, realm: &str) -> Answer {
    let challenge = answer.header("www-authenticate").and_then(|challenge| {
        let (before, rest) = challenge.split_once("realm=\"")?;
        let (_, after) = rest.split_once('"')?;
        Some(format!("{before}realm=\"{realm}\"{after}"))
    });
    match challenge {
        Some(challenge) => answer.with("www-authenticate", challenge),
        None => answer,
    }
}

/// Blanks after JSON are JSON.
fn filled(answer: &Answer, size: usize) -> Vec<u8> {
    let mut body = answer.body.to_vec();
    body.resize(body.len().max(size), b' ');
    body
}

fn gzipped(answer: Answer, size: usize) -> Answer {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let written = encoder
        .write_all(&filled(&answer, size))
        .and_then(|()| encoder.finish());
    let body = written.expect("writing to memory does not fail").into();
    Answer { body, ..answer }.with("content-encoding", "gzip")
}

fn code_of(code: u16) -> StatusCode {
    StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}
