//! One case: its documents in the order in which they can be pushed, and how its top is served. Digests and sizes are
//! true unless a caller says otherwise. Knows no case.

use anyhow::Context as _;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256, Sha512};

/// The media types of one format, OCI's or Docker's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Family {
    pub(super) index: &'static str,
    pub(super) manifest: &'static str,
    pub(super) config: &'static str,
    pub(super) layer: &'static str,
}

pub(super) const OCI: Family = Family {
    index: "application/vnd.oci.image.index.v1+json",
    manifest: "application/vnd.oci.image.manifest.v1+json",
    config: "application/vnd.oci.image.config.v1+json",
    layer: "application/vnd.oci.image.layer.v1.tar+gzip",
};

pub(super) const DOCKER: Family = Family {
    index: "application/vnd.docker.distribution.manifest.list.v2+json",
    manifest: "application/vnd.docker.distribution.manifest.v2+json",
    config: "application/vnd.docker.container.image.v1+json",
    layer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
};

pub(super) const EMPTY: &str = "application/vnd.oci.empty.v1+json";
pub(super) const AMD64: &str = "linux/amd64";
pub(super) const ARM64: &str = "linux/arm64";
const TOP: &str = "top.json";

/// One odd image.
#[derive(Debug)]
pub(super) struct Case {
    name: String,
    description: Description,
    contents: Vec<Vec<u8>>,
}

/// `image.json`.
#[derive(Debug, Serialize)]
struct Description {
    fact: &'static str,
    rule: &'static str,
    content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    header_digest: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<&'static str>,
    documents: Vec<Document>,
}

#[derive(Debug, Serialize)]
struct Document {
    file: String,
    kind: &'static str,
    media_type: String,
    digest: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tags: Vec<String>,
    /// The digest is not that of the bytes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    lie: bool,
}

impl Case {
    /// A case without documents, in the folder `<fact>-<slug>`.
    pub(super) fn new(fact: &'static str, slug: &str, rule: &'static str) -> Self {
        Self {
            name: format!("{fact}-{slug}"),
            description: Description {
                fact,
                rule,
                content_type: None,
                header_digest: None,
                head: None,
                documents: Vec::new(),
            },
            contents: Vec::new(),
        }
    }

    /// The folder, which is also the tag.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Digests of the manifests.
    pub(super) fn manifests(&self) -> impl Iterator<Item = &str> {
        let documents = self.description.documents.iter();
        let manifests = documents.filter(|document| document.kind == "manifest");
        manifests.map(|document| document.digest.as_str())
    }

    /// Adds a blob; the answer is its descriptor.
    pub(super) fn blob(&mut self, file: &str, media_type: &str, bytes: &[u8]) -> Value {
        self.add(("blob", file), media_type, bytes, sha256(bytes))
    }

    /// Adds a blob that is addressed by sha512.
    pub(super) fn blob_by_sha512(&mut self, file: &str, media_type: &str, bytes: &[u8]) -> Value {
        self.add(("blob", file), media_type, bytes, sha512(bytes))
    }

    /// Adds a manifest or an index.
    pub(super) fn manifest(&mut self, file: &str, media_type: &str, json: &Value) -> Value {
        let bytes = pretty(json);
        self.add(("manifest", file), media_type, &bytes, sha256(&bytes))
    }

    /// Adds a manifest that is addressed by sha512.
    pub(super) fn manifest_by_sha512(
        &mut self,
        file: &str,
        media_type: &str,
        json: &Value,
    ) -> Value {
        let bytes = pretty(json);
        self.add(("manifest", file), media_type, &bytes, sha512(&bytes))
    }

    /// Adds a manifest that is served under a digest which is not its own.
    pub(super) fn lie(&mut self, file: &str, media_type: &str, json: &Value, digest: &str) {
        self.add(
            ("manifest", file),
            media_type,
            &pretty(json),
            digest.to_owned(),
        );
        self.last().lie = true;
    }

    /// Adds a layer whose few bytes are found in no other case.
    pub(super) fn layer(&mut self, file: &str, media_type: &str) -> Value {
        let text = self.text(file);
        self.blob(file, media_type, text.as_bytes())
    }

    /// What a layer called `file` holds.
    pub(super) fn text(&self, file: &str) -> String {
        format!("{} {file}\n", self.name)
    }

    /// Adds layer and config for `platform`; the answer is the manifest over them, not added yet. `stem` tells the files
    /// of several images apart.
    pub(super) fn parts(&mut self, stem: &str, family: Family, platform: &str) -> Value {
        let layer = self.layer(&format!("layer{stem}"), family.layer);
        let config = config(platform, &layer);
        let config = self.blob(
            &format!("config{stem}.json"),
            family.config,
            &pretty(&config),
        );
        manifest(family, &config, &[layer])
    }

    /// Adds a whole image for `platform`; the answer is its descriptor, without a platform.
    pub(super) fn image(&mut self, stem: &str, family: Family, platform: &str) -> Value {
        let manifest = self.parts(&format!("-{stem}"), family, platform);
        self.manifest(&format!("{stem}.json"), family.manifest, &manifest)
    }

    /// The same with the platform in the descriptor, and files named after it.
    pub(super) fn child(&mut self, family: Family, platform: &str) -> Value {
        let descriptor = self.image(&platform.replace('/', "-"), family, platform);
        on(platform, descriptor)
    }

    /// Makes what was added last the target of one more tag.
    pub(super) fn tag_last(&mut self, tag: String) {
        self.last().tags.push(tag);
    }

    /// Ends the case with what the tag points at, served as `media_type`.
    pub(super) fn top(self, media_type: &str, json: &Value) -> Self {
        self.top_bytes(media_type, &pretty(json))
    }

    /// The same from bytes.
    pub(super) fn top_bytes(self, media_type: &str, bytes: &[u8]) -> Self {
        self.top_under(media_type, bytes, sha256(bytes))
    }

    /// The same under a digest that is not computed over all of the bytes.
    pub(super) fn top_under(mut self, media_type: &str, bytes: &[u8], digest: String) -> Self {
        self.add(("manifest", TOP), media_type, bytes, digest);
        self.served_as(Some(media_type))
    }

    /// Another Content-Type for the top, or none.
    pub(super) fn served_as(mut self, content_type: Option<&str>) -> Self {
        self.description.content_type = content_type.map(str::to_owned);
        self
    }

    /// Another `Docker-Content-Digest` for the top; none is sent where it is empty.
    pub(super) fn header_digest(mut self, digest: String) -> Self {
        self.description.header_digest = Some(digest);
        self
    }

    /// HEAD of the top is answered with 405.
    pub(super) fn head_refused(mut self) -> Self {
        self.description.head = Some("refused");
        self
    }

    /// The content of the top.
    pub(super) fn top_content(&self) -> &[u8] {
        self.contents.last().map_or(&[], Vec::as_slice)
    }

    /// The files of the folder.
    pub(super) fn files(&self) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        let top = self.description.documents.last();
        top.filter(|top| top.file == TOP)
            .with_context(|| format!("{} has no top", self.name))?;
        let mut description = serde_json::to_vec_pretty(&self.description)?;
        description.push(b'\n');
        let names = self.description.documents.iter();
        let names = names.map(|document| document.file.clone());
        let mut files: Vec<_> = names.zip(self.contents.iter().cloned()).collect();
        files.push(("image.json".to_owned(), description));
        Ok(files)
    }

    fn add(
        &mut self,
        (kind, file): (&'static str, &str),
        media_type: &str,
        bytes: &[u8],
        digest: String,
    ) -> Value {
        let descriptor = json!({"mediaType": media_type, "digest": digest, "size": bytes.len()});
        self.contents.push(bytes.to_owned());
        self.description.documents.push(Document {
            file: file.to_owned(),
            kind,
            media_type: media_type.to_owned(),
            digest,
            tags: Vec::new(),
            lie: false,
        });
        descriptor
    }

    fn last(&mut self) -> &mut Document {
        let documents = &mut self.description.documents;
        documents.last_mut().expect("a document was added before")
    }
}

/// A case of one image whose manifest is changed before it is written.
pub(super) fn image_case(
    fact: &'static str,
    slug: &str,
    rule: &'static str,
    family: Family,
    change: impl FnOnce(&mut Value),
) -> Case {
    let mut case = Case::new(fact, slug, rule);
    let mut manifest = case.parts("", family, AMD64);
    change(&mut manifest);
    case.top(family.manifest, &manifest)
}

/// An image manifest.
pub(super) fn manifest(family: Family, config: &Value, layers: &[Value]) -> Value {
    json!({"schemaVersion": 2, "mediaType": family.manifest, "config": config, "layers": layers})
}

/// An index, or Docker's manifest list.
pub(super) fn index(family: Family, children: &[Value]) -> Value {
    json!({"schemaVersion": 2, "mediaType": family.index, "manifests": children})
}

/// An image config for `platform` over one layer.
pub(super) fn config(platform: &str, layer: &Value) -> Value {
    let config = json!({
        "created": "2023-11-20T12:00:00Z",
        "config": {"Env": ["PATH=/usr/bin"], "Cmd": ["/bin/true"]},
        "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]},
        "history": [{"created": "2023-11-20T12:00:00Z", "created_by": "COPY layer /"}],
    });
    with(config, platform_json(platform))
}

/// `descriptor` with `platform`: `os/architecture[/variant]`.
pub(super) fn on(platform: &str, descriptor: Value) -> Value {
    with(descriptor, json!({"platform": platform_json(platform)}))
}

/// `object` with the members of `more` added or replaced.
pub(super) fn with(mut object: Value, more: Value) -> Value {
    if let (Value::Object(members), Value::Object(more)) = (&mut object, more) {
        members.extend(more);
    }
    object
}

/// `object` without one of its members.
pub(super) fn without(mut object: Value, member: &str) -> Value {
    if let Value::Object(members) = &mut object {
        members.remove(member);
    }
    object
}

/// The descriptor's digest.
pub(super) fn digest_in(descriptor: &Value) -> &str {
    descriptor["digest"].as_str().unwrap_or_default()
}

/// Indented by two blanks, without a newline at the end: as builders push them.
pub(super) fn pretty(json: &Value) -> Vec<u8> {
    format!("{json:#}").into_bytes()
}

/// `sha256:<hex>`.
pub(super) fn sha256(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

/// `sha512:<hex>`.
pub(super) fn sha512(bytes: &[u8]) -> String {
    format!("sha512:{}", hex(&Sha512::digest(bytes)))
}

fn hex(bytes: &[u8]) -> String {
    let digits: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    digits.concat()
}

fn platform_json(platform: &str) -> Value {
    let mut parts = platform.split('/');
    let (os, architecture) = (parts.next(), parts.next());
    let json = json!({"os": os, "architecture": architecture});
    match parts.next() {
        Some(variant) => with(json, json!({"variant": variant})),
        None => json,
    }
}
