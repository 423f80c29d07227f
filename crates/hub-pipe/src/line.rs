//! What one input says: a reference, an error record that only passes, or nothing that can be used.

use std::ops::Range;

use hub_core::{Digest, Error, ErrorKind, KnownTag, Object, Result, Target, Word};

use crate::source::{Given, Text};

/// One reference to work on, and the record that it came in.
#[derive(Debug)]
pub struct Input {
    target: Target,
    tag: Option<TagFacts>,
}

/// What is kept of a tag record: read in the same pass as its reference.
#[derive(Debug)]
struct TagFacts {
    record: String,
    digest: Digest,
    images: Option<Range<usize>>,
}

impl Input {
    /// What is named.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// What the tag record that named it knows and need not be asked for again; `None` where it was no tag record, or has no
    /// digest.
    pub fn known_tag(&self) -> Option<KnownTag<'_>> {
        let TagFacts {
            record,
            digest,
            images,
        } = self.tag.as_ref()?;
        let images = images.clone().map(|images| &record[images]);
        Some(KnownTag::new(digest.clone(), images))
    }
}

/// What an input turned out to be.
#[derive(Debug)]
pub(crate) enum Line {
    Blank,
    Input(Input),
    /// A failure of an earlier tool, as it came.
    ErrorRecord(String),
    /// Nothing that can be used; what it said is kept for the message.
    Bad {
        error: Error,
        input: String,
    },
}

/// Understands one input; `word` is what a word without `/` means to this tool.
pub(crate) fn understand(given: Given, word: Word) -> Line {
    let refuse = |what: String, input: &str| Line::Bad {
        error: Error::new(ErrorKind::InvalidInput, what),
        input: beginning(input),
    };
    let bytes = match given.text {
        Text::Bytes(bytes) => bytes,
        Text::TooLong => return refuse("the line is longer than 16 MiB".to_owned(), ""),
        Text::Broken(why) => {
            return Line::Bad {
                error: Error::new(ErrorKind::Io, format!("stdin cannot be read: {why}")),
                input: String::new(),
            };
        }
    };
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            return refuse(
                "the line is not UTF-8".to_owned(),
                &String::from_utf8_lossy(error.as_bytes()),
            );
        }
    };
    let trimmed = if given.line == Some(1) {
        text.strip_prefix('\u{feff}').unwrap_or(&text)
    } else {
        &text
    };
    let trimmed = trimmed.trim_ascii();
    if trimmed.is_empty() {
        let blank = || refuse("the argument is empty".to_owned(), "");
        return if given.line.is_some() {
            Line::Blank
        } else {
            blank()
        };
    }
    let is_whole = trimmed.len() == text.len();
    match read(trimmed, word) {
        Ok(Read::Line(line)) => line,
        Ok(Read::Tag(target, digest, images)) => {
            let record = if is_whole { text } else { trimmed.to_owned() };
            let facts = TagFacts {
                record,
                digest,
                images,
            };
            Line::Input(Input {
                target,
                tag: Some(facts),
            })
        }
        Err(error) => Line::Bad {
            error,
            input: beginning(trimmed),
        },
    }
}

/// A line that was read; a tag record still needs its text.
enum Read {
    Line(Line),
    Tag(Target, Digest, Option<Range<usize>>),
}

/// Characters of a bad input that are shown and kept.
const LONGEST_SHOWN: usize = 1000;

fn beginning(text: &str) -> String {
    text.chars().take(LONGEST_SHOWN).collect()
}

fn read(text: &str, word: Word) -> Result<Read> {
    let bare = |target| Read::Line(Line::Input(Input { target, tag: None }));
    match text.as_bytes()[0] {
        b'{' => read_object(text, word),
        b'"' => {
            let string: String = serde_json::from_str(text).map_err(|error| bad_json(&error))?;
            Ok(bare(Target::parse(string.trim_ascii(), word)?))
        }
        _ => Ok(bare(Target::parse(text, word)?)),
    }
}

fn read_object(text: &str, word: Word) -> Result<Read> {
    let members = ["ref", "kind", "digest", "images"];
    let object = Object::read(text, &members).map_err(|error| bad_json(&error))?;
    let kind = object.string(1);
    if kind.as_deref() == Some("error") {
        return Ok(Read::Line(Line::ErrorRecord(text.to_owned())));
    }
    let Some(reference) = object.string(0) else {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "the object has no string \"ref\"",
        ));
    };
    let target = Target::parse(&reference, word)?;
    let digest = object.string(2).filter(|_| kind.as_deref() == Some("tag"));
    match digest.and_then(|digest| digest.parse().ok()) {
        Some(digest) => Ok(Read::Tag(target, digest, object.range(3))),
        None => Ok(Read::Line(Line::Input(Input { target, tag: None }))),
    }
}

fn bad_json(error: &serde_json::Error) -> Error {
    Error::new(
        ErrorKind::InvalidInput,
        format!("the line is not JSON: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &[u8], number: u64) -> Line {
        understand(
            Given {
                text: Text::Bytes(text.to_vec()),
                line: Some(number),
            },
            Word::Repository,
        )
    }

    #[track_caller]
    fn reference(text: &[u8]) -> String {
        match line(text, 1) {
            Line::Input(input) => input.target().to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_object_a_string_and_a_bare_word_name_the_same() {
        for text in [
            &b"{\"ref\":\"nginx:1\"}"[..],
            b"\"nginx:1\"",
            b"nginx:1",
            b" \tnginx:1\r",
            b"\xef\xbb\xbfnginx:1",
            b"{\"kind\":\"tag\",\"ref\":\"nginx:1\",\"ref\":\"other\"}",
            b"docker://nginx:1",
        ] {
            assert_eq!(
                reference(text),
                "docker.io/library/nginx:1",
                "{}",
                text.escape_ascii()
            );
        }
    }

    #[test]
    fn a_tag_record_travels_with_its_reference() {
        let known = |text: &str, number| match line(text.as_bytes(), number) {
            Line::Input(input) => input.known_tag().map(|known| known.digest().to_string()),
            other => panic!("{other:?}"),
        };
        let digest = format!("sha256:{}", "a".repeat(64));
        let tag = format!(r#"{{"ref":"nginx:1","kind":"tag","digest":"{digest}","images":[]}}"#);
        for text in [tag.clone(), format!("\u{feff} {tag} ")] {
            assert_eq!(known(&text, 1).as_ref(), Some(&digest), "{text}");
        }
        assert_eq!(known(&tag.replace("tag", "image"), 7), None);
        assert_eq!(known(&tag.replace("sha256", "sha1"), 7), None);
    }

    #[test]
    fn an_error_record_is_not_touched() {
        let record = "{\"ref\":null,\"kind\":\"error\",\"error\":{\"code\":\"io\",\"n\":1.10}}";
        assert!(matches!(line(record.as_bytes(), 1), Line::ErrorRecord(kept) if kept == record));
    }

    #[test]
    fn an_empty_argument_is_no_blank_line() {
        let argument = Given {
            text: Text::Bytes(Vec::new()),
            line: None,
        };
        assert!(matches!(
            understand(argument, Word::Repository),
            Line::Bad { .. }
        ));
    }

    #[test]
    fn blank_lines_are_skipped() {
        for text in [&b""[..], b"  ", b"\r", b"\xef\xbb\xbf"] {
            assert!(matches!(line(text, 1), Line::Blank));
        }
    }

    #[test]
    fn input_from_hell_is_refused_as_invalid_input() {
        for text in [
            &b"{\"a\":1}"[..],
            b"{\"ref\":7}",
            b"{\"ref\":null}",
            b"{",
            b"\"x",
            b"\xff\xfe",
            b"a\0b",
            b"[]",
            b"\xef\xbb\xbf{}",
        ] {
            let Line::Bad { error, .. } = line(text, 1) else {
                panic!("{}", text.escape_ascii())
            };
            assert_eq!(
                error.kind(),
                ErrorKind::InvalidInput,
                "{}",
                text.escape_ascii()
            );
        }
    }
}
