//! What one build of a repository puts into its documents: labels, environment, history, layers, annotations. The odd
//! cases of real life are dealt out here, by a generator that the version seeds.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::config_blob::{History, ImageConfig, Labels, RootFs, RunConfig};
use super::document::{Document, hex};
use super::image::Target;
use super::layer::{Layer, layer};
use super::manifest::Annotations;
use super::media::IN_TOTO;
use super::profile::Profile;
use super::rng::Rng;

/// One build of one repository.
#[derive(Clone, Debug)]
pub(crate) struct Recipe<'a> {
    profile: &'a Profile,
    version: &'a str,
    created: Timestamp,
    revision: String,
    labels: Labels,
    stamped: bool,
    author: Option<&'static str>,
    docker_version: Option<&'static str>,
    /// Lines of filling, so that sizes differ.
    filling: usize,
}

impl<'a> Recipe<'a> {
    /// Build `version` of `profile`, finished at `created`. `modern` builds come from `BuildKit`, others from Docker's
    /// first builder.
    pub(crate) fn new(
        seed: u64,
        profile: &'a Profile,
        version: &'a str,
        created: Timestamp,
        modern: bool,
    ) -> Self {
        let mut rng = Rng::new(seed, &format!("{}@{version}", profile.full_name()));
        let revision = hex(&[rng.next(), rng.next(), rng.next()]
            .map(u64::to_be_bytes)
            .concat())[..40]
            .to_owned();
        let labels = match rng.below(8) {
            0 if modern => Labels::Absent,
            0 | 1 => Labels::Null,
            _ => labels(profile, version, created, &revision),
        };
        Self {
            profile,
            version,
            created,
            revision,
            labels,
            stamped: !rng.chance(6),
            author: rng
                .chance(20)
                .then_some("The \"Ansible\" Authors <ops@example.org>"),
            docker_version: (!modern).then_some("18.09.7"),
            filling: usize::try_from(rng.below(100)).unwrap_or(0),
        }
    }

    /// A base layer that builds share, and one of this build.
    pub(crate) fn layers(&self, media_type: &'static str, target: Target) -> Vec<Layer> {
        let (os, architecture, variant, _) = target;
        let Profile { base, name, .. } = self.profile;
        let release = format!(
            "{base} {os}/{architecture} {}\n",
            variant.unwrap_or_default()
        );
        let payload = format!(
            "{name} {}\n{}\n{os}/{architecture}\n{}",
            self.version,
            self.revision,
            "Nothing to see here.\n".repeat(self.filling)
        );
        vec![
            layer(media_type, "etc/os-release", &release),
            layer(media_type, &format!("opt/{name}/VERSION"), &payload),
        ]
    }

    /// The config for `target`, over layers with these diff ids.
    pub(crate) fn config(&self, target: Target, diff_ids: Vec<String>) -> ImageConfig {
        let (os, architecture, variant, os_version) = target;
        ImageConfig {
            architecture: architecture.to_owned(),
            author: self.author,
            config: self.run_config(os),
            created: self.stamped.then(|| self.created.to_string()),
            docker_version: self.docker_version,
            history: self.history(),
            os: os.to_owned(),
            os_version: os_version.map(str::to_owned),
            rootfs: RootFs {
                r#type: "layers",
                diff_ids,
            },
            variant: variant.map(str::to_owned),
        }
    }

    fn run_config(&self, os: &str) -> RunConfig {
        let path = if os == "windows" {
            "Path=C:\\Windows\\system32;C:\\Windows;C:\\Program Files\\PowerShell"
        } else {
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        };
        let variables = self
            .profile
            .env
            .iter()
            .map(|text| text.replace("{version}", self.version));
        RunConfig {
            user: self.profile.user.clone(),
            exposed_ports: self
                .profile
                .ports
                .iter()
                .map(|port| (port.clone(), serde_json::json!({})))
                .collect(),
            env: std::iter::once(path.to_owned()).chain(variables).collect(),
            entrypoint: self.profile.entrypoint.clone(),
            cmd: self.profile.cmd.clone(),
            working_dir: self.profile.working_dir.clone(),
            labels: self.labels.clone(),
        }
    }

    /// Two steps with a layer and two without, as many as [`layers`](Self::layers) has.
    fn history(&self) -> Vec<History> {
        let created = self.stamped.then(|| self.created.to_string());
        let comment = self
            .docker_version
            .is_none()
            .then_some("buildkit.dockerfile.v0");
        let step = |created_by: String, empty_layer| History {
            created: created.clone(),
            created_by,
            comment,
            empty_layer,
        };
        let hash = &self.revision[..12];
        vec![
            step(format!("/bin/sh -c #(nop) ADD file:{hash} in / "), false),
            step(format!("ENV VERSION={}", self.version), true),
            step(
                "RUN /bin/sh -c dnf -y install \"python3 < 4\" && dnf clean all # buildkit"
                    .to_owned(),
                false,
            ),
            step("ENTRYPOINT [\"/entrypoint.sh\"]".to_owned(), true),
        ]
    }

    /// Annotations of the top document: builders of official images write them, others do not (REGISTRY.md ATT-5).
    pub(crate) fn annotations(&self) -> Annotations {
        if !self.profile.annotated {
            return Annotations::new();
        }
        Annotations::from([
            ("org.opencontainers.image.created", self.created.to_string()),
            ("org.opencontainers.image.revision", self.revision.clone()),
            ("org.opencontainers.image.version", self.version.to_owned()),
        ])
    }

    /// Annotations of an index's child.
    pub(crate) fn child_annotations(&self, architecture: &str) -> Annotations {
        let mut annotations = self.annotations();
        if self.profile.annotated {
            annotations.insert(
                "com.docker.official-images.bashbrew.arch",
                architecture.to_owned(),
            );
        }
        annotations
    }

    /// Predicate type and in-toto statement of an SBOM and a provenance for the manifest `subject`.
    pub(crate) fn statements(&self, subject: &str) -> Vec<(&'static str, Document)> {
        [
            "https://spdx.dev/Document",
            "https://slsa.dev/provenance/v0.2",
        ]
        .map(|predicate| (predicate, self.statement(predicate, subject)))
        .into()
    }

    fn statement(&self, predicate: &str, subject: &str) -> Document {
        let statement = serde_json::json!({
            "_type": "https://in-toto.io/Statement/v0.1",
            "predicateType": predicate,
            "subject": [{
                "name": format!("pkg:docker/{}/{}@{}", self.profile.namespace, self.profile.name, self.version),
                "digest": {"sha256": subject.trim_start_matches("sha256:")},
            }],
            "predicate": {"invocation": {"configSource": {"digest": {"sha1": self.revision}}}},
        });
        Document::blob(IN_TOTO, statement.to_string().into_bytes())
    }
}

/// Labels as build systems set them, with characters that JSON and terminals trip over.
fn labels(profile: &Profile, version: &str, created: Timestamp, revision: &str) -> Labels {
    let source = format!("https://github.com/{}/{}", profile.namespace, profile.name);
    Labels::Set(BTreeMap::from([
        (
            "maintainer",
            "Ansible <Automation & \"Friends\">, Zürich".to_owned(),
        ),
        ("org.opencontainers.image.created", created.to_string()),
        (
            "org.opencontainers.image.description",
            "one line\nand another\twith a tab and a \\ backslash".to_owned(),
        ),
        ("org.opencontainers.image.revision", revision.to_owned()),
        ("org.opencontainers.image.source", source),
        ("org.opencontainers.image.version", version.to_owned()),
        ("release", String::new()),
    ]))
}
