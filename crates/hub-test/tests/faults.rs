//! Every fault against every tool: each input ends as its records or as one error, in its place, and the run goes on.

use std::thread;

use hub_sim::{Authorization, Config, Fault, Sim};
use hub_test::{Run, tool};
use serde_json::Value;

/// A tool, the input that is hit, the one before and behind it, and the requests that only the hit one makes.
struct Case {
    name: &'static str,
    other: &'static str,
    hit: &'static str,
    path: &'static str,
}

const TOOLS: [Case; 4] = [
    Case {
        name: "hub-ls",
        other: "ansible",
        hit: "library",
        path: "/v2/namespaces/library/*",
    },
    Case {
        name: "hub-tags",
        other: "ansible/awx",
        hit: "ansible/galaxy",
        path: "/v2/namespaces/ansible/repositories/galaxy/*",
    },
    Case {
        name: "hub-inspect",
        other: "ansible/awx",
        hit: "ansible/galaxy",
        path: "/v2/ansible/galaxy/*",
    },
    Case {
        name: "hub-token",
        other: "ansible/awx",
        hit: "ansible/galaxy",
        path: "/token*galaxy*",
    },
];

/// How the input that is hit ends.
#[derive(Clone, Copy, Debug)]
enum End {
    /// As without the fault, and nothing is said.
    Same,
    /// As without the fault, and these words are on stderr.
    Warned(&'static str),
    /// With as many records, whose bytes nobody can check.
    Changed,
    /// With some of its records and these words on stderr.
    Short(&'static str),
    /// With one error of this code, after so many requests.
    Error(&'static str, usize),
    /// The same, and what the host was still to answer ends like it.
    Stopped(&'static str),
}

use End::{Changed, Error, Same, Short, Stopped, Warned};

/// A fault with `PATH` and `ORIGIN`, another server, filled in; then how the hit input of each tool ends.
type Row = (&'static str, [End; 4]);

const fn all(text: &'static str, end: End) -> Row {
    (text, [end; 4])
}

/// Two tools ask for lists.
const fn of_lists(text: &'static str, end: End) -> Row {
    (text, [end, end, Same, Same])
}

/// PIPE.md §4, and the smaller rulings: three tries for what may be retried, one for the rest.
const CONNECTION: &[Row] = &[
    all("stall:PATH", Error("timeout", 1)),
    all("slow-body=300:PATH", Error("timeout", 1)),
    all("delay=20:PATH", Same),
    all("drop:PATH", Error("network", 3)),
    all("reset:PATH", Error("network", 3)),
    all("truncate:PATH", Error("network", 3)),
    all("drop:PATH:times1", Same),
    all("reset:PATH:times2", Same),
    all("truncate:PATH:times1", Same),
    all("redirect-loop:PATH", Error("invalid_response", 11)),
    all("big-body:PATH", Error("too_large", 1)),
    all("gzip-bomb=67108864:PATH", Error("too_large", 1)),
];

const STATUS: &[Row] = &[
    all("status=400:PATH", Error("invalid_response", 1)),
    all("status=403:PATH", Error("forbidden", 1)),
    all("status=404:PATH", Error("not_found", 1)),
    all("status=408:PATH", Error("timeout", 3)),
    all("status=500:PATH", Error("server", 3)),
    all("status=501:PATH", Error("unsupported", 1)),
    all("status=503:PATH", Error("server", 3)),
    all("status=503:PATH:times1", Same),
    all("html=200:PATH", Error("invalid_response", 1)),
    all("html=502:PATH", Error("server", 3)),
];

/// RET-1, RET-2: a wait that is too long ends the run, and so does a limit of pulls or of logins.
const LIMITS: &[Row] = &[
    all("429=0:PATH", Error("rate_limited", 3)),
    all("429=1:PATH:times1", Same),
    all("429=60:PATH", Stopped("rate_limited")),
    all("429-date=60:PATH", Stopped("rate_limited")),
    all("429-epoch=60:PATH", Stopped("rate_limited")),
    all("429-reset=60:PATH", Stopped("rate_limited")),
    all("429-bare:PATH", Error("rate_limited", 3)),
    all("abuse-limit:PATH", Error("rate_limited", 3)),
    all("pull-limit:PATH", Stopped("rate_limited")),
    all("login-limit:PATH", Stopped("rate_limited")),
];

/// Bytes that are not what they should be. Where nobody named a digest, nothing can be checked.
const CONTENT: &[Row] = &[
    all("head-refused:PATH", Same),
    all("no-digest:PATH", Same),
    all("content-type=text/html:PATH", Same),
    (
        "wrong-bytes:PATH",
        [Changed, Changed, Error("digest_mismatch", 1), Changed],
    ),
    (
        "wrong-digest:PATH",
        [Same, Same, Warned("warning: GET http"), Same],
    ),
];

/// DECISIONS 12: pages are counted, and `next` is never followed to another host. Two tools ask for no list.
const LISTS: &[Row] = &[
    all("foreign-next=ORIGIN:PATH", Same),
    all("looping-next:PATH", Same),
    all("no-count:PATH", Same),
    all("shrinking-count:PATH", Same),
    of_lists("early-end:PATH", Short("it changed while it was read")),
    of_lists("null-results:PATH", Error("invalid_response", 1)),
];

/// AUTH-25: a token that ran out in the middle is renewed. The challenge was answered before the hit input came.
const TOKENS: &[Row] = &[
    all("expired-token:PATH:nth2", Same),
    all("realm=ORIGIN/token:PATH", Same),
];

fn config(faults: Vec<Fault>) -> Config {
    // Three to a page, so that every list has pages.
    Config {
        faults,
        page_size_cap: 3,
        ..Config::default()
    }
}

fn fault(text: &str, case: &Case, other: &Sim) -> Fault {
    let text = text
        .replace("PATH", case.path)
        .replace("ORIGIN", &other.url());
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Three inputs, the middle one hit. That it returns at all shows that the run ends by itself.
fn run(sim: &Sim, case: &Case) -> Run {
    let Case { other, hit, .. } = case;
    let arguments = ["--errors", "--timeout", "1s", "--max-wait", "1s"];
    let started = tool(sim, case.name, &arguments).stdin(format!("{other}\n{hit}\n{other}\n"));
    let mut started = started.start();
    started.close_stdin();
    started.end().0
}

/// What one input came to without faults: each line, without what differs from run to run.
fn clean(case: &Case, input: &str) -> Vec<String> {
    let sim = Sim::start(config(Vec::new())).expect("a free port");
    let run = tool(&sim, case.name, &[input]).run().succeeds();
    run.lines().into_iter().map(lasting).collect()
}

fn lasting(line: &str) -> String {
    if !line.contains("\"kind\":\"token\"") {
        return line.to_owned();
    }
    let mut record: Value = serde_json::from_str(line).expect("a record is JSON");
    for member in ["token", "expires_at"] {
        record[member] = Value::Null;
    }
    record.to_string()
}

fn reference(line: &str) -> String {
    let record: Value = serde_json::from_str(line).expect("a record is JSON");
    record["ref"]
        .as_str()
        .expect("inputs are well formed")
        .to_owned()
}

/// What one input came to: its records and its error, if there is one. Takes its lines off the front of `lines`.
fn take<'a>(lines: &mut &[&'a str], input: &str) -> (Vec<&'a str>, Option<Value>) {
    let mut records = Vec::new();
    let whole = format!("docker.io/{input}");
    while let Some((line, rest)) = lines.split_first() {
        let name = reference(line);
        let below = name.strip_prefix(&whole);
        if !below.is_some_and(|below| below.is_empty() || below.starts_with(['/', ':', '@'])) {
            break;
        }
        *lines = rest;
        if line.contains("\"kind\":\"error\"") {
            let error = serde_json::from_str(line).expect("a record is JSON");
            return (records, Some(error));
        }
        records.push(*line);
    }
    (records, None)
}

fn check(case: &Case, (text, ends): &Row, end: End) {
    let server = Sim::start(Config::default()).expect("a free port");
    let fault = fault(text, case, &server);
    let sim = Sim::start(config(vec![fault.clone()])).expect("a free port");
    let run = run(&sim, case);
    let context = format!("{text} at {}, {ends:?}: {run:#?}", case.name);
    let lines = run.lines();
    let mut rest = lines.as_slice();
    for (place, input) in [case.other, case.hit, case.other].into_iter().enumerate() {
        let whole = clean(case, input);
        let (records, error) = take(&mut rest, input);
        let given: Vec<String> = records.iter().map(|line| lasting(line)).collect();
        match (place, end) {
            (1, Changed) => {
                let all = whole.iter().map(|line| reference(line));
                let given = given.iter().map(|line| reference(line));
                assert!(all.eq(given), "{context}");
            }
            (1, Short(_)) => assert!(given.len() < whole.len(), "{context}"),
            (1, Error(code, _) | Stopped(code)) => {
                assert!(whole.starts_with(&given), "{context}");
                check_error(error.as_ref(), code, &context);
                continue;
            }
            (_, Stopped(code)) if error.is_some() => {
                check_error(error.as_ref(), code, &context);
                continue;
            }
            _ => assert_eq!(given, whole, "input {place} of {context}"),
        }
        assert_eq!(error, None, "{context}");
    }
    assert!(rest.is_empty(), "{context}");
    check_run(&run, end, &context);
    if let Error(_, tries) = end {
        let log = sim.log();
        let met = log
            .iter()
            .filter(|asked| fault.matches.matches(&asked.method, &asked.path));
        let met: Vec<_> = met.map(|asked| &asked.method).collect();
        // A HEAD that went well, or that is repeated as GET, is no try of what failed.
        let failed = met
            .iter()
            .filter(|method| Some(method) == met.last().as_ref());
        assert_eq!(failed.count(), tries, "{context}");
    }
    assert!(
        server.log().is_empty(),
        "another server was asked: {context}"
    );
}

#[track_caller]
fn check_error(error: Option<&Value>, code: &str, context: &str) {
    let error = error.unwrap_or_else(|| panic!("no error record: {context}"));
    let error = &error["error"];
    assert_eq!(error["code"], code, "{context}");
    let retryable = ["rate_limited", "network", "timeout", "server", "io"].contains(&code);
    assert_eq!(error["retryable"], retryable, "{context}");
}

/// PIPE.md §4: the status, and what is said to people.
#[track_caller]
fn check_run(run: &Run, end: End, context: &str) {
    let code = match end {
        Same | Warned(_) | Changed | Short(_) => 0,
        Stopped(_) | Error("rate_limited", _) => 4,
        Error(..) => 1,
    };
    assert_eq!(run.code, Some(code), "{context}");
    match end {
        Same | Changed => assert_eq!(run.stderr, "", "{context}"),
        Warned(words) | Short(words) => assert!(run.stderr.contains(words), "{context}"),
        Error(..) => {
            let errors = run
                .stderr
                .lines()
                .filter(|line| !line.contains(": warning: "));
            assert_eq!(errors.count(), 1, "{context}");
        }
        Stopped(_) => assert_ne!(run.stderr, "", "{context}"),
    }
}

fn check_all(rows: &'static [Row]) {
    thread::scope(|threads| {
        for (place, case) in TOOLS.iter().enumerate() {
            threads.spawn(move || {
                for row in rows {
                    check(case, row, row.1[place]);
                }
            });
        }
    });
}

/// To show 1; the retries of the smaller rulings; BLOB-3: ten redirects; LIM-2: a body has a limit, packed or not.
#[test]
fn a_broken_connection_costs_its_own_input_alone() {
    check_all(CONNECTION);
}

/// To show 1; PIPE.md §4.
#[test]
fn a_status_becomes_the_code_of_the_contract() {
    check_all(STATUS);
}

/// To show 1; RET-1, RET-2.
#[test]
fn a_limit_beyond_max_wait_is_exit_4_and_every_other_one_is_waited_for() {
    check_all(LIMITS);
}

/// To show 1; DIG-1, MAN-8 (the computed digest stands), and the rest of what a lying server can say.
#[test]
fn wrong_bytes_are_refused_where_a_digest_is_known_and_headers_are_not_trusted() {
    check_all(CONTENT);
}

/// To show 1; DECISIONS 12.
#[test]
fn pages_that_lie_lose_nothing_in_silence_and_lead_nowhere_else() {
    check_all(LISTS);
}

/// To show 1; AUTH-25.
#[test]
fn a_token_that_ran_out_is_renewed_and_a_challenge_that_never_comes_misleads_nobody() {
    check_all(TOKENS);
}

/// SEC-1, DECISIONS 28: who answers elsewhere gets no token, and nothing is asked at a realm that is not the registry's.
#[test]
fn a_redirect_carries_no_token_and_a_foreign_realm_is_not_asked() {
    for case in &TOOLS {
        let server = Sim::start(Config::default()).expect("a free port");
        let faults = vec![fault("redirect=ORIGIN:PATH", case, &server)];
        let sim = Sim::start(config(faults)).expect("a free port");
        let run = run(&sim, case);
        assert!(matches!(run.code, Some(0 | 1)), "{run:#?}");
        let asked = server.log();
        assert_eq!(asked.len(), 1, "{}", case.name);
        assert_eq!(asked[0].authorization, Authorization::None, "{}", case.name);
    }
    for case in &TOOLS[2..] {
        let realm = "realm=http://auth.example.com/token:/v2/*".parse();
        let faults = vec![realm.expect("a fault")];
        let sim = Sim::start(config(faults)).expect("a free port");
        let run = run(&sim, case).fails(1, &["http://auth.example.com/token", "is refused"]);
        let codes: Vec<Value> = run
            .records()
            .iter()
            .map(|r| r["error"]["code"].clone())
            .collect();
        assert_eq!(codes, ["invalid_response"; 3], "{}", case.name);
    }
}

/// A kind that is added to the simulator is a row here, too.
#[test]
fn the_table_has_every_kind_of_fault() {
    let unknown = "nothing:/".parse::<Fault>().expect_err("no such kind");
    let text = unknown.to_string();
    let (_, kinds) = text.split_once("known are ").expect("the kinds are named");
    let tables = [CONNECTION, STATUS, LIMITS, CONTENT, LISTS, TOKENS];
    let rows = tables.concat();
    for kind in kinds.split(' ') {
        let name = kind.split(['=', '[']).next().unwrap_or_default();
        let tested = |row: &Row| row.0.split(['=', ':']).next() == Some(name);
        assert!(rows.iter().any(tested) || name == "redirect", "{name}");
    }
}
