//! What a host wants is found out by whoever asks first: what that one meets is its own, and the others' runs go on.

use hub_sim::{Config, Kind, Sim};
use hub_test::{Run, tool};

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
