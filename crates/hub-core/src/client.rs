//! The client: the one path on which every request leaves, to the web API, the token service and the registries alike.

use std::borrow::Cow;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::Arc;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, LOCATION};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::{Host, Url};

use crate::auth::hub_session::HubSession;
use crate::auth::token::Tokens;
use crate::config::ClientConfig;
use crate::error::{Error, ErrorKind, Result};
use crate::http::account::{Account, Cost};
use crate::http::gate::Gates;
use crate::http::message::{Request, Response, shown};
use crate::http::redirect::{self, MOST_HOPS};
use crate::http::retry::{self, Limit, Next};
use crate::http::transport::{Answer, Transport};
use crate::http::words;
use crate::memo::Memo;
use crate::name;
use crate::reference::{Repository, Target};
use crate::registry::documents::Documents;
use crate::registry::exact::RepoTags;
use crate::registry::referrers::ReferrerLists;

/// A client of Docker Hub and of OCI registries. Cheap to clone; clones share connections, tokens and limits.
#[derive(Clone, Debug)]
pub struct Client(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    config: ClientConfig,
    transport: Transport,
    gates: Gates,
    tokens: Tokens,
    hub_session: HubSession,
    account: Account,
    /// The tags of the repositories that were asked last, for documents that show them.
    tag_lists: Memo<Repository, RepoTags>,
    /// Manifests and configs of this run.
    documents: Documents,
    /// Referrers of this run.
    referrer_lists: ReferrerLists,
    /// Pages that may be on their way before anybody wants them, of all walks together.
    ahead: Arc<Semaphore>,
}

/// Pages of 100 kB each: 3 MB.
const MOST_AHEAD: usize = 32;
/// Lists of tags that are remembered.
const MOST_TAG_LISTS: usize = 16;

impl Client {
    /// A client with these settings. Nothing is sent, resolved or loaded before the first request.
    pub fn new(config: ClientConfig) -> Self {
        let transport = Transport::new(config.clone());
        let gates = Gates::new(config.jobs.get(), config.max_wait, config.keep_pulls);
        Self(Arc::new(Shared {
            config,
            transport,
            gates,
            tokens: Tokens::default(),
            hub_session: HubSession::default(),
            account: Account::default(),
            tag_lists: Memo::new(MOST_TAG_LISTS),
            documents: Documents::default(),
            referrer_lists: ReferrerLists::default(),
            ahead: Arc::new(Semaphore::new(MOST_AHEAD)),
        }))
    }

    pub(crate) fn config(&self) -> &ClientConfig {
        &self.0.config
    }

    /// Room for a page that nobody waits for yet; none when enough are on their way.
    pub(crate) fn place_ahead(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.0.ahead).try_acquire_owned().ok()
    }

    /// Tells for which host the run's references are, in the order of the inputs (DECISIONS, smaller rulings).
    pub fn note(&self, target: &Target) {
        match target {
            Target::Host(host) => self.config().keychain.note_host(host),
            Target::Namespace(_) => self.config().keychain.note_host(&name::Host::docker_hub()),
            Target::Reference(reference) => self
                .config()
                .keychain
                .note_host(reference.repository().host()),
        }
    }

    pub(crate) fn hub_session(&self) -> &HubSession {
        &self.0.hub_session
    }

    /// What was sent and received so far.
    pub fn cost(&self) -> Cost {
        self.0.account.cost(self.0.gates.pulls_left())
    }

    pub(crate) fn account(&self) -> &Account {
        &self.0.account
    }

    pub(crate) fn gates(&self) -> &Gates {
        &self.0.gates
    }

    pub(crate) fn documents(&self) -> &Documents {
        &self.0.documents
    }

    pub(crate) fn referrer_lists(&self) -> &ReferrerLists {
        &self.0.referrer_lists
    }

    pub(crate) fn tag_lists(&self) -> &Memo<Repository, RepoTags> {
        &self.0.tag_lists
    }

    pub(crate) fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    /// Sends `request`, follows its redirects, and gives the answer whatever its status is.
    pub(crate) async fn send(&self, request: Request) -> Result<Response> {
        let first = request.url.clone();
        let mut url = request.url.clone();
        let mut is_home = true;
        for _ in 0..=MOST_HOPS {
            is_home &= redirect::same_origin(&first, &url);
            let headers = request.headers(is_home)?;
            let answer = self.persist(&request, &url, headers).await;
            let answer = answer.map_err(|error| error.during(request.shown()))?;
            let location = redirection(&answer);
            if location.is_some() && !request.follows {
                let what =
                    "a request that carries credentials is redirected, and they go nowhere else";
                return Err(Error::new(ErrorKind::InvalidResponse, what).during(request.shown()));
            }
            let Some(location) = location else {
                let Answer {
                    status,
                    headers,
                    body,
                } = answer;
                return Ok(Response {
                    status,
                    headers,
                    body,
                    url,
                    is_home,
                    shown: request.shown(),
                });
            };
            url =
                redirect::follow(&url, &location).map_err(|error| error.during(request.shown()))?;
        }
        let what = format!("more than {MOST_HOPS} redirects");
        Err(Error::new(ErrorKind::InvalidResponse, what).during(request.shown()))
    }

    /// Tries as often as makes sense.
    async fn persist(&self, request: &Request, url: &Url, headers: HeaderMap) -> Result<Answer> {
        refuse_link_local(url)?;
        for number in 1.. {
            let pass = self
                .0
                .gates
                .enter(url, request.service, request.counted)
                .await?;
            let mut outcome = self.try_once(request, url, headers.clone()).await;
            if let Ok(answer) = &mut outcome {
                self.redact(answer);
            }
            pass.feel(outcome.as_ref());
            if let Ok(answer) = &outcome {
                pass.learn(answer);
                if answer.status == 429 && Limit::of(answer) == Limit::Pulls {
                    return Err(pass.spend_pulls(no_pulls(answer)));
                }
            }
            match retry::next(
                number,
                &request.method,
                outcome.as_ref(),
                Timestamp::now(),
                jitter(),
            ) {
                Next::Settled => return outcome,
                Next::Again(wait) => pass.pause(wait)?,
            }
        }
        unreachable!("the tries are bounded")
    }

    /// What a failing server says may repeat what it was sent (SEC-6).
    fn redact(&self, answer: &mut Answer) {
        if answer.status.is_client_error() || answer.status.is_server_error() {
            let text = String::from_utf8_lossy(&answer.body);
            if let Cow::Owned(hidden) = self.config().keychain.redactor().redact(&text) {
                answer.body = hidden.into();
            }
        }
    }

    async fn try_once(&self, request: &Request, url: &Url, headers: HeaderMap) -> Result<Answer> {
        self.account().sent(request);
        let answer = self.0.transport.send(request, url.clone(), headers).await;
        if let Ok(answer) = &answer {
            self.account().received(request, answer);
        }
        match &answer {
            Ok(answer) => tracing::trace!(
                "{} {} → {}",
                request.method,
                shown(url),
                answer.status.as_u16()
            ),
            Err(error) => tracing::trace!("{} {} → {error}", request.method, shown(url)),
        }
        answer
    }
}

/// Between 0 and 1, so that those who failed together do not come back together.
fn jitter() -> f64 {
    let random = RandomState::new().hash_one(0);
    f64::from(u32::try_from(random >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

/// The pull limit's 429, in the server's words.
fn no_pulls(answer: &Answer) -> Error {
    Error::new(ErrorKind::RateLimited, "no pulls left")
        .answered(answer.status.as_u16())
        .saying(words::said(&answer.body))
}

/// The target of a redirect that a GET or HEAD may follow.
fn redirection(answer: &Answer) -> Option<String> {
    if !matches!(answer.status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    Some(String::from_utf8_lossy(answer.headers.get(LOCATION)?.as_bytes()).into_owned())
}

fn refuse_link_local(url: &Url) -> Result<()> {
    let address = match url.host() {
        Some(Host::Ipv4(address)) => address.into(),
        Some(Host::Ipv6(address)) => address.into(),
        _ => return Ok(()),
    };
    if redirect::is_link_local(address) {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            format!("{address} is a link-local address, and those are never asked"),
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_services_are_never_asked() {
        for text in [
            "http://169.254.169.254/latest",
            "http://[fe80::1]/",
            "http://[::ffff:169.254.169.254]/",
            "http://[fd00:ec2::254]/",
        ] {
            assert!(
                refuse_link_local(&Url::parse(text).unwrap()).is_err(),
                "{text}"
            );
        }
        assert!(refuse_link_local(&Url::parse("http://127.0.0.1/").unwrap()).is_ok());
    }
}
