//! What refers to a manifest: signatures, SBOMs, by the API or by the fallback tag (REGISTRY.md §7).
//!
//! Each subject of a repository is asked for once in a run. That there is no API is remembered of a repository alone, and only
//! where the registry refuses the method: a 404 is about one subject where the registry is a tree of files, and another
//! repository of the host may be served by another program. Anything more could hide referrers.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use reqwest::StatusCode;
use serde::Serialize;
use serde_json::value::RawValue;

use super::descriptor::{Annotations, Descriptor};
use super::document::{Document, classify, named};
use super::documents::Known;
use super::extras::json;
use super::index::Index;
use super::media::essence;
use super::trail::Trail;
use crate::client::Client;
use crate::digest::Digest;
use crate::error::{Error, ErrorKind, Result};
use crate::http::gate::Service;
use crate::http::message::{Request, Response};
use crate::memo::Memo;
use crate::name::Tag;
use crate::page::PAGE_BODY;
use crate::reference::{Reference, Repository};

/// Referrers of one image.
const MOST: usize = 4096;
/// Referrers that are looked into because their list does not name their type.
const MOST_LOOKS: usize = 64;
/// Lists that are remembered, and the bytes that they may have, all together.
const MOST_LISTS: usize = 65_536;
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// What a list takes beside its text: repository, digest, place.
const ENTRY: usize = 512;
/// Repositories that are remembered to have no API.
const MOST_REFUSED: usize = 4096;

/// What this run learned of referrers.
#[derive(Debug)]
pub(crate) struct ReferrerLists {
    /// As records show them, by repository and subject.
    lists: Memo<(Repository, Digest), Box<RawValue>>,
    /// Repositories whose registry refuses the API, whatever the subject.
    refused: Mutex<HashSet<Repository>>,
}

/// A manifest that names another as its subject.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Referrer {
    digest: Digest,
    media_type: String,
    artifact_type: Option<String>,
    size: u64,
    annotations: Option<Annotations>,
}

impl Default for ReferrerLists {
    fn default() -> Self {
        Self {
            lists: Memo::weighing(MOST_LISTS, MOST_BYTES, |list| ENTRY + list.get().len()),
            refused: Mutex::default(),
        }
    }
}

impl ReferrerLists {
    fn refuse(&self, repository: &Repository) {
        let mut refused = self.refused();
        if refused.len() < MOST_REFUSED {
            refused.insert(repository.clone());
        }
    }

    fn is_refused(&self, repository: &Repository) -> bool {
        self.refused().contains(repository)
    }

    fn refused(&self) -> MutexGuard<'_, HashSet<Repository>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Client {
    /// Everything that refers to `subject`, each once, as a record shows it.
    pub(super) async fn referrers(
        &self,
        repository: &Repository,
        subject: &Digest,
    ) -> Result<Box<RawValue>> {
        let key = (repository.clone(), subject.clone());
        let make = async || {
            let found = self.find_referrers(repository, subject).await?;
            Ok(json(&found))
        };
        let lists = &self.referrer_lists().lists;
        lists.get(&key, |_| true, make).await
    }

    async fn find_referrers(
        &self,
        repository: &Repository,
        subject: &Digest,
    ) -> Result<Vec<Referrer>> {
        let mut found = match self.by_api(repository, subject).await? {
            Some(found) => found,
            None => self.by_fallback_tag(repository, subject).await?,
        };
        let mut seen = HashSet::new();
        found.retain(|descriptor| seen.insert(descriptor.digest.clone()));
        check_count(found.len())?;
        let (mut referrers, mut looks) = (Vec::with_capacity(found.len()), 0);
        for descriptor in found {
            let listed = named(descriptor.artifact_type.as_deref()).map(str::to_owned);
            let artifact_type = match listed {
                None if descriptor.is_manifest() && looks < MOST_LOOKS => {
                    looks += 1;
                    self.type_of(repository, &descriptor).await?
                }
                listed => listed,
            };
            referrers.push(Referrer {
                digest: descriptor.digest,
                media_type: descriptor.media_type,
                artifact_type,
                size: descriptor.size,
                annotations: descriptor.annotations,
            });
        }
        Ok(referrers)
    }

    /// The list of the API, page after page (RFR-1); `None` where the registry has none (RFR-4).
    async fn by_api(
        &self,
        repository: &Repository,
        subject: &Digest,
    ) -> Result<Option<Vec<Descriptor>>> {
        if self.referrer_lists().is_refused(repository) {
            return Ok(None);
        }
        let path = format!("v2/{}/referrers/{subject}", repository.name());
        let mut next = Some(self.registry_url(repository.host(), &path)?);
        let (mut trail, mut found) = (Trail::default(), Vec::new());
        while let Some(url) = next {
            let request = Request::get(Service::Registry, url.clone(), PAGE_BODY);
            let response = self.ask_registry(repository, request).await?;
            if trail.is_empty() && is_not_offered(&response) {
                if refuses_method(response.status) {
                    self.referrer_lists().refuse(repository);
                }
                return Ok(None);
            }
            let response = response.ok("no such list of referrers")?;
            let index = match index(&response) {
                Ok(index) => index,
                Err(_) if trail.is_empty() => return Ok(None),
                Err(error) => return Err(error),
            };
            if trail.is_empty() {
                trail.begin(&url);
            }
            let brings_some = !index.children().is_empty();
            found.extend(index.into_descriptors());
            check_count(found.len())?;
            next = trail.following(&response, brings_some)?;
        }
        Ok(Some(found))
    }

    /// The index under the fallback tag (RFR-5); no such tag is no referrer.
    async fn by_fallback_tag(
        &self,
        repository: &Repository,
        subject: &Digest,
    ) -> Result<Vec<Descriptor>> {
        let tag = fallback_tag(subject);
        let fallback = Reference::from(repository.clone()).with_tag(tag.clone());
        let manifest = match self.top(&fallback, Known::Typed, false).await {
            Ok(manifest) => manifest,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        match &*manifest.document {
            Document::Index(index) => Ok(index.clone().into_descriptors().collect()),
            _ => {
                let what = format!("the tag {tag} should list referrers, and is no index");
                Err(Error::new(ErrorKind::InvalidResponse, what))
            }
        }
    }

    /// RFR-3: a list that leaves out the type of an artifact is made good by a look into it.
    async fn type_of(
        &self,
        repository: &Repository,
        descriptor: &Descriptor,
    ) -> Result<Option<String>> {
        match self.described(repository, descriptor).await {
            Ok(manifest) => Ok(artifact_type(&manifest.document).map(str::to_owned)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                tracing::warn!("a referrer is listed and missing: {error}");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

fn check_count(found: usize) -> Result<()> {
    if found <= MOST {
        return Ok(());
    }
    let what = format!("there are more than {MOST} referrers");
    Err(Error::new(ErrorKind::TooLarge, what))
}

/// What a manifest says that it is; without words of its own the type of its config (RFR-3, ART-1).
pub(super) fn artifact_type(document: &Document) -> Option<&str> {
    match document {
        Document::Image(image) => named(image.artifact_type.as_deref())
            .or_else(|| named(Some(image.config.media_type.as_str()))),
        Document::Artifact(artifact) => named(artifact.artifact_type.as_deref()),
        Document::Index(index) => named(index.artifact_type.as_deref()),
        Document::Schema1(_) | Document::Other => None,
    }
}

/// RFR-4: 404 says that there is no such API, unless it says that there is no such repository; some answer 400, 405 or 406.
fn is_not_offered(response: &Response) -> bool {
    match response.status.as_u16() {
        404 => !response.has_code("NAME_UNKNOWN"),
        400 | 405 | 406 | 501 => true,
        _ => false,
    }
}

/// Whether the registry has no such method, so that it has it for no other subject of the repository either.
fn refuses_method(status: StatusCode) -> bool {
    matches!(status.as_u16(), 405 | 501)
}

/// RFR-4: a 200 that is no index comes from something that is no referrers API.
fn index(response: &Response) -> Result<Index> {
    let refuse = |what: String| response.error(ErrorKind::InvalidResponse, what);
    match classify(response.header("content-type"), &response.body).map_err(refuse)? {
        (_, Document::Index(index)) => Ok(index),
        (media_type, _) => Err(refuse(format!(
            "the list of referrers is of type {}",
            essence(&media_type)
        ))),
    }
}

/// RFR-5: `<algorithm>-<encoded>`, cut to 32 and 64 characters.
fn fallback_tag(subject: &Digest) -> Tag {
    let (algorithm, encoded) = (subject.algorithm(), subject.hex());
    let cut = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    format!("{}-{}", cut(algorithm, 32), cut(encoded, 64))
        .parse()
        .expect("a short word and hexadecimal digits are a tag")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, body: &'static str) -> Response {
        Response {
            status: status.try_into().unwrap(),
            headers: reqwest::header::HeaderMap::new(),
            body: body.into(),
            url: "https://r.example/".parse().unwrap(),
            is_home: true,
            shown: String::new(),
        }
    }

    #[test]
    fn no_api_is_told_from_no_repository_rfr_4() {
        let unknown = |code: &str| match code {
            "" => "404 page not found\n",
            "NAME" => r#"{"errors":[{"code":"NAME_UNKNOWN","message":"no"}]}"#,
            _ => r#"{"errors":[{"code":"NOT_FOUND"}]}"#,
        };
        assert!(is_not_offered(&response(404, unknown(""))));
        assert!(is_not_offered(&response(404, unknown("x"))));
        assert!(!is_not_offered(&response(404, unknown("NAME"))));
        for status in [400, 405, 406, 501] {
            assert!(is_not_offered(&response(status, "")), "{status}");
        }
        for status in [200, 401, 403, 429, 500] {
            assert!(!is_not_offered(&response(status, "")), "{status}");
        }
    }

    #[test]
    fn a_fallback_tag_is_cut_to_what_a_tag_may_be_rfr_5() {
        let sha256 = Digest::of("x");
        assert_eq!(
            fallback_tag(&sha256).as_str(),
            format!("sha256-{}", sha256.hex())
        );
        let sha512 = Digest::of_with("sha512", "x").unwrap();
        assert_eq!(
            fallback_tag(&sha512).as_str(),
            format!("sha512-{}", &sha512.hex()[..64])
        );
    }
}
