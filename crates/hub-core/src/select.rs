//! Filters over names: pure functions that hub-tags and hub-ls share.
//!
//! Which field of a record is a name, and what to do with those that are left, is for the tools. Dates are in
//! [`crate::moment`].

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::error::{Error, ErrorKind, Result, shorten};
use crate::name::quoted;

mod tags;
mod version;

pub use tags::{TagFilter, TagOrder};
pub use version::version_cmp;

/// Patterns for names, in which `*`, `?`, `[a-z]` and `{a,b}` mean what they mean to a shell, and `.` and `/` are characters like
/// others.
///
/// A pattern with `!` in front leaves names out. Of several that match, the last one decides, as in `.gitignore` and ripgrep's
/// `--glob`, so that an exception can have an exception. A name that none matches is kept where all patterns leave out, or there
/// are none.
#[derive(Clone, Debug, Default)]
pub struct Globs {
    set: GlobSet,
    /// For each pattern of the set, whether it keeps what it matches.
    keeps: Vec<bool>,
}

impl Globs {
    /// Reads patterns, in the order in which they were given.
    pub fn new<P: AsRef<str>>(patterns: impl IntoIterator<Item = P>) -> Result<Self> {
        let mut set = GlobSetBuilder::new();
        let mut keeps = Vec::new();
        for pattern in patterns {
            let pattern = pattern.as_ref();
            let left_out = pattern.strip_prefix('!');
            keeps.push(left_out.is_none());
            let glob = GlobBuilder::new(left_out.unwrap_or(pattern))
                .backslash_escape(true)
                .build();
            set.add(glob.map_err(|error| refused(pattern, &error))?);
        }
        let set = set
            .build()
            .map_err(|error| refused(error.glob().unwrap_or("all together"), &error))?;
        Ok(Self { set, keeps })
    }

    /// Whether there are no patterns, so that everything matches.
    pub fn is_empty(&self) -> bool {
        self.keeps.is_empty()
    }

    /// Whether `name` is kept.
    pub fn matches(&self, name: &str) -> bool {
        match self.set.matches(name).last() {
            Some(&last) => self.keeps[last],
            None => !self.keeps.contains(&true),
        }
    }
}

fn refused(pattern: &str, error: &globset::Error) -> Error {
    let why = shorten(&error.kind().to_string(), 200);
    Error::new(
        ErrorKind::InvalidInput,
        format!("invalid pattern {}: {why}", quoted(pattern)),
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Those of `names` that are kept.
    fn kept<'a>(patterns: &str, names: &'a str) -> Vec<&'a str> {
        let globs = Globs::new(patterns.split_whitespace()).unwrap();
        names
            .split_whitespace()
            .filter(|name| globs.matches(name))
            .collect()
    }

    #[test]
    fn without_patterns_everything_matches() {
        assert!(Globs::default().matches("x") && Globs::default().is_empty());
        assert_eq!(kept("", "a b"), ["a", "b"]);
    }

    #[test]
    fn any_pattern_keeps() {
        assert_eq!(
            kept("1.* latest", "1.0 10 latest 1."),
            ["1.0", "latest", "1."]
        );
        assert_eq!(kept("1.?", "1.0 1.10 1"), ["1.0"]);
        assert_eq!(kept("{1,2}.[0-4]", "1.4 2.5 2.0 3.0"), ["1.4", "2.0"]);
    }

    #[test]
    fn patterns_that_leave_out_keep_the_rest() {
        assert_eq!(kept("!*-rc*", "1.0 1.0-rc1 latest"), ["1.0", "latest"]);
        assert_eq!(kept("!*-rc* !latest", "1.0 1.0-rc1 latest"), ["1.0"]);
    }

    #[test]
    fn the_last_match_decides() {
        let names = "1.0 1.0-rc1 1.0-rc2 2.0";
        assert_eq!(kept("1.* !*-rc*", names), ["1.0"]);
        assert_eq!(kept("!*-rc* 1.*", names), ["1.0", "1.0-rc1", "1.0-rc2"]);
        assert_eq!(kept("1.* !*-rc* *-rc2", names), ["1.0", "1.0-rc2"]);
    }

    #[test]
    fn dots_and_slashes_are_ordinary_and_case_counts() {
        assert_eq!(kept("a*c", "a.c a/b/c ac aC .c"), ["a.c", "a/b/c", "ac"]);
        assert_eq!(kept("*", ".x a/b"), [".x", "a/b"]);
        assert_eq!(kept(r"\!x \*", "!x x *"), ["!x", "*"]);
    }

    #[test]
    fn a_bad_pattern_is_named() {
        for pattern in ["[a", "{a", "a}", "[z-a]", "!["] {
            let error = Globs::new(["ok", pattern]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(
                error
                    .to_string()
                    .contains(&format!("invalid pattern \"{pattern}\"")),
                "{error}"
            );
        }
    }

    #[test]
    fn a_monstrous_pattern_is_an_error() {
        let deep = format!("{}{}", "{a,".repeat(2000), "}".repeat(2000));
        let long = "[!a-z]?".repeat(200_000);
        for pattern in [deep, long] {
            assert!(Globs::new([pattern]).is_err_and(|error| error.to_string().len() < 600));
        }
    }

    proptest! {
        #[test]
        fn never_panics(patterns in prop::collection::vec("[a*?!{},\\[\\]\\\\-]{0,6}|\\PC{0,6}", 0..4), name in "\\PC*") {
            if let Ok(globs) = Globs::new(&patterns) {
                globs.matches(&name);
            }
        }

        #[test]
        fn leaving_out_is_the_opposite_of_keeping(pattern in "[ab*?]{1,5}", name in "[ab]{0,5}") {
            let keep = Globs::new([&pattern]).unwrap();
            let leave = Globs::new([format!("!{pattern}")]).unwrap();
            prop_assert_ne!(keep.matches(&name), leave.matches(&name));
        }
    }
}
