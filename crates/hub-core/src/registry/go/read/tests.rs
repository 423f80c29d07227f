//! What Go makes of JSON; each expectation was seen in what skopeo 1.9.3 (Go 1.19) printed for a config.

use proptest::prelude::*;

use super::*;

members! {
    /// A struct to read into.
    Sample {
        os: String = "os",
        flag: bool = "flag",
        size: i64 = "Size",
        list: Option<Vec<String>> = "Env",
        map: Option<BTreeMap<String, String>> = "Labels",
        inner: Option<Inner> = "config",
        words: Words = "Cmd",
        set: Set = "Volumes",
        checked: Checked<Inner> = "history",
        lenient: Lenient<Option<String>> = "lenient",
    }
}

members! {
    /// A struct in it.
    Inner {
        key: String = "key",
        task: String = "task",
    }
}

fn sample(json: &str) -> Sample {
    unmarshal(json.as_bytes()).unwrap()
}

fn refused(json: &str) -> String {
    unmarshal::<Sample>(json.as_bytes()).unwrap_err()
}

fn list(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

#[test]
fn null_leaves_a_value_and_unsets_a_list() {
    let read = sample(
        r#"{"os":"a","os":null,"flag":true,"flag":null,"Size":3,"Size":null,"Env":["x"],"Env":null}"#,
    );
    assert_eq!(
        (read.os.as_str(), read.flag, read.size, read.list),
        ("a", true, 3, None)
    );
    assert_eq!(sample("null").os, "");
    assert_eq!(sample(r#"{"Env":[]}"#).list, Some(list(&[])));
}

#[test]
fn of_two_equal_keys_the_last_counts_and_objects_and_lists_are_read_over() {
    let read = sample(
        r#"{"os":"a","os":"b","Labels":{"a":"1","c":"3","a":"2"},"Labels":{"b":null},
        "Env":["x","y"],"Env":[null,"z",null],"config":{"key":"k"},"config":{"task":"t"}}"#,
    );
    assert_eq!(read.os, "b");
    let pairs = [("a", "2"), ("b", ""), ("c", "3")].map(|(key, value)| (key.into(), value.into()));
    assert_eq!(read.map, Some(BTreeMap::from(pairs)));
    assert_eq!(read.list, Some(list(&["x", "z", ""])));
    let inner = read.inner.unwrap();
    assert_eq!((inner.key.as_str(), inner.task.as_str()), ("k", "t"));
}

#[test]
fn a_shorter_list_is_as_long_as_it_says() {
    assert_eq!(
        sample(r#"{"Env":["x","y"],"Env":["z"]}"#).list,
        Some(list(&["z"]))
    );
}

#[test]
fn members_are_found_whatever_their_case_and_unknown_ones_are_skipped() {
    let read = sample(
        "{\"OS\":\"a\",\"comfig\":1,\"CONFIG\":{\"\u{212a}EY\":\"k\",\"ta\u{17f}k\":\"t\"}}",
    );
    assert_eq!(read.os, "a");
    let inner = read.inner.unwrap();
    assert_eq!((inner.key.as_str(), inner.task.as_str()), ("k", "t"));
    let deep = format!(
        r#"{{"x":{}{},"os":"a"}}"#,
        "[".repeat(5000),
        "]".repeat(5000)
    );
    assert_eq!(sample(&deep).os, "a");
}

#[test]
fn a_value_of_another_type_is_refused_with_the_way_to_it() {
    let refusals = [
        (
            r#"{"os":1}"#,
            "os: a string was expected, and there is a number",
        ),
        (
            r#"{"flag":"x"}"#,
            "flag: true or false was expected, and there is a string",
        ),
        (
            r#"{"Size":1.5}"#,
            "Size: a whole number of 64 bits was expected, and there is a number",
        ),
        (
            r#"{"Size":9223372036854775808}"#,
            "Size: a whole number of 64 bits was expected, and there is a number",
        ),
        (
            r#"{"Env":{}}"#,
            "Env: a list was expected, and there is an object",
        ),
        (
            r#"{"Env":["a",true]}"#,
            "Env: [1]: a string was expected, and there is true or false",
        ),
        (
            r#"{"config":[]}"#,
            "config: an object was expected, and there is a list",
        ),
        (
            r#"{"config":{"KEY":[]}}"#,
            "config: KEY: a string was expected, and there is a list",
        ),
        (
            r#"{"Labels":{"a":1}}"#,
            "Labels: a: a string was expected, and there is a number",
        ),
        (
            r#"{"Cmd":["a",1]}"#,
            "Cmd: [1]: a string was expected, and there is a number",
        ),
        (
            r#"{"Cmd":1}"#,
            "Cmd: a list was expected, and there is a number",
        ),
        (
            r#"{"Volumes":{"/":1}}"#,
            "Volumes: /: an object was expected, and there is a number",
        ),
        ("[]", "an object was expected, and there is a list"),
    ];
    for (json, why) in refusals {
        assert_eq!(refused(json), why, "{json}");
    }
    for json in [
        "",
        "{",
        "{}x",
        "\u{feff}{}",
        r#"{"os":}"#,
        "{\"os\":\"\t\"}",
    ] {
        assert!(refused(json).starts_with("it is no JSON: "), "{json:?}");
    }
}

#[test]
fn a_hostile_key_is_shown_short_and_escaped() {
    let why = refused(&format!(
        r#"{{"Labels":{{"\u001b{}":1}}}}"#,
        "x".repeat(999)
    ));
    assert!(why.starts_with("Labels: \\u{1b}xxx"), "{why}");
    assert!(why.len() < 200, "{why}");
}

#[test]
fn a_word_is_a_list_of_one_and_a_set_may_hold_nothing() {
    sample(r#"{"Cmd":"sh","Volumes":{"/a":{},"/b":null}}"#);
    sample(r#"{"Cmd":["sh",null],"Volumes":null}"#);
    sample(r#"{"Cmd":null}"#);
}

#[test]
fn the_elements_of_a_list_that_is_not_kept_are_checked() {
    sample(r#"{"history":[{"key":"a"},null,{"other":1}],"history":null}"#);
    assert_eq!(
        refused(r#"{"history":[{},{"key":1}]}"#),
        "history: [1]: key: a string was expected, and there is a number"
    );
    assert!(refused(r#"{"history":{}}"#).starts_with("history: a list"));
}

#[test]
fn a_lenient_member_of_another_type_is_left_out() {
    assert_eq!(sample(r#"{"lenient":1}"#).lenient.0, None);
    assert_eq!(sample(r#"{"lenient":"x"}"#).lenient.0.as_deref(), Some("x"));
}

#[test]
fn what_is_no_unicode_becomes_u_fffd() {
    let strings: [(&[u8], &str); 8] = [
        (br"\ud83d\ude00", "😀"),
        (br"\ud800", "\u{fffd}"),
        (br"\ud800\u0041\udc00", "\u{fffd}A\u{fffd}"),
        (br"\ud800\ud800\udc00", "\u{fffd}\u{10000}"),
        (br"\\ud800", "\\ud800"),
        (br"\\\ud800\\udc00", "\\\u{fffd}\\udc00"),
        (b"a\xff\xed\xa0\x80b", "a\u{fffd}\u{fffd}\u{fffd}\u{fffd}b"),
        (
            b"\xe2\x82A\xf0\x9f\x98",
            "\u{fffd}\u{fffd}A\u{fffd}\u{fffd}\u{fffd}",
        ),
    ];
    for (json, text) in strings {
        let json = [b"{\"os\":\"", json, b"\"}"].concat();
        let read: Sample = unmarshal(&json).unwrap();
        assert_eq!(read.os, text, "{}", json.escape_ascii());
    }
    assert!(unmarshal::<Sample>(b"{}\xff").is_err());
    assert!(unmarshal::<Sample>(b"{\"os\":\"\\\xff\"}").is_err());
}

proptest! {
    #[test]
    fn text_of_unicode_is_left_alone(text: String) {
        let json = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(unmarshal::<String>(json.as_bytes()), Ok(text));
        prop_assert_eq!(repaired(json.as_bytes()), json);
    }

    #[test]
    fn never_panics(json: Vec<u8>, text in "[\\\\ud8c0-9a-f{}\":,é]{0,30}") {
        let _ = unmarshal::<Sample>(&json);
        let _ = unmarshal::<Sample>(text.as_bytes());
        let quoted = format!("{{\"os\":\"{text}\"}}");
        let _ = unmarshal::<Sample>(quoted.as_bytes());
    }
}
