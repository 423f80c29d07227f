//! Every kind of fault as a client meets it.

use std::io::Read as _;
use std::time::{Duration, Instant};

use hub_sim::{Config, Fault, FaultKind, Population, RateDialect, Sim};

use crate::client::{
    ask, connect, exchange, get, get_as, pull, reply, send, start, token, tutorial,
};
use crate::json::Json;

const AWX: &str = "/v2/repositories/ansible/awx";
const TAGS: &str = "/v2/repositories/ansible/awx/tags";
const MANIFEST: &str = "/v2/ansible/awx/manifests/latest";
const LIST: &str = "/v2/ansible/awx/tags/list?n=2";

fn with(fault: Fault) -> Sim {
    start(Config {
        faults: vec![fault],
        ..Config::default()
    })
}

fn always(kind: FaultKind) -> Sim {
    with(Fault::new(kind, "/v2/"))
}

#[test]
fn reset_is_a_reset() {
    let sim = always(FaultKind::Reset);
    let mut stream = connect(&sim);
    send(&mut stream, &sim, "GET", AWX, &[], "");
    let error = stream.read(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
}

#[test]
fn truncate_sends_half_of_what_it_promised() {
    let sim = always(FaultKind::Truncate);
    let whole = get(&tutorial(), AWX).body;
    let half = reply(&exchange(&sim, "GET", AWX, &[], "")).unwrap();
    assert_eq!(
        half.header("content-length"),
        Some(whole.len().to_string().as_str())
    );
    assert_eq!(half.body, whole[..whole.len() / 2]);
}

#[test]
fn a_slow_body_comes_a_byte_at_a_time() {
    let sim = with(Fault::new(
        FaultKind::SlowBody(Duration::from_millis(1)),
        "/v2/ansible/nothing",
    ));
    let started = Instant::now();
    let slow = get(&sim, "/v2/ansible/nothing/tags/list");
    assert_eq!(slow.json().keys(), ["errors"]);
    assert!(started.elapsed() >= Duration::from_millis(u64::try_from(slow.body.len()).unwrap()));
}

#[test]
fn delay_answers_later() {
    let sim = always(FaultKind::Delay(Duration::from_millis(50)));
    assert_eq!(get(&sim, AWX).status, 200);
    let exchange = sim.log().pop().unwrap();
    assert!(exchange.ended_ms.unwrap() - exchange.started_ms >= 50);
}

/// HUB-API.md §5: each service has its own error body.
#[test]
fn a_status_has_the_body_of_the_service_that_was_called() {
    let sim = start(Config {
        faults: vec![Fault::new(FaultKind::Status(503), "")],
        ..Config::default()
    });
    for (path, keys) in [
        (AWX, ["message", "errinfo"].as_slice()),
        (MANIFEST, &["errors"]),
        ("/token", &["details"]),
    ] {
        let reply = get(&sim, path);
        assert_eq!(
            (reply.status, reply.json().keys().as_slice()),
            (503, keys),
            "{path}"
        );
    }
}

#[test]
fn each_dialect_of_429_has_its_own_header() {
    let header = |dialect, name: &str| {
        let reply = get(
            &always(FaultKind::TooMany(dialect, Duration::from_secs(7))),
            AWX,
        );
        assert_eq!(reply.status, 429);
        reply.header(name).map(str::to_owned)
    };
    let seconds: i64 = header(RateDialect::Seconds, "retry-after")
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(seconds, 7);
    assert!(
        header(RateDialect::Date, "retry-after")
            .unwrap()
            .ends_with(" GMT")
    );
    for (dialect, name) in [
        (RateDialect::Epoch, "x-retry-after"),
        (RateDialect::Reset, "x-ratelimit-reset"),
    ] {
        let at: i64 = header(dialect, name).unwrap().parse().unwrap();
        assert!((3..=8).contains(&(at - jiff::Timestamp::now().as_second())));
        assert_eq!(header(dialect, "retry-after"), None);
    }
    assert_eq!(header(RateDialect::Bare, "retry-after"), None);
}

#[test]
fn each_limit_has_its_own_words() {
    let text = |kind, path| {
        let reply = get(&always(kind), path);
        assert_eq!(reply.status, 429);
        reply.text()
    };
    assert_eq!(text(FaultKind::AbuseLimit, AWX), "Too Many Requests\n");
    assert!(text(FaultKind::PullLimit, MANIFEST).contains("TOOMANYREQUESTS"));
    assert!(
        text(FaultKind::LoginLimit, "/v2/users/login").contains("too many failed login attempts")
    );
}

#[test]
fn head_refused_refuses_nothing_else() {
    let sim = always(FaultKind::HeadRefused);
    assert_eq!(ask(&sim, "HEAD", AWX, &[]).status, 405);
    assert_eq!(get(&sim, AWX).status, 200);
}

#[test]
fn redirects_lead_nowhere_or_elsewhere() {
    let sim = always(FaultKind::RedirectLoop);
    let reply = get(&sim, TAGS);
    assert_eq!(
        (reply.status, reply.header("location")),
        (307, Some(format!("{}{TAGS}", sim.url()).as_str()))
    );
    let other = tutorial();
    let reply = get(&always(FaultKind::RedirectTo(other.url())), TAGS);
    assert_eq!(
        reply.header("location"),
        Some(format!("{}{TAGS}", other.url()).as_str())
    );
}

/// REGISTRY.md MAN-6, MAN-7: the digest in the header stays, the bytes do not.
#[test]
fn wrong_bytes_keep_their_length_and_stay_json() {
    let sim = always(FaultKind::WrongBytes);
    let honest = pull(&tutorial(), "ansible/awx", "GET", MANIFEST);
    let wrong = pull(&sim, "ansible/awx", "GET", MANIFEST);
    assert_eq!(
        wrong.header("docker-content-digest"),
        honest.header("docker-content-digest")
    );
    assert_eq!(wrong.body.len(), honest.body.len());
    assert_ne!(wrong.body, honest.body);
    assert_eq!(wrong.json().keys(), honest.json().keys());
}

/// REGISTRY.md MAN-5, MAN-8, MAN-11.
#[test]
fn headers_of_manifests_can_lie_or_be_missing() {
    let manifest = |kind| pull(&always(kind), "ansible/awx", "GET", MANIFEST);
    let tag = Population::tutorial()
        .tags("ansible/awx")
        .next()
        .unwrap()
        .digest
        .to_owned();
    assert!(
        manifest(FaultKind::WrongDigest)
            .header("docker-content-digest")
            .is_some_and(|digest| digest != tag)
    );
    assert_eq!(
        manifest(FaultKind::NoDigest).header("docker-content-digest"),
        None
    );
    let odd = manifest(FaultKind::ContentType("text/plain".to_owned()));
    assert_eq!(odd.header("content-type"), Some("text/plain"));
}

/// REGISTRY.md TAG-7 and TAG-9, HUB-API.md §2.
#[test]
fn next_pages_can_be_elsewhere_the_same_or_missing() {
    let web = |kind| {
        get(&always(kind), &format!("{TAGS}?page_size=2"))
            .json()
            .at("next")
            .clone()
    };
    let link = |kind| {
        let sim = always(kind);
        pull(&sim, "ansible/awx", "GET", LIST)
            .header("link")
            .map(str::to_owned)
    };
    let foreign = || FaultKind::ForeignNext("http://evil.example".to_owned());
    assert_eq!(
        web(foreign()).text(),
        format!("http://evil.example{TAGS}?page=2&page_size=2")
    );
    assert!(
        link(foreign())
            .unwrap()
            .starts_with("<http://evil.example/v2/ansible/awx/tags/list?last=")
    );
    assert!(
        web(FaultKind::LoopingNext)
            .text()
            .ends_with(&format!("{TAGS}?page_size=2"))
    );
    assert_eq!(
        link(FaultKind::LoopingNext).unwrap(),
        format!("<{LIST}>; rel=\"next\"")
    );
    assert_eq!(web(FaultKind::EarlyEnd), Json::Null);
    assert_eq!(link(FaultKind::EarlyEnd), None);
}

#[test]
fn lists_can_lack_results_and_counts() {
    let page = |kind, query: &str| get(&always(kind), &format!("{TAGS}{query}")).json();
    assert_eq!(
        page(FaultKind::NullResults, "").keys(),
        ["count", "next", "previous", "results"]
    );
    assert_eq!(*page(FaultKind::NullResults, "").at("results"), Json::Null);
    assert_eq!(
        page(FaultKind::NoCount, "").keys(),
        ["next", "previous", "results"]
    );
    assert_eq!(
        page(FaultKind::ShrinkingCount, "?page=1")
            .at("count")
            .number(),
        59
    );
    assert_eq!(
        page(FaultKind::ShrinkingCount, "?page=2")
            .at("count")
            .number(),
        58
    );
    let tags = pull(&always(FaultKind::NullResults), "ansible/awx", "GET", LIST).json();
    assert_eq!(*tags.at("tags"), Json::Null);
}

#[test]
fn what_is_no_page_is_left_alone() {
    for kind in [
        FaultKind::NullResults,
        FaultKind::NoCount,
        FaultKind::EarlyEnd,
    ] {
        assert_eq!(get(&always(kind), AWX).json(), get(&tutorial(), AWX).json());
    }
}

/// REGISTRY.md SEC-1 and SEC-2: the realm is the server's choice.
#[test]
fn a_challenge_can_name_another_realm() {
    let sim = always(FaultKind::Realm("http://169.254.169.254/x".to_owned()));
    let reply = get(&sim, MANIFEST);
    let challenge = reply.header("www-authenticate").unwrap();
    assert!(
        challenge.starts_with("Bearer realm=\"http://169.254.169.254/x\",service="),
        "{challenge}"
    );
}

/// REGISTRY.md AUTH-25: a token that ran out on the way, or was stale when it came.
#[test]
fn tokens_can_be_expired() {
    let sim = with(Fault::new(FaultKind::ExpiredToken, "/v2/ansible/").times(1));
    let bearer = token(&sim, "ansible/awx");
    let refused = get_as(&sim, &bearer, MANIFEST);
    assert!(
        refused
            .header("www-authenticate")
            .unwrap()
            .ends_with("error=\"invalid_token\"")
    );
    assert_eq!(get_as(&sim, &bearer, MANIFEST).status, 200);

    let sim = with(Fault::new(FaultKind::ExpiredToken, "/token").times(1));
    let stale = token(&sim, "ansible/awx");
    assert_eq!(get_as(&sim, &stale, MANIFEST).status, 401);
    assert_eq!(
        get_as(&sim, &token(&sim, "ansible/awx"), MANIFEST).status,
        200
    );
}

/// REGISTRY.md LIM-2: bodies that are too large, plain and packed.
#[test]
fn bodies_can_be_huge() {
    let size = 20 << 20;
    let big = get(&always(FaultKind::BigBody(size)), AWX);
    assert_eq!(big.body.len(), size);
    assert_eq!(big.json(), get(&tutorial(), AWX).json());
    let bomb = get(&always(FaultKind::GzipBomb(size)), AWX);
    assert_eq!(bomb.header("content-encoding"), Some("gzip"));
    assert!(bomb.body.len() < size / 100, "{}", bomb.body.len());
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&bomb.body[..])
        .read_to_end(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked.len(), size);
}

#[test]
fn the_first_fault_that_applies_wins() {
    let faults = vec![
        Fault::new(FaultKind::Status(500), AWX).times(1),
        Fault::new(FaultKind::Status(502), "/v2/").times(1),
    ];
    let sim = start(Config {
        faults,
        ..Config::default()
    });
    assert_eq!([500, 502, 200], [(); 3].map(|()| get(&sim, AWX).status));
}

/// A fault in the middle of a walk: the third page of a list, and only that.
#[test]
fn a_fault_can_hit_one_page_of_a_walk() {
    let population = Population::bulk("bulk", "many", 50);
    let faults = vec!["null-results:*page=3*:times1".parse().unwrap()];
    let sim = start(Config {
        population,
        faults,
        ..Config::default()
    });
    let page = |page: u32| {
        get(
            &sim,
            &format!("/v2/repositories/bulk/many/tags?page={page}"),
        )
        .json()
    };
    assert_ne!(*page(2).at("results"), Json::Null);
    assert_eq!(*page(3).at("results"), Json::Null);
    assert_ne!(*page(3).at("results"), Json::Null);
}
