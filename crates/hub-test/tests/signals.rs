//! Signals: whole lines, then death by the signal; what was ignored stays ignored. SIGTERM stands for all of them, since a
//! shell that runs the tests in the background has them begin with SIGINT ignored.

use std::os::unix::process::ExitStatusExt;

use hub_sim::{Config, Fault, FaultKind, Sim};
use hub_test::{PATIENCE, tool};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A tool, an input that it answers, one whose requests hold the last text.
const TOOLS: [(&str, &str, &str, &str); 4] = [
    ("hub-ls", "ansible", "library", "/v2/namespaces/library/"),
    (
        "hub-tags",
        "ansible/awx",
        "ansible/galaxy",
        "/repositories/galaxy/",
    ),
    (
        "hub-inspect",
        "ansible/awx",
        "ansible/galaxy",
        "/v2/ansible/galaxy/",
    ),
    ("hub-token", "ansible/awx", "ansible/galaxy", "galaxy"),
];

fn sim(faults: Vec<Fault>) -> Sim {
    Sim::start(Config {
        faults,
        ..Config::default()
    })
    .expect("a free port")
}

#[test]
fn an_interrupt_writes_whole_lines_and_dies_by_its_signal() {
    for (name, input, slow, stalled) in TOOLS {
        let sim = sim(vec![Fault::new(FaultKind::Stall, stalled)]);
        let mut started = tool(&sim, name, &[])
            .stdin(format!("{input}\n{slow}\n"))
            .start();
        assert!(started.line().ends_with("}\n"), "{}", name);
        assert!(
            sim.wait_for_request(|asked| asked.path.contains(stalled), PATIENCE),
            "{}",
            name
        );
        kill(Pid::from_raw(started.id()), Signal::SIGTERM).expect("the tool runs");
        let (run, status) = started.end();
        assert_eq!(status.signal(), Some(15), "{name}");
        assert!(
            run.stdout.is_empty() || run.stdout.ends_with("}\n"),
            "{}",
            name
        );
    }
}

#[test]
fn a_second_signal_of_another_kind_kills_at_once() {
    let sim = sim(vec![Fault::new(
        FaultKind::Stall,
        "/v2/namespaces/library/",
    )]);
    let many = "ansible\n".repeat(400);
    // Nobody reads more than the first line, so the end of the run waits for room in the pipe.
    let mut started = tool(&sim, "hub-ls", &[]).stdin(many).start();
    assert!(started.line().ends_with("}\n"));
    kill(Pid::from_raw(started.id()), Signal::SIGINT).expect("the tool runs");
    kill(Pid::from_raw(started.id()), Signal::SIGTERM).expect("the tool runs");
    let (_, status) = started.end();
    assert!(matches!(status.signal(), Some(2 | 15)), "{status}");
}

#[test]
fn an_ignored_signal_stays_ignored() {
    let sim = sim(Vec::new());
    let mut started = hub_test::pipeline(&sim, "trap '' HUP INT; exec hub-ls")
        .stdin("ansible\n")
        .start();
    assert!(started.line().ends_with("}\n"));
    for signal in [Signal::SIGHUP, Signal::SIGINT] {
        kill(Pid::from_raw(started.id()), signal).expect("the tool runs");
    }
    started.close_stdin();
    let (run, _) = started.end();
    assert_eq!(run.code, Some(0), "{run:?}");
}
