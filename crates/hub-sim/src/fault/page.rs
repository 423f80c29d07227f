//! Pages that are wrong on purpose: the envelope of the web API and the registry's `Link`.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::FaultKind;
use crate::http::{Answer, Request};

/// The envelope, with its items as they are.
#[derive(Serialize, Deserialize)]
struct Envelope<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<u64>,
    next: Option<String>,
    previous: Option<String>,
    #[serde(borrow)]
    results: &'a RawValue,
}

/// A registry's list.
#[derive(Serialize, Deserialize)]
struct Tags<'a> {
    name: &'a str,
    #[serde(borrow)]
    tags: &'a RawValue,
}

/// The answer with its page changed; as it is, where it is no page.
pub(super) fn changed(kind: &FaultKind, request: &Request, answer: Answer) -> Answer {
    let body = match serde_json::from_slice::<Envelope<'_>>(&answer.body) {
        Ok(mut envelope) => {
            change(&mut envelope, kind, request);
            Some(serde_json::to_vec(&envelope))
        }
        Err(_) if *kind == FaultKind::NullResults => {
            without_tags(&answer.body).map(|tags| serde_json::to_vec(&tags))
        }
        Err(_) => None,
    };
    let answer = match body {
        Some(Ok(body)) => Answer {
            body: body.into(),
            ..answer
        },
        _ => answer,
    };
    with_link(kind, request, answer)
}

fn change(envelope: &mut Envelope<'_>, kind: &FaultKind, request: &Request) {
    let page = request
        .param("page")
        .and_then(|page| page.parse().ok())
        .unwrap_or(1);
    match kind {
        FaultKind::ForeignNext(origin) => {
            envelope.next = envelope.next.take().map(|next| moved(&next, origin));
        }
        FaultKind::LoopingNext => envelope.next = Some(itself(request)),
        FaultKind::EarlyEnd => envelope.next = None,
        FaultKind::NullResults => envelope.results = RawValue::NULL,
        FaultKind::NoCount => envelope.count = None,
        FaultKind::ShrinkingCount => {
            envelope.count = envelope.count.map(|count| count.saturating_sub(page));
        }
        _ => {}
    }
}

fn without_tags(body: &[u8]) -> Option<Tags<'_>> {
    let tags: Tags<'_> = serde_json::from_slice(body).ok()?;
    Some(Tags {
        tags: RawValue::NULL,
        ..tags
    })
}

fn with_link(kind: &FaultKind, request: &Request, answer: Answer) -> Answer {
    let Some(link) = answer.header("link").map(str::to_owned) else {
        return answer;
    };
    match kind {
        FaultKind::ForeignNext(origin) => {
            let target = link
                .trim_start_matches('<')
                .split('>')
                .next()
                .unwrap_or_default();
            answer.with("link", format!("<{}>; rel=\"next\"", moved(target, origin)))
        }
        FaultKind::LoopingNext => {
            answer.with("link", format!("<{}>; rel=\"next\"", request.target()))
        }
        FaultKind::EarlyEnd => answer.without("link"),
        _ => answer,
    }
}

/// The same path and query at another origin.
fn moved(address: &str, origin: &str) -> String {
    let path = match address.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("", |slash| &rest[slash..]),
        None => address,
    };
    format!("{}{path}", origin.trim_end_matches('/'))
}

fn itself(request: &Request) -> String {
    format!("{}{}", request.origin(), request.target())
}
