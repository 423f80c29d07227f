//! What inspecting a list of references will cost at the most, told without asking anybody.
//!
//! "At the most": documents that only an index would name are counted as one platform's manifest and its config, the cache is
//! not looked at, and what is no longer told apart counts each time. What is not counted is what nobody can know beforehand: tries
//! again, tokens that are renewed, more redirects than a config's one, indexes in indexes, the index that is asked where a tag
//! record's manifest is gone, and documents that the run forgets and fetches again.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use super::known::KnownTag;
use super::records::{ImageQuery, Platforms};
use crate::error::{Error, ErrorKind, Result};
use crate::name::Host;
use crate::platform::Platform;
use crate::record::composed;
use crate::reference::Reference;
use crate::seen::Seen;

/// A config comes with the redirect to where it is.
const BLOB: u64 = 2;
/// The first request to a registry only learns what it wants.
const CHALLENGE: u64 = 1;
/// Hosts that are told apart; beyond that many nobody plans.
const MOST_HOSTS: usize = 1024;
/// Repositories and documents that are told apart: as many as a table of 2²² places of nine bytes holds before it doubles.
const MOST_SEEN: usize = (1 << 22) / 8 * 7;

/// The plan of a run.
#[derive(Debug)]
pub struct Plan {
    /// The platforms of each image.
    demands: Vec<Platform>,
    /// Names that are told apart.
    most_seen: usize,
    account: Mutex<Account>,
}

#[derive(Debug, Default)]
struct Account {
    hosts: BTreeMap<Host, Needs>,
    /// Repositories and documents that were counted already.
    seen: Seen,
    /// Whether there were more registries than are told apart.
    is_cut: bool,
}

/// What one registry will be asked.
#[derive(Clone, Copy, Debug, Default, Serialize)]
struct Needs {
    inputs: u64,
    pulls: u64,
    heads: u64,
    blobs: u64,
    tokens: u64,
    requests: u64,
}

#[derive(Serialize)]
struct Record<'a> {
    #[serde(rename = "ref")]
    reference: String,
    kind: &'static str,
    #[serde(flatten)]
    needs: &'a Needs,
}

impl Plan {
    /// A plan for what `query` wants of each image. Where it wants what only the documents tell, there is none.
    pub fn new(query: &ImageQuery) -> Result<Self> {
        let extras = query.extras;
        let demands = match &query.platforms {
            Platforms::Preferred => vec![Platform::default_preference()],
            Platforms::Demanded(demanded) => demanded.clone(),
            Platforms::All | Platforms::List => Vec::new(),
        };
        if demands.is_empty() || extras.index || extras.referrers {
            let what = "a plan is of one platform an image, or of those that are named";
            return Err(Error::new(ErrorKind::InvalidInput, what));
        }
        Ok(Self {
            demands,
            most_seen: MOST_SEEN,
            account: Mutex::default(),
        })
    }

    /// Counts what one reference will need, and what its tag record saves.
    pub fn add(&self, reference: &Reference, known: Option<&KnownTag<'_>>) {
        let mut account = self.account.lock().unwrap_or_else(PoisonError::into_inner);
        let Account {
            hosts,
            seen,
            is_cut,
        } = &mut *account;
        let repository = reference.repository();
        let host = repository.host();
        if hosts.len() >= MOST_HOSTS && !hosts.contains_key(host) {
            if !std::mem::replace(is_cut, true) {
                tracing::warn!(
                    "{host} and others are left out: a plan is of {MOST_HOSTS} registries"
                );
            }
            return;
        }
        let needs = hosts.entry(host.clone()).or_default();
        let mut is_new = |document: fmt::Arguments<'_>| {
            seen.is_new_within(self.most_seen, &format!("{repository}@{document}"))
        };
        needs.inputs += 1;
        needs.tokens += u64::from(is_new(format_args!("")));
        let Some(top) = known.map(KnownTag::digest).or(reference.digest()) else {
            // What a tag points at is not known: it may be an index of its own.
            let demanded = self.demands.len() as u64;
            needs.heads += 1;
            needs.pulls += 1 + demanded;
            needs.blobs += BLOB * demanded;
            return;
        };
        for demand in &self.demands {
            let is_new = match known.and_then(|known| known.manifest_for(demand)) {
                Some(manifest) => is_new(format_args!("{manifest}")),
                None => {
                    needs.pulls += u64::from(is_new(format_args!("{top}")));
                    is_new(format_args!("{top} {demand}"))
                }
            };
            needs.pulls += u64::from(is_new);
            needs.blobs += BLOB * u64::from(is_new);
        }
    }

    /// A `plan` record for each registry.
    pub fn records(&self) -> Vec<u8> {
        let account = self.account.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines = Vec::new();
        for (host, needs) in &account.hosts {
            let needs = Needs {
                requests: needs.pulls + needs.heads + needs.blobs + needs.tokens + CHALLENGE,
                ..*needs
            };
            lines.extend(composed(&Record {
                reference: format!("{host}/"),
                kind: "plan",
                needs: &needs,
            }));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;
    use crate::registry::extras::Extras;

    fn query(platforms: Platforms) -> ImageQuery {
        ImageQuery {
            platforms,
            extras: Extras::default(),
            alone: false,
            pins: false,
        }
    }

    /// pulls, heads, blobs, tokens
    fn planned(inputs: &[(&str, Option<String>)]) -> [u64; 4] {
        planned_within(MOST_SEEN, inputs)
    }

    /// The same where so many names are told apart.
    fn planned_within(most_seen: usize, inputs: &[(&str, Option<String>)]) -> [u64; 4] {
        let plan = Plan {
            most_seen,
            ..Plan::new(&query(Platforms::Preferred)).unwrap()
        };
        for (reference, record) in inputs {
            let known = record.as_deref().and_then(KnownTag::read);
            plan.add(&reference.parse().unwrap(), known.as_ref());
        }
        let account = plan.account.lock().unwrap();
        assert!(account.seen.len() <= most_seen as u64);
        let needs = account.hosts.values().next().unwrap();
        [needs.pulls, needs.heads, needs.blobs, needs.tokens]
    }

    fn record(top: &str, amd64: Option<&str>) -> String {
        let images = amd64.map(|amd64| {
            format!(
                r#"{{"os":"linux","architecture":"amd64","digest":"{}"}}"#,
                Digest::of(amd64)
            )
        });
        format!(
            r#"{{"kind":"tag","digest":"{}","images":[{}]}}"#,
            Digest::of(top),
            images.unwrap_or_default()
        )
    }

    #[test]
    fn each_digest_of_a_repository_is_counted_once() {
        let named = || Some(record("top", Some("amd64")));
        assert_eq!(planned(&[("a:1", named()), ("a:2", named())]), [1, 0, 2, 1]);
        assert_eq!(planned(&[("a:1", named()), ("b:1", named())]), [2, 0, 4, 2]);
        let bare = || Some(record("top", None));
        assert_eq!(planned(&[("a:1", bare()), ("a:2", bare())]), [2, 0, 2, 1]);
        assert_eq!(planned(&[("a:1", None), ("a:1", None)]), [4, 2, 4, 1]);
    }

    #[test]
    fn names_are_kept_up_to_a_bound_and_beyond_it_a_plan_counts_too_much_and_never_too_little() {
        let one = |top: &str| ("a:1", Some(record(top, Some(top))));
        let inputs = [one("x"), one("y"), one("z"), one("z"), one("x")];
        assert_eq!(planned(&inputs), [3, 0, 6, 1]);
        // The repository, x and y are kept: z counts each time, and x still once.
        assert_eq!(planned_within(3, &inputs), [4, 0, 8, 1]);
        assert_eq!(planned_within(0, &inputs), [5, 0, 10, 5]);
    }

    #[test]
    fn what_only_documents_tell_has_no_plan() {
        assert!(Plan::new(&query(Platforms::All)).is_err());
        assert!(Plan::new(&query(Platforms::List)).is_err());
        let extras = Extras {
            index: true,
            ..Extras::default()
        };
        let query = ImageQuery {
            extras,
            ..query(Platforms::Preferred)
        };
        assert!(Plan::new(&query).is_err());
    }
}
