//! What a host wants is found out by whoever asks first: what that one meets is its own, and the others' runs go on.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};

use hub_sim::{Config, Kind, Sim};
use hub_test::{Page, Run, Script, tool};

const SICK: &str = "ansible/centos6-ansible";
const HEALTHY: [&str; 4] = [
    "ansible/awx",
    "ansible/galaxy",
    "ansible/receptor",
    "ansible/awx-ee",
];

fn sim(fault: &str) -> Sim {
    let fault = fault.parse();
    Sim::start(Config {
        faults: vec![fault.unwrap_or_else(|error| panic!("{error}"))],
        ..Config::default()
    })
    .expect("a free port")
}

/// `first`, and behind it twenty inputs that it does not concern.
fn run(sim: &Sim, first: &str) -> Run {
    let healthy = HEALTHY.join("\n");
    let stdin = format!("{first}\n{}", format!("{healthy}\n").repeat(5));
    let arguments = ["--errors", "--timeout", "1s", "--max-wait", "3s"];
    tool(sim, "hub-inspect", &arguments).stdin(stdin).run()
}

/// How each input ended, in its place.
fn codes(run: &Run) -> Vec<String> {
    let code = |record: &serde_json::Value| {
        let code = record["error"]["code"].as_str();
        code.unwrap_or("image").to_owned()
    };
    run.records().iter().map(code).collect()
}

fn asked(sim: &Sim, status: u16) -> usize {
    let log = sim.log();
    log.iter()
        .filter(|asked| asked.status == Some(status) && asked.kind != Kind::Token)
        .count()
}

/// PIPE.md §4: a failure is of its input. AUTH-7: the ping tells what the host wants, whichever repository is sick.
#[test]
fn one_sick_repository_that_is_asked_first_fails_no_other_input_auth_7() {
    for (fault, code) in [
        ("status=503", "server"),
        ("drop", "network"),
        ("stall", "timeout"),
        ("429=1", "rate_limited"),
        ("realm=http://auth.example.com/token", "invalid_response"),
        ("redirect-loop", "invalid_response"),
    ] {
        let sim = sim(&format!("{fault}:*/{SICK}/manifests/*"));
        let run = run(&sim, SICK);
        let mut expected = vec!["image"; 21];
        expected[0] = code;
        assert_eq!(codes(&run), expected, "{fault}: {run:#?}");
        assert_eq!(run.stderr.lines().count(), 1, "{fault}: {}", run.stderr);
    }
}

/// RET-3: what is of the host is shared by all who wait: three tries of the first, three of the ping, no more.
#[test]
fn a_host_that_answers_nobody_does_not_cost_every_input_its_tries_ret_3() {
    for (fault, code, tries) in [
        ("status=503:/v2/", "server", 6),
        ("drop:/v2/", "network", 6),
        ("stall:/v2/", "timeout", 2),
    ] {
        let sim = sim(fault);
        let run = run(&sim, SICK);
        assert_eq!(codes(&run), vec![code; 21], "{fault}: {run:#?}");
        assert_eq!(sim.log().len(), tries, "{fault}");
    }
}

/// AUTH-7: an answer without a challenge does not mean that the host never has one.
#[test]
fn a_first_answer_without_a_challenge_does_not_double_the_cost_of_the_run_auth_7() {
    for fault in ["status=404", "status=403", "head-refused"] {
        let sim = sim(&format!("{fault}:*/{SICK}/manifests/*"));
        let run = run(&sim, SICK);
        assert!(
            codes(&run)[1..].iter().all(|code| code == "image"),
            "{run:#?}"
        );
        assert_eq!(asked(&sim, 401), 1, "{fault}");
    }
}

/// AUTH-7: a registry that lets anybody into its first repository, and wants a token for the next, is asked with it then.
#[test]
fn a_challenge_that_comes_after_an_open_answer_is_remembered_for_the_host_auth_7() {
    let hub = Sim::start(Config::default()).expect("a free port");
    let digest = format!("sha256:{}", "1".repeat(64));
    let challenged = AtomicUsize::new(0);
    let script = Script::start(move |target| match target {
        "HEAD /v2/a/open/manifests/x" => Page::json("").header("Docker-Content-Digest", &digest),
        token if token.starts_with("/token") => Page::json("{\"token\":\"abc\"}"),
        // The script sees no headers: the second time, a token came along.
        _ if challenged.fetch_add(1, Ordering::Relaxed) > 0 => {
            Page::json("").header("Docker-Content-Digest", &digest)
        }
        _ => Page::json("")
            .status(401)
            .header("WWW-Authenticate", "Bearer realm=\"/token\",service=\"s\""),
    });
    let host = script.authority();
    let arguments = ["--plain-http", host];
    let mut command = tool(&hub, "hub-tags", &arguments).command();
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = piped.spawn().expect("the tool starts");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    let mut records = BufReader::new(child.stdout.take().expect("stdout is a pipe")).lines();
    for name in ["open", "guarded", "other", "third"] {
        writeln!(stdin, "{host}/a/{name}:x").expect("the tool reads");
        let record = records.next().expect("a record").expect("it is UTF-8");
        assert!(record.contains(name), "{record}");
    }
    drop(stdin);
    assert!(child.wait().expect("the tool ends").success());
    let log = script.log();
    let tokens = log.iter().filter(|asked| asked.starts_with("/token"));
    assert_eq!(
        tokens.count(),
        3,
        "no further HEAD goes without one: {log:#?}"
    );
    assert_eq!(log.len(), 1 + 1 + 3 + 3, "{log:#?}");
}
