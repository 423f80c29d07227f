//! What tests of other crates rely on: the log, waiting without sleeping, faults, and the environment.

use std::collections::HashMap;

use hub_sim::{After, Authorization, Config, Fault, FaultKind, Kind, Sim};

use crate::client::{PATIENCE, ask, connect, exchange, get, pull, reply, send, start};

fn with(faults: Vec<Fault>) -> Sim {
    start(Config {
        faults,
        ..Config::default()
    })
}

#[test]
fn the_log_tells_what_was_asked() {
    let sim = with(Vec::new());
    let headers = [
        ("User-Agent", "hub/1"),
        ("Accept", "a/b"),
        ("Accept", "c/d"),
        ("Authorization", "Basic YTpi"),
    ];
    ask(
        &sim,
        "GET",
        "/v2/repositories/ansible/awx/tags?page=2",
        &headers,
    );
    pull(
        &sim,
        "ansible/awx",
        "HEAD",
        "/v2/ansible/awx/manifests/latest",
    );
    let log = sim.log();
    let kinds: Vec<_> = log
        .iter()
        .map(|exchange| (exchange.seq, exchange.kind))
        .collect();
    assert_eq!(
        kinds,
        [(1, Kind::HubTags), (2, Kind::Token), (3, Kind::Manifest)]
    );
    let first = &log[0];
    assert_eq!(
        (first.method.as_str(), first.path.as_str()),
        ("GET", "/v2/repositories/ansible/awx/tags?page=2")
    );
    assert_eq!(
        (first.status, first.authorization),
        (Some(401), Authorization::Basic)
    );
    assert_eq!(
        (first.user_agent.as_deref(), first.accept.as_deref()),
        (Some("hub/1"), Some("a/b, c/d"))
    );
    assert_eq!(first.host, Some(sim.authority()));
    assert_eq!(
        (log[2].status, log[2].authorization),
        (Some(200), Authorization::Bearer)
    );
}

/// Tests must be able to say that a secret never left the client, in whatever spelling.
#[test]
fn received_secrets_are_found_but_never_logged() {
    let sim = with(Vec::new());
    ask(
        &sim,
        "GET",
        "/v2/",
        &[("Authorization", "Basic YWxpY2U6czNjcmV0")],
    );
    assert!(sim.received("s3cret"));
    assert!(!sim.received("s3cret!"));
    get(&sim, "/token?account=p%40ss");
    assert!(sim.received("p@ss"));
    assert!(
        !serde_json::to_string(&sim.log()[0])
            .unwrap()
            .contains("YWxpY2U6czNjcmV0")
    );
}

#[test]
fn a_stalled_request_waits_for_its_release() {
    let sim = with(vec![Fault::new(FaultKind::Stall, "/v2/*/manifests/*")]);
    let token = format!("Bearer {}", crate::client::token(&sim, "ansible/awx"));
    let mut stream = connect(&sim);
    let path = "/v2/ansible/awx/manifests/latest";
    send(
        &mut stream,
        &sim,
        "GET",
        path,
        &[("Authorization", &token)],
        "",
    );
    assert!(sim.wait_for_request(|exchange| exchange.kind == Kind::Manifest, PATIENCE));
    let stalled = sim.log().pop().unwrap();
    assert_eq!((stalled.status, stalled.ended_ms), (None, None));
    stream
        .set_read_timeout(Some(std::time::Duration::from_millis(50)))
        .unwrap();
    assert!(
        std::io::Read::read(&mut stream, &mut [0]).is_err(),
        "nothing may come yet"
    );
    sim.release();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut stream, &mut bytes).unwrap();
    assert_eq!(reply(&bytes).unwrap().status, 200);
}

#[test]
fn waiting_for_what_never_comes_ends() {
    let sim = with(Vec::new());
    assert!(!sim.wait_for_request(|_| true, std::time::Duration::from_millis(1)));
}

#[test]
fn a_dropped_request_gets_no_answer() {
    let sim = with(vec![
        Fault::new(FaultKind::Drop, "/v2/repositories/").after(After::Nth(1)),
    ]);
    assert_eq!(
        exchange(&sim, "GET", "/v2/repositories/ansible/awx", &[], ""),
        b""
    );
    assert_eq!(get(&sim, "/v2/repositories/ansible/awx").status, 200);
    let log = sim.log();
    assert_eq!((log[0].status, log[1].status), (None, Some(200)));
    assert!(log[0].ended_ms.is_some());
}

#[test]
fn a_status_is_answered_as_often_as_asked_for() {
    let sim = with(vec![
        Fault::new(FaultKind::Status(503), "/v2/")
            .method("get")
            .times(1),
    ]);
    assert_eq!(get(&sim, "/v2/repositories/ansible/awx").status, 503);
    assert_eq!(get(&sim, "/v2/repositories/ansible/awx").status, 200);
}

#[test]
fn latency_is_waited_out() {
    let latency = std::time::Duration::from_millis(60);
    let sim = Sim::start(Config {
        latency,
        ..Config::default()
    })
    .unwrap();
    get(&sim, "/v2/");
    let exchange = sim.log().pop().unwrap();
    assert!(
        exchange.ended_ms.unwrap() - exchange.started_ms >= 60,
        "{exchange:?}"
    );
}

/// DECISIONS 32.
#[test]
fn a_command_finds_the_simulator_and_no_login() {
    let sim = with(Vec::new());
    let environment: HashMap<_, _> = sim.environment().into_iter().collect();
    assert_eq!(environment["HUB_URL"], sim.url());
    assert_eq!(environment["HUB_REGISTRY_URL"], sim.url());
    for name in ["DOCKER_CONFIG", "XDG_RUNTIME_DIR", "HUB_CACHE_DIR"] {
        assert_eq!(
            std::fs::read_dir(&environment[name]).unwrap().count(),
            0,
            "{name}"
        );
    }
    assert!(!std::path::Path::new(&environment["REGISTRY_AUTH_FILE"]).exists());
    let command = sim.command("env");
    let removed: Vec<_> = command
        .get_envs()
        .filter(|(_, value)| value.is_none())
        .map(|(name, _)| name)
        .collect();
    for name in [
        "https_proxy",
        "HTTP_PROXY",
        "DOCKER_HUB_TOKEN",
        "DOCKERHUB_TOKEN",
        "DOCKER_AUTH_CONFIG",
        "DOCKER_PASSWORD",
    ] {
        assert!(removed.iter().any(|removed| *removed == name), "{name}");
        assert!(sim.cleared().contains(&name));
    }
}

#[test]
fn a_dropped_simulator_is_gone() {
    let sim = with(vec![Fault::new(FaultKind::Stall, "/v2/")]);
    let mut stream = connect(&sim);
    send(&mut stream, &sim, "GET", "/v2/", &[], "");
    assert!(sim.wait_for_request(|_| true, PATIENCE));
    let (authority, folder) = (sim.authority(), sim.environment().pop().unwrap().1);
    drop(sim);
    assert!(std::net::TcpStream::connect(authority).is_err());
    assert!(!std::path::Path::new(&folder).exists());
    assert!(!matches!(std::io::Read::read(&mut stream, &mut [0]), Ok(1)));
}
