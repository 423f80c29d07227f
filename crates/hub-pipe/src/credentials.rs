//! Where credentials are looked for, in which order (DECISIONS 26). Files and helpers are opened by hub-core, when a host
//! needs them and not before.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use hub_core::{Credential, Error, ErrorKind, Host, Keychain, Result, Source, Target, Word};

use crate::flags::Flags;

/// A file with credentials is read this far.
const LONGEST: u64 = 64 * 1024;

/// The sources of this run. `--credentials` is for Docker Hub where an argument is about it.
pub(crate) fn keychain(
    flags: &Flags,
    arguments: &[String],
    word: Word,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Keychain> {
    if flags.anonymous {
        return Ok(Keychain::anonymous());
    }
    let mut sources = Vec::new();
    if let Some(file) = &flags.credentials {
        let for_host = names_docker_hub(arguments, word).then(Host::docker_hub);
        sources.push(Source::Given {
            credential: read(file)?,
            for_host,
        });
    }
    sources.extend(pairs(&variable, &PAIRS)?);
    if let Some(token) = variable("DOCKER_HUB_LOGIN_TOKEN") {
        let credential = Credential::HubJwt(token.into());
        sources.push(Source::Pair {
            names: "DOCKER_HUB_LOGIN_TOKEN",
            credential,
            hub_override: false,
            last_resort: false,
        });
    }
    sources
        .extend(variable("DOCKER_AUTH_CONFIG").map(|text| Source::DockerAuthConfig(text.into())));
    sources.extend(stored(&variable));
    sources.extend(pairs(&variable, &LAST_RESORT)?);
    Ok(Keychain::new(
        sources,
        env::var_os("PATH").unwrap_or_default(),
    ))
}

/// A family of variables: the names of user and secret, and whether it may go to who stands in for Docker Hub.
struct Pair {
    names: &'static str,
    user: &'static str,
    secret: &'static str,
    hub_override: bool,
    last_resort: bool,
}

/// Families are never mixed: a name of one with the secret of another is nobody's login.
const PAIRS: [Pair; 4] = [
    Pair::of(
        "DOCKERHUB_USERNAME and DOCKERHUB_TOKEN",
        "DOCKERHUB_USERNAME",
        "DOCKERHUB_TOKEN",
        false,
    ),
    Pair::of(
        "DOCKERHUB_USERNAME and DOCKERHUB_PASSWORD",
        "DOCKERHUB_USERNAME",
        "DOCKERHUB_PASSWORD",
        false,
    ),
    Pair::of(
        "DOCKER_HUB_USERNAME and DOCKER_HUB_TOKEN",
        "DOCKER_HUB_USERNAME",
        "DOCKER_HUB_TOKEN",
        true,
    ),
    Pair::of(
        "DOCKER_HUB_USERNAME and DOCKER_HUB_PASSWORD",
        "DOCKER_HUB_USERNAME",
        "DOCKER_HUB_PASSWORD",
        true,
    ),
];

/// Names that often belong to another registry.
const LAST_RESORT: [Pair; 1] = [Pair {
    last_resort: true,
    ..Pair::of(
        "DOCKER_USERNAME and DOCKER_PASSWORD",
        "DOCKER_USERNAME",
        "DOCKER_PASSWORD",
        false,
    )
}];

impl Pair {
    const fn of(
        names: &'static str,
        user: &'static str,
        secret: &'static str,
        hub_override: bool,
    ) -> Self {
        Self {
            names,
            user,
            secret,
            hub_override,
            last_resort: false,
        }
    }
}

fn pairs(
    variable: &impl Fn(&str) -> Option<String>,
    pairs: &'static [Pair],
) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for pair in pairs {
        let (Some(user), Some(secret)) = (variable(pair.user), variable(pair.secret)) else {
            continue;
        };
        let credential = Credential::from_pair(&user, secret.into())
            .map_err(|why| Error::new(ErrorKind::InvalidInput, format!("{}: {why}", pair.names)))?;
        let Pair {
            names,
            hub_override,
            last_resort,
            ..
        } = *pair;
        sources.push(Source::Pair {
            names,
            credential,
            hub_override,
            last_resort,
        });
    }
    Ok(sources)
}

/// Files that other tools keep (CRED-1, CRED-7).
fn stored(variable: &impl Fn(&str) -> Option<String>) -> Vec<Source> {
    let home = variable("HOME").map(PathBuf::from);
    let below_home = |path: &str| home.as_ref().map(|home| home.join(path));
    let docker = variable("DOCKER_CONFIG")
        .map(PathBuf::from)
        .or_else(|| below_home(".docker"));
    let containers = match variable("REGISTRY_AUTH_FILE") {
        Some(file) => vec![PathBuf::from(file)],
        None => {
            let runtime = variable("XDG_RUNTIME_DIR").map(PathBuf::from);
            let config = variable("XDG_CONFIG_HOME")
                .map(PathBuf::from)
                .or_else(|| below_home(".config"));
            [runtime, config]
                .into_iter()
                .flatten()
                .map(|folder| folder.join("containers/auth.json"))
                .collect()
        }
    };
    let docker = docker.map(|folder| Source::DockerConfig(folder.join("config.json")));
    docker
        .into_iter()
        .chain(containers.into_iter().map(Source::ContainersAuth))
        .collect()
}

fn names_docker_hub(arguments: &[String], word: Word) -> bool {
    arguments
        .iter()
        .filter_map(|argument| Target::parse(argument, word).ok())
        .any(|target| match target {
            Target::Host(host) => host.is_docker_hub(),
            Target::Namespace(_) => true,
            Target::Reference(reference) => reference.repository().host().is_docker_hub(),
        })
}

/// The one line of `--credentials FILE`.
fn read(file: &Path) -> Result<Credential> {
    let refuse = |why: &str| {
        Error::new(
            ErrorKind::InvalidInput,
            format!("--credentials {}: {why}", file.display()),
        )
    };
    let length = fs::metadata(file)
        .map_err(|error| refuse(&error.to_string()))?
        .len();
    if length > LONGEST {
        return Err(refuse("it is far too long for one line"));
    }
    let text = fs::read_to_string(file).map_err(|error| refuse(&error.to_string()))?;
    Credential::from_line(text.trim_end_matches(['\r', '\n'])).map_err(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(variables: &[(&str, &str)]) -> String {
        let variable = |name: &str| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        let sources = [
            pairs(&variable, &PAIRS).unwrap(),
            stored(&variable),
            pairs(&variable, &LAST_RESORT).unwrap(),
        ]
        .concat();
        sources
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("; ")
    }

    #[test]
    fn families_keep_their_order_and_are_never_mixed_decisions_26() {
        let all = names(&[
            ("DOCKER_USERNAME", "u"),
            ("DOCKER_PASSWORD", "p"),
            ("DOCKER_HUB_USERNAME", "u"),
            ("DOCKER_HUB_PASSWORD", "p"),
            ("DOCKERHUB_USERNAME", "u"),
            ("DOCKERHUB_TOKEN", "p"),
        ]);
        let place = |name| {
            all.find(name)
                .unwrap_or_else(|| panic!("no {name} in {all}"))
        };
        assert!(place("DOCKERHUB_USERNAME") < place("DOCKER_HUB_USERNAME"));
        assert!(place("DOCKER_HUB_USERNAME") < place("DOCKER_USERNAME"));
        assert_eq!(
            names(&[
                ("DOCKERHUB_USERNAME", "u"),
                ("DOCKER_HUB_TOKEN", "t"),
                ("DOCKER_PASSWORD", "p")
            ]),
            ""
        );
    }

    #[test]
    fn files_are_where_their_tools_keep_them_cred_1_cred_7() {
        let sources = names(&[("HOME", "/h"), ("XDG_RUNTIME_DIR", "/r")]);
        for path in [
            "/h/.docker/config.json",
            "/r/containers/auth.json",
            "/h/.config/containers/auth.json",
        ] {
            assert!(sources.contains(path), "no {path} in {sources}");
        }
        let sources = names(&[
            ("HOME", "/h"),
            ("DOCKER_CONFIG", "/d"),
            ("REGISTRY_AUTH_FILE", "/a.json"),
        ]);
        assert!(
            sources.contains("/d/config.json")
                && sources.contains("/a.json")
                && !sources.contains("/h"),
            "{sources}"
        );
    }
}
