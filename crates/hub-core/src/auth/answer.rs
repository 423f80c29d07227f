//! The answer of a token service: the token in it, and how long it lives. Pure: what time it is comes from the caller.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::Instant;

use super::granted;
use super::token::Token;

/// Tokens are renewed this long before they run out (AUTH-19).
const EARLY: Duration = Duration::from_secs(5);
/// The least that a server may give, and what counts where it says nothing (AUTH-18).
const LEAST_LIFETIME: Duration = Duration::from_mins(1);

/// The token in a token service's answer (AUTH-17 … 19), or what is wrong with it.
pub(super) fn read_token(body: &[u8], scope: &str, now: Timestamp) -> Result<Token, &'static str> {
    let answer: Answer<'_> =
        serde_json::from_slice(body).map_err(|_| "the token service's answer is no token")?;
    let secret = [answer.token, answer.access_token]
        .into_iter()
        .flatten()
        .find(|token| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic()))
        .ok_or("the token service's answer holds no token")?;
    let left = lifetime(
        answer.expires_in.map(RawValue::get),
        answer.issued_at.as_deref(),
        now,
    );
    let listed = answer.scope.map(RawValue::get);
    Ok(Token {
        granted: granted::scopes(&secret, listed),
        secret: secret.into(),
        scope: scope.to_owned(),
        expires_at: now.checked_add(left).ok(),
        fresh_until: Instant::now() + left.saturating_sub(EARLY),
        source: None,
    })
}

/// As it comes; the members that are not read may be anything.
#[derive(Deserialize)]
struct Answer<'a> {
    token: Option<String>,
    access_token: Option<String>,
    #[serde(borrow)]
    expires_in: Option<&'a RawValue>,
    #[serde(borrow)]
    scope: Option<&'a RawValue>,
    issued_at: Option<String>,
}

/// How long a token still lives. A clock that disagrees with ours counts from now (AUTH-19).
fn lifetime(expires_in: Option<&str>, issued_at: Option<&str>, now: Timestamp) -> Duration {
    const LONGEST: f64 = 365.0 * 24.0 * 3600.0;
    let seconds = expires_in
        .and_then(|text| text.trim_matches('"').parse::<f64>().ok())
        .filter(|s| s.is_finite());
    let whole =
        Duration::from_secs_f64(seconds.unwrap_or(0.0).clamp(0.0, LONGEST)).max(LEAST_LIFETIME);
    let age = issued_at
        .and_then(|text| text.parse::<Timestamp>().ok())
        .and_then(|issued| Duration::try_from(now.duration_since(issued)).ok())
        .filter(|age| *age < whole);
    whole.saturating_sub(age.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn now() -> Timestamp {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    #[track_caller]
    fn token_of(body: &str) -> Option<String> {
        read_token(body.as_bytes(), "s", now())
            .ok()
            .map(|token| token.secret().expose_secret().to_owned())
    }

    #[test]
    fn a_token_may_stand_under_either_name_auth_17() {
        assert_eq!(token_of(r#"{"token":"a"}"#).as_deref(), Some("a"));
        assert_eq!(token_of(r#"{"access_token":"a"}"#).as_deref(), Some("a"));
        assert_eq!(
            token_of(r#"{"token":"","access_token":"a"}"#).as_deref(),
            Some("a")
        );
        assert_eq!(
            token_of(r#"{"token":"a\nX-Injected: yes"}"#),
            None,
            "a header line must stay one"
        );
        assert_eq!(token_of("{}"), None);
        assert_eq!(token_of("<html>"), None);
    }

    #[test]
    fn a_lifetime_is_at_least_sixty_seconds_auth_18() {
        for (text, seconds) in [
            ("300", 300),
            ("0", 60),
            ("10", 60),
            ("-5", 60),
            ("300.7", 300),
            ("\"300\"", 300),
            ("null", 60),
        ] {
            assert_eq!(
                lifetime(Some(text), None, now()).as_secs(),
                seconds,
                "{text}"
            );
        }
        assert_eq!(lifetime(None, None, now()).as_secs(), 60);
    }

    #[test]
    fn a_clock_that_disagrees_counts_from_now_auth_19() {
        let left = |issued_at| lifetime(Some("300"), Some(issued_at), now()).as_secs();
        assert_eq!(left("2026-11-20T11:59:00Z"), 240);
        assert_eq!(left("2026-11-20T13:00:00Z"), 300, "issued in the future");
        assert_eq!(left("2026-11-20T11:00:00Z"), 300, "already over");
        assert_eq!(left("yesterday"), 300);
    }

    #[test]
    fn a_token_is_not_printed_by_debug() {
        let token = read_token(br#"{"token":"s3cr3t"}"#, "s", now()).unwrap();
        assert!(!format!("{token:?}").contains("s3cr3t"));
    }
}
