//! Values as people read them. Pure.

use hub_core::shorten;

/// Text from outside on one line, without control characters (SEC-7).
pub(crate) fn text(text: &str) -> String {
    shorten(text, 300)
}

/// `999`, `12.3k`, `4.5M`.
pub(crate) fn count(number: u64) -> String {
    scaled(number, &["", "k", "M", "G", "T"])
}

/// `999 B`, `12.3 kB`, `4.5 MB`: powers of a thousand, as Docker Hub shows them.
pub(crate) fn bytes(number: u64) -> String {
    scaled(number, &[" B", " kB", " MB", " GB", " TB"])
}

#[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
fn scaled(number: u64, units: &[&str]) -> String {
    if number < 1000 {
        return format!("{number}{}", units[0]);
    }
    let mut value = number as f64 / 1000.0;
    let mut unit = 1;
    while value >= 999.95 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1}{}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_one_digit_and_never_show_a_thousand_of_a_unit() {
        for (number, shown) in [
            (0, "0"),
            (999, "999"),
            (1000, "1.0k"),
            (12_345, "12.3k"),
            (999_949, "999.9k"),
            (999_950, "1.0M"),
            (9_419_966_493, "9.4G"),
        ] {
            assert_eq!(count(number), shown, "{number}");
        }
        assert_eq!(bytes(488_723_114_800), "488.7 GB");
        assert_eq!(bytes(u64::MAX), "18446744.1 TB");
    }
}
