//! `…/referrers/<digest>`: the manifests of a repository whose `subject` is that digest, as an index (REGISTRY.md
//! section 7). Off by default, as the API is not known to be on Docker Hub.

use std::collections::BTreeMap;

use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::form_urlencoded;

use super::error::failure;
use crate::config::Referrers;
use crate::http::{Answer, Request};
use crate::population::{Document, DocumentKind, OCI_INDEX, Repository, is_digest};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct IndexJson<'a> {
    schema_version: u8,
    media_type: &'static str,
    manifests: &'a [Referrer<'a>],
}

/// An entry of the index.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Referrer<'a> {
    media_type: &'a str,
    size: u64,
    digest: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    artifact_type: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    annotations: BTreeMap<String, Value>,
}

/// What is read of a manifest.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ManifestJson {
    subject: Option<Subject>,
    artifact_type: Option<String>,
    config: Option<Config>,
    annotations: Option<BTreeMap<String, Value>>,
}

#[derive(Deserialize)]
struct Subject {
    digest: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Config {
    media_type: Option<String>,
}

/// Where the API is missing: clients go on to the fallback tag (REGISTRY.md RFR-4).
pub(super) fn missing() -> Answer {
    Answer::new(
        StatusCode::NOT_FOUND,
        "text/plain; charset=utf-8",
        "404 page not found\n",
    )
}

/// A page of what refers to `subject`, which need not be here itself (REGISTRY.md RFR-1).
pub(super) fn answer(
    settings: &Referrers,
    repository: &Repository,
    subject: &str,
    request: &Request,
) -> Answer {
    if !is_digest(subject) {
        let (code, message) = (
            "DIGEST_INVALID",
            "provided digest did not match uploaded content",
        );
        return failure(
            StatusCode::BAD_REQUEST,
            code,
            message,
            &[("digest", subject)],
        );
    }
    let asked = request.param("artifactType");
    let wanted = asked.as_deref().filter(|_| settings.filters);
    let mut left: Vec<Referrer<'_>> = repository
        .documents()
        .filter_map(|document| referrer(document, subject))
        .filter(|referrer| {
            wanted.is_none_or(|wanted| referrer.artifact_type.as_deref() == Some(wanted))
        })
        .collect();
    if let Some(last) = request.param("last") {
        let at = left.iter().position(|referrer| referrer.digest == last);
        left.drain(..at.map_or(left.len(), |at| at + 1));
    }
    let page = settings.page_size.unwrap_or(usize::MAX).min(left.len());
    let answer = index(&left[..page]);
    let answer = match wanted {
        Some(_) => answer.with("oci-filters-applied", "artifactType"),
        None => answer,
    };
    match left[..page].last() {
        Some(last) if page < left.len() => {
            let path = format!("/v2/{}/referrers/{subject}", repository.full_name());
            answer.with("link", link(&path, last.digest, asked.as_deref()))
        }
        _ => answer,
    }
}

fn index(manifests: &[Referrer<'_>]) -> Answer {
    let index = IndexJson {
        schema_version: 2,
        media_type: OCI_INDEX,
        manifests,
    };
    Answer::json(StatusCode::OK, &index).with("content-type", OCI_INDEX)
}

/// The entry for `document`, if it refers to `subject`.
fn referrer<'a>(document: &'a Document, subject: &str) -> Option<Referrer<'a>> {
    if document.kind() != DocumentKind::Manifest {
        return None;
    }
    let json: ManifestJson = serde_json::from_slice(document.bytes()).ok()?;
    if json.subject?.digest != subject {
        return None;
    }
    // REGISTRY.md RFR-3.
    let config_type = json.config.and_then(|config| config.media_type);
    Some(Referrer {
        media_type: document.media_type(),
        size: document.size(),
        digest: document.digest(),
        artifact_type: json.artifact_type.or(config_type),
        annotations: json.annotations.unwrap_or_default(),
    })
}

/// Relative, and with the filter that was asked for.
fn link(path: &str, last: &str, artifact_type: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    if let Some(artifact_type) = artifact_type {
        query.append_pair("artifactType", artifact_type);
    }
    query.append_pair("last", last);
    format!("<{path}?{}>; rel=\"next\"", query.finish())
}

#[cfg(test)]
mod tests {
    use super::link;

    #[test]
    fn a_link_keeps_the_filter_that_was_asked_for() {
        let next = "</v2/a/b/referrers/x?artifactType=a%2Fb%2Bjson&last=sha256%3A0>; rel=\"next\"";
        assert_eq!(
            link("/v2/a/b/referrers/x", "sha256:0", Some("a/b+json")),
            next
        );
    }
}
