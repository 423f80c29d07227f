//! The folder of odd images: read whole, served with the headers that it states, refused when it is not what it says.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use hub_sim::{Config, DocumentKind, Population, Sim};

use crate::client::{digest, get, pull, start};
use crate::json::Json;

const NAME: &str = "odd/images";
const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../odd")
}

fn odd() -> Population {
    Population::images(&folder()).expect("the folder of odd images can be read")
}

fn sim() -> Sim {
    start(Config {
        population: odd(),
        ..Config::default()
    })
}

fn manifest(sim: &Sim, method: &str, reference: &str) -> crate::client::Reply {
    pull(
        sim,
        NAME,
        method,
        &format!("/v2/{NAME}/manifests/{reference}"),
    )
}

fn top(case: &str) -> Vec<u8> {
    fs::read(folder().join(case).join("top.json")).expect("every case has a top")
}

#[test]
fn every_folder_is_a_tag_and_serves_its_top_byte_for_byte() {
    let sim = sim();
    let mut cases = 0;
    for entry in fs::read_dir(folder()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            let case = entry.file_name().into_string().unwrap();
            let reply = manifest(&sim, "GET", &case);
            assert_eq!((reply.status, &reply.body), (200, &top(&case)), "{case}");
            cases += 1;
        }
    }
    assert!(cases > 60, "{cases}");
}

/// REGISTRY.md MAN-9: sha512 is a digest too; MAN-6: a signed manifest's digest is over its payload.
#[test]
fn every_document_is_served_under_its_stated_digest() {
    let sim = sim();
    let population = odd();
    let mut sha512 = 0;
    for document in population.documents() {
        sha512 += usize::from(document.digest().starts_with("sha512:"));
        let word = match document.kind() {
            DocumentKind::Manifest => "manifests",
            DocumentKind::Blob => "blobs",
        };
        let path = format!("/v2/{NAME}/{word}/{}", document.digest());
        let mut reply = pull(&sim, NAME, "GET", &path);
        if document.kind() == DocumentKind::Blob {
            let location = reply.header("location").unwrap().to_owned();
            reply = get(&sim, location.strip_prefix(&sim.url()).unwrap());
        }
        assert_eq!((reply.status, &*reply.body), (200, document.bytes()));
    }
    assert_eq!(sha512, 3, "a child, a config and a layer");
}

/// REGISTRY.md MAN-11: by tag and by digest, and for HEAD as for GET.
#[test]
fn the_content_type_is_the_stated_one_or_none_man_11() {
    let sim = sim();
    let cases = [
        ("MAN-11-served-as-text", Some("text/plain")),
        ("MAN-11-served-without-type", None),
        (
            "MAN-11-served-with-charset",
            Some("application/vnd.oci.image.manifest.v1+json; charset=utf-8"),
        ),
        (
            "MAN-11-served-in-upper-case",
            Some("APPLICATION/VND.OCI.IMAGE.MANIFEST.V1+JSON"),
        ),
        (
            "MAN-14-index-in-itself",
            Some("application/vnd.oci.image.index.v1+json"),
        ),
    ];
    for (case, content_type) in cases {
        for reference in [case, &digest(&top(case))] {
            for method in ["GET", "HEAD"] {
                let reply = manifest(&sim, method, reference);
                let found = (reply.status, reply.header("content-type"));
                assert_eq!(found, (200, content_type), "{method} {reference}");
            }
        }
    }
}

/// REGISTRY.md MAN-5, MAN-8.
#[test]
fn the_digest_header_is_the_stated_one_or_none_man_8() {
    let sim = sim();
    let header = |case: &str| {
        let reply = manifest(&sim, "GET", case);
        reply.header("docker-content-digest").map(str::to_owned)
    };
    let own = |case: &str| Some(digest(&top(case)));
    assert_eq!(header("MAN-5-header-digest-missing"), None);
    let lie = header("MAN-8-header-digest-lies");
    assert!(lie.is_some() && lie != own("MAN-8-header-digest-lies"));
    assert!(header("MAN-8-header-digest-sha512").is_some_and(|text| text.starts_with("sha512:")));
    assert_eq!(header("MAN-4-head-refused"), own("MAN-4-head-refused"));
}

/// REGISTRY.md MAN-4.
#[test]
fn a_refused_head_is_405_and_its_get_is_200_man_4() {
    let sim = sim();
    let status = |method: &str, case: &str| manifest(&sim, method, case).status;
    assert_eq!(status("HEAD", "MAN-4-head-refused"), 405);
    assert_eq!(status("GET", "MAN-4-head-refused"), 200);
    assert_eq!(status("HEAD", "MAN-15-docker-image"), 200);
}

/// REGISTRY.md RFR-5.
#[test]
fn a_document_with_tags_of_its_own_is_served_under_them_rfr_5() {
    let sim = sim();
    let tag = digest(&top("RFR-5-fallback-tag")).replace(':', "-");
    let reply = manifest(&sim, "GET", &tag);
    assert_eq!(reply.status, 200);
    assert_eq!(reply.json().at("manifests").items().len(), 2);
}

#[test]
fn the_web_api_lists_the_tags_too() {
    let sim = sim();
    let page = get(
        &sim,
        "/v2/namespaces/odd/repositories/images/tags?page_size=100",
    )
    .json();
    let tags = fs::read_dir(folder()).unwrap().count() - 1 + 2;
    assert_eq!(
        page.at("count").number(),
        i64::try_from(tags).unwrap(),
        "a folder each, no README, two more tags"
    );
    let detail = get(&sim, "/v2/namespaces/odd/repositories/images").json();
    let types = detail.at("media_types").items();
    assert!(types.contains(&Json::Text(OCI_MANIFEST.to_owned())));
}

#[test]
fn a_folder_that_is_not_what_it_says_is_refused_with_its_file() {
    let blob = |digest: &str| {
        format!(r#"{{"file":"layer","kind":"blob","media_type":"x","digest":"{digest}"}}"#)
    };
    let file = |file: &str| {
        let digest = digest(b"{}");
        format!(r#"{{"file":"{file}","kind":"manifest","media_type":"x","digest":"{digest}"}}"#)
    };
    let good = file("top.json");
    assert!(images("a-tag", &good).is_ok());
    let bad = [
        (images("a-tag", &blob(&digest(b"layer"))), "no manifest"),
        (images("no tag", &good), "no tag"),
        (images("a-tag", ""), "no manifest"),
        (images("a-tag", &file("../top.json")), "another folder"),
        (images("a-tag", &file("layer")), "not that of the bytes"),
        (images("a-tag", &blob("sha256:../../x")), "digest is none"),
        (
            images("a-tag", &blob(&digest(b"layer").to_uppercase())),
            "digest is none",
        ),
        (images("a-tag", &file("missing")), "missing"),
        (images("a-tag", "{}"), "image.json"),
    ];
    for (result, text) in bad {
        let error = result.unwrap_err().to_string();
        assert!(error.contains(text), "{error}: {text}");
    }
    assert!(Population::images(Path::new("/nonexistent")).is_err());
}

/// The population of one image with these documents.
fn images(name: &str, documents: &str) -> io::Result<Population> {
    let root = tempfile::tempdir()?;
    let case = root.path().join(name);
    fs::create_dir(&case)?;
    fs::write(case.join("layer"), "layer")?;
    fs::write(case.join("top.json"), "{}")?;
    let json = format!(
        r#"{{"fact":"MAN-1","rule":"none","content_type":null,"documents":[{documents}]}}"#
    );
    fs::write(case.join("image.json"), json)?;
    Population::images(root.path())
}
