//! Platforms, children and attestations of odd indexes.

use crate::{digest, inspect, sim};

#[test]
fn platforms_of_inner_indexes_count_and_twice_is_once_man_14() {
    let sim = sim();
    let all = ["--platform", "all"];
    let nested = inspect(&sim, &all, "MAN-14-nested-index").succeeds();
    assert_eq!(nested.each("Platform"), ["linux/arm64", "linux/amd64"]);
    let arm64 = inspect(&sim, &["--platform", "linux/arm64"], "MAN-14-nested-index").succeeds();
    assert_eq!(arm64.each("ref"), nested.each("ref")[..1]);
    assert_eq!(
        inspect(&sim, &all, "MAN-14-child-twice")
            .succeeds()
            .records()
            .len(),
        1
    );
    inspect(&sim, &all, "MAN-14-too-deep").fails(1, &["more than 5 deep"]);
}

#[test]
fn an_unknown_child_is_listed_and_does_not_hide_the_others_man_13() {
    let sim = sim();
    let case = "MAN-13-unknown-child-beside-image";
    let listed = inspect(&sim, &["--platform", "list"], case).succeeds();
    let unknown = "application/vnd.example.thing.v1+json";
    assert!(
        listed
            .each("mediaType")
            .iter()
            .any(|listed| listed == unknown)
    );
    let all = inspect(&sim, &["--platform", "all"], case).succeeds();
    assert_eq!(all.each("Platform"), ["linux/amd64"]);
    let alone = inspect(&sim, &["--platform", "list"], "MAN-13-unknown-child-alone").succeeds();
    assert_eq!(alone.each("mediaType"), [unknown]);
}

#[test]
fn a_variant_that_only_the_index_names_is_demanded_plt_1() {
    let sim = sim();
    let case = "PLT-1-variants-in-index-only";
    for (platform, file) in [
        ("linux/arm/v6", "linux-arm-v6.json"),
        ("linux/arm/v7", "linux-arm-v7.json"),
        ("linux/arm", "linux-arm-v7.json"),
        ("linux/arm64", "linux-arm64-v8.json"),
    ] {
        let run = inspect(&sim, &["--platform", platform], case).succeeds();
        assert_eq!(
            run.each("ManifestDigest"),
            [digest(case, file)],
            "{platform}"
        );
    }
    inspect(&sim, &["--platform", "linux/arm/v5"], case)
        .fails(1, &["linux/arm/v6", "linux/arm/v7"]);
}

#[test]
fn of_equal_children_the_first_one_is_shown_plt_2() {
    let sim = sim();
    let case = "PLT-2-equal-children";
    let (first, second) = (digest(case, "first.json"), digest(case, "second.json"));
    assert_ne!(first, second);
    for arguments in [&[][..], &["--platform", "linux/amd64"]] {
        let run = inspect(&sim, arguments, case).succeeds();
        assert_eq!(run.each("ManifestDigest"), [&*first], "{arguments:?}");
    }
}

#[test]
fn windows_is_told_apart_by_its_version_plt_6() {
    let sim = sim();
    let case = "PLT-6-windows-versions";
    let demanded = |platform: &str| inspect(&sim, &["--platform", platform], case);
    for (platform, shown) in [
        ("windows/amd64:10.0.20348", "windows/amd64:10.0.20348.2"),
        ("windows/amd64", "windows/amd64:10.0.17763.1"),
    ] {
        assert_eq!(demanded(platform).succeeds().each("Platform"), [shown]);
    }
    demanded("windows/amd64:10.0.2").fails(1, &["10.0.20348.2"]);
}

#[test]
fn a_child_without_platform_is_the_last_resort_plt_4() {
    let sim = sim();
    let case = "PLT-4-child-without-platform";
    let run = inspect(&sim, &["--platform", "linux/amd64"], case).succeeds();
    assert_eq!(run.each("Platform"), ["linux/amd64"]);
    inspect(&sim, &["--platform", "linux/s390x"], case).fails(1, &["no image for linux/s390x"]);
    inspect(&sim, &["--platform", "linux/arm64"], "PLT-5-single-arm64").succeeds();
    inspect(&sim, &["--platform", "linux/amd64"], "PLT-5-single-arm64").fails(1, &["linux/arm64"]);
    inspect(&sim, &["--platform", "linux/amd64"], "PLT-4-arm64-only").fails(1, &["linux/arm64"]);
}

#[test]
fn attestations_are_reported_with_their_image_alone_att_1_att_2_att_4() {
    let sim = sim();
    for (case, kinds) in [
        ("ATT-1-buildkit", &["sbom", "provenance"][..]),
        ("ATT-1-older-prefix", &["sbom", "provenance"]),
        ("ATT-1-other-reference-type", &[]),
        ("ATT-4-artifact-and-subject", &["sbom", "provenance"]),
    ] {
        let run = inspect(&sim, &["--index", "--platform", "all"], case).succeeds();
        let records = run.records();
        assert_eq!(
            records.len(),
            1,
            "{case}: an attestation is no platform (ATT-3)"
        );
        let found = records[0]["Attestations"].as_array().expect("a list");
        let found: Vec<_> = found.iter().map(|found| &found["Type"]).collect();
        assert_eq!(found, kinds, "{case}");
    }
}
