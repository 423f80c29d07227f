//! A million inputs: each answered in its place, in bounded memory (PIPE.md §3).

use hub_sim::{Config, Sim};
use hub_test::tool;
use nix::sys::resource::{UsageWho, getrusage};

const INPUTS: usize = 1_000_000;

#[test]
fn a_million_inputs_take_less_than_64_mib() {
    let sim = Sim::start(Config::default()).expect("a free port");
    let passed = r#"{"ref":"docker.io/a/b","kind":"error","error":{"code":"io","retryable":true}}"#;
    let stdin = format!("{passed}\nNo Such\n").repeat(INPUTS / 2);
    let mut started = tool(&sim, "hub-inspect", &["--errors"]).stdin_later();
    started.feed(stdin);
    let mut lines = 0;
    loop {
        let line = started.line();
        if line.is_empty() {
            break;
        }
        let expected = if lines % 2 == 0 {
            passed
        } else {
            r#"{"ref":null,"kind":"error","error":{"code":"invalid_input""#
        };
        assert!(line.starts_with(expected), "input {lines}: {line}");
        lines += 1;
    }
    assert_eq!(lines, INPUTS);
    assert_eq!(started.end().0.code, Some(1));
    let peak = getrusage(UsageWho::RUSAGE_CHILDREN)
        .expect("Linux tells it")
        .max_rss();
    assert!(peak < 64 * 1024, "{peak} KiB");
}
