//! What stands in a list, and what becomes of it.

use hub_test::{Page, Script};

use super::{FIRST, one, run, whole};

const DIGITS: &str = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

#[test]
fn the_list_is_asked_for_by_name_and_the_answers_name_is_not_looked_at_tag_1() {
    let script = whole("{\"name\":\"some/where else\",\"tags\":[\"one\"]}");
    let run = run(&script, &[]).succeeds();
    assert_eq!(script.log(), [FIRST]);
    let reference = format!("{}/a/b:one", script.authority());
    assert_eq!(run.each("ref"), [reference]);
}

#[test]
fn a_list_may_be_null_or_absent_tag_2() {
    for body in [
        "{\"name\":\"a/b\",\"tags\":null}",
        "{\"name\":\"a/b\",\"tags\":[]}",
        "{\"name\":\"a/b\"}",
    ] {
        assert_eq!(run(&whole(body), &[]).succeeds().stdout, "", "{body}");
    }
}

#[test]
fn what_is_no_list_is_not_taken_for_an_empty_one_tag_2() {
    for body in [
        "{\"tags\":{}}",
        "{\"tags\":\"a\"}",
        "[]",
        "null",
        "",
        "<html>sign in</html>",
    ] {
        let run = run(&whole(body), &["--errors"]).fails(1, &["the list of tags is not as"]);
        assert_eq!(run.records()[0]["error"]["code"], "invalid_response");
    }
}

#[test]
fn entries_that_are_digests_empty_or_no_text_are_left_out_and_counted_tag_2() {
    let sha512 = format!("sha512:{}", "0".repeat(128));
    let sha256 = format!("sha256:{}", "a".repeat(64));
    let script = whole(&format!(
        "{{\"tags\":[null,\"one\",\"\",7,[],\"{sha256}\",\"two\",\"{sha512}\"]}}"
    ));
    let run = run(&script, &[]).fails(0, &["6 of the entries", "left out"]);
    assert_eq!(run.each("name"), ["one", "two"]);
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
}

#[test]
fn other_names_that_are_no_tags_end_the_list_with_an_error_tag_2() {
    let long = "t".repeat(129);
    for name in ["a/b", "-x", "../x", "sha256:abc", "é", &*long] {
        let run = run(&whole(&format!("{{\"tags\":[\"{name}\",\"one\"]}}")), &[]);
        let run = run.fails(1, &["1 of the tags are no tags"]);
        assert_eq!(run.each("name"), ["one"], "{name}");
    }
}

#[test]
fn the_order_is_the_registrys_until_one_is_asked_for_tag_3() {
    let script = whole("{\"tags\":[\"b\",\"B\",\"a\",\"C\"]}");
    let listed = run(&script, &[]).succeeds();
    assert_eq!(listed.each("name"), ["b", "B", "a", "C"]);
    let sorted = run(&script, &["--sort", "name"]).succeeds();
    assert_eq!(sorted.each("name"), ["B", "C", "a", "b"]);
}

#[test]
fn a_record_of_a_registrys_list_has_a_name_and_nothing_else_tag_11() {
    let script = whole("{\"tags\":[\"one\"],\"dates\":[1],\"manifest\":{\"size\":3}}");
    let run = run(&script, &[]).succeeds();
    let authority = script.authority();
    let expected = format!(
        "{{\"ref\":\"{authority}/a/b:one\",\"kind\":\"tag\",\"from\":\"registry\",\"name\":\"one\"}}\n"
    );
    assert_eq!(run.stdout, expected);
}

#[test]
fn tags_made_of_digests_are_marked_and_can_be_left_out_rfr_5_rfr_7() {
    let names = ["", ".sig", ".att", ".sbom"].map(|end| format!("sha256-{DIGITS}{end}"));
    let script = whole(&format!(
        "{{\"tags\":[\"one\",\"{}\",\"sha256-abc\"]}}",
        names.join("\",\"")
    ));
    let listed = run(&script, &[]).succeeds();
    let name = &names[1];
    let marked =
        format!(",\"name\":\"{name}\",\"subject\":\"sha256:{DIGITS}\",\"cosign\":\"sig\"}}");
    assert!(
        listed.lines()[2].ends_with(&marked),
        "{}",
        listed.lines()[2]
    );
    assert_eq!(
        listed.each("cosign"),
        ["null", "null", "sig", "att", "sbom", "null"]
    );
    let subject = format!("sha256:{DIGITS}");
    let (none, subject) = ("null", &*subject);
    assert_eq!(
        listed.each("subject"),
        [none, subject, subject, subject, subject, none]
    );
    let others = run(&script, &["--match", "!sha256-*"]).succeeds();
    assert_eq!(others.each("name"), ["one"]);
}

#[test]
fn a_single_tag_made_of_a_digest_is_marked_in_front_of_its_own_digest_rfr_7() {
    let script = Script::start(|_| {
        let own = format!("sha256:{}", "1".repeat(64));
        let answer = Page::json("{\"schemaVersion\":2,\"manifests\":[]}");
        answer.header("Docker-Content-Digest", &own)
    });
    let run = one(&script, &format!("sha256-{DIGITS}.att")).succeeds();
    let own = "1".repeat(64);
    let end = format!(
        ",\"subject\":\"sha256:{DIGITS}\",\"cosign\":\"att\",\"digest\":\"sha256:{own}\"}}\n"
    );
    assert!(run.stdout.ends_with(&end), "{}", run.stdout);
}

#[test]
fn a_single_tag_is_asked_by_head_and_costs_no_pull_man_3() {
    let own = format!("sha256:{}", "1".repeat(64));
    let digest = own.clone();
    let script = Script::start(move |_| Page::json("").header("Docker-Content-Digest", &digest));
    assert_eq!(one(&script, "x").succeeds().each("digest"), [own]);
    assert_eq!(script.log(), ["HEAD /v2/a/b/manifests/x"]);
}

#[test]
fn a_head_that_is_refused_or_tells_no_digest_is_followed_by_a_get_man_4() {
    let manifest = "{\"schemaVersion\":2,\"manifests\":[]}";
    // The digest of these bytes, by sha256sum.
    let own = "sha256:bc5857ac9458293d5111ab85c952172cd7f56bceb4e3014ddc4cafac8927b313";
    let heads = [
        Page::json("").status(405),
        Page::json(manifest),
        Page::json("").header("Docker-Content-Digest", "md5:x"),
    ];
    for head in heads {
        let script = Script::start(move |target| match target {
            "HEAD /v2/a/b/manifests/x" => head.clone(),
            _ => Page::json(manifest),
        });
        assert_eq!(one(&script, "x").succeeds().each("digest"), [own]);
        assert_eq!(
            script.log(),
            ["HEAD /v2/a/b/manifests/x", "/v2/a/b/manifests/x"]
        );
    }
}

#[test]
fn versions_of_a_registrys_list_are_put_in_their_order() {
    let ascending = [
        "latest",
        "1.9.0-alpine3.18",
        "1.10.0-rc2",
        "1.10.0-rc10",
        "v1.10.0",
        "1.10.0-alpine3.9",
        "1.10.0-alpine3.18",
        "1.10.0.1",
        "20240131",
    ];
    let mut lexical = ascending;
    lexical.sort_unstable();
    let listed = run(
        &whole(&format!("{{\"tags\":{lexical:?}}}")),
        &["--sort", "version"],
    );
    assert_eq!(listed.succeeds().each("name"), ascending);
}
