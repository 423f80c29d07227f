//! What a record costs the processor: an upstream object carried on, a tag record read, an image record composed of documents
//! that are here already. Times are for people to compare; nothing asserts them.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hub_core::{
    Client, ClientConfig, Extras, ImageQuery, KnownTag, Object, Platforms, Reference, Repository,
    TagQuery, endpoint,
};
use hub_sim::{Config, Population, Sim};
use tokio::runtime::{Builder, Runtime};

/// A simulator with one image, and a client of it.
struct Scene {
    runtime: Runtime,
    sim: Sim,
    client: Client,
}

impl Scene {
    fn new() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build();
        let sim = Sim::start(Config {
            population: Population::reference(1, 1),
            ..Config::default()
        })
        .expect("a free port");
        let mut config = ClientConfig::default();
        config.hub_url = Some(endpoint(&sim.url()).expect("an address"));
        config.registry_url.clone_from(&config.hub_url);
        Self {
            runtime: runtime.expect("a runtime"),
            sim,
            client: Client::new(config),
        }
    }

    /// The record of its tag, as hub-tags writes it.
    fn tag_record(&self) -> String {
        let repository: Repository = "reference/r01".parse().expect("a repository");
        let query = TagQuery::default();
        let listed = async {
            let tags = self.client.hub_tag_records(&repository, &query).await;
            tags.expect("it is there").next().await
        };
        let lines = self.runtime.block_on(listed).expect("a page");
        let lines = String::from_utf8(lines.expect("a record")).expect("text");
        lines.trim_end().to_owned()
    }

    /// The length of the image's record.
    fn image_record(
        &self,
        reference: &Reference,
        known: &KnownTag<'_>,
        query: &ImageQuery,
    ) -> usize {
        let mut records = self.client.image_records(reference, Some(known), query);
        let record = self.runtime.block_on(records.next());
        let record = record.expect("one platform").expect("it is there");
        record.len()
    }
}

fn records(criterion: &mut Criterion) {
    let scene = Scene::new();
    let record = scene.tag_record();
    let upstream = upstream(&record);
    let mut group = criterion.benchmark_group("records");
    group.throughput(Throughput::Elements(1));
    group.bench_function("an object is carried on", |bencher| {
        let mut out = Vec::new();
        bencher.iter(|| {
            out.clear();
            let object = Object::read(black_box(&upstream), &["name", "digest"]);
            let object = object.expect("one object");
            let name = object.string(0).expect("a tag has a name");
            object.write_record(&mut out, format_args!("docker.io/a/b:{name}"), "tag");
            out.len()
        });
    });
    group.bench_function("a tag record is read", |bencher| {
        bencher.iter(|| KnownTag::read(black_box(&record)).expect("a tag record"));
    });
    let known = KnownTag::read(&record).expect("a tag record");
    let reference: Reference = "reference/r01:1.1.0".parse().expect("a reference");
    let query = ImageQuery {
        platforms: Platforms::Preferred,
        extras: Extras::default(),
        alone: false,
        pins: false,
    };
    scene.image_record(&reference, &known, &query);
    let asked = scene.sim.log().len();
    group.bench_function("an image record is composed", |bencher| {
        bencher.iter(|| scene.image_record(black_box(&reference), &known, &query));
    });
    assert_eq!(scene.sim.log().len(), asked, "its documents were not here");
    group.finish();
}

/// What upstream said, without the two members that are ours.
fn upstream(record: &str) -> String {
    let (_, rest) = record
        .split_once("\"kind\":\"tag\",")
        .expect("our members lead");
    format!("{{{rest}")
}

criterion_group!(benches, records);
criterion_main!(benches);
