//! The vectors of REGISTRY.md §14, the words of the pipe contract, and the law that canonical texts read back.

use proptest::option;
use proptest::prelude::*;

use super::*;

fn hex() -> String {
    "0123456789abcdef".repeat(4)
}

/// Domain, path, tag and digest, blank where there is none.
fn parts(reference: &Reference) -> String {
    let repository = reference.repository();
    let complete = reference.clone().or_latest();
    let tag = complete.tag().map_or("", Tag::as_str);
    let digest = reference.digest().map_or("", Digest::algorithm);
    format!("{} {} {tag} {digest}", repository.host(), repository.name())
}

#[test]
fn accepts_the_vectors() {
    let vectors = "\
        alpine                        docker.io library/alpine latest
        ansible/ansible               docker.io ansible/ansible latest
        docker.io/alpine:3            docker.io library/alpine 3
        index.docker.io/alpine        docker.io library/alpine latest
        docker.io/a/b/c               docker.io a/b/c latest
        localhost:5000                docker.io library/localhost 5000
        localhost:5000/x              localhost:5000 x latest
        localhost/x                   localhost x latest
        foo/x                         docker.io foo/x latest
        foo.bar/x                     foo.bar x latest
        Foo/x                         Foo x latest
        [::1]:5000/x:t                [::1]:5000 x t
        alpine:3@sha256:HEX           docker.io library/alpine 3 sha256
        a--b                          docker.io library/a--b latest
        a__b                          docker.io library/a__b latest
        a.b_c-d                       docker.io library/a.b_c-d latest
        _/nginx                       docker.io library/nginx latest
        docker.io/_/nginx:1           docker.io library/nginx 1
        docker://nginx:1              docker.io library/nginx 1
        docker-pullable://a/b         docker.io a/b latest
        docker.io/HEX                 docker.io library/HEX latest";
    for line in vectors.replace("HEX", &hex()).lines() {
        let (text, expected) = line.trim().split_once(' ').unwrap();
        let reference: Reference = text.parse().unwrap();
        assert_eq!(parts(&reference).trim(), expected.trim(), "{text}");
        assert_eq!(
            Target::parse(text, Word::Repository).unwrap(),
            Target::Reference(reference)
        );
    }
}

#[test]
fn a_digest_alone_leaves_no_tag() {
    let reference: Reference = format!("alpine@sha256:{}", hex()).parse().unwrap();
    assert_eq!(parts(&reference), "docker.io library/alpine  sha256");
    assert_eq!(reference.clone().or_latest(), reference);
}

#[test]
fn refuses_the_vectors() {
    let vectors = "Alpine a-/b a..b a___b a-_b /x x/ x: x:-t x@sha256:12 https://x/y \
        docker:// docker://docker://x @ : / // docker.io// docker.io/a/b/ docker.io//a x@ x@y@z x:1:2 \
        quay.io/_/x docker.io/_ Foo_bar/x 127.1/x a/b@sha256:../../x x:1/ u:p@a.b/c";
    let id_and_long_tag = format!(" {} x:{}", hex(), "t".repeat(129));
    let blanks = [
        "",
        " ",
        "a b",
        "alpine\n",
        "\u{feff}alpine",
        "é",
        "alpine:é",
        "аlpine",
    ];
    let vectors = format!("{vectors}{id_and_long_tag}");
    for text in vectors.split_whitespace().chain(blanks) {
        assert!(text.parse::<Reference>().is_err(), "{text}");
    }
}

#[test]
fn a_word_means_what_its_tool_lists() {
    let vectors = "\
        ansible              docker.io/ansible/         docker.io/library/ansible
        ansible/awx          docker.io/ansible/awx      docker.io/ansible/awx
        ansible:1            docker.io/library/ansible:1 docker.io/library/ansible:1
        localhost:5000       docker.io/library/localhost:5000 docker.io/library/localhost:5000
        docker.io/ansible    docker.io/library/ansible  docker.io/library/ansible
        docker.io/ansible/   docker.io/ansible/         docker.io/ansible/
        docker://docker.io/a/ docker.io/a/              docker.io/a/
        docker.io/           docker.io/                 docker.io/
        index.docker.io/     docker.io/                 docker.io/
        localhost:5000/      localhost:5000/            localhost:5000/
        quay.io/             quay.io/                   quay.io/
        _                    docker.io/library/         -
        docker.io/_/         docker.io/library/         docker.io/library/
        ansible/             -                          -
        quay.io/a/           -                          -
        docker.io/a/b/       -                          -
        Ansible              -                          -";
    let read =
        |text, word| Target::parse(text, word).map_or("-".into(), |target| target.to_string());
    for line in vectors.lines() {
        let [text, namespace, repository] = line.split_whitespace().collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        assert_eq!(read(text, Word::Namespace), namespace, "{text}");
        assert_eq!(read(text, Word::Repository), repository, "{text}");
    }
    assert!(Target::parse(&hex(), Word::Namespace).is_err());
    let pinned = format!("nginx@sha256:{}", hex());
    assert_eq!(
        read(&pinned, Word::Namespace),
        format!("docker.io/library/{pinned}")
    );
}

#[test]
fn namespaces_elsewhere_are_unsupported_not_malformed() {
    let error = Target::parse("quay.io/ansible/", Word::Namespace).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
}

#[test]
fn values_are_made_without_text_too() {
    let namespace = Namespace::new("ansible".parse().unwrap());
    let repository = namespace.repository("awx").unwrap();
    let digest = Digest::of("{}");
    let reference = Reference::from(repository.clone())
        .with_tag("1.0".parse().unwrap())
        .with_digest(digest.clone());
    assert_eq!(
        reference.to_string(),
        format!("docker.io/ansible/awx:1.0@{digest}")
    );
    assert_eq!("ansible/awx".parse::<Repository>().unwrap(), repository);
    assert!(reference.to_string().parse::<Repository>().is_err());
    assert!(namespace.repository("../x").is_err());
    let nginx = Repository::new(Host::docker_hub(), "nginx".parse().unwrap()).unwrap();
    assert_eq!(nginx.to_string(), "docker.io/library/nginx");
    // REFN-9 counts the `library/` that is not typed.
    assert!(Repository::new(Host::docker_hub(), "a".repeat(250).parse().unwrap()).is_err());
}

#[test]
fn docker_hub_has_two_levels() {
    let kind = |text: &str| {
        let repository: Repository = text.parse().unwrap();
        repository
            .on_docker_hub()
            .map(|_| ())
            .map_err(|error| error.kind())
    };
    let nginx: Repository = "nginx".parse().unwrap();
    assert_eq!(nginx.on_docker_hub().unwrap(), ("library", "nginx"));
    assert_eq!(kind("docker.io/a/b/c"), Err(ErrorKind::InvalidInput));
    assert_eq!(kind("quay.io/a/b"), Err(ErrorKind::Unsupported));
}

fn references() -> impl Strategy<Value = Reference> {
    let host = "docker\\.io|localhost(:[1-9][0-9]{0,3})?|[A-Z]{1,3}|\\[::[0-9a-f]{1,4}\\]|[a-z]{1,4}\\.[a-z0-9]{1,3}z";
    let path = "[a-z0-9]{1,4}((\\.|__?|-{1,3}|/)[a-z0-9]{1,3}){0,4}";
    let tag = option::of("[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}");
    let digest = option::of("[0-9a-f]{64}");
    (host, path, tag, digest).prop_map(|(host, path, tag, digest)| Reference {
        repository: Repository::new(host.parse().unwrap(), path.parse().unwrap()).unwrap(),
        tag: tag.map(|tag| tag.parse().unwrap()),
        digest: digest.map(|hex| format!("sha256:{hex}").parse().unwrap()),
    })
}

proptest! {
    #[test]
    fn the_canonical_text_reads_back(reference in references()) {
        let text = reference.to_string();
        prop_assert_eq!(text.parse::<Reference>().unwrap(), reference.clone());
        for word in [Word::Namespace, Word::Repository] {
            prop_assert_eq!(Target::parse(&text, word).unwrap(), Target::Reference(reference.clone()));
        }
    }

    #[test]
    fn what_is_read_reads_back_the_same_for_every_tool(text in "[a-zA-Z0-9_./:@\\[\\]-]{0,16}|(docker\\.io|_|A|a)/[a-z_./]{0,9}|\\PC*") {
        for word in [Word::Namespace, Word::Repository] {
            if let Ok(target) = Target::parse(&text, word) {
                let canonical = target.to_string();
                prop_assert_eq!(Target::parse(&canonical, Word::Namespace).unwrap(), target.clone());
                prop_assert_eq!(Target::parse(&canonical, Word::Repository).unwrap(), target);
            }
        }
    }
}
