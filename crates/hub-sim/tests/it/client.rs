//! What the tests share: a client that is no client (one request on one connection), and JSON that keeps its order.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hub_sim::{Config, Population, Sim};
use sha2::{Digest as _, Sha256};

use crate::json::Json;

/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

const MEMORY: &str = "writing to memory does not fail";

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Json {
        Json::parse(&self.body)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Status and body together, as recorded errors are compared.
    pub(crate) fn refusal(&self) -> (u16, Json) {
        (self.status, self.json())
    }
}

/// A simulator with the tutorial population.
pub(crate) fn tutorial() -> Sim {
    start(Config::default())
}

/// A simulator with the tutorial population and this many tags in `bulk/many`.
pub(crate) fn bulk(tags: usize) -> Sim {
    let population = Population::tutorial().and(&Population::bulk("bulk", "many", tags));
    start(Config {
        population,
        ..Config::default()
    })
}

pub(crate) fn start(config: Config) -> Sim {
    Sim::start(config).expect("a simulator can be started")
}

pub(crate) fn get(sim: &Sim, path: &str) -> Reply {
    ask(sim, "GET", path, &[])
}

/// Sends one request and reads to the end of the connection.
pub(crate) fn ask(sim: &Sim, method: &str, path: &str, headers: &[(&str, &str)]) -> Reply {
    reply(&exchange(sim, method, path, headers, "")).expect("an answer")
}

/// The same with a body.
pub(crate) fn post(sim: &Sim, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
    reply(&exchange(sim, "POST", path, headers, body)).expect("an answer")
}

/// Everything that came back until the server closed: nothing, where it cut the connection.
pub(crate) fn exchange(
    sim: &Sim,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Vec<u8> {
    let mut stream = connect(sim);
    send(&mut stream, sim, method, path, headers, body);
    let mut bytes = Vec::new();
    // A reset is an end too.
    let _ = stream.read_to_end(&mut bytes);
    bytes
}

pub(crate) fn connect(sim: &Sim) -> TcpStream {
    let stream = TcpStream::connect(sim.authority()).expect("the simulator listens");
    stream
        .set_read_timeout(Some(PATIENCE))
        .expect("a timeout can be set");
    stream
}

pub(crate) fn send(
    stream: &mut TcpStream,
    sim: &Sim,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) {
    let mut head = format!("{method} {path} HTTP/1.1\r\nConnection: close\r\n");
    if !headers
        .iter()
        .any(|(name, _)| name.eq_ignore_ascii_case("host"))
    {
        write!(head, "Host: {}\r\n", sim.authority()).expect(MEMORY);
    }
    for (name, value) in headers {
        write!(head, "{name}: {value}\r\n").expect(MEMORY);
    }
    write!(head, "Content-Length: {}\r\n\r\n{body}", body.len()).expect(MEMORY);
    stream
        .write_all(head.as_bytes())
        .expect("the request can be sent");
}

/// Takes an answer apart; none if there is not even a head.
pub(crate) fn reply(bytes: &[u8]) -> Option<Reply> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines.filter_map(|line| line.split_once(": "));
    Some(Reply {
        status,
        headers: headers
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect(),
        body: bytes[end + 4..].to_vec(),
    })
}

/// A JWT of the web API.
pub(crate) fn jwt(sim: &Sim, name: &str, secret: &str) -> String {
    let body = format!("{{\"identifier\":\"{name}\",\"secret\":\"{secret}\"}}");
    let reply = post(sim, "/v2/auth/token", &[], &body);
    reply.json().at("access_token").text().to_owned()
}

/// A GET by whoever has this JWT.
pub(crate) fn get_as(sim: &Sim, jwt: &str, path: &str) -> Reply {
    ask(
        sim,
        "GET",
        path,
        &[("Authorization", &format!("Bearer {jwt}"))],
    )
}

/// The payload of a JWT.
pub(crate) fn payload(token: &str) -> Json {
    let payload = token.split('.').nth(1).expect("three parts");
    Json::parse(&URL_SAFE_NO_PAD.decode(payload).expect("base64url"))
}

/// `Basic` credentials.
pub(crate) fn basic(name: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{secret}")))
}

/// An anonymous registry token for pulling `repository`.
pub(crate) fn token(sim: &Sim, repository: &str) -> String {
    let path = format!("/token?service=registry.docker.io&scope=repository:{repository}:pull");
    get(sim, &path).json().at("token").text().to_owned()
}

/// A request to the registry with an anonymous token for `repository`.
pub(crate) fn pull(sim: &Sim, repository: &str, method: &str, path: &str) -> Reply {
    let bearer = format!("Bearer {}", token(sim, repository));
    ask(sim, method, path, &[("Authorization", &bearer)])
}

/// `sha256:<hex>` over `bytes`.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    let hex: Vec<String> = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{}", hex.concat())
}

/// A recorded body. A missing recording is a failure: without it nothing was held against the facts.
pub(crate) fn sample(name: &str) -> Json {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/hub-api/samples");
    let path = folder.join(name);
    Json::parse(&std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

/// The recorded error body of the entry in `errors.json` whose endpoint starts with `endpoint`.
pub(crate) fn recorded_error(endpoint: &str) -> (u16, Json) {
    let errors = sample("errors.json");
    let mut entries = errors.items().iter();
    let entry = entries.find(|entry| entry.at("endpoint").text().starts_with(endpoint));
    let entry = entry.unwrap_or_else(|| panic!("no recorded error for {endpoint}"));
    (
        u16::try_from(entry.at("status").number()).expect("a status"),
        entry.at("body").clone(),
    )
}
