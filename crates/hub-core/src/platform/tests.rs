//! The rules of REGISTRY.md §13 and DECISIONS 19, one by one.

use proptest::prelude::*;

use super::*;

fn platform(text: &str) -> Platform {
    text.parse().unwrap()
}

/// Children by their platforms: `-` has none, `!` in front marks an attestation.
fn index(platforms: &str) -> Vec<Candidate> {
    let candidate = |text: &str| Candidate {
        platform: text.trim_start_matches('!').parse().ok(),
        attestation: text.starts_with('!'),
    };
    platforms.split_whitespace().map(candidate).collect()
}

fn chosen(wanted: &str, platforms: &str) -> Option<usize> {
    choose(wanted.parse().ok().as_ref(), &index(platforms)).ok()
}

#[test]
fn reads_the_grammar_of_plt_6() {
    let windows = platform("windows/amd64:10.0.17763.1");
    assert_eq!(
        (&*windows.os, windows.os_version.as_deref()),
        ("windows", Some("10.0.17763.1"))
    );
    let arm = platform("linux/arm/v7:1");
    assert_eq!(
        (arm.variant.as_deref(), arm.os_version.as_deref()),
        (Some("v7"), Some("1"))
    );
    for text in [
        "",
        "linux",
        "/",
        "linux/",
        "/amd64",
        "linux//v8",
        "a/b/c/d",
        "a/b:",
        "a/b:1:2",
        "a/b:1/2",
        "a b/c",
        "é/a",
    ] {
        assert!(text.parse::<Platform>().is_err(), "{text}");
    }
}

#[test]
fn normalises_after_plt_1() {
    let vectors = "\
        Linux/X86_64 linux/amd64 · linux/x86-64 linux/amd64 · linux/i386 linux/386 · linux/aarch64 linux/arm64 · \
        linux/arm64/8 linux/arm64 · linux/arm64/V8 linux/arm64 · linux/arm64/v8.0 linux/arm64 · \
        linux/arm64/9 linux/arm64/v9 · linux/arm64/9.0 linux/arm64/v9 · linux/arm64/v9.0 linux/arm64/v9 · \
        linux/armhf linux/arm/v7 · linux/armel linux/arm/v6 · linux/arm linux/arm/v7 · linux/arm/7 linux/arm/v7 · \
        linux/arm/5 linux/arm/v5 · linux/arm/6 linux/arm/v6 · linux/arm/8 linux/arm/v8 · linux/amd64/v1 linux/amd64 · \
        linux/amd64/v3 linux/amd64/v3 · macOS/arm64 darwin/arm64 · linux/riscv64 linux/riscv64";
    for vector in vectors.split(" · ") {
        let (text, normalized) = vector.split_once(' ').unwrap();
        assert_eq!(
            platform(text).normalized().to_string(),
            normalized,
            "{text}"
        );
    }
}

#[test]
fn empty_strings_of_a_document_are_none() {
    let platform = Platform::new("linux", "amd64");
    let empty = Some(String::new());
    assert_eq!(
        platform
            .clone()
            .with_variant(empty.clone())
            .with_os_version(empty),
        platform
    );
}

#[test]
fn without_a_demand_linux_amd64_on_every_machine_then_what_there_is_plt_4() {
    // DECISIONS 19.
    assert_eq!(chosen("", "linux/arm64 linux/amd64"), Some(1));
    assert_eq!(chosen("", "linux/amd64/v3 linux/amd64"), Some(1));
    assert_eq!(chosen("", "linux/arm64 linux/amd64/v3"), Some(1));
    assert_eq!(
        chosen(
            "",
            "!linux/amd64 - unknown/unknown linux/arm64/v8 linux/s390x"
        ),
        Some(3)
    );
    assert_eq!(chosen("", "windows/amd64:10.0.1"), Some(0));
    assert_eq!(chosen("", "unknown/unknown - -"), Some(1));
    assert_eq!(chosen("", "unknown/unknown !-"), None);
    assert_eq!(chosen("", ""), None);
}

#[test]
fn a_demand_is_met_or_refused() {
    assert_eq!(chosen("linux/arm64", "linux/amd64 linux/aarch64"), Some(1));
    assert_eq!(chosen("linux/amd64", "windows/amd64 linux/arm64 -"), None);
    assert_eq!(chosen("linux/amd64", "!linux/amd64"), None);
}

#[test]
fn of_equal_ones_the_first_is_chosen_plt_2() {
    assert_eq!(
        chosen("linux/amd64", "linux/386 linux/amd64 linux/amd64"),
        Some(1)
    );
    assert_eq!(
        chosen("linux/arm64", "linux/arm64 linux/aarch64 linux/arm64/v8"),
        Some(0),
        "spelt in three ways"
    );
    assert_eq!(chosen("", "linux/amd64/v2 linux/amd64/v3"), Some(0));
}

#[test]
fn what_is_no_image_is_never_chosen_plt_3() {
    // Also when it is asked for by name.
    assert_eq!(chosen("unknown/unknown", "unknown/unknown"), None);
    assert_eq!(chosen("Unknown/UNKNOWN", "UNKNOWN/unknown"), None);
    assert_eq!(chosen("", "unknown/unknown !linux/amd64 !-"), None);
    assert_eq!(chosen("linux/amd64", "!linux/amd64 linux/amd64"), Some(1));
    assert_eq!(
        chosen("linux/unknown", "linux/unknown"),
        Some(0),
        "half of the mark is none"
    );
}

#[test]
fn a_variant_counts_where_it_is_asked_or_implied_plt_1() {
    assert_eq!(chosen("linux/arm", "linux/arm/v5 linux/arm/v7"), Some(1));
    assert_eq!(chosen("linux/arm", "linux/arm/v6"), None);
    assert_eq!(chosen("linux/arm/v6", "linux/arm linux/arm/v6"), Some(1));
    assert_eq!(
        chosen("linux/arm64", "linux/arm64/v9 linux/arm64/v8"),
        Some(1)
    );
    assert_eq!(chosen("linux/arm64/v8", "linux/arm64"), Some(0));
    assert_eq!(chosen("linux/arm64", "linux/arm64/v9"), None);
    assert_eq!(chosen("linux/amd64", "linux/amd64/v3"), Some(0));
    assert_eq!(chosen("linux/amd64", "linux/amd64/v3 linux/amd64"), Some(1));
    assert_eq!(chosen("linux/amd64/v1", "linux/amd64/v3"), None);
    // A demand is no wish: no lower variant stands in, though it would run (crane's rule, not skopeo's).
    assert_eq!(chosen("linux/arm/v7", "linux/arm/v5 linux/arm/v6"), None);
    assert_eq!(chosen("linux/amd64/v3", "linux/amd64 linux/amd64/v2"), None);
    assert_eq!(chosen("linux/arm64/v9", "linux/arm64"), None);
}

#[test]
fn an_os_version_is_a_prefix_at_a_dot() {
    let servers =
        "windows/amd64:10.0.177630.1 windows/amd64:10.0.17763.1 windows/amd64:10.0.17763.2";
    assert_eq!(chosen("windows/amd64:10.0.17763", servers), Some(1));
    assert_eq!(chosen("windows/amd64:10.0.17763.2", servers), Some(2));
    assert_eq!(chosen("windows/amd64:10.0.17763", "windows/amd64"), None);
    assert_eq!(chosen("windows/amd64", servers), Some(0));
}

#[test]
fn no_match_names_what_there_is_as_it_is_written_there_plt_1_plt_4() {
    let children = index("linux/arm64/v8 !linux/s390x unknown/unknown linux/386 linux/386 -");
    let no = choose(Some(&platform("linux/amd64")), &children).unwrap_err();
    assert_eq!(
        no.to_string(),
        "no image for linux/amd64; there are linux/arm64/v8, linux/386"
    );
    let children = index("Linux/aarch64 linux/arm64/V8");
    let no = choose(Some(&platform("linux/x86_64")), &children).unwrap_err();
    assert_eq!(
        no.to_string(),
        "no image for linux/x86_64; there are Linux/aarch64, linux/arm64/V8"
    );
    assert_eq!(
        choose(None, &[]).unwrap_err().to_string(),
        "no image; there are no platforms"
    );
}

#[test]
fn no_match_shows_hostile_platforms_short_and_escaped() {
    let child = |n: usize| Candidate {
        platform: Some(Platform::new("\u{1b}[2J".repeat(99), n.to_string())),
        attestation: false,
    };
    let children: Vec<Candidate> = (0..1000).map(child).collect();
    let message = choose(Some(&platform("a/b")), &children)
        .unwrap_err()
        .to_string();
    assert!(
        message.ends_with("and 980 more") && message.len() < 5000,
        "{message}"
    );
    assert!(!message.contains('\u{1b}'));
}

proptest! {
    #[test]
    fn the_text_reads_back(text in "[a-zA-Z0-9._-]{1,6}/[a-z0-9]{1,5}(/[a-z0-9.]{1,3})?(:[0-9.]{1,9})?") {
        let platform = platform(&text);
        prop_assert_eq!(platform.to_string(), text);
        prop_assert_eq!(platform.normalized().normalized(), platform.normalized());
    }

    #[test]
    fn never_panics_and_never_chooses_what_is_no_image_plt_3(
        wanted in "(linux|windows)/(amd64|arm64|arm|unknown)(/v[5-9])?|-|\\PC*",
        children in "(!?(linux|windows|unknown)/(amd64|arm64|arm|unknown)(/v[5-9])? |- ){0,6}",
    ) {
        if let Some(index_of) = chosen(&wanted, &children) {
            let chosen = &index(&children)[index_of];
            prop_assert!(!chosen.attestation);
            prop_assert!(!chosen.platform.as_ref().is_some_and(Platform::is_unknown));
        }
    }

    #[test]
    fn the_choice_stays_where_worse_children_are_appended_plt_2(
        wanted in WANTED,
        children in CHILDREN,
        appended in CHILDREN,
    ) {
        let demand: Option<Platform> = wanted.parse().ok();
        let known = index(&children);
        let before = choose(demand.as_ref(), &known).ok();
        // Equal to one that is there, no image, or nothing that anybody could choose.
        let fits = |candidate: &Candidate| choose(demand.as_ref(), std::slice::from_ref(candidate)).is_ok();
        let is_worse = |candidate: &Candidate| known.contains(candidate) || !fits(candidate);
        let worse = index(&appended).into_iter().filter(is_worse);
        let more: Vec<Candidate> = known.iter().cloned().chain(known.clone()).chain(worse).collect();
        prop_assert_eq!(choose(demand.as_ref(), &more).ok(), before);
    }

    #[test]
    fn what_is_chosen_on_demand_is_what_was_asked_plt_1(wanted in WANTED, children in CHILDREN) {
        let Ok(demand) = wanted.parse::<Platform>() else { return Ok(()) };
        let known = index(&children);
        let Ok(found) = choose(Some(&demand), &known) else { return Ok(()) };
        let chosen = known[found].platform.as_ref().unwrap().normalized();
        let asked = demand.normalized();
        prop_assert_eq!((&chosen.os, &chosen.architecture), (&asked.os, &asked.architecture));
        if demand.variant.is_some() {
            prop_assert_eq!(&chosen.variant, &asked.variant);
        }
        if let Some(version) = &asked.os_version {
            let parts = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
            prop_assert!(parts(&chosen.os_version.unwrap()).starts_with(&parts(version)));
        }
    }
}

const WANTED: &str =
    "(linux|windows|unknown)/(amd64|x86_64|arm64|arm|unknown)(/v[1-9])?(:10(\\.[01]{1,2}){0,2})?|-";
const CHILDREN: &str = "(!?(linux|Linux|windows|unknown)/(amd64|arm64|aarch64|arm|unknown)(/v[1-9])?(:10(\\.[01]{1,2}){0,3})? |!?- ){0,6}";
