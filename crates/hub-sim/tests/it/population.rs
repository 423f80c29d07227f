//! What the tutorial population promises: variety, and documents that are what their digests say.

use std::collections::{HashMap, HashSet};

use hub_sim::{DocumentKind, Population};

use crate::client::digest;
use crate::json::Json;

/// REGISTRY.md MAN-6, MAN-10: digests and sizes are true, and every document comes after those that it refers to.
#[test]
fn every_descriptor_points_at_an_earlier_document() {
    let population = Population::tutorial();
    let mut known: HashMap<String, i64> = HashMap::new();
    for document in population.documents() {
        assert_eq!(digest(document.bytes()), document.digest());
        if document.kind() == DocumentKind::Manifest {
            let json = Json::parse(document.bytes());
            assert_eq!(json.at("mediaType").text(), document.media_type());
            for key in ["layers", "manifests"] {
                for descriptor in json.get(key).map_or(&[][..], Json::items) {
                    let size = descriptor.at("size").number();
                    assert_eq!(
                        known.get(descriptor.at("digest").text()),
                        Some(&size),
                        "{}",
                        document.digest()
                    );
                }
            }
            if let Some(config) = json.get("config") {
                assert_eq!(
                    known.get(config.at("digest").text()),
                    Some(&config.at("size").number())
                );
            }
        }
        let size = i64::try_from(document.size()).unwrap();
        assert!(
            known.insert(document.digest().to_owned(), size).is_none(),
            "twice: {}",
            document.digest()
        );
    }
}

/// The same seed gives the same bytes, another seed others.
#[test]
fn the_population_is_decided_by_its_seed() {
    let digests = |population: &Population| {
        let tags = population
            .tags("ansible/awx")
            .map(|tag| tag.digest.to_owned());
        tags.collect::<Vec<_>>()
    };
    let tutorial = digests(&Population::tutorial());
    assert_eq!(
        tutorial,
        digests(&Population::tutorial_from(hub_sim::DEFAULT_SEED))
    );
    assert_ne!(tutorial, digests(&Population::tutorial_from(2)));
}

#[test]
fn the_tutorial_has_the_variety_of_real_life() {
    let population = Population::tutorial();
    let in_ansible = population
        .repositories()
        .filter(|repository| repository.namespace() == "ansible");
    assert!((18..=30).contains(&in_ansible.count()));
    let tags: Vec<_> = population
        .repositories()
        .flat_map(hub_sim::Repository::tags)
        .collect();
    let share = |part: usize| part * 100 / tags.len();

    let distinct: HashSet<_> = tags.iter().map(|tag| tag.digest).collect();
    assert!(
        (20..=40).contains(&share(tags.len() - distinct.len())),
        "{} of {}",
        distinct.len(),
        tags.len()
    );
    let several = tags.iter().filter(|tag| tag.platforms.len() > 1).count();
    assert!(
        (40..=60).contains(&share(several)),
        "{several} of {}",
        tags.len()
    );

    let media_types: HashSet<_> = tags.iter().map(|tag| tag.media_type).collect();
    assert_eq!(media_types.len(), 4, "{media_types:?}");
    assert!(tags.iter().any(|tag| {
        tag.platforms
            .iter()
            .all(|platform| platform.architecture == "arm64")
    }));
    assert!(tags.iter().any(|tag| {
        tag.platforms
            .iter()
            .any(|platform| platform.os_version.is_some())
    }));
    assert!(
        tags.iter().any(|tag| tag.platforms.is_empty()),
        "an artifact"
    );
    assert!(tags.iter().any(|tag| !tag.digest_is_listed));
}

#[test]
fn configs_have_the_odd_cases() {
    let population = Population::tutorial();
    let configs: Vec<_> = population
        .documents()
        .filter(|document| {
            document.media_type().contains("image") && document.media_type().contains("config")
        })
        .chain(
            population
                .documents()
                .filter(|document| document.media_type().contains("container.image")),
        )
        .map(|document| {
            (
                Json::parse(document.bytes()),
                String::from_utf8_lossy(document.bytes()).into_owned(),
            )
        })
        .filter(|(json, _)| json.at("os").text() != "unknown")
        .collect();
    let count =
        |test: &dyn Fn(&Json) -> bool| configs.iter().filter(|(json, _)| test(json)).count();
    assert!(count(&|json| json.get("created").is_none()) > 3);
    assert!(count(&|json| json.at("config").get("Labels") == Some(&Json::Null)) > 3);
    assert!(count(&|json| json.at("config").get("Labels").is_none()) > 3);
    assert!(
        configs
            .iter()
            .any(|(_, text)| text.contains("\\u003c") && text.contains("\\\""))
    );
    let layers = |json: &Json| {
        json.at("history")
            .items()
            .iter()
            .filter(|step| step.get("empty_layer").is_none())
            .count()
    };
    assert!(
        configs
            .iter()
            .all(|(json, _)| layers(json) == json.at("rootfs").at("diff_ids").items().len())
    );
}

/// REGISTRY.md ATT-1 and ATT-2.
#[test]
fn attestations_point_at_the_manifests_that_they_describe() {
    let population = Population::tutorial();
    let tag = population.tags("ansible/awx").next().unwrap();
    let repository = population.repository("ansible/awx").unwrap();
    let index = Json::parse(repository.document(tag.digest).unwrap().bytes());
    let attestations: Vec<_> = index
        .at("manifests")
        .items()
        .iter()
        .filter(|child| child.at("platform").at("os").text() == "unknown")
        .map(|child| child.at("annotations"))
        .collect();
    assert_eq!(attestations.len(), tag.platforms.len());
    for (annotations, platform) in attestations.iter().zip(tag.platforms) {
        assert_eq!(
            annotations.at("vnd.docker.reference.type").text(),
            "attestation-manifest"
        );
        assert_eq!(
            annotations.at("vnd.docker.reference.digest").text(),
            platform.manifest
        );
    }
}

#[test]
fn populations_can_be_joined() {
    let both = Population::tutorial().and(&Population::bulk("bulk", "many", 7));
    assert_eq!(both.tags("bulk/many").count(), 7);
    assert_eq!(both.tags("ansible/awx").count(), 60);
    assert_eq!(both.tags("ansible/nothing").count(), 0);
}

/// The marks of the benchmark are computed from these numbers.
#[test]
fn the_reference_job_has_700_images_behind_1000_tags_and_half_of_them_are_indexes() {
    let population = Population::reference(20, 50);
    let (mut tags, mut tops, mut indexes) = (0, HashSet::new(), HashSet::new());
    for repository in population.repositories() {
        let own: HashSet<&str> = repository.tags().map(|tag| tag.digest).collect();
        assert_eq!((repository.tags().count(), own.len()), (50, 35));
        tags += 50;
        let multi = repository.tags().filter(|tag| tag.platforms.len() > 1);
        indexes.extend(multi.map(|tag| tag.digest.to_owned()));
        tops.extend(own.into_iter().map(str::to_owned));
    }
    assert_eq!((tags, tops.len(), indexes.len()), (1000, 700, 350));
    let again = Population::reference(20, 50);
    let digests = |population: &Population| {
        let documents = population.documents();
        documents
            .map(|document| document.digest().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(digests(&population), digests(&again));
}
