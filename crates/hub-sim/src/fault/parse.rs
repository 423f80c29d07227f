//! Faults as text: `KIND[=ARG]:PATH[:WHICH]…`, what `--fault` takes.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{After, Fault, FaultKind, Matches};
use crate::config::RateDialect;

/// Why a text is no fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseFaultError(String);

impl fmt::Display for ParseFaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ParseFaultError {}

/// Every kind with the argument that it takes, for the help and for messages.
pub(crate) const KINDS: &[&str] = &[
    "stall",
    "delay=MS",
    "drop",
    "reset",
    "truncate",
    "slow-body[=MS]",
    "status=CODE",
    "html=CODE",
    "429[=SECONDS]",
    "429-date[=SECONDS]",
    "429-epoch[=SECONDS]",
    "429-reset[=SECONDS]",
    "429-bare",
    "abuse-limit",
    "pull-limit",
    "login-limit",
    "head-refused",
    "redirect-loop",
    "redirect=ORIGIN",
    "wrong-bytes",
    "wrong-digest",
    "no-digest",
    "content-type=TYPE",
    "foreign-next=ORIGIN",
    "looping-next",
    "early-end",
    "null-results",
    "no-count",
    "shrinking-count",
    "realm=URL",
    "expired-token",
    "big-body[=BYTES]",
    "gzip-bomb[=BYTES]",
];

impl FromStr for Fault {
    type Err = ParseFaultError;

    /// The kind ends at the first colon before a `/` that is not doubled, or before a `*`: arguments may be addresses.
    fn from_str(text: &str) -> Result<Self, ParseFaultError> {
        let colons = text.match_indices(':').map(|(at, _)| at);
        let starts_path =
            |rest: &str| rest.starts_with('*') || rest.starts_with('/') && !rest.starts_with("//");
        let Some(colon) = colons.into_iter().find(|at| starts_path(&text[at + 1..])) else {
            return Err(error(format!(
                "{text:?} names no path: expected KIND[=ARG]:PATH, where PATH begins with / or *"
            )));
        };
        let mut path = &text[colon + 1..];
        let mut fault = Fault::new(kind(&text[..colon])?, "");
        while let Some((rest, last)) = path.rsplit_once(':') {
            if !which(&mut fault, last)? {
                break;
            }
            path = rest;
        }
        fault.matches = Matches {
            path: path.to_owned(),
            method: None,
        };
        Ok(fault)
    }
}

/// Reads `nthN`, `everyN`, `timesN` or a rate; anything else is part of the path.
fn which(fault: &mut Fault, text: &str) -> Result<bool, ParseFaultError> {
    let positive = |digits: &str| match digits.parse() {
        Ok(number) if number > 0 => Ok(number),
        _ => Err(error(format!(
            "{text:?}: expected a number from 1 on after the word"
        ))),
    };
    if let Some(digits) = text.strip_prefix("nth") {
        fault.after = After::Nth(positive(digits)?);
    } else if let Some(digits) = text.strip_prefix("every") {
        fault.after = After::Every(positive(digits)?);
    } else if let Some(digits) = text.strip_prefix("times") {
        fault.times = Some(positive(digits)?);
    } else if let Ok(rate) = text.parse::<f64>() {
        if !(0.0..=1.0).contains(&rate) {
            return Err(error(format!("{text:?}: a rate is between 0 and 1")));
        }
        fault.after = After::Rate(rate);
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn kind(text: &str) -> Result<FaultKind, ParseFaultError> {
    let (name, argument) = match text.split_once('=') {
        Some((name, argument)) => (name, Some(argument)),
        None => (text, None),
    };
    let argument = Argument { name, argument };
    if let Some(kind) = plain(name) {
        return argument.none(kind);
    }
    match name {
        "delay" => argument.millis(None).map(FaultKind::Delay),
        "slow-body" => argument.millis(Some(100)).map(FaultKind::SlowBody),
        "status" => argument.status().map(FaultKind::Status),
        "html" => argument.status().map(FaultKind::Html),
        "429" => argument.too_many(RateDialect::Seconds),
        "429-date" => argument.too_many(RateDialect::Date),
        "429-epoch" => argument.too_many(RateDialect::Epoch),
        "429-reset" => argument.too_many(RateDialect::Reset),
        "redirect" => argument.text().map(FaultKind::RedirectTo),
        "content-type" => argument.text().map(FaultKind::ContentType),
        "foreign-next" => argument.text().map(FaultKind::ForeignNext),
        "realm" => argument.text().map(FaultKind::Realm),
        "big-body" => argument.number(Some(20 << 20)).map(FaultKind::BigBody),
        "gzip-bomb" => argument.number(Some(256 << 20)).map(FaultKind::GzipBomb),
        _ => Err(error(format!(
            "unknown kind {name:?}; known are {}",
            KINDS.join(" ")
        ))),
    }
}

/// The kinds without an argument.
fn plain(name: &str) -> Option<FaultKind> {
    Some(match name {
        "stall" => FaultKind::Stall,
        "drop" => FaultKind::Drop,
        "reset" => FaultKind::Reset,
        "truncate" => FaultKind::Truncate,
        "429-bare" => FaultKind::TooMany(RateDialect::Bare, Duration::ZERO),
        "abuse-limit" => FaultKind::AbuseLimit,
        "pull-limit" => FaultKind::PullLimit,
        "login-limit" => FaultKind::LoginLimit,
        "head-refused" => FaultKind::HeadRefused,
        "redirect-loop" => FaultKind::RedirectLoop,
        "wrong-bytes" => FaultKind::WrongBytes,
        "wrong-digest" => FaultKind::WrongDigest,
        "no-digest" => FaultKind::NoDigest,
        "looping-next" => FaultKind::LoopingNext,
        "early-end" => FaultKind::EarlyEnd,
        "null-results" => FaultKind::NullResults,
        "no-count" => FaultKind::NoCount,
        "shrinking-count" => FaultKind::ShrinkingCount,
        "expired-token" => FaultKind::ExpiredToken,
        _ => return None,
    })
}

/// What stands after a kind's `=`.
struct Argument<'a> {
    name: &'a str,
    argument: Option<&'a str>,
}

impl Argument<'_> {
    fn none(&self, kind: FaultKind) -> Result<FaultKind, ParseFaultError> {
        match self.argument {
            None => Ok(kind),
            Some(_) => Err(error(format!("{} takes no argument", self.name))),
        }
    }

    fn text(&self) -> Result<String, ParseFaultError> {
        let text = self.argument.filter(|text| !text.is_empty());
        text.map(str::to_owned)
            .ok_or_else(|| error(format!("{} needs an argument: {0}=…", self.name)))
    }

    fn number<T: FromStr>(&self, default: Option<T>) -> Result<T, ParseFaultError> {
        match (self.argument, default) {
            (None, Some(default)) => Ok(default),
            (None, None) => Err(error(format!("{} needs a number: {0}=N", self.name))),
            (Some(text), _) => text
                .parse()
                .map_err(|_| error(format!("{}: {text:?} is no number", self.name))),
        }
    }

    fn millis(&self, default: Option<u64>) -> Result<Duration, ParseFaultError> {
        self.number(default).map(Duration::from_millis)
    }

    fn status(&self) -> Result<u16, ParseFaultError> {
        let status = self.number(None)?;
        if (200..600).contains(&status) {
            Ok(status)
        } else {
            Err(error(format!(
                "{}: {status} is no status between 200 and 599",
                self.name
            )))
        }
    }

    fn too_many(&self, dialect: RateDialect) -> Result<FaultKind, ParseFaultError> {
        let wait = self.number(Some(1)).map(Duration::from_secs)?;
        Ok(FaultKind::TooMany(dialect, wait))
    }
}

fn error(message: String) -> ParseFaultError {
    ParseFaultError(message)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{After, Fault, FaultKind, KINDS, RateDialect};

    fn parse(text: &str) -> Result<Fault, String> {
        text.parse()
            .map_err(|error: super::ParseFaultError| error.to_string())
    }

    #[test]
    fn a_fault_has_a_kind_a_path_and_which_requests_it_hits() {
        let manifests = "/v2/*/manifests/*";
        assert_eq!(
            parse("drop:/v2/*/manifests/*"),
            Ok(Fault::new(FaultKind::Drop, manifests))
        );
        let rated = Fault::new(FaultKind::Status(503), "*tags*")
            .after(After::Rate(0.25))
            .times(3);
        assert_eq!(parse("status=503:*tags*:0.25:times3"), Ok(rated));
        let nth = Fault::new(FaultKind::Stall, "/token").after(After::Nth(2));
        assert_eq!(parse("stall:/token:nth2"), Ok(nth));
        let every = Fault::new(
            FaultKind::TooMany(RateDialect::Epoch, Duration::from_secs(7)),
            "/",
        )
        .after(After::Every(5));
        assert_eq!(parse("429-epoch=7:/:every5"), Ok(every));
    }

    #[test]
    fn arguments_may_be_addresses_and_paths_may_have_colons() {
        let redirect = Fault::new(
            FaultKind::RedirectTo("http://127.0.0.1:99".to_owned()),
            "/v2/*",
        );
        assert_eq!(parse("redirect=http://127.0.0.1:99:/v2/*"), Ok(redirect));
        let digest = Fault::new(FaultKind::WrongBytes, "/v2/a/b/manifests/sha256:abc").times(1);
        assert_eq!(
            parse("wrong-bytes:/v2/a/b/manifests/sha256:abc:times1"),
            Ok(digest)
        );
    }

    #[test]
    fn a_bad_fault_says_what_is_wrong() {
        for (text, expected) in [
            ("drop", "names no path"),
            ("drop:v2", "names no path"),
            ("explode:/v2/", "unknown kind \"explode\"; known are stall"),
            ("drop=1:/v2/", "drop takes no argument"),
            ("status:/v2/", "status needs a number"),
            ("status=99:/v2/", "is no status"),
            ("status=many:/v2/", "is no number"),
            ("redirect:/v2/", "redirect needs an argument"),
            ("drop:/v2/:1.5", "a rate is between 0 and 1"),
            ("drop:/v2/:nth0", "expected a number from 1 on"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn every_kind_of_the_list_can_be_read() {
        for kind in KINDS {
            let example = kind
                .replace(['[', ']'], "")
                .replace("MS", "1")
                .replace("CODE", "500")
                .replace("SECONDS", "1")
                .replace("BYTES", "9");
            assert!(parse(&format!("{example}:/")).is_ok(), "{example}");
        }
    }
}
