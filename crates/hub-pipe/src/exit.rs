//! The exit statuses of the suite, and how the outcomes of a run become one of them.

use std::process::ExitCode;

use hub_core::{Error, ErrorKind};

/// How a tool ends. The numbers are part of the pipe contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// All inputs succeeded, or the reader of stdout went away.
    Success,
    /// Some inputs failed, or an error record was read.
    Partial,
    /// Flags that make no sense, or no input.
    Usage,
    /// Credentials were sent and refused.
    Credentials,
    /// A rate limit would not clear in time.
    RateLimit,
    /// stdout could not be written.
    Output,
    /// A bug of ours.
    Bug,
    /// The signal that ended the run; the process dies by it, so that a shell's loop stops.
    Signal(i32),
}

impl ExitStatus {
    /// The number that a shell sees; for a signal, the one that a shell makes of it.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Partial => 1,
            Self::Usage => 2,
            Self::Credentials => 3,
            Self::RateLimit => 4,
            Self::Output => 5,
            Self::Bug => 101,
            Self::Signal(signal) => u8::try_from(128 + signal).unwrap_or(u8::MAX),
        }
    }

    /// The status that one failed input asks for.
    fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorKind::RateLimited => Self::RateLimit,
            ErrorKind::Unauthorized if error.is_refusal() => Self::Credentials,
            ErrorKind::Unauthorized
            | ErrorKind::NotFound
            | ErrorKind::Forbidden
            | ErrorKind::Network
            | ErrorKind::Timeout
            | ErrorKind::Server
            | ErrorKind::InvalidResponse
            | ErrorKind::DigestMismatch
            | ErrorKind::TooLarge
            | ErrorKind::Unsupported
            | ErrorKind::InvalidInput
            | ErrorKind::Io => Self::Partial,
        }
    }

    /// Which of several statuses wins: 101, 5, 4, 3, then 1.
    fn weight(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Partial => 1,
            Self::Usage => 2,
            Self::Credentials => 3,
            Self::RateLimit => 4,
            Self::Output => 5,
            Self::Bug => 6,
            Self::Signal(_) => 7,
        }
    }

    /// The status of a run in which both happened.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if other.weight() > self.weight() {
            other
        } else {
            self
        }
    }

    /// The status of a run in which an input also failed like this.
    #[must_use]
    pub fn and_failed(self, error: &Error) -> Self {
        self.and(Self::of(error))
    }
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heavier_outcome_wins_whichever_came_first() {
        let order = [
            ExitStatus::Success,
            ExitStatus::Partial,
            ExitStatus::Credentials,
            ExitStatus::RateLimit,
            ExitStatus::Output,
        ];
        for (index, lighter) in order.into_iter().enumerate() {
            for heavier in &order[index..] {
                assert_eq!(lighter.and(*heavier), *heavier);
                assert_eq!(heavier.and(lighter), *heavier);
            }
        }
    }

    #[test]
    fn limits_and_refused_credentials_are_told_from_other_failures() {
        let status = |error: &Error| ExitStatus::Success.and_failed(error).code();
        assert_eq!(status(&Error::new(ErrorKind::NotFound, "")), 1);
        assert_eq!(status(&Error::new(ErrorKind::RateLimited, "")), 4);
        let nobody = Error::new(ErrorKind::Unauthorized, "");
        assert_eq!(status(&nobody), 1, "nobody's credentials were refused");
        assert_eq!(status(&nobody.refusing_credentials()), 3);
    }
}
