//! Page after page: every form of `Link`, page sizes, and lists that do not end.

use hub_test::{Page, Script};

use super::{FIRST, linked, run, tags, whole};

#[test]
fn a_page_of_any_length_is_the_last_where_no_link_leads_on_tag_4_tag_10() {
    for length in [999, 1000, 8225] {
        let names: Vec<String> = (0..length).map(|number| format!("t{number}")).collect();
        let script = whole(&format!("{{\"tags\":{names:?}}}"));
        assert_eq!(run(&script, &[]).succeeds().each("name"), names);
        assert_eq!(script.log().len(), 1, "{length}");
    }
}

#[test]
fn a_page_that_is_short_or_empty_is_not_the_last_where_a_link_leads_on_tag_4() {
    let script = Script::start(|target| match target {
        FIRST => tags(&[]).header("Link", "</v2/a/b/tags/list?last=0&n=50>; rel=\"next\""),
        "/v2/a/b/tags/list?last=0&n=50" => {
            tags(&["one"]).header("Link", "</v2/a/b/tags/list?last=one&n=50>; rel=\"next\"")
        }
        _ => tags(&["two"]),
    });
    assert_eq!(run(&script, &[]).succeeds().each("name"), ["one", "two"]);
}

#[test]
fn last_is_what_the_link_says_whether_or_not_there_is_such_a_tag_tag_5() {
    let next = "/v2/a/b/tags/list?last=no%2Fsuch%3Atag&n=7";
    let script = linked(&format!("<{next}>; rel=\"next\""));
    assert_eq!(run(&script, &[]).succeeds().each("name"), ["one", "two"]);
    assert_eq!(script.log(), [FIRST, next]);
}

#[test]
fn every_form_of_link_leads_to_the_next_page_tag_6() {
    let next = "/v2/a/b/tags/list?last=one&n=1000";
    let opaque = "/v2/a/b/tags/list?next_page=gAAAAA%3D%3D~_-&n=1000";
    let forms = [
        ("</v2/a/b/tags/list?last=one&n=1000>; rel=\"next\"", next),
        ("<list?last=one&n=1000>; rel=\"next\"", next),
        ("<?last=one&n=1000>; rel=\"next\"", next),
        (
            "</v2/a/b/tags/list?next_page=gAAAAA%3D%3D~_-&n=1000>; rel=\"next\"",
            opaque,
        ),
        ("</v2/a/b/tags/list?last=one&n=1000>;rel=next", next),
        ("/v2/a/b/tags/list?last=one&n=1000; rel=\"next\"", next),
        ("</v2/a/b/tags/list?last=one&n=0>; rel=\"next\"", next),
        (
            "</x>; rel=\"prev\", </v2/a/b/tags/list?last=one&n=1000>; title=\"a, b\"; REL=\"last Next\"; x=y",
            next,
        ),
        (
            "</x>; rel=\"prev\"\r\nLink: </v2/a/b/tags/list?last=one&n=1000>; rel=\"next\"",
            next,
        ),
    ];
    for (link, expected) in forms {
        let script = linked(link);
        let run = run(&script, &[]).succeeds();
        assert_eq!(run.each("name"), ["one", "two"], "{link}");
        assert_eq!(script.log(), [FIRST, expected], "{link}");
    }
}

#[test]
fn a_link_without_target_or_to_another_place_than_the_next_page_is_the_end_tag_6() {
    for link in ["<>; rel=\"next\"", "</x>; rel=\"prev\"", "</x>", ","] {
        let script = linked(link);
        assert_eq!(run(&script, &[]).succeeds().each("name"), ["one"], "{link}");
    }
}

#[test]
fn a_link_of_n_0_to_a_list_without_n_is_followed_without_it_tag_6() {
    let script = Script::start(|target| match target {
        "/v2/a/b/tags/list" => tags(&["one"]).header("Link", "<?last=one&n=0>; rel=\"next\""),
        "/v2/a/b/tags/list?last=one" => tags(&["two"]),
        _ => Page::json("{}").status(400),
    });
    assert_eq!(run(&script, &[]).succeeds().each("name"), ["one", "two"]);
}

#[test]
fn a_link_to_another_scheme_host_or_port_is_refused_and_nobody_asked_tag_6_tag_7() {
    let other = whole("{\"tags\":[\"stolen\"]}");
    let elsewhere = format!("http://{}/v2/a/b/tags/list?last=one", other.authority());
    let (_, port) = other.authority().split_once(':').expect("a port");
    for target in [
        &*elsewhere,
        &*format!("//{}/x", other.authority()),
        &*format!("http://localhost:{port}/x"),
        "http://localhost/v2/a/b/tags/list?last=one",
        "https://registry.example/v2/a/b/tags/list?last=one",
    ] {
        let script = linked(&format!("<{target}>; rel=\"next\""));
        let run = run(&script, &["--errors"]).fails(1, &["the next page is refused"]);
        assert_eq!(run.records()[0]["name"], "one", "what there was");
        assert_eq!(run.records()[1]["error"]["code"], "invalid_response");
        assert_eq!(script.log(), [FIRST]);
    }
    let script = Script::start(|_| tags(&[]));
    let tls = format!("<https://{}/x>; rel=\"next\"", script.authority());
    run(&linked(&tls), &[]).fails(1, &["the next page is refused"]);
    assert_eq!((other.log().len(), script.log().len()), (0, 0));
}

#[test]
fn a_list_that_was_redirected_to_another_host_is_not_continued_there_tag_7() {
    let other = Script::start(|_| tags(&["one"]).header("Link", "</x>; rel=\"next\""));
    let location = format!("http://{}/v2/a/b/tags/list?n=1000", other.authority());
    let script = Script::start(move |_| {
        let answer = Page::json("").status(307);
        answer.header("Location", &location)
    });
    let run = run(&script, &[]).fails(1, &["redirected to another host"]);
    assert_eq!(run.each("name"), ["one"]);
    assert_eq!(other.log(), [FIRST]);
}

#[test]
fn a_page_size_that_is_refused_is_halved_and_one_that_is_clamped_is_taken_tag_8() {
    let script = Script::start(|target| match target {
        "/v2/a/b/tags/list?n=125" => tags(&["one"]).header("Link", "<?last=one&n=10>; rel=next"),
        "/v2/a/b/tags/list?last=one&n=10" => tags(&["two"]),
        _ => Page::json("{\"errors\":[{\"code\":\"PAGINATION_NUMBER_INVALID\"}]}").status(400),
    });
    assert_eq!(run(&script, &[]).succeeds().each("name"), ["one", "two"]);
    let queries: Vec<String> = script
        .log()
        .iter()
        .filter_map(|target| target.split_once('?'))
        .map(|(_, query)| query.to_owned())
        .collect();
    assert_eq!(
        queries,
        ["n=1000", "n=500", "n=250", "n=125", "last=one&n=10"]
    );
}

#[test]
fn a_refusal_of_every_size_and_of_none_is_an_error_tag_8() {
    let script = Script::start(|_| Page::json("{}").status(400));
    run(&script, &[]).fails(1, &["400"]);
    assert_eq!(
        script.log().last().expect("it was asked"),
        "/v2/a/b/tags/list"
    );
    assert_eq!(script.log().len(), 7, "{:?}", script.log());
}

#[test]
fn a_list_that_does_not_end_is_an_error_behind_what_it_gave_tag_9() {
    let circle = Script::start(|target| match target {
        FIRST => tags(&["one"]).header("Link", "<?last=one>; rel=next"),
        _ => tags(&["two"]).header("Link", "<?n=1000>; rel=next"),
    });
    let same = linked("<?n=1000>; rel=next");
    let nothing_new = Script::start(|target| {
        let link = format!("<{target}0>; rel=next");
        tags(&["one"]).header("Link", &link)
    });
    for (script, pages, words) in [
        (circle, 2, "does not end"),
        (same, 1, "just read"),
        (nothing_new, 3, "does not end"),
    ] {
        let run = run(&script, &["--errors"]).fails(1, &[words]);
        assert_eq!(script.log().len(), pages, "{words}");
        let records = run.records();
        assert_eq!(records[0]["name"], "one");
        let code = &records.last().expect("an error")["error"]["code"];
        assert_eq!(code, "invalid_response");
    }
}

#[test]
fn pages_of_digests_alone_bring_something_new_tag_9() {
    let script = Script::start(|target| {
        let page = target.matches('0').count() - 3;
        let digest = format!("sha256:{page:064}");
        match page {
            0..4 => tags(&[&*digest]).header("Link", &format!("<{target}0>; rel=next")),
            _ => tags(&["one"]),
        }
    });
    let run = run(&script, &[]).fails(0, &["4 of the entries"]);
    assert_eq!(run.each("name"), ["one"]);
}

#[test]
fn a_later_page_that_fails_is_told_behind_what_came_before_tag_13() {
    let failures = [
        (Page::json("{}").status(404), "not_found"),
        (Page::json("{}").status(400), "invalid_response"),
        (Page::json("<html>"), "invalid_response"),
        (Page::json("{\"tags\":7}"), "invalid_response"),
    ];
    for (failure, code) in failures {
        let script = Script::start(move |target| match target {
            FIRST => tags(&["one"]).header("Link", "<?last=one&n=500>; rel=next"),
            _ => failure.clone(),
        });
        let run = run(&script, &["--errors"]).fails(1, &[]);
        assert_eq!(run.records()[0]["name"], "one");
        assert_eq!(run.records()[1]["error"]["code"], code);
        assert_eq!(script.log().len(), 2, "no other size is tried: {code}");
    }
}

#[test]
fn a_page_is_read_up_to_16_mib_and_no_byte_further_lim_2_lim_3() {
    const MOST: usize = 16 * 1024 * 1024;
    let list = "{\"tags\":[\"one\"]}";
    let padded = |length: usize| whole(&(list.to_owned() + &" ".repeat(length - list.len())));
    let read = run(&padded(MOST), &[]).succeeds();
    assert_eq!(read.each("name"), ["one"]);
    let refused = run(&padded(MOST + 1), &["--errors"]).fails(1, &["larger than 16777216 bytes"]);
    assert_eq!(refused.records()[0]["error"]["code"], "too_large");
}
