//! Bugs that tests or users found, each held down by the shortest run that showed it.

use hub_sim::{Authorization, Config, Fault, FaultKind, Kind, Sim};
use hub_test::{PATIENCE, tool};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

fn sim(faults: Vec<Fault>) -> Sim {
    Sim::start(Config {
        faults,
        ..Config::default()
    })
    .expect("a free port")
}

#[test]
fn a_wrong_password_is_shown_once_however_many_repositories_wait() {
    let sim = sim(Vec::new());
    let stdin = "ansible/awx\nansible/galaxy\nansible/receptor\nansible/awx-ee\n";
    let wrong = tool(&sim, "hub-inspect", &["--errors"])
        .env("DOCKER_HUB_USERNAME", "alice")
        .env("DOCKER_HUB_PASSWORD", "wrong")
        .stdin(stdin);
    let run = wrong.run().fails(
        3,
        &[
            "the credentials were refused",
            "3 inputs were read and not done",
        ],
    );
    assert_eq!(run.lines().len(), 4);
    let shown = sim
        .log()
        .into_iter()
        .filter(|asked| asked.authorization == Authorization::Basic);
    assert_eq!(shown.count(), 1);
}

#[test]
fn a_token_that_ran_out_on_its_way_is_renewed_even_if_it_is_new_auth_25() {
    let sim = sim(vec![Fault::new(FaultKind::ExpiredToken, "/token").times(1)]);
    tool(&sim, "hub-inspect", &["ansible/awx"]).run().succeeds();
    assert_eq!(
        sim.log()
            .iter()
            .filter(|asked| asked.kind == Kind::Token)
            .count(),
        2
    );
}

#[test]
fn a_host_that_fails_once_is_not_taken_for_one_that_asks_for_nothing() {
    let sim = sim(vec![Fault::new(FaultKind::Status(503), "/v2/").times(3)]);
    let run = tool(&sim, "hub-token", &["--errors", "nginx", "alpine"]).run();
    let run = run.fails(1, &["status 503"]);
    let codes: Vec<_> = run
        .records()
        .iter()
        .map(|record| record["error"]["code"].clone())
        .collect();
    assert_eq!(
        codes,
        ["server", "server"],
        "both waited for the same answer, and both may try again"
    );
}

#[test]
fn a_ready_token_is_not_for_who_stands_in_for_docker_hub_decisions_28() {
    let sim = sim(Vec::new());
    let run = tool(&sim, "hub-ls", &["ansible/awx"])
        .env("DOCKER_HUB_LOGIN_TOKEN", "a.planted.token")
        .run();
    run.succeeds();
    assert!(!sim.received("a.planted.token"));
}

#[test]
fn an_interrupt_accounts_for_arguments_that_were_never_begun() {
    let sim = sim(vec![Fault::new(FaultKind::Stall, "/v2/ansible/awx/")]);
    let arguments: Vec<String> = (0..200)
        .map(|number| format!("ansible/awx:{number}"))
        .collect();
    let arguments: Vec<&str> = ["--errors"]
        .into_iter()
        .chain(arguments.iter().map(String::as_str))
        .collect();
    let started = tool(&sim, "hub-inspect", &arguments).start();
    assert!(sim.wait_for_request(|asked| asked.kind == Kind::Manifest, PATIENCE));
    kill(Pid::from_raw(started.id()), Signal::SIGTERM).expect("the tool runs");
    let (run, _) = started.end();
    assert_eq!(run.lines().len(), 200, "each of them is a record");
    assert!(
        run.records()
            .iter()
            .all(|record| record["error"]["retryable"] == true)
    );
    assert!(
        run.stderr.contains("200 inputs were read and not done"),
        "{}",
        run.stderr
    );
}
