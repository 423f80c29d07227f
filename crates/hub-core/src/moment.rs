//! Moments and spans as people and upstream write them. What time it is now is told by the caller.

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::error::Result;
use crate::name::refused;

/// The moment that `--since` or `--until` names: a day (`2026-01-31`, its beginning in UTC), an RFC 3339 time, or how long before
/// `now` (`30d`, `12h`, `2w`, `90m`, `1d12h`).
pub fn parse_bound(text: &str, now: Timestamp) -> Result<Timestamp> {
    let moment = if let Some(span) = parse_units(text) {
        SignedDuration::try_from(span)
            .ok()
            .and_then(|span| now.checked_sub(span).ok())
    } else if is_date(text) {
        let day = text.parse().ok();
        day.and_then(|day: Date| day.to_zoned(TimeZone::UTC).ok())
            .map(|day| day.timestamp())
    } else {
        text.parse().ok()
    };
    let why = "expected a day (2026-01-31), a time with its zone (2026-01-31T12:00:00Z) or a span back from now (30d, 12h)";
    moment.ok_or_else(|| refused("time", text, why))
}

/// A span as flags take it: `2` (seconds), `2s`, `2m`, `1h30m`; at most a hundred years.
pub fn parse_duration(text: &str) -> Result<Duration> {
    let seconds = text
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| format!("{text}s"));
    let span = parse_units(seconds.as_deref().unwrap_or(text));
    span.ok_or_else(|| {
        refused(
            "duration",
            text,
            "expected seconds (2) or a span (2s, 2m, 1h30m)",
        )
    })
}

/// A moment as upstream writes it, RFC 3339 with up to nine digits of a second. `None` for anything else and for Go's zero time
/// `0001-01-01T00:00:00Z`, which means "never".
pub(crate) fn parse_time(text: &str) -> Option<Timestamp> {
    /// 0001-01-01T00:00:00Z.
    const NEVER: i64 = -62_135_596_800;
    text.parse()
        .ok()
        .filter(|time: &Timestamp| time.as_second() != NEVER)
}

/// The units, the greatest first, in seconds.
const UNITS: [(char, u64); 5] = [
    ('w', 604_800),
    ('d', 86_400),
    ('h', 3_600),
    ('m', 60),
    ('s', 1),
];
const LONGEST: u64 = 100 * 365 * 86_400;

/// `1h30m`: whole numbers, each with its unit, the greater units first and each once.
fn parse_units(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut seconds: u64 = 0;
    for (unit, length) in UNITS {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, behind) = rest.split_at(digits);
        if let Some(behind) = behind.strip_prefix(unit) {
            let number: u64 = number.parse().ok()?;
            seconds = seconds.checked_add(number.checked_mul(length)?)?;
            rest = behind;
        }
        if rest.is_empty() {
            break;
        }
    }
    (rest.is_empty() && seconds <= LONGEST).then(|| Duration::from_secs(seconds))
}

/// Whether `text` has the shape of a day, since a day is also read from the front of a time without zone.
fn is_date(text: &str) -> bool {
    let shape = |(index, byte): (usize, u8)| {
        if matches!(index, 4 | 7) {
            byte == b'-'
        } else {
            byte.is_ascii_digit()
        }
    };
    text.len() == 10 && text.bytes().enumerate().all(shape)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::ErrorKind;

    fn now() -> Timestamp {
        "2026-11-20T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_bound_is_a_day_a_time_or_a_span_back() {
        let bounds = [
            ("2026-01-31", "2026-01-31T00:00:00Z"),
            ("2024-02-29", "2024-02-29T00:00:00Z"),
            ("2026-01-31T10:00:00Z", "2026-01-31T10:00:00Z"),
            ("2026-01-31T10:00:00.5+02:00", "2026-01-31T08:00:00.5Z"),
            ("30d", "2026-10-21T12:00:00Z"),
            ("12h", "2026-11-20T00:00:00Z"),
            ("2w", "2026-11-06T12:00:00Z"),
            ("90m", "2026-11-20T10:30:00Z"),
            ("1d12h", "2026-11-19T00:00:00Z"),
            ("0s", "2026-11-20T12:00:00Z"),
        ];
        for (text, moment) in bounds {
            assert_eq!(
                parse_bound(text, now()).unwrap().to_string(),
                moment,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_bound_is_refused() {
        let refused = "30 d -1d 1.5h 2026-13-01 2026-02-29 2026-01-31T10:00:00 2026-1-31 20260131 yesterday 1y 1h1h 1m1h \
            99999999999999999999s 18446744073709551615w 36501d ２d 2026-01-3é 30d12";
        for text in refused.split_whitespace().chain([""]) {
            let error = parse_bound(text, now()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{text}");
        }
        assert!(parse_bound("1s", Timestamp::MIN).is_err());
    }

    #[test]
    fn a_duration_is_seconds_or_a_span() {
        for (text, seconds) in [
            ("2", 2),
            ("2s", 2),
            ("2m", 120),
            ("1h30m", 5400),
            ("0", 0),
            ("1d", 86_400),
            ("007", 7),
        ] {
            assert_eq!(parse_duration(text).unwrap().as_secs(), seconds, "{text}");
        }
        for text in [
            "",
            "s",
            "-1",
            "1.5",
            "1h30",
            "30m1h",
            "1 m",
            "1H",
            "99999999999",
            "é",
            "99999999999999999999",
        ] {
            assert!(parse_duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn upstream_times_have_up_to_nine_digits_and_a_never() {
        let time = |text: &str| parse_time(text).map(|time| time.to_string());
        for fraction in ["", ".5", ".123456", ".123456789"] {
            let text = format!("2026-01-31T10:00:00{fraction}Z");
            assert_eq!(time(&text), Some(text.clone()));
        }
        assert_eq!(
            time("2026-01-31T10:00:00+01:00").as_deref(),
            Some("2026-01-31T09:00:00Z")
        );
        assert_eq!(time("0001-01-01T00:00:00Z"), None);
        assert_eq!(
            time("0001-01-01T00:00:01Z").as_deref(),
            Some("0001-01-01T00:00:01Z")
        );
        for text in [
            "",
            "never",
            "2026-01-31",
            "2026-01-31T10:00:00",
            "10000-01-01T00:00:00Z",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "[0-9]{0,24}[wdhms]{0,2}[0-9]{0,3}[a-z]?|[0-9T:Z.+-]{0,30}|\\PC*", second in -99_999_999_999_i64..253_000_000_000) {
            let now = Timestamp::from_second(second).unwrap();
            let _ = (parse_bound(&text, now), parse_duration(&text), parse_time(&text));
        }

        #[test]
        fn a_time_reads_back(second in -62_135_596_799_i64..253_000_000_000, nanosecond in 0..1_000_000_000) {
            let time = Timestamp::new(second, nanosecond).unwrap();
            prop_assert_eq!(parse_time(&time.to_string()), Some(time));
            prop_assert_eq!(parse_bound(&time.to_string(), now()).unwrap(), time);
        }
    }
}
