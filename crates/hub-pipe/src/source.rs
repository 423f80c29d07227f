//! Where inputs come from: the arguments, or stdin, one a line, read by a thread of its own.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};
use std::os::fd::AsFd;
use std::thread;

use tokio::sync::mpsc;

/// The longest line that is read (PIPE.md §2).
const LONGEST_LINE: usize = 16 * 1024 * 1024;
/// Lines that travel together, and bundles that may wait.
const BUNDLE: usize = 256;
const BUNDLES: usize = 4;

/// One input as it was given.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) text: Text,
    /// Its number on stdin, from 1; `None` for an argument.
    pub(crate) line: Option<u64>,
}

/// What stands in an input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Text {
    /// The bytes, without the line break.
    Bytes(Vec<u8>),
    /// A line that is longer than anything that makes sense.
    TooLong,
    /// stdin broke here.
    Broken(String),
}

/// All inputs of a run, in their order.
#[derive(Debug)]
pub(crate) struct Source {
    words: VecDeque<Word>,
    stdin: Option<mpsc::Receiver<Vec<Given>>>,
    bundle: VecDeque<Given>,
}

#[derive(Debug)]
enum Word {
    Argument(String),
    Stdin,
}

impl Source {
    /// The arguments, `-` among them standing for stdin; without arguments stdin. `Err` says why there is no input.
    pub(crate) fn new(arguments: Vec<String>) -> Result<Self, &'static str> {
        let mut words: VecDeque<Word> = arguments
            .into_iter()
            .map(|word| {
                if word == "-" {
                    Word::Stdin
                } else {
                    Word::Argument(word)
                }
            })
            .collect();
        if words
            .iter()
            .filter(|word| matches!(word, Word::Stdin))
            .count()
            > 1
        {
            return Err("- means stdin, and was given twice");
        }
        if words.is_empty() {
            if io::stdin().is_terminal() {
                return Err("no input: give references as arguments, or pipe them in, one a line");
            }
            words.push_back(Word::Stdin);
        }
        Ok(Self {
            words,
            stdin: None,
            bundle: VecDeque::new(),
        })
    }

    /// What was read and not taken yet: nothing more is waited for.
    pub(crate) fn read_so_far(&mut self) -> Vec<Given> {
        let mut read: Vec<Given> = self.bundle.drain(..).collect();
        if let Some(stdin) = &mut self.stdin {
            while let Ok(bundle) = stdin.try_recv() {
                read.extend(bundle);
            }
        }
        let words = self.words.drain(..).filter_map(|word| match word {
            Word::Argument(word) => Some(Given {
                text: Text::Bytes(word.into_bytes()),
                line: None,
            }),
            Word::Stdin => None,
        });
        read.extend(words);
        read
    }

    /// The next input; `None` at the end.
    pub(crate) async fn next(&mut self) -> Option<Given> {
        loop {
            if let Some(given) = self.bundle.pop_front() {
                return Some(given);
            }
            if let Some(stdin) = &mut self.stdin {
                match stdin.recv().await {
                    Some(bundle) => self.bundle = bundle.into(),
                    None => self.stdin = None,
                }
                continue;
            }
            match self.words.pop_front()? {
                Word::Argument(word) => {
                    return Some(Given {
                        text: Text::Bytes(word.into_bytes()),
                        line: None,
                    });
                }
                Word::Stdin => self.stdin = Some(read_stdin()),
            }
        }
    }
}

/// Whether stdin is what nobody meant to pipe in: `/dev/null`, a file, a closed descriptor.
pub(crate) fn stdin_is_no_pipe() -> bool {
    use std::os::unix::fs::FileTypeExt;
    let metadata = io::stdin()
        .as_fd()
        .try_clone_to_owned()
        .map(File::from)
        .and_then(|stdin| stdin.metadata());
    !metadata
        .is_ok_and(|metadata| metadata.file_type().is_fifo() || metadata.file_type().is_socket())
}

fn read_stdin() -> mpsc::Receiver<Vec<Given>> {
    let (sender, receiver) = mpsc::channel(BUNDLES);
    thread::spawn(move || match io::stdin().as_fd().try_clone_to_owned() {
        Ok(stdin) => read_lines(
            BufReader::with_capacity(256 * 1024, File::from(stdin)),
            |bundle| sender.blocking_send(bundle).is_ok(),
        ),
        Err(error) => drop(sender.blocking_send(vec![Given {
            text: Text::Broken(error.to_string()),
            line: None,
        }])),
    });
    receiver
}

/// Reads lines to the end and hands them on in bundles: what has come is not held back for what has not.
fn read_lines<R: Read>(mut reader: BufReader<R>, mut send: impl FnMut(Vec<Given>) -> bool) {
    let mut bundle = Vec::new();
    for number in 1.. {
        let Some(text) = read_line(&mut reader) else {
            break;
        };
        let broken = matches!(text, Text::Broken(_));
        bundle.push(Given {
            text,
            line: Some(number),
        });
        let nothing_ready = !reader.buffer().contains(&b'\n');
        if (broken || nothing_ready || bundle.len() >= BUNDLE) && !send(std::mem::take(&mut bundle))
            || broken
        {
            return;
        }
    }
    if !bundle.is_empty() {
        send(bundle);
    }
}

fn read_line(reader: &mut impl BufRead) -> Option<Text> {
    let mut line = Vec::new();
    let limit = LONGEST_LINE as u64 + 1;
    match reader.by_ref().take(limit).read_until(b'\n', &mut line) {
        Ok(0) => return None,
        Ok(_) => {}
        Err(error) => return Some(Text::Broken(error.to_string())),
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    } else if line.len() > LONGEST_LINE {
        return Some(match reader.skip_until(b'\n') {
            Ok(_) => Text::TooLong,
            Err(error) => Text::Broken(error.to_string()),
        });
    }
    Some(Text::Bytes(line))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundles(input: impl Read) -> Vec<Vec<Given>> {
        let mut bundles = Vec::new();
        read_lines(BufReader::new(input), |bundle| {
            bundles.push(bundle);
            true
        });
        bundles
    }

    fn given(input: impl Read) -> Vec<Given> {
        bundles(input).into_iter().flatten().collect()
    }

    fn text(text: &str, line: u64) -> Given {
        Given {
            text: Text::Bytes(text.into()),
            line: Some(line),
        }
    }

    #[test]
    fn lines_keep_their_numbers_and_the_last_needs_no_line_break() {
        assert_eq!(
            given(&b"a\n\nb"[..]),
            [text("a", 1), text("", 2), text("b", 3)]
        );
        assert_eq!(bundles(&b""[..]), Vec::<Vec<Given>>::new());
    }

    #[test]
    fn a_line_that_has_come_is_not_held_back_for_one_that_has_not() {
        let slow = (&b"a\nb"[..]).chain(&b"c\n"[..]);
        assert_eq!(bundles(slow), [vec![text("a", 1)], vec![text("bc", 2)]]);
    }

    #[test]
    fn a_line_over_the_limit_is_refused_and_the_next_one_read() {
        let long = io::repeat(b'x').take(LONGEST_LINE as u64 + 5);
        let given_lines = given(long.chain(&b"\nb\n"[..]));
        assert_eq!(
            given_lines,
            [
                Given {
                    text: Text::TooLong,
                    line: Some(1)
                },
                text("b", 2)
            ]
        );
        let longest = io::repeat(b'x').take(LONGEST_LINE as u64);
        assert!(
            matches!(&given(longest.chain(&b"\n"[..]))[0].text, Text::Bytes(line) if line.len() == LONGEST_LINE)
        );
    }
}
