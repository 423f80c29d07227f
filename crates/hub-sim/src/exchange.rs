//! The record of what was asked and answered: what tests look at and what `--log` writes. Never holds a secret in a
//! record; whether one was ever received can be asked.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::hosts::Service;
use crate::http::Request;

/// Records and received texts kept in memory; older ones are forgotten.
const KEPT: usize = 200_000;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Web API: repositories of a namespace.
    HubList,
    /// Web API: one repository.
    HubDetail,
    /// Web API: tags of a repository.
    HubTags,
    /// Web API: one tag, or its images.
    HubTag,
    /// Web API: search.
    HubSearch,
    /// Web API: a login.
    HubLogin,
    /// Web API: anything else.
    HubOther,
    /// Token service.
    Token,
    /// Registry: `/v2/`.
    Ping,
    /// Registry: tags of a repository.
    TagsList,
    /// Registry: a manifest.
    Manifest,
    /// Registry: a blob; answered by a redirect.
    Blob,
    /// The bytes of a blob, where the registry redirects to.
    Cdn,
    /// Registry: the catalogue, which is refused.
    Catalog,
    /// Registry: referrers of a manifest.
    Referrers,
    /// None of these.
    Other,
}

/// The scheme of an `Authorization` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Authorization {
    /// No header.
    None,
    /// `Basic`.
    Basic,
    /// `Bearer`.
    Bearer,
    /// `JWT`, the web API's older name for `Bearer` (HUB-API.md §1.3).
    Jwt,
    /// Any other.
    Other,
}

/// One request, and its answer once there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// Counted from 1 in the order of arrival.
    pub seq: u64,
    /// The host that was asked; [`Service::Hub`] wherever there is only one.
    pub service: Service,
    /// What was asked for.
    pub kind: Kind,
    /// `GET`, `HEAD`, …
    pub method: String,
    /// Path with query, as it came.
    pub path: String,
    /// The status sent; none while unanswered, and none ever where the connection was cut instead.
    pub status: Option<u16>,
    /// What kind of credentials came, never the credentials.
    pub authorization: Authorization,
    /// `User-Agent`.
    pub user_agent: Option<String>,
    /// `Accept`; several lines are joined.
    pub accept: Option<String>,
    /// `Host`.
    pub host: Option<String>,
    /// Milliseconds from the start of the simulator to the request.
    pub started_ms: u64,
    /// … and to the end of the answer, or of the connection.
    pub ended_ms: Option<u64>,
}

/// All exchanges so far.
#[derive(Debug)]
pub(crate) struct Log {
    started: Instant,
    state: Mutex<State>,
    arrived: Condvar,
}

#[derive(Debug)]
struct State {
    exchanges: VecDeque<Exchange>,
    arrivals: u64,
    received: HashSet<String>,
    connections: HashMap<Service, u64>,
    file: Option<BufWriter<File>>,
}

impl Log {
    /// An empty log that also writes to `path`, if there is one.
    pub(crate) fn new(path: Option<&Path>) -> io::Result<Self> {
        Ok(Self {
            started: Instant::now(),
            state: Mutex::new(State {
                exchanges: VecDeque::new(),
                arrivals: 0,
                received: HashSet::new(),
                connections: HashMap::new(),
                file: path.map(File::create).transpose()?.map(BufWriter::new),
            }),
            arrived: Condvar::new(),
        })
    }

    /// Notes a connection to this host.
    pub(crate) fn connect(&self, service: Service) {
        *self.state().connections.entry(service).or_default() += 1;
    }

    /// Connections to this host so far.
    pub(crate) fn connections(&self, service: Service) -> u64 {
        let state = self.state();
        state.connections.get(&service).copied().unwrap_or(0)
    }

    /// Notes a request; the answer is its number.
    pub(crate) fn begin(&self, service: Service, kind: Kind, request: &Request) -> u64 {
        let mut state = self.state();
        state.arrivals += 1;
        let exchange = self.exchange(state.arrivals, (service, kind), request);
        let seq = exchange.seq;
        state.receive(request);
        if state.exchanges.len() == KEPT {
            state.exchanges.pop_front();
        }
        state.exchanges.push_back(exchange);
        self.arrived.notify_all();
        seq
    }

    /// Notes the status that request `seq` is answered with.
    pub(crate) fn answer(&self, seq: u64, status: u16) {
        if let Some(exchange) = self.state().find(seq) {
            exchange.status = Some(status);
        }
    }

    /// Notes that nothing more will be sent for request `seq`.
    pub(crate) fn end(&self, seq: u64) {
        let now = self.now();
        let mut state = self.state();
        let Some(exchange) = state.find(seq) else {
            return;
        };
        exchange.ended_ms = Some(now);
        let line = exchange.clone();
        state.write(&line);
    }

    /// What happened so far.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        self.state().exchanges.iter().cloned().collect()
    }

    /// Whether `secret` came in any header, path or body, as it is, percent-encoded or in Basic credentials.
    pub(crate) fn received(&self, secret: &str) -> bool {
        self.state()
            .received
            .iter()
            .any(|text| text.contains(secret))
    }

    /// Waits until a request that fulfils `predicate` has arrived; false after `timeout`.
    pub(crate) fn wait_for(
        &self,
        predicate: impl Fn(&Exchange) -> bool,
        timeout: Duration,
    ) -> bool {
        let missing = |state: &mut State| !state.exchanges.iter().any(&predicate);
        let waited = self
            .arrived
            .wait_timeout_while(self.state(), timeout, missing);
        let (state, result) = waited.unwrap_or_else(PoisonError::into_inner);
        drop(state);
        !result.timed_out()
    }

    fn exchange(&self, seq: u64, (service, kind): (Service, Kind), request: &Request) -> Exchange {
        let header = |name| request.header(name).map(str::to_owned);
        Exchange {
            seq,
            service,
            kind,
            method: request.method().to_owned(),
            path: request.target().to_owned(),
            status: None,
            authorization: scheme(request.header("authorization")),
            user_agent: header("user-agent"),
            accept: request.accept(),
            host: header("host"),
            started_ms: self.now(),
            ended_ms: None,
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn find(&mut self, seq: u64) -> Option<&mut Exchange> {
        let first = self.exchanges.front()?.seq;
        let at = usize::try_from(seq.checked_sub(first)?).ok()?;
        self.exchanges.get_mut(at)
    }

    /// Remembers every text of the request, each once: most headers are the same in all requests.
    fn receive(&mut self, request: &Request) {
        for text in request.texts() {
            if let Some(encoded) = text.strip_prefix("Basic ")
                && let Ok(decoded) = STANDARD.decode(encoded.trim())
            {
                self.remember(&String::from_utf8_lossy(&decoded));
            }
            self.remember(&text);
        }
    }

    fn remember(&mut self, text: &str) {
        if self.received.len() < KEPT && !self.received.contains(text) {
            self.received.insert(text.to_owned());
        }
    }

    /// A log that cannot be written does not stop the server: the disk is not what is being simulated.
    fn write(&mut self, exchange: &Exchange) {
        if let Some(file) = &mut self.file
            && let Ok(line) = serde_json::to_string(exchange)
        {
            let _ = writeln!(file, "{line}").and_then(|()| file.flush());
        }
    }
}

fn scheme(header: Option<&str>) -> Authorization {
    let Some(header) = header else {
        return Authorization::None;
    };
    let scheme = header.split(' ').next().unwrap_or_default();
    match scheme.to_ascii_lowercase().as_str() {
        "basic" => Authorization::Basic,
        "bearer" => Authorization::Bearer,
        "jwt" => Authorization::Jwt,
        _ => Authorization::Other,
    }
}
