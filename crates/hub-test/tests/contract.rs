//! The pipe contract, held against every tool.

use std::fs::File;
use std::process::Stdio;

use hub_sim::{Config, Fault, FaultKind, Sim};
use hub_test::{PATIENCE, tool};

/// A tool, an input that it answers, and one whose requests hold `stalled`.
struct Case {
    name: &'static str,
    input: &'static str,
    slow: &'static str,
    stalled: &'static str,
}

const TOOLS: [Case; 4] = [
    Case {
        name: "hub-ls",
        input: "ansible",
        slow: "library",
        stalled: "/v2/namespaces/library/",
    },
    Case {
        name: "hub-tags",
        input: "ansible/awx",
        slow: "ansible/galaxy",
        stalled: "/repositories/galaxy/",
    },
    Case {
        name: "hub-inspect",
        input: "ansible/awx",
        slow: "ansible/galaxy",
        stalled: "/v2/ansible/galaxy/",
    },
    Case {
        name: "hub-token",
        input: "ansible/awx",
        slow: "ansible/galaxy",
        stalled: "galaxy",
    },
];

fn sim(faults: Vec<Fault>) -> Sim {
    Sim::start(Config {
        faults,
        ..Config::default()
    })
    .expect("a free port")
}

#[test]
fn a_reader_that_leaves_ends_the_tool_at_once_even_while_the_network_stalls() {
    for case in TOOLS {
        let sim = sim(vec![Fault::new(FaultKind::Stall, case.stalled)]);
        let input = format!("{}\n{}\n", case.input, case.slow);
        let mut started = tool(&sim, case.name, &[]).stdin(input).start();
        assert!(started.line().starts_with("{\"ref\":\""), "{}", case.name);
        assert!(
            sim.wait_for_request(|asked| asked.path.contains(case.stalled), PATIENCE),
            "{}",
            case.name
        );
        let asked = sim.log().len();
        started.close_stdout();
        let (run, _) = started.end();
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (Some(0), ""),
            "{}",
            case.name
        );
        assert_eq!(
            sim.log().len(),
            asked,
            "{} asked on for a reader that was gone",
            case.name
        );
    }
}

#[test]
fn a_first_record_leaves_before_the_last_input_has_come() {
    let sim = sim(Vec::new());
    for case in TOOLS {
        let mut started = tool(&sim, case.name, &[])
            .stdin(format!("{}\n", case.input))
            .start();
        assert!(started.line().ends_with("}\n"), "{}", case.name);
        started.close_stdin();
        assert_eq!(started.end().0.code, Some(0), "{}", case.name);
    }
}

#[test]
fn a_full_stdout_is_exit_5() {
    let sim = sim(Vec::new());
    for case in TOOLS {
        let mut command = tool(&sim, case.name, &[case.input]).command();
        let full = File::options()
            .write(true)
            .open("/dev/full")
            .expect("Linux has it");
        let output = command
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .expect("the tool runs");
        assert_eq!(output.status.code(), Some(5), "{}", case.name);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            said.contains("stdout cannot be written: No space left on device"),
            "{}: {said}",
            case.name
        );
    }
}

#[test]
fn failures_keep_their_place_and_the_run_goes_on() {
    let sim = sim(Vec::new());
    let passed = r#"{"ref":"docker.io/a/b","kind":"error","error":{"code":"io","n":1.10}}"#;
    for case in TOOLS {
        let stdin = format!(
            "{}\n\nNo Such\n{passed}\n{{\"a\":1}}\n{}\n",
            case.input, case.input
        );
        let run = tool(&sim, case.name, &["--errors", "-o", "ndjson"])
            .stdin(stdin)
            .run();
        let run = run.fails(
            1,
            &[
                "line 3: \"No Such\"",
                "line 5: ",
                "the object has no string \"ref\"",
            ],
        );
        let errors: Vec<&str> = run
            .lines()
            .into_iter()
            .filter(|line| line.contains("\"kind\":\"error\""))
            .collect();
        assert_eq!(errors.len(), 3, "{}", case.name);
        assert!(
            errors[0].starts_with(
                "{\"ref\":null,\"kind\":\"error\",\"error\":{\"code\":\"invalid_input\""
            )
        );
        assert!(
            errors[0].ends_with("\"retryable\":false,\"line\":3,\"input\":\"No Such\"}}"),
            "{}",
            errors[0]
        );
        assert_eq!(errors[1], passed, "{}", case.name);
        let first = run
            .lines()
            .iter()
            .position(|line| line.contains("\"kind\":\"error\""))
            .unwrap_or_default();
        assert_eq!(
            run.lines().len(),
            2 * first + 3,
            "{}: as many records before the failures as behind",
            case.name
        );
    }
}

#[test]
fn without_errors_a_failure_is_a_message_and_exit_1() {
    let sim = sim(Vec::new());
    for (name, input, words) in [
        (
            "hub-ls",
            "ansible/nope",
            [
                "docker.io/ansible/nope: no such repository: GET http://",
                "status 404",
                "it does not exist, or is private",
            ],
        ),
        (
            "hub-tags",
            "ansible/nope",
            [
                "docker.io/ansible/nope: no such repository",
                "status 404",
                "object not found",
            ],
        ),
        (
            "hub-inspect",
            "ansible/nope",
            [
                "docker.io/ansible/nope: no such repository",
                "status 401",
                "it does not exist, or is private",
            ],
        ),
        (
            "hub-inspect",
            "ansible/awx:nope",
            [
                "docker.io/ansible/awx:nope: no such manifest",
                "status 404",
                "MANIFEST_UNKNOWN",
            ],
        ),
    ] {
        let run = tool(&sim, name, &[input]).run().fails(1, &words);
        assert_eq!(
            (run.stdout.as_str(), run.stderr.lines().count()),
            ("", 1),
            "{name}"
        );
    }
}

#[test]
fn arguments_close_stdin_to_the_tool_and_a_dash_opens_it() {
    let sim = sim(Vec::new());
    for case in TOOLS {
        let alone = tool(&sim, case.name, &[case.input])
            .run()
            .succeeds()
            .lines()
            .len();
        let ignored = tool(&sim, case.name, &[case.input])
            .stdin("No Such\n")
            .run()
            .succeeds()
            .lines()
            .len();
        let both = tool(&sim, case.name, &[case.input, "-"])
            .stdin(format!("{}\n", case.input))
            .run()
            .succeeds();
        assert_eq!(
            (ignored, both.lines().len()),
            (alone, 2 * alone),
            "{}",
            case.name
        );
        let empty = tool(&sim, case.name, &[""]).stdin("nginx\n").run();
        empty.fails(1, &["the argument is empty"]);
        tool(&sim, case.name, &["-", "-"])
            .run()
            .fails(2, &["- means stdin, and was given twice"]);
    }
}

#[test]
fn nothing_in_is_nothing_out() {
    let sim = sim(Vec::new());
    for case in TOOLS {
        let run = tool(&sim, case.name, &[]).run().succeeds();
        assert_eq!(run.stdout, "", "{}", case.name);
        let mut command = tool(&sim, case.name, &[]).command();
        let output = command
            .stdin(Stdio::null())
            .output()
            .expect("the tool runs");
        assert_eq!(output.status.code(), Some(0));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            said.contains("no input: stdin is empty"),
            "{}: {said}",
            case.name
        );
    }
    assert!(
        sim.log().is_empty(),
        "nothing is asked before the first reference has come"
    );
}

#[test]
fn a_limit_ends_the_run_after_so_many_records() {
    let sim = sim(Vec::new());
    for case in TOOLS {
        let stdin = format!("{}\n", case.input).repeat(5);
        let run = tool(&sim, case.name, &["-n", "3"])
            .stdin(stdin)
            .run()
            .succeeds();
        assert_eq!(run.lines().len(), 3, "{}", case.name);
        let stdin = format!("{}\n", case.input).repeat(5);
        let table = tool(&sim, case.name, &["-n", "3", "-o", "table"])
            .stdin(stdin)
            .run()
            .succeeds();
        assert_eq!(
            table.lines().len(),
            4,
            "{}: a heading and three rows",
            case.name
        );
        tool(&sim, case.name, &["-n", "0", case.input])
            .run()
            .succeeds();
    }
}

#[test]
fn an_empty_variable_is_none() {
    let sim = sim(Vec::new());
    for case in TOOLS {
        let plain = tool(&sim, case.name, &[case.input])
            .env("HUB_OUTPUT", "")
            .env("HUB_ERRORS", "")
            .env("HUB_PLAIN_HTTP", "");
        plain.run().succeeds();
        tool(&sim, case.name, &[case.input])
            .env("HUB_OUTPUT", "xml")
            .run()
            .fails(2, &["HUB_OUTPUT", "xml"]);
    }
}

#[test]
fn wrong_flags_are_exit_2_and_help_and_version_exit_0() {
    let sim = sim(Vec::new());
    for case in TOOLS {
        tool(&sim, case.name, &["--no-such-flag"])
            .run()
            .fails(2, &["--no-such-flag"]);
        tool(&sim, case.name, &["-j", "0", "a/b"])
            .run()
            .fails(2, &["0"]);
        let version = tool(&sim, case.name, &["--version"]).run().succeeds();
        assert_eq!(
            version.stdout,
            format!("{} {}\n", case.name, env!("CARGO_PKG_VERSION"))
        );
        let short = tool(&sim, case.name, &["-h"]).run().succeeds();
        assert!(
            short.lines().len() <= 24,
            "{}: a screen has 24 lines",
            case.name
        );
        assert!(
            short.lines().iter().all(|line| line.chars().count() <= 80),
            "{}: {short:?}",
            case.name
        );
        let long = tool(&sim, case.name, &["--help"]).run().succeeds().stdout;
        for part in ["Examples:", "Exit status:", "Environment:", "HUB_URL"] {
            assert!(long.contains(part), "{}: no {part}", case.name);
        }
    }
}

#[test]
fn who_answers_in_place_of_docker_hub_is_said_once() {
    let sim = sim(Vec::new());
    for case in TOOLS {
        let output = tool(&sim, case.name, &[case.input])
            .command()
            .output()
            .expect("the tool runs");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            said.matches(&sim.url()).count(),
            2,
            "HUB_URL and HUB_REGISTRY_URL: {said}"
        );
        let output = tool(&sim, case.name, &["-q", case.input])
            .command()
            .output()
            .expect("the tool runs");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{}", case.name);
    }
}
