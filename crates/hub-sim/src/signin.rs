//! Signing in with a name and a secret, for the web API and the token service alike: one account is locked for both
//! after too many wrong secrets (HUB-API.md §1.2).

use std::time::Duration;

use crate::clock::Clock;
use crate::limit::Meter;
use crate::population::{Caller, SignInError};
use crate::world::World;

/// How long an account stays locked: ten to fifteen minutes are reported.
const LOCKED: Duration = Duration::from_mins(10);

/// What the lockout says.
pub(crate) const LOCKED_TEXT: &str = "too many failed login attempts for username or IP address";

/// Wrong secrets by account.
#[derive(Debug)]
pub(crate) struct Failures(Meter);

/// Why somebody is not signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Wrong,
    SecondFactor,
    Locked,
}

impl Failures {
    pub(crate) fn new(clock: &Clock) -> Self {
        Self(Meter::new(LOCKED, clock))
    }
}

/// Who has this name and secret. While an account is locked, the right secret does not help.
pub(crate) fn sign_in<'a>(
    world: &'a World,
    name: &str,
    secret: &str,
) -> Result<Caller<'a>, Refusal> {
    let limit = world.config.login_limit.unwrap_or(u32::MAX);
    let Failures(failures) = &world.failures;
    if failures.read(name, limit).left == 0 {
        return Err(Refusal::Locked);
    }
    world
        .config
        .population
        .accounts()
        .sign_in(name, secret)
        .map_err(|error| match error {
            SignInError::SecondFactor => Refusal::SecondFactor,
            SignInError::Wrong => {
                // The last wrong one is still told that it is wrong.
                let _ = failures.take(name, limit);
                Refusal::Wrong
            }
        })
}
