//! A server whose answers a test writes itself, for what the simulator never says. It knows no registry, and one request per
//! connection.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

/// The server. It answers until the test ends.
#[derive(Debug)]
pub struct Script {
    authority: String,
    log: Arc<Mutex<Vec<String>>>,
}

/// One answer.
#[derive(Clone, Debug)]
pub struct Page {
    status: u16,
    headers: String,
    body: String,
}

impl Script {
    /// Starts on a free port of loopback; `answer` is asked with the path and query of each request, behind
    /// `HEAD ` where it is one.
    pub fn start(answer: impl Fn(&str) -> Page + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let log = Arc::<Mutex<Vec<String>>>::default();
        let asked = Arc::clone(&log);
        thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                // A client that went away is no concern of the script.
                let _ = serve(socket, &asked, &answer);
            }
        });
        Self {
            authority: address.to_string(),
            log,
        }
    }

    /// `127.0.0.1:1234`.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// What the script was asked, in the order in which it came.
    pub fn log(&self) -> Vec<String> {
        let log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        log.clone()
    }
}

impl Page {
    /// 200 with this body.
    pub fn json(body: impl Into<String>) -> Self {
        Self {
            status: 200,
            headers: "Content-Type: application/json\r\n".to_owned(),
            body: body.into(),
        }
    }

    /// Another status.
    pub fn status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// One more header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.extend([name, ": ", value, "\r\n"]);
        self
    }
}

fn serve(
    mut socket: TcpStream,
    log: &Mutex<Vec<String>>,
    answer: impl Fn(&str) -> Page,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(&socket).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    while lines
        .next()
        .transpose()?
        .is_some_and(|line| !line.is_empty())
    {}
    let first = first.strip_suffix(" HTTP/1.1").unwrap_or(&first);
    let target = first.strip_prefix("GET ").unwrap_or(first);
    log.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(target.to_owned());
    let page = answer(target);
    let (status, headers, length) = (page.status, page.headers, page.body.len());
    let head = format!(
        "HTTP/1.1 {status} So\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    socket.write_all(head.as_bytes())?;
    if target.starts_with("HEAD ") {
        return Ok(());
    }
    socket.write_all(page.body.as_bytes())
}
