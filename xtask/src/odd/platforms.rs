//! Platforms as they are spelled, repeated and left out in real indexes (REGISTRY.md section 13).

use serde_json::{Value, json};

use super::case::{AMD64, ARM64, Case, DOCKER, OCI, config, index, manifest, on, pretty, with};

pub(super) fn cases() -> Vec<Case> {
    vec![
        spellings(),
        empty_platform(),
        variants_in_index_only(),
        equal_children(),
        only_unknown(),
        without_platform(),
        without_platform_beside_others(),
        arm64_only(),
        single_arm64(),
        windows(),
    ]
}

fn spellings() -> Case {
    let mut case = Case::new(
        "PLT-1",
        "spellings",
        "Names are normalised to be compared (amd64, arm64, arm/v7, arm/v6, 386) and printed as they stand.",
    );
    let spelled = [
        "Linux/x86_64",
        "linux/aarch64",
        "linux/armhf",
        "linux/armel",
        "linux/i386",
        "linux/ARM64/9",
    ];
    let children = spelled.map(|platform| case.child(OCI, platform));
    case.top(OCI.index, &index(OCI, &children))
}

fn empty_platform() -> Case {
    let mut case = Case::new(
        "PLT-1",
        "empty-platform",
        "A platform of empty texts, or an empty object, is none: such children are the last resort, and one's config says linux/amd64.",
    );
    let texts = case.image("empty-texts", OCI, "/");
    let texts = on("/", texts);
    let object = case.image("empty-object", OCI, AMD64);
    let object = with(object, json!({"platform": {}}));
    case.top(OCI.index, &index(OCI, &[texts, object]))
}

/// The configs say `arm` and `arm64` and nothing more, as builders left them for years.
fn variants_in_index_only() -> Case {
    let mut case = Case::new(
        "PLT-1",
        "variants-in-index-only",
        "The index names arm/v6, arm/v7 and arm64/v8, the configs no variant: the index is right.",
    );
    let variants = ["linux/arm/v6", "linux/arm/v7", "linux/arm64/v8"];
    let children = variants.map(|platform| {
        let (bare, _) = platform.rsplit_once('/').unwrap_or_default();
        let child = case.image(&platform.replace('/', "-"), DOCKER, bare);
        on(platform, child)
    });
    case.top(DOCKER.index, &index(DOCKER, &children))
}

fn equal_children() -> Case {
    let mut case = Case::new(
        "PLT-2",
        "equal-children",
        "Two children for linux/amd64: the first is chosen.",
    );
    let children = ["first", "second"].map(|stem| on(AMD64, case.image(stem, OCI, AMD64)));
    case.top(OCI.index, &index(OCI, &children))
}

fn only_unknown() -> Case {
    let mut case = Case::new(
        "PLT-3",
        "only-unknown",
        "unknown/unknown is never chosen, not even when there is nothing else.",
    );
    let child = case.child(OCI, "unknown/unknown");
    case.top(OCI.index, &index(OCI, &[child]))
}

fn without_platform() -> Case {
    let mut case = Case::new(
        "PLT-4",
        "child-without-platform",
        "A child without platform is no error; its config says linux/amd64.",
    );
    let child = case.image("child", OCI, AMD64);
    case.top(OCI.index, &index(OCI, &[child]))
}

fn without_platform_beside_others() -> Case {
    let mut case = Case::new(
        "PLT-4",
        "child-without-platform-first",
        "The first child has no platform, the second says linux/amd64: the second is chosen.",
    );
    let first = case.image("first", OCI, ARM64);
    let second = case.child(OCI, AMD64);
    case.top(OCI.index, &index(OCI, &[first, second]))
}

fn arm64_only() -> Case {
    let mut case = Case::new(
        "PLT-4",
        "arm64-only",
        "Asked for linux/amd64, the error lists linux/arm64.",
    );
    let child = case.child(OCI, ARM64);
    case.top(OCI.index, &index(OCI, &[child]))
}

fn single_arm64() -> Case {
    let mut case = Case::new(
        "PLT-5",
        "single-arm64",
        "The platform of a single manifest is its config's, linux/arm64; another that is asked for is reported.",
    );
    let manifest = case.parts("", OCI, ARM64);
    case.top(OCI.manifest, &manifest)
}

fn windows() -> Case {
    let mut case = Case::new(
        "PLT-6",
        "windows-versions",
        "Two Windows builds differ in os.version alone; without a version the first is chosen.",
    );
    let children =
        ["10.0.17763.1", "10.0.20348.2"].map(|version| windows_child(&mut case, version));
    case.top(DOCKER.index, &index(DOCKER, &children))
}

fn windows_child(case: &mut Case, version: &str) -> Value {
    let platform = json!({"os": "windows", "architecture": "amd64", "os.version": version});
    let layer = case.layer(&format!("layer-{version}"), DOCKER.layer);
    let config = with(
        config("windows/amd64", &layer),
        json!({"os.version": version}),
    );
    let config = case.blob(
        &format!("config-{version}.json"),
        DOCKER.config,
        &pretty(&config),
    );
    let manifest = manifest(DOCKER, &config, &[layer]);
    let child = case.manifest(
        &format!("windows-{version}.json"),
        DOCKER.manifest,
        &manifest,
    );
    with(child, json!({"platform": platform}))
}
