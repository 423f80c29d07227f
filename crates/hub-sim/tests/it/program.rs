//! The program: the environment of its command, its exit status, its line of addresses, its log.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Output, Stdio};

fn hub_sim(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hub-sim"));
    command.args(arguments);
    command
}

fn run(arguments: &[&str]) -> Output {
    hub_sim(arguments).output().expect("hub-sim can be started")
}

fn shell(script: &str) -> Output {
    run(&["--", "sh", "-c", script])
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_commands_exit_status_is_ours() {
    assert_eq!(shell("exit 0").status.code(), Some(0));
    assert_eq!(shell("exit 7").status.code(), Some(7));
    assert_eq!(shell("kill -TERM $$").status.code(), Some(128 + 15));
    assert_eq!(
        run(&["--", "/nonexistent/program"]).status.code(),
        Some(127)
    );
    assert_eq!(run(&["--", "/"]).status.code(), Some(126));
    assert_eq!(run(&["--no-such-flag"]).status.code(), Some(2));
}

/// DECISIONS 32.
#[test]
fn the_command_gets_the_environment() {
    let script = "echo \"$HUB_URL\"; ls -A \"$DOCKER_CONFIG\" \"$XDG_RUNTIME_DIR\" \"$HUB_CACHE_DIR\" | grep -v '^/' | grep -v '^$'; \
                  echo \"${HTTPS_PROXY-none} ${DOCKER_HUB_TOKEN-none}\"; echo \"${PATH%%:*}\"";
    let mut command = hub_sim(&["--", "sh", "-c", script]);
    let output = command
        .env("HTTPS_PROXY", "http://p")
        .env("DOCKER_HUB_TOKEN", "t")
        .output()
        .unwrap();
    let text = stdout(&output);
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with("http://127.0.0.1:"), "{text}");
    assert_eq!(lines[1], "none none");
    let own = std::path::Path::new(env!("CARGO_BIN_EXE_hub-sim"))
        .parent()
        .unwrap();
    assert_eq!(std::path::Path::new(lines[2]), own);
}

#[test]
fn alone_it_prints_its_addresses_and_serves_until_a_signal() {
    for signal in ["-INT", "-TERM"] {
        let mut child = hub_sim(&[]).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();
        let addresses: serde_json::Value = serde_json::from_str(&line).unwrap();
        let url = addresses["hub_url"].as_str().unwrap();
        assert_eq!(addresses["registry_url"], url);
        assert_eq!(addresses["token_url"], format!("{url}/token"));
        std::net::TcpStream::connect(url.trim_start_matches("http://")).unwrap();
        let killed = Command::new("kill")
            .args([signal, &child.id().to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
        assert_eq!(child.wait().unwrap().code(), Some(0));
        let mut rest = String::new();
        stdout.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "");
    }
}

#[test]
fn the_log_is_a_line_of_json_for_each_request() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log.ndjson");
    let log_flag = log.to_str().unwrap();
    let request = "bash -c 'exec 3<>/dev/tcp/127.0.0.1/${HUB_URL##*:}; \
                   printf \"GET /v2/ HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n\" >&3; cat <&3'";
    let output = run(&["--log", log_flag, "--", "sh", "-c", request]);
    assert!(stdout(&output).starts_with("HTTP/1.1 401"), "{output:?}");
    let text = std::fs::read_to_string(&log).unwrap();
    let line: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&line["kind"], &line["status"], &line["seq"]),
        (&"ping".into(), &401.into(), &1.into())
    );
    assert!(line["ended_ms"].is_u64());
}

#[test]
fn tags_adds_a_repository_with_that_many() {
    let request = "bash -c 'exec 3<>/dev/tcp/127.0.0.1/${HUB_URL##*:}; \
                   printf \"GET /v2/repositories/bulk/many/tags HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n\" >&3; cat <&3'";
    let output = run(&["--tags", "4321", "--", "sh", "-c", request]);
    assert!(stdout(&output).contains("{\"count\":4321,"), "{output:?}");
}

#[test]
fn help_has_examples_and_exit_statuses() {
    let long = stdout(&run(&["--help"]));
    assert!(
        long.contains("Examples:") && long.contains("Exit status:"),
        "{long}"
    );
    assert!(!stdout(&run(&["-h"])).contains("Examples:"));
}

/// A terminal's interrupt reaches the command by itself; one that is sent to hub-sim alone must not kill it first.
#[test]
fn sigterm_is_passed_on_and_sigint_survived() {
    let script = "trap 'echo got; exit 9' TERM; echo ready; while :; do sleep 0.05; done";
    let mut child = hub_sim(&["--", "sh", "-c", script])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    for signal in ["-INT", "-TERM"] {
        assert!(
            Command::new("kill")
                .args([signal, &child.id().to_string()])
                .status()
                .unwrap()
                .success()
        );
    }
    stdout.read_line(&mut line).unwrap();
    assert_eq!(line, "ready\ngot\n");
    assert_eq!(child.wait().unwrap().code(), Some(9));
}

#[test]
fn a_bad_fault_is_a_usage_error_that_says_what_is_wrong() {
    let output = run(&["--fault", "explode:/v2/", "--", "true"]);
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        message.contains("unknown kind \"explode\"; known are stall"),
        "{message}"
    );
}

#[test]
fn a_log_that_cannot_be_written_is_our_failure() {
    let output = run(&["--log", "/nonexistent/log", "--", "true"]);
    assert_eq!(output.status.code(), Some(125));
    assert!(
        String::from_utf8_lossy(&output.stderr)
            .starts_with("hub-sim: cannot start the simulator: ")
    );
}
