//! What a registry writes to hurt its reader: control characters for the terminal, lines that look like the tool's own.

use hub_sim::{Config, Population, Sim};
use hub_test::{Page, Run, Script, tool};
use serde_json::Value;

/// hub-inspect for `a/b:c` at the scripted registry.
fn inspect(script: &Script, arguments: &[&str]) -> Run {
    let reference = format!("{}/a/b:c", script.authority());
    run(&[arguments, &[&reference]].concat())
}

fn run(arguments: &[&str]) -> Run {
    let sim = Sim::start(Config {
        population: Population::bulk("bulk", "one", 1),
        ..Config::default()
    })
    .expect("a free port");
    tool(&sim, "hub-inspect", arguments).run()
}

/// A registry that gives `body` for every manifest.
fn manifest(body: &str) -> Script {
    let body = body.to_owned();
    Script::start(move |target| match target {
        "/v2/" => Page::json("{}"),
        _ => Page::json(&*body),
    })
}

/// What a terminal obeys, but for the end of the line.
fn is_obeyed(c: char) -> bool {
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    c.is_control() && c != '\n' || turns
}

const FORGED: &str = r"\u001b[2J\r\nhub-inspect: all is well\u0085\u009b31m\u007f\u202e\u2066";

#[test]
fn a_hostile_media_type_reaches_no_terminal_and_forges_no_line_sec_7() {
    let own = format!(r#"{{"schemaVersion":2,"mediaType":"application/x{FORGED}"}}"#);
    let both = format!(
        r#"{{"mediaType":"application/vnd.oci.image.index.v1+json{FORGED}","manifests":[],"config":{{}}}}"#
    );
    for body in [&own, &both] {
        for arguments in [&[][..], &["-vv"], &["--platform", "linux/amd64"]] {
            let run = inspect(&manifest(body), arguments);
            assert_eq!((run.code, &*run.stdout), (Some(1), ""), "{}", run.stderr);
            assert!(!run.stderr.contains(is_obeyed), "{:?}", run.stderr);
            let is_forged = |line: &str| line.starts_with("hub-inspect: all is well");
            assert!(!run.stderr.lines().any(is_forged), "{:?}", run.stderr);
        }
    }
    let run = inspect(&manifest(&own), &[]);
    assert!(run.stderr.contains(r"\u{1b}[2j\r\n"), "{:?}", run.stderr);
    assert_eq!(run.stderr.lines().count(), 1, "{:?}", run.stderr);
}

#[test]
fn an_entry_with_two_spellings_of_a_key_gives_columns_of_different_names_pipe_1() {
    let [first, second] = ["a", "b"].map(|digit| format!("sha256:{}", digit.repeat(64)));
    let body = format!(
        r#"{{"manifests":[{{"mediaType":"x/y","digest":"{first}","size":1,"Digest":"{second}","Kind":2}}]}}"#
    );
    let script = manifest(&body);
    let run = inspect(&script, &["--platform", "list"]).succeeds();
    let reference = format!("{}/a/b:c@{first}", script.authority());
    assert_eq!(
        run.lines(),
        [format!(
            r#"{{"ref":"{reference}","kind":"manifest","mediaType":"x/y","digest":"{first}","size":1,"upstream":{{"Digest":"{second}","Kind":2}}}}"#
        )]
    );
}

#[test]
fn an_error_record_is_one_line_that_keeps_the_text_pipe_4() {
    let body = format!(r#"{{"schemaVersion":2,"mediaType":"application/x{FORGED}"}}"#);
    let script = manifest(&body);
    let record = inspect(&script, &["--errors"]);
    let message = record.records()[0]["error"]["message"].clone();
    let text = message.as_str().expect("a text");
    assert_eq!(record.lines().len(), 1);
    assert!(text.contains("all is well"), "{text:?}");
    let indented = inspect(&script, &["--errors", "-o", "json"]);
    assert!(
        !indented.stdout.contains(is_obeyed),
        "{:?}",
        indented.stdout
    );
    let parsed: Value = serde_json::from_str(&indented.stdout).expect("one document");
    assert_eq!(parsed, record.records()[0], "the text is the same");
}

#[test]
fn a_hostile_argument_forges_no_line_and_a_usage_text_keeps_its_own_sec_7() {
    let usual = run(&["--nonsense", "nginx"]);
    assert_eq!(usual.code, Some(2));
    assert!(usual.stderr.lines().count() > 2, "{}", usual.stderr);
    for hostile in ["--non\u{1b}[2Jsense", "--x\nhub-inspect: all is well"] {
        for arguments in [&[hostile][..], &["--platform", hostile], &["-j", hostile]] {
            let run = run(arguments);
            assert_eq!(run.code, Some(2), "{:?}", run.stderr);
            assert!(!run.stderr.contains(is_obeyed), "{:?}", run.stderr);
            assert!(!run.stderr.contains("\nhub-inspect:"), "{:?}", run.stderr);
        }
    }
}
