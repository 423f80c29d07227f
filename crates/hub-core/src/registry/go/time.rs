//! A `time.Time` in JSON: RFC 3339 as Go reads it, printed as `time.RFC3339Nano` does. The time is not moved to another zone,
//! so it stays text.

use jiff::civil::Date;
use serde::Serialize;
use serde_json::value::RawValue;

use super::read::Read;

/// A time as Go prints it. Without one it is Go's zero time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(in crate::registry) struct Time(String);

impl Default for Time {
    fn default() -> Self {
        Self("0001-01-01T00:00:00Z".to_owned())
    }
}

impl Read for Time {
    /// Go looks at the text between the quotes as it stands there: no escape is resolved.
    fn read(&mut self, json: &RawValue) -> Result<(), String> {
        if json.get() == "null" {
            return Ok(());
        }
        let text = json.get().strip_prefix('"');
        let time = text
            .and_then(|text| text.strip_suffix('"'))
            .and_then(printed);
        self.0 = time.ok_or("it is no time after RFC 3339")?;
        Ok(())
    }
}

/// The time that `text` is, as Go prints it. As Go before 1.20 does, this takes an hour of one digit and a comma before the
/// fraction. A zone beyond 23:59 is refused; Go 1.19 prints times of it that nobody can read.
fn printed(text: &str) -> Option<String> {
    let mut rest = Rest(text.as_bytes());
    let year = rest.digits(4)?;
    let month = rest.after(b'-')?.digits(2)?;
    let day = rest.after(b'-')?.digits(2)?;
    let hour = rest.after(b'T')?.hour()?;
    let minute = rest.after(b':')?.digits(2)?;
    let second = rest.after(b':')?.digits(2)?;
    let fraction = rest.fraction();
    let zone = rest.zone()?;
    let date = Date::new(year, month.try_into().ok()?, day.try_into().ok()?);
    (date.is_ok() && hour < 24 && minute < 60 && second < 60).then(|| {
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{zone}")
    })
}

/// What is not yet read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn after(&mut self, byte: u8) -> Option<&mut Self> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(self)
    }

    /// A number of exactly that many digits, four at the most.
    fn digits(&mut self, count: usize) -> Option<i16> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits.iter().try_fold(0, |number, byte| {
            byte.is_ascii_digit()
                .then(|| number * 10 + i16::from(byte - b'0'))
        })
    }

    fn hour(&mut self) -> Option<i16> {
        let two = self.0.get(1).is_some_and(u8::is_ascii_digit);
        self.digits(if two { 2 } else { 1 })
    }

    /// The fraction with its point, nine digits at the most and no zeros at its end.
    fn fraction(&mut self) -> String {
        let Some(behind) = self.0.strip_prefix(b".").or(self.0.strip_prefix(b",")) else {
            return String::new();
        };
        let length = behind
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if length == 0 {
            return String::new();
        }
        let (digits, rest) = behind.split_at(length);
        self.0 = rest;
        let digits: String = digits.iter().take(9).copied().map(char::from).collect();
        match digits.trim_end_matches('0') {
            "" => String::new(),
            digits => format!(".{digits}"),
        }
    }

    /// The zone, which ends the text.
    fn zone(&mut self) -> Option<String> {
        if self.0 == b"Z" {
            return Some("Z".to_owned());
        }
        let (sign, rest) = self.0.split_first()?;
        self.0 = rest;
        let (hour, minute) = (self.digits(2)?, self.after(b':')?.digits(2)?);
        let is_zone = matches!(sign, b'+' | b'-') && hour < 24 && minute < 60 && self.0.is_empty();
        is_zone.then(|| match (hour, minute) {
            (0, 0) => "Z".to_owned(),
            _ => format!("{}{hour:02}:{minute:02}", char::from(*sign)),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::read::unmarshal;
    use super::*;

    fn time(json: &str) -> Result<String, String> {
        unmarshal::<Time>(json.as_bytes()).map(|time| time.0)
    }

    /// Each pair is what a `time.Time` of Go 1.19.8 was read from and printed as.
    #[test]
    fn a_time_is_printed_as_rfc3339nano() {
        let pairs = [
            ("2020-01-02T03:04:05Z", "2020-01-02T03:04:05Z"),
            ("2020-01-02T03:04:05.100Z", "2020-01-02T03:04:05.1Z"),
            ("2020-01-02T03:04:05.000Z", "2020-01-02T03:04:05Z"),
            ("2020-01-02T03:04:05.010Z", "2020-01-02T03:04:05.01Z"),
            (
                "2020-01-02T03:04:05.1234567899Z",
                "2020-01-02T03:04:05.123456789Z",
            ),
            ("2020-01-02T03:04:05.0000000001Z", "2020-01-02T03:04:05Z"),
            ("2020-01-02T03:04:05+00:00", "2020-01-02T03:04:05Z"),
            ("2020-01-02T03:04:05-00:00", "2020-01-02T03:04:05Z"),
            ("2020-01-02T03:04:05.5-05:30", "2020-01-02T03:04:05.5-05:30"),
            ("2020-01-02T03:04:05+23:59", "2020-01-02T03:04:05+23:59"),
            ("2020-01-02T03:04:05-00:30", "2020-01-02T03:04:05-00:30"),
            ("2020-01-02T3:04:05,25Z", "2020-01-02T03:04:05.25Z"),
            ("2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z"),
            ("0000-02-29T00:00:00Z", "0000-02-29T00:00:00Z"),
            ("9999-12-31T23:59:59-01:00", "9999-12-31T23:59:59-01:00"),
        ];
        for (text, go) in pairs {
            assert_eq!(time(&format!("\"{text}\"")).as_deref(), Ok(go), "{text}");
        }
    }

    #[test]
    fn what_go_refuses_is_refused() {
        let refused = "x 2020-01-02 2020-01-02T03:04:05 2020-01-02t03:04:05Z 2020-01-02T03:04:05z 2023-02-29T00:00:00Z \
            2020-13-01T00:00:00Z 2020-00-01T00:00:00Z 2020-01-00T00:00:00Z 2020-01-32T00:00:00Z 2020-01-02T24:00:00Z \
            2020-01-02T03:60:05Z 2020-01-02T03:04:60Z 2020-1-02T03:04:05Z 2020-01-02T03:4:05Z 2020-01-02T03:04:05.Z \
            2020-01-02T03:04:05+0100 2020-01-02T03:04:05+01 2020-01-02T03:04:05Zx 2020-01-02T03:04:05+01:00x \
            +020-01-02T03:04:05Z 12020-01-02T03:04:05Z 2020-01-02T:04:05Z 2020-01-02T03:04:05*01:00 2020-01-02T03:04:05\\u005a";
        for text in refused.split_whitespace().chain([""]) {
            let error = time(&format!("\"{text}\"")).unwrap_err();
            assert_eq!(error, "it is no time after RFC 3339", "{text}");
        }
        for json in ["1", "{}", "[]", "true"] {
            assert!(time(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_zone_beyond_a_day_is_refused_although_go_1_19_takes_it() {
        for zone in ["+24:00", "-99:99", "+00:60"] {
            assert!(
                time(&format!("\"2020-01-02T03:04:05{zone}\"")).is_err(),
                "{zone}"
            );
        }
    }

    #[test]
    fn null_is_the_zero_time() {
        assert_eq!(time("null").as_deref(), Ok("0001-01-01T00:00:00Z"));
    }

    proptest! {
        #[test]
        fn never_panics(text in "[0-9]{0,5}[-T:.,Z+0-9]{0,40}|\\PC*") {
            let _ = printed(&text);
        }

        #[test]
        fn what_is_printed_is_read_as_itself_and_as_the_same_moment(
            second in -62_135_596_800_i64..253_000_000_000,
            nanosecond in 0..1_000_000_000,
            zone in -86_399 / 60..=86_399 / 60_i32,
        ) {
            let moment = jiff::Timestamp::new(second, nanosecond).unwrap();
            let zone = jiff::tz::Offset::from_seconds(zone * 60).unwrap();
            let text = moment.display_with_offset(zone).to_string();
            prop_assume!(!text.starts_with('-'));
            let go = printed(&text).unwrap();
            prop_assert_eq!(printed(&go), Some(go.clone()));
            prop_assert_eq!(go.parse::<jiff::Timestamp>().unwrap(), moment);
        }
    }
}
