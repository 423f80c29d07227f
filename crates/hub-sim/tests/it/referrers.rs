//! The referrers API, held against REGISTRY.md section 7: off by default, filtered, paged, or not what it should be.

use std::path::PathBuf;

use hub_sim::{Config, Fault, FaultKind, Population, Referrers, Sim};

use crate::client::{Reply, digest, pull, start};
use crate::json::Json;

const NAME: &str = "odd/images";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const SIGNATURE: &str = "application/vnd.dev.cosign.artifact.sig.v1+json";
const SBOM: &str = "application/vnd.example.sbom.config.v1+json";

fn sim(referrers: Option<Referrers>, faults: Vec<Fault>) -> Sim {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../odd");
    start(Config {
        population: Population::images(&folder).expect("the folder of odd images can be read"),
        referrers,
        faults,
        ..Config::default()
    })
}

fn answering() -> Sim {
    sim(Some(Referrers::default()), Vec::new())
}

/// The digest of a file of the case `RFR-3-referrers`.
fn digest_of(file: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../odd/RFR-3-referrers");
    digest(&std::fs::read(folder.join(file)).expect("the case has this file"))
}

fn ask(sim: &Sim, subject: &str, query: &str) -> Reply {
    let path = format!("/v2/{NAME}/referrers/{subject}{query}");
    pull(sim, NAME, "GET", &path)
}

fn digests(reply: &Reply) -> Vec<String> {
    let json = reply.json();
    let manifests = json.at("manifests").items().iter();
    let digests = manifests.map(|manifest| manifest.at("digest").text().to_owned());
    digests.collect()
}

/// REGISTRY.md RFR-6: what Docker Hub does is not settled; a 404 sends clients to the fallback tag.
#[test]
fn the_api_is_missing_by_default_rfr_6() {
    let reply = ask(&sim(None, Vec::new()), &digest_of("top.json"), "");
    assert_eq!(
        (reply.status, reply.text().as_str()),
        (404, "404 page not found\n")
    );
}

/// REGISTRY.md RFR-1, RFR-3: the SBOM has no artifactType, so its config's media type stands for it.
#[test]
fn an_index_lists_what_refers_to_the_subject_rfr_3() {
    let reply = ask(&answering(), &digest_of("top.json"), "");
    assert_eq!(
        (reply.status, reply.header("content-type")),
        (200, Some(INDEX))
    );
    assert_eq!(reply.header("oci-filters-applied"), None);
    let json = reply.json();
    assert_eq!(json.at("mediaType").text(), INDEX);
    let [signature, sbom] = json.at("manifests").items() else {
        panic!("two referrers: {}", reply.text());
    };
    assert_eq!(signature.at("digest").text(), digest_of("signature.json"));
    assert_eq!(signature.at("artifactType").text(), SIGNATURE);
    let created = signature
        .at("annotations")
        .at("org.opencontainers.image.created");
    assert_eq!(created.text(), "2023-11-20T12:00:01Z");
    assert_eq!(sbom.at("digest").text(), digest_of("sbom.json"));
    assert_eq!(sbom.at("artifactType").text(), SBOM);
    assert_eq!(sbom.get("annotations"), None::<&Json>);
    let listed = pull(
        &answering(),
        NAME,
        "GET",
        &format!("/v2/{NAME}/manifests/{}", sbom.at("digest").text()),
    );
    assert_eq!(
        usize::try_from(sbom.at("size").number()).unwrap(),
        listed.body.len()
    );
}

/// REGISTRY.md RFR-1: the subject need not exist; DS: what is no digest is 400.
#[test]
fn nothing_refers_to_an_unknown_subject_and_no_digest_is_400_rfr_1() {
    let sim = answering();
    let reply = ask(&sim, &digest(b"unknown"), "");
    assert_eq!(reply.status, 200);
    assert!(digests(&reply).is_empty());
    for wrong in ["latest", "sha256:../../x", "sha256:00", "md5:0"] {
        let reply = ask(&sim, &wrong.replace('/', "%2F"), "");
        assert_ne!(reply.status, 200, "{wrong}");
    }
    let reply = ask(&sim, "sha256:00", "");
    let code = reply.json().at("errors").items()[0]
        .at("code")
        .text()
        .to_owned();
    assert_eq!((reply.status, code.as_str()), (400, "DIGEST_INVALID"));
}

/// REGISTRY.md RFR-2: the header says whether the filter was applied.
#[test]
fn the_filter_is_applied_and_said_or_ignored_rfr_2() {
    let subject = digest_of("top.json");
    let query = "?artifactType=application%2Fvnd.example.sbom.config.v1%2Bjson";
    let reply = ask(&answering(), &subject, query);
    assert_eq!(digests(&reply), [digest_of("sbom.json")]);
    assert_eq!(reply.header("oci-filters-applied"), Some("artifactType"));

    let ignoring = Referrers {
        filters: false,
        ..Referrers::default()
    };
    let reply = ask(&sim(Some(ignoring), Vec::new()), &subject, query);
    assert_eq!(digests(&reply).len(), 2);
    assert_eq!(reply.header("oci-filters-applied"), None);
}

/// REGISTRY.md RFR-1: pages by a relative Link.
#[test]
fn pages_are_linked_until_all_were_listed_rfr_1() {
    let paged = Referrers {
        page_size: Some(1),
        ..Referrers::default()
    };
    let sim = sim(Some(paged), Vec::new());
    let subject = digest_of("top.json");
    let first = ask(&sim, &subject, "");
    assert_eq!(digests(&first), [digest_of("signature.json")]);
    let link = first.header("link").expect("there is more");
    let next = link
        .strip_prefix('<')
        .and_then(|link| link.strip_suffix(">; rel=\"next\""))
        .expect("a link");
    let second = pull(&sim, NAME, "GET", next);
    assert_eq!(digests(&second), [digest_of("sbom.json")]);
    assert_eq!(second.header("link"), None);
}

/// REGISTRY.md ATT-4: an attestation with a subject is a referrer too.
#[test]
fn an_attestation_with_a_subject_is_a_referrer_att_4() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../odd");
    let child = folder.join("ATT-4-artifact-and-subject/linux-amd64.json");
    let subject = digest(&std::fs::read(child).expect("the case has this child"));
    let reply = ask(&answering(), &subject, "");
    let json = reply.json();
    let [attestation] = json.at("manifests").items() else {
        panic!("one referrer: {}", reply.text());
    };
    assert_eq!(
        attestation.at("artifactType").text(),
        "application/vnd.docker.attestation.manifest.v1+json"
    );
}

/// REGISTRY.md RFR-4: crane meets registries that answer 200 with a page of HTML.
#[test]
fn a_fault_makes_it_200_without_an_index_rfr_4() {
    let faults = vec![Fault::new(FaultKind::Html(200), "/referrers/")];
    let sim = sim(Some(Referrers::default()), faults);
    let reply = ask(&sim, &digest_of("top.json"), "");
    assert_eq!(reply.status, 200);
    assert_ne!(reply.header("content-type"), Some(INDEX));
    assert!(!reply.text().contains("manifests"));
}
