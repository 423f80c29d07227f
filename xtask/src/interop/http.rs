//! One request over one connection to a server on loopback, in HTTP/1.0: the answer ends where the connection ends. Knows
//! no registry.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, bail};

/// A server on loopback that takes longer does not come at all.
const PATIENCE: Duration = Duration::from_secs(30);
/// More than any document of ours.
const LONGEST_ANSWER: u64 = 64 << 20;

/// What a server said.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    head: String,
    /// The body as it came.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The first header called `name`.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(':'));
        let found = fields.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    }
}

/// Sends `method target` to `authority`.
pub(crate) fn ask(
    authority: &str,
    (method, target): (&str, &str),
    headers: &[(&str, &str)],
    body: &[u8],
) -> anyhow::Result<Answer> {
    let exchange = || -> anyhow::Result<Answer> {
        let mut stream = TcpStream::connect(authority)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.write_all(head(authority, (method, target), headers, body.len()).as_bytes())?;
        stream.write_all(body)?;
        let mut answer = Vec::new();
        stream.take(LONGEST_ANSWER).read_to_end(&mut answer)?;
        read(&answer)
    };
    exchange().with_context(|| format!("{method} http://{authority}{target}"))
}

fn head(
    authority: &str,
    (method, target): (&str, &str),
    headers: &[(&str, &str)],
    length: usize,
) -> String {
    let own =
        format!("{method} {target} HTTP/1.0\r\nHost: {authority}\r\nContent-Length: {length}\r\n");
    let given = headers
        .iter()
        .map(|(key, value)| format!("{key}: {value}\r\n"));
    format!("{own}{}\r\n", given.collect::<String>())
}

fn read(answer: &[u8]) -> anyhow::Result<Answer> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let Some(end) = end else {
        bail!("the answer has no end of its head");
    };
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    Ok(Answer {
        status: status.context("the answer has no status")?,
        head,
        body: answer[end + 4..].to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn an_answer_is_status_headers_and_body() {
        let answer = read(b"HTTP/1.0 201 Created\r\nLocation: /x\r\n\r\n{}").unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (201, &b"{}"[..]));
        assert_eq!(answer.header("location"), Some("/x"));
        assert!(read(b"HTTP/1.0 200 OK\r\n").is_err());
    }
}
