//! A simulator at a distance: what a round trip costs, over TLS, by HTTP/2, and with the services on hosts of their own.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hub_sim::{Config, Fault, FaultKind, Kind, Service, Sim};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::client::{Reply, ask, connect, exchange, get, reply, send, start, token};

const ROUND_TRIP: Duration = Duration::from_millis(100);

/// The same, less what the timer may be early on each of its ways.
const SHORT: Duration = Duration::from_millis(98);

fn away() -> Config {
    Config {
        round_trip: ROUND_TRIP,
        ..Config::default()
    }
}

fn secure(config: Config) -> Sim {
    start(Config {
        tls: true,
        ..config
    })
}

/// What a caller trusts who was told of the simulator's authority.
fn roots(sim: &Sim) -> RootCertStore {
    let pem = sim.ca_pem().expect("it speaks TLS");
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    let text: String = lines.collect();
    let der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text);
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from(der.expect("base64"));
    roots.add(authority).expect("an authority");
    roots
}

fn tls(roots: RootCertStore, protocol: &str) -> Arc<ClientConfig> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    Arc::new(config)
}

fn get_over_tls(sim: &Sim, name: &str, roots: RootCertStore) -> io::Result<Reply> {
    let name = ServerName::try_from(name.to_owned()).expect("a name");
    let connection =
        ClientConnection::new(tls(roots, "http/1.1"), name).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(connection, connect(sim));
    write!(
        stream,
        "GET /v2/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )?;
    let mut bytes = Vec::new();
    // Not every end is announced by TLS.
    let _ = stream.read_to_end(&mut bytes);
    reply(&bytes).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

#[test]
fn a_connection_costs_a_round_trip_and_each_request_on_it_another() {
    let sim = start(away());
    let mut stream = connect(&sim);
    let started = Instant::now();
    let mut first_byte = || {
        write!(stream, "HEAD /v2/ HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            answer.extend(byte);
        }
        started.elapsed()
    };
    let (first, second) = (first_byte(), first_byte());
    assert!(first >= 2 * SHORT, "{first:?}");
    assert!(second >= first + SHORT, "{first:?} {second:?}");
}

#[test]
fn requests_that_are_sent_together_share_their_round_trip() {
    const REQUESTS: u32 = 40;
    let sim = start(away());
    let mut stream = connect(&sim);
    let started = Instant::now();
    for _ in 1..REQUESTS {
        write!(stream, "GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    }
    send(&mut stream, &sim, "GET", "/v2/", &[], "");
    let mut answers = String::new();
    stream.read_to_string(&mut answers).unwrap();
    assert_eq!(answers.matches("HTTP/1.1 401").count(), 40);
    assert!(started.elapsed() < ROUND_TRIP * REQUESTS / 2);
}

#[test]
fn hundreds_of_connections_are_as_far_away_as_one() {
    const CONNECTIONS: u32 = 300;
    let sim = start(away());
    let started = Instant::now();
    let mut streams: Vec<TcpStream> = (0..CONNECTIONS).map(|_| connect(&sim)).collect();
    for stream in &mut streams {
        send(stream, &sim, "GET", "/v2/", &[], "");
    }
    for mut stream in streams {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        assert_eq!(reply(&bytes).unwrap().status, 401);
    }
    assert_eq!(sim.connections(Service::Hub), u64::from(CONNECTIONS));
    assert!(started.elapsed() < ROUND_TRIP * CONNECTIONS / 2);
}

#[test]
fn tls_costs_a_round_trip_more_and_is_for_whoever_knows_the_authority() {
    let sim = secure(away());
    assert!(sim.url().starts_with("https://127.0.0.1:"));
    let started = Instant::now();
    let reply = get_over_tls(&sim, "localhost", roots(&sim)).unwrap();
    assert!(started.elapsed() >= 3 * SHORT);
    assert_eq!(reply.status, 401);
    let realm = format!("realm=\"{}/token\"", sim.url());
    assert!(reply.header("www-authenticate").unwrap().contains(&realm));
    let by_number = get_over_tls(&sim, "127.0.0.1", roots(&sim)).unwrap();
    assert_eq!(by_number.status, 401);
    assert!(get_over_tls(&sim, "example.org", roots(&sim)).is_err());
    assert!(get_over_tls(&sim, "localhost", RootCertStore::empty()).is_err());
}

#[test]
fn a_command_is_told_of_the_authority() {
    let sim = secure(Config::default());
    let environment = sim.environment();
    let file = environment.iter().find(|(name, _)| name == "SSL_CERT_FILE");
    let text = std::fs::read_to_string(&file.unwrap().1).unwrap();
    assert_eq!(Some(text.as_str()), sim.ca_pem());
    let plain = start(Config::default());
    assert_eq!((plain.ca_pem(), plain.ca_file()), (None, None));
}

/// Asks for all `paths` at once over one HTTP/2 connection; the statuses, in that order.
fn by_http2(sim: &Sim, paths: &[String]) -> Vec<u16> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let socket = tokio::net::TcpStream::connect(sim.authority())
            .await
            .expect("it listens");
        let connector = tokio_rustls::TlsConnector::from(tls(roots(sim), "h2"));
        let name = ServerName::try_from("127.0.0.1").expect("a name");
        let stream = connector
            .connect(name, socket)
            .await
            .expect("it is trusted");
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let handshake =
            http2::handshake::<_, _, String>(TokioExecutor::new(), TokioIo::new(stream));
        let (sender, connection) = handshake.await.expect("HTTP/2");
        let driver = tokio::spawn(connection);
        let asked: Vec<_> = paths
            .iter()
            .map(|path| {
                let uri = format!("{}{path}", sim.url());
                let request = hyper::Request::get(uri)
                    .body(String::new())
                    .expect("an address");
                tokio::spawn(sender.clone().send_request(request))
            })
            .collect();
        let mut statuses = Vec::new();
        for answer in asked {
            let answer = answer.await.expect("no panic");
            statuses.push(answer.map_or(0, |answer| answer.status().as_u16()));
        }
        drop((sender, driver));
        statuses
    })
}

#[test]
fn one_http2_connection_carries_many_requests_in_a_round_trip() {
    const REQUESTS: u32 = 100;
    let sim = secure(away());
    let paths = vec!["/v2/repositories/ansible/awx".to_owned(); REQUESTS as usize];
    let started = Instant::now();
    assert_eq!(by_http2(&sim, &paths), vec![200; REQUESTS as usize]);
    assert!(started.elapsed() < ROUND_TRIP * REQUESTS / 2);
    assert_eq!(sim.connections(Service::Hub), 1);
    let log = sim.log();
    let host = Some(sim.authority());
    assert!(
        log.iter().all(|exchange| exchange.host == host),
        "no Host there"
    );
}

#[test]
fn a_fault_over_http2_cuts_its_own_stream_only() {
    let sim = secure(Config {
        faults: vec![Fault::new(FaultKind::Drop, "/v2/repositories/ansible/awx").times(1)],
        ..Config::default()
    });
    let paths = ["/v2/repositories/ansible/awx", "/v2/"].map(str::to_owned);
    assert_eq!(by_http2(&sim, &paths), [0, 401]);
}

#[test]
fn a_reset_from_afar_is_a_reset() {
    let sim = start(Config {
        faults: vec![Fault::new(FaultKind::Reset, "/v2/")],
        ..away()
    });
    let mut stream = connect(&sim);
    send(&mut stream, &sim, "GET", "/v2/", &[], "");
    let error = stream.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

#[test]
fn a_body_from_afar_is_cut_where_it_would_be_nearby() {
    let cut = |config| {
        let faults = vec![Fault::new(FaultKind::Truncate, "/v2/repositories/")];
        let sim = start(Config { faults, ..config });
        exchange(&sim, "GET", "/v2/repositories/ansible/awx", &[], "").len()
    };
    let whole = get(&start(Config::default()), "/v2/repositories/ansible/awx");
    let nearby = cut(Config::default());
    assert_eq!(cut(away()), nearby);
    assert!(nearby > whole.body.len() / 2);
}

/// Sends a GET to a host that may not be the first.
fn get_at(url: &str, path: &str, headers: &str) -> Reply {
    let authority = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(authority).expect("the host listens");
    let head =
        format!("GET {path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(head.as_bytes()).expect("it reads");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("it answers");
    reply(&bytes).expect("an answer")
}

#[test]
fn separate_hosts_name_each_other_and_answer_for_themselves_only() {
    let sim = start(Config {
        separate_hosts: true,
        ..Config::default()
    });
    let [hub, tokens, storage] =
        [Service::Hub, Service::Token, Service::Storage].map(|service| sim.url_of(service));
    assert_eq!(hub, sim.url());
    let challenge = get(&sim, "/v2/");
    let realm = format!("realm=\"{tokens}/token\"");
    assert!(
        challenge
            .header("www-authenticate")
            .unwrap()
            .contains(&realm)
    );
    let scope = "/token?service=registry.docker.io&scope=repository:ansible/awx:pull";
    assert_eq!(get(&sim, scope).status, 404);
    let bearer = get_at(&tokens, scope, "")
        .json()
        .at("token")
        .text()
        .to_owned();
    let population = hub_sim::Population::tutorial();
    let tag = population
        .repository("ansible/awx")
        .unwrap()
        .tag("latest")
        .unwrap();
    let blob = format!("/v2/ansible/awx/blobs/{}", tag.platforms[0].config);
    let bearer = format!("Bearer {bearer}");
    let redirect = ask(&sim, "GET", &blob, &[("Authorization", &bearer)]);
    let location = redirect.header("location").unwrap();
    let path = location
        .strip_prefix(&storage)
        .expect("it is at the storage");
    assert_eq!(get(&sim, path).status, 404);
    assert_eq!(get_at(&tokens, path, "").status, 404);
    assert_eq!(get_at(&storage, path, "").status, 200);
    let log = sim.log();
    let fetched = log.iter().filter(|exchange| exchange.kind == Kind::Cdn);
    assert!(
        fetched
            .clone()
            .all(|exchange| exchange.service == Service::Storage)
    );
    assert_eq!(fetched.count(), 1, "elsewhere the path is nothing");
    assert_eq!(sim.connections(Service::Token), 2);
    assert_eq!(sim.connections(Service::Storage), 1);
}

#[test]
fn one_host_is_all_three_unless_they_are_separated() {
    let sim = start(Config::default());
    token(&sim, "ansible/awx");
    let asked = sim.log().pop().unwrap();
    assert_eq!((asked.kind, asked.service), (Kind::Token, Service::Hub));
    assert_eq!(sim.url_of(Service::Token), sim.url());
    assert_eq!(sim.connections(Service::Token), 0);
}

#[test]
fn only_the_first_host_has_the_port_that_was_asked_for() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let sim = start(Config {
        port,
        separate_hosts: true,
        ..Config::default()
    });
    assert_eq!(sim.authority(), format!("127.0.0.1:{port}"));
    assert_ne!(sim.url_of(Service::Storage), sim.url());
}
