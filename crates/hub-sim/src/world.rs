//! Everything that an answer can depend on, and the one function from a request to an answer. No socket, no waiting.

use std::io;
use std::time::Duration;

use crate::clock::Clock;
use crate::config::Config;
use crate::exchange::Log;
use crate::fault::FaultPlan;
use crate::hosts::Hosts;
use crate::http::{Answer, Request};
use crate::jwt::Signer;
use crate::limit::Meter;
use crate::route::Route;
use crate::signin::Failures;
use crate::{cdn, registry, token, web};

const MINUTE: Duration = Duration::from_mins(1);

/// A running simulator's knowledge.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) signer: Signer,
    pub(crate) log: Log,
    pub(crate) faults: FaultPlan,
    pub(crate) pulls: registry::Pulls,
    pub(crate) failures: Failures,
    pub(crate) hub_requests: Meter,
    requests: Meter,
    pub(crate) hosts: Hosts,
}

impl World {
    /// A world that is reached at `hosts`.
    pub(crate) fn new(config: Config, hosts: Hosts) -> io::Result<Self> {
        let clock = Clock::default();
        Ok(Self {
            signer: Signer::new()?,
            log: Log::new(config.log.as_deref())?,
            faults: FaultPlan::new(config.faults.clone(), config.seed),
            pulls: registry::Pulls::new(config.pull_limit, &clock),
            failures: Failures::new(&clock),
            hub_requests: Meter::new(config.hub_rate.map_or(MINUTE, |rate| rate.window), &clock),
            requests: Meter::new(MINUTE, &clock),
            hosts,
            clock,
            config,
        })
    }

    /// What the three services answer; faults come on top of it.
    pub(crate) fn answer(&self, route: &Route<'_>, request: &Request) -> Answer {
        if self
            .config
            .abuse_limit
            .is_some_and(|limit| self.requests.take("", limit).is_err())
        {
            return web::abuse_refusal();
        }
        match route {
            Route::Web(route) => web::answer(self, *route, request),
            Route::Token => token::answer(self, request),
            Route::Cdn(digest) => cdn::answer(self, digest, request),
            Route::Ping | Route::Catalog | Route::Repository(..) => {
                registry::answer(self, route, request)
            }
            Route::Unknown => web::not_found(),
        }
    }
}
