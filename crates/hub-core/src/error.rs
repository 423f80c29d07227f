//! The one error of the library: what was tried, of whom, what the server said, and what to do about it.
//!
//! A caller decides by [`Error::kind`] and [`Error::is_retryable`], never by searching the text. Which exit status
//! a kind becomes is not known here: that is the pipe's business.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

/// Shorthand for results of this library.
pub type Result<T> = std::result::Result<T, Error>;

/// What went wrong, as far as a caller can act on it. The names are the `code`s of error records.
///
/// Not `non_exhaustive`: a new kind must be given its exit status before anything compiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// It does not exist, or these credentials may not see it.
    NotFound,
    /// Credentials are needed, or the ones that were sent were refused.
    Unauthorized,
    /// The caller is known, and may not do this.
    Forbidden,
    /// A limit that does not clear in time.
    RateLimited,
    /// No connection, or one that broke.
    Network,
    /// The server took longer than the limit for one try.
    Timeout,
    /// The server failed (5xx).
    Server,
    /// The server's answer makes no sense, or must not be followed.
    InvalidResponse,
    /// The bytes that came are not the ones that were asked for.
    DigestMismatch,
    /// A body beyond its bound.
    TooLarge,
    /// Something that exists and that this version, or this server, does not do.
    Unsupported,
    /// What the user gave is not what was expected.
    InvalidInput,
    /// A local file or program.
    Io,
}

impl ErrorKind {
    /// The `code` of an error record.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotFound => "not_found",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::RateLimited => "rate_limited",
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::Server => "server",
            Self::InvalidResponse => "invalid_response",
            Self::DigestMismatch => "digest_mismatch",
            Self::TooLarge => "too_large",
            Self::Unsupported => "unsupported",
            Self::InvalidInput => "invalid_input",
            Self::Io => "io",
        }
    }

    /// Whether the same request can succeed later without anybody changing anything.
    pub fn is_retryable(self) -> bool {
        match self {
            Self::RateLimited | Self::Network | Self::Timeout | Self::Server | Self::Io => true,
            Self::NotFound
            | Self::Unauthorized
            | Self::Forbidden
            | Self::InvalidResponse
            | Self::DigestMismatch
            | Self::TooLarge
            | Self::Unsupported
            | Self::InvalidInput => false,
        }
    }
}

/// One failure. Cheap to clone, since several waiters may share it (a token that nobody got).
#[derive(Clone, Debug)]
pub struct Error(Arc<Inner>);

#[expect(
    clippy::struct_excessive_bools,
    reason = "independent marks, each asked for by its name"
)]
#[derive(Clone, Debug)]
struct Inner {
    kind: ErrorKind,
    what: Cow<'static, str>,
    request: Option<String>,
    status: Option<u16>,
    said: Option<String>,
    advice: Option<Cow<'static, str>>,
    permanent: bool,
    stopping: bool,
    refused: bool,
    depth_wall: bool,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error of `kind`; `what` is lower case, without a full stop.
    pub fn new(kind: ErrorKind, what: impl Into<Cow<'static, str>>) -> Self {
        Self(Arc::new(Inner {
            kind,
            what: what.into(),
            request: None,
            status: None,
            said: None,
            advice: None,
            permanent: false,
            stopping: false,
            refused: false,
            depth_wall: false,
            source: None,
        }))
    }

    /// Which decision a caller can take.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the same request can succeed later.
    pub fn is_retryable(&self) -> bool {
        self.0.kind.is_retryable() && !self.0.permanent
    }

    /// Whether a list goes on that anonymous callers may not read on.
    pub(crate) fn is_at_depth_wall(&self) -> bool {
        self.0.depth_wall
    }

    /// Whether every further request of this kind ends like this one, without being sent.
    pub fn is_stopping(&self) -> bool {
        self.0.stopping
    }

    /// Whether credentials were sent and refused.
    pub fn is_refusal(&self) -> bool {
        self.0.refused
    }

    /// What went wrong, without the request that it happened in.
    pub fn what(&self) -> &str {
        &self.0.what
    }

    /// What the server said, shortened.
    pub(crate) fn said(&self) -> Option<&str> {
        self.0.said.as_deref()
    }

    /// The status of the answer, where there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Of two failures the one that an outcome must show: a stop before the rest, else the earlier.
    #[must_use]
    pub fn graver(self, earlier: Option<Self>) -> Self {
        match earlier {
            Some(earlier) if earlier.is_stopping() || !self.is_stopping() => earlier,
            _ => self,
        }
    }

    /// The request that failed: method and URL, without secrets.
    #[must_use]
    pub fn during(self, request: impl Into<String>) -> Self {
        self.with(|inner| inner.request = Some(request.into()))
    }

    /// The status that the server gave.
    #[must_use]
    pub fn answered(self, status: u16) -> Self {
        self.with(|inner| inner.status = Some(status))
    }

    /// The server's own words, already shortened and escaped.
    #[must_use]
    pub fn saying(self, words: Option<String>) -> Self {
        self.with(|inner| inner.said = words)
    }

    /// What the user can do about it.
    #[must_use]
    pub fn advise(self, advice: impl Into<Cow<'static, str>>) -> Self {
        self.with(|inner| inner.advice = Some(advice.into()))
    }

    /// Trying again is pointless although the kind is one that usually passes.
    #[must_use]
    pub fn permanent(self) -> Self {
        self.with(|inner| inner.permanent = true)
    }

    /// A list goes on, and anonymous callers may not read on (HUB-API.md §2.1).
    #[must_use]
    pub(crate) fn at_depth_wall(self) -> Self {
        self.with(|inner| inner.depth_wall = true)
    }

    /// Every further request of this kind will end like this one, and none will be sent.
    #[must_use]
    pub fn stopping(self) -> Self {
        self.with(|inner| inner.stopping = true)
    }

    /// Credentials were sent, and the server refused them.
    #[must_use]
    pub fn refusing_credentials(self) -> Self {
        self.with(|inner| inner.refused = true)
    }

    /// The error of another library that is behind this one.
    #[must_use]
    pub fn caused_by(self, source: impl StdError + Send + Sync + 'static) -> Self {
        self.with(|inner| inner.source = Some(Arc::new(source)))
    }

    fn with(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        f.write_str(&inner.what)?;
        if let Some(request) = &inner.request {
            write!(f, ": {request}")?;
        }
        if let Some(status) = inner.status {
            write!(f, ": status {status}")?;
        }
        if let Some(said) = &inner.said {
            write!(f, ": the server said \"{said}\"")?;
        }
        if let Some(cause) = inner.source.as_deref().map(root_cause) {
            write!(f, ": {}", shorten(&cause.to_string(), 200))?;
        }
        if let Some(advice) = &inner.advice {
            write!(f, "; {advice}")?;
        }
        Ok(())
    }
}

impl StdError for Error {}

/// The innermost cause: what the system said, without the layers that only repeat that something failed.
fn root_cause<'a>(
    error: &'a (dyn StdError + Send + Sync + 'static),
) -> &'a (dyn StdError + 'static) {
    let mut cause: &'a (dyn StdError + 'static) = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause
}

/// Text from outside as it may be shown: one line, what a terminal obeys escaped, no longer than `limit` characters.
pub fn shorten(text: &str, limit: usize) -> String {
    let text = text.trim();
    match text.char_indices().nth(limit) {
        Some((end, _)) => format!("{}…", escaped(&text[..end])),
        None => escaped(text).into_owned(),
    }
}

/// The same text on one line, with everything escaped that a terminal would obey. Text that was escaped before stays.
pub fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_obeyed(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// What a terminal obeys and does not show: C0, DEL and C1 controls, and what turns the direction of a text (REGISTRY.md
/// SEC-7).
pub fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_names_what_was_tried_the_answer_and_the_way_out() {
        let error = Error::new(ErrorKind::NotFound, "no such repository")
            .during("GET https://hub.docker.com/v2/namespaces/a/repositories/b")
            .answered(404)
            .saying(Some("object not found".into()))
            .advise("check the name");
        assert_eq!(
            error.to_string(),
            "no such repository: GET https://hub.docker.com/v2/namespaces/a/repositories/b: status 404: \
             the server said \"object not found\"; check the name"
        );
    }

    #[test]
    fn a_permanent_network_error_is_not_retryable() {
        let error = Error::new(ErrorKind::Network, "certificate does not verify");
        assert!(error.is_retryable());
        assert!(!error.permanent().is_retryable());
    }

    #[test]
    fn control_characters_from_outside_are_shown_escaped_sec_7() {
        assert_eq!(
            shorten("a\u{1b}[31m\nb\u{202e}c", 80),
            "a\\u{1b}[31m\\nb\\u{202e}c"
        );
        assert_eq!(shorten("abcdef", 3), "abc…");
        assert_eq!(shorten("abc", 3), "abc");
        assert_eq!(
            shorten("\u{1b}\u{1b}", 1),
            "\\u{1b}…",
            "characters of the text count"
        );
    }

    #[test]
    fn all_that_a_terminal_obeys_is_escaped_and_nothing_else_sec_7() {
        let obeyed = [
            "\0", "\t", "\n", "\r", "\u{1b}", "\u{7f}", "\u{80}", "\u{9b}",
        ];
        let turning = ["\u{202a}", "\u{202e}", "\u{2066}", "\u{2069}", "\u{200f}"];
        for text in obeyed.iter().chain(&turning) {
            let shown = escaped(text);
            assert!(shown.starts_with('\\') && shown.is_ascii(), "{text:?}");
            assert_eq!(escaped(&shown), shown, "once is enough");
        }
        let plain = "é \u{a0}\u{2028}\\n 漢 \"x\"";
        assert!(matches!(escaped(plain), Cow::Borrowed(same) if same == plain));
    }
}
