//! The order in which people expect versions. Tags have no grammar, so this is an order and no parser: every text has its place.

use std::cmp::Ordering;
use std::iter;

/// Compares tags as versions: `1.9` < `1.10-rc1` < `1.10` < `1.10-alpine` < `1.10-2` < `1.10.1`; `v1.2` stands beside `1.2`.
///
/// Names that begin with no number (`latest`, `alpine3.9`), and commits (`9f8e7d6`), stand before all versions, so that the
/// greatest is the highest version.
/// A total order: texts compare equal only where they are the same.
pub fn version_cmp(a: &str, b: &str) -> Ordering {
    let is_version = is_version(a).cmp(&is_version(b));
    is_version
        .then_with(|| parts(a).cmp(parts(b)))
        .then_with(|| a.cmp(b))
}

/// What a version is made of. The order of the variants is the order of versions that are equal up to here.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part<'a> {
    /// `alpha`, `rc`: less than nothing at all.
    PreRelease(Stage),
    /// Nothing more.
    End,
    /// `alpine`, a variant of the version.
    Word(&'a str),
    /// `-2`, another build of the version.
    Revision(Number<'a>),
    /// `.1`, a later version; also the number that a text begins with.
    Number(Number<'a>),
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Snapshot,
    Alpha,
    Beta,
    Milestone,
    Preview,
    Candidate,
}

/// Digits without zeros in front, however many: more of them are more.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Number<'a> {
    length: usize,
    digits: &'a str,
}

fn is_version(text: &str) -> bool {
    without_v(text).starts_with(is_digit) && !is_commit(text)
}

/// The hash of a commit, in whole or cut short as git does. A letter at the end alone is a build of a day: `20240131b`.
fn is_commit(text: &str) -> bool {
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let Some((_, before)) = text.as_bytes().split_last() else {
        return false;
    };
    (7..=64).contains(&text.len())
        && text.bytes().all(is_hex)
        && before.iter().any(u8::is_ascii_alphabetic)
}

/// `v1` is `1`.
fn without_v(text: &str) -> &str {
    let rest = text.strip_prefix(['v', 'V']);
    rest.filter(|rest| rest.starts_with(is_digit))
        .unwrap_or(text)
}

/// The parts and an [`Part::End`], so that the order of two lists is the order of their first difference.
fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    let mut rest = without_v(text);
    let mut first = true;
    let parts = iter::from_fn(move || {
        let part = rest.trim_start_matches(is_separator);
        let later = first || rest.starts_with('.');
        first = false;
        let class = is_digit(part.chars().next()?);
        let end = part
            .find(|c| is_separator(c) || is_digit(c) != class)
            .unwrap_or(part.len());
        let (part, behind) = part.split_at(end);
        rest = behind;
        Some(match (class, later) {
            (true, true) => Part::Number(Number::new(part)),
            (true, false) => Part::Revision(Number::new(part)),
            (false, _) => word(part, behind.starts_with(is_digit)),
        })
    });
    parts.chain(iter::once(Part::End))
}

impl<'a> Number<'a> {
    fn new(digits: &'a str) -> Self {
        let digits = digits.trim_start_matches('0');
        Self {
            length: digits.len(),
            digits,
        }
    }
}

/// Single letters are stages only before a number: Python's `3.13.0a1` comes before `3.13.0`, OpenSSL's `1.0.2a` after `1.0.2`.
fn word(word: &str, numbered: bool) -> Part<'_> {
    let stage = match &*word.to_ascii_lowercase() {
        "a" if numbered => Stage::Alpha,
        "b" if numbered => Stage::Beta,
        "c" if numbered => Stage::Candidate,
        "m" if numbered => Stage::Milestone,
        "dev" | "snapshot" | "nightly" | "canary" => Stage::Snapshot,
        "alpha" => Stage::Alpha,
        "beta" => Stage::Beta,
        "milestone" => Stage::Milestone,
        "pre" | "preview" | "ea" | "next" => Stage::Preview,
        "rc" | "cr" => Stage::Candidate,
        _ => return Part::Word(word),
    };
    Part::PreRelease(stage)
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}

fn is_separator(c: char) -> bool {
    matches!(c, '.' | '-' | '_' | '+')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn assert_ascending(texts: &str) {
        let ascending: Vec<&str> = texts.split_whitespace().collect();
        let mut sorted = ascending.clone();
        sorted.reverse();
        sorted.sort_by(|a, b| version_cmp(a, b));
        assert_eq!(sorted, ascending);
    }

    #[test]
    fn numbers_count_as_numbers() {
        assert_ascending("1 1.9 1.10 1.10.1 2 10 20240101");
        assert_ascending("1.2 v1.2 1.3 v1.4");
        assert_ascending("2024-01-02 2024-01-10 2024-02-01");
        assert_ascending("1.1 1.002 1.3");
    }

    #[test]
    fn pre_releases_come_before_their_release() {
        assert_ascending(
            "1.0-SNAPSHOT 1.0-alpha 1.0-alpha.2 1.0-beta2 1.0-beta10 1.0-rc 1.0-rc1 1.0-rc1-alpine 1.0 1.0.1",
        );
        assert_ascending("3.13.0a1 3.13.0b2 3.13.0rc1 3.13.0");
        assert_ascending("1.0.2 1.0.2a 1.0.2b 1.0.3");
        assert_ascending("1.27-rc1 1.27 1.27.0-rc1 1.27.0");
    }

    #[test]
    fn variants_and_builds_come_between_a_version_and_the_next() {
        assert_ascending(
            "1.9-alpine 1.10 1.10-alpine 1.10-alpine3.9 1.10-alpine3.18 1.10-bookworm 1.10-2 1.10.1",
        );
    }

    #[test]
    fn other_names_come_before_all_versions() {
        assert_ascending("beta alpine3.9 alpine3.18 latest v 0 v0.1 1");
    }

    #[test]
    fn commits_come_before_all_versions() {
        assert_ascending("latest sha-0a1b2c3 9f8e7d6 0.1 7");
        assert_ascending(
            "main 0a1b2c3d4e5f60718293a4b5c6d7e8f901234567 1 1234567 20240131 20240131b",
        );
        assert_ascending("1.2-9f8e7d6 1.3 3a1b2 20240131-9f8e7d6");
    }

    /// As they stand on Docker Hub: the order is the one that a reader of the release notes expects.
    #[test]
    fn real_tags_stand_in_the_order_of_their_releases() {
        let repositories = [
            "edge latest 2.7 3 3.2 3.9 3.9.6 3.10 3.19 3.19.1 3.20.0_rc1 3.20.0 20190228 20240329",
            "alpine latest slim 3.13-rc-slim 3.13-slim 3.13.0a1-slim 3.13.0b4-slim 3.13.0rc3 3.13.0 3.13.0-alpine3.19 \
             3.13.0-alpine3.20 3.13.0-bookworm 3.13.0-slim 3.13.0-windowsservercore-ltsc2022 3.13.1",
            "lts 8u66-jdk 8u312-jdk 11-jdk 11.0.9-jdk 11.0.21_9-jdk 11.0.21_10-jdk 22-ea-9-jdk 22-ea-31-jdk 22-jdk",
            "v2.11.0-rc.2 v2.11.0 v2.11.29 v3.0.0-beta5 v3.0.0-rc1 v3.0.0 v3.0.0.1",
            "4.0.0-SNAPSHOT 4.0.0-M2 4.0.0-M10 4.0.0-RC1 4.0.0",
            "noble-20240130 noble-20240212 12.04.1 14.04 22.04 24.04 24.10",
            "1.36.0-glibc 1.36.1-glibc 1.36.1-musl 1.36.1-uclibc",
            "8.0.9-1.el7 8.0.35-1.el8 8.0.35-1.el9 8.0.36-1.el9",
            "version-v1.2.3 v1.2.3-ls9 v1.2.3-ls12 v1.2.4-ls1",
            "2023-12-31 2024-01-02 2024-01-02T10-00 2024-01-10",
        ];
        for tags in repositories {
            assert_ascending(tags);
        }
    }

    #[test]
    fn digits_without_end_are_compared_too() {
        let nines = "9".repeat(100_000);
        let more = format!("1{}", "0".repeat(100_000));
        assert_eq!(version_cmp(&nines, &more), Ordering::Less);
        assert_eq!(
            version_cmp(&format!("{}1", "0".repeat(100_000)), "2"),
            Ordering::Less
        );
    }

    fn texts() -> impl Strategy<Value = String> {
        "[0-9a-f]{6,8}|[vV]?([0-2]{1,2}|[.+_-]|rc|a|b|alpine|é){0,6}|\\PC{0,8}"
    }

    proptest! {
        #[test]
        fn two_texts_have_one_order(a in texts(), b in texts()) {
            prop_assert_eq!(version_cmp(&a, &b), version_cmp(&b, &a).reverse());
            prop_assert_eq!(version_cmp(&a, &b) == Ordering::Equal, a == b);
        }

        #[test]
        fn the_order_is_transitive(a in texts(), b in texts(), c in texts()) {
            let mut sorted = [a, b, c];
            sorted.sort_by(|a, b| version_cmp(a, b));
            prop_assert_ne!(version_cmp(&sorted[0], &sorted[2]), Ordering::Greater);
        }
    }
}
