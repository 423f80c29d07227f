//! The jobs, their floors and their marks, for one scale. A row whose feature the tools do not have yet is left out.

use std::process::Command;
use std::time::Duration;

use hub_sim::{Config, HubRate, Population};

use super::job::{Contestant, Input, Job, Mark};
use super::scale::Scale;

/// A page of the web API, and of a registry's list.
const HUB_PAGE: usize = 100;
const REGISTRY_PAGE: usize = 1000;
/// Connecting to a host: TCP's handshake and TLS 1.3's.
const CONNECT: u32 = 2;
/// In flight to a host: what peers get as processes, and the tools where the mark says so.
const JOBS: usize = 32;
/// Runs of what takes milliseconds.
const TIMES: usize = 20;
const MIB: i64 = 1024;

/// What the binaries can do.
#[derive(Clone, Debug)]
pub(crate) struct Offers {
    pub(crate) cache: bool,
    pub(crate) plan: bool,
    /// `-j`, where it is not said.
    pub(crate) jobs: usize,
    /// Other people's tools that are here.
    pub(crate) peers: Vec<&'static str>,
}

/// All jobs that `offers` allow.
pub(crate) fn all(scale: &Scale, offers: &Offers) -> Vec<Job> {
    let mut jobs = vec![
        reference(scale, offers),
        one_image(scale, offers),
        by_link(scale),
        by_web_api(scale, offers),
        version(),
        rate_limit(scale),
        pull_limit(scale, offers),
    ];
    if offers.plan {
        jobs.insert(4, plan(scale));
    }
    jobs
}

/// The setting of all jobs: a round trip away, over TLS, on hosts of their own.
fn away(scale: &Scale, population: Population) -> Config {
    Config {
        population,
        wall: None,
        round_trip: scale.round_trip,
        tls: true,
        separate_hosts: true,
        ..Config::default()
    }
}

/// The most that a host has to do in turns: `requests` of each, so many at once.
fn floor(scale: &Scale, in_flight: usize, requests: &[usize]) -> Duration {
    let turns = requests.iter().map(|count| count.div_ceil(in_flight));
    let turns = u32::try_from(turns.max().unwrap_or(0)).unwrap_or(u32::MAX);
    scale.round_trip * turns
}

fn reference(scale: &Scale, offers: &Offers) -> Job {
    let Scale {
        repositories,
        tags,
        repeats,
        ..
    } = *scale;
    let images = scale.distinct();
    // A manifest and a redirect for each image at the registry, its config at the storage.
    let requests = [
        repositories * tags.div_ceil(HUB_PAGE),
        repositories,
        2 * images,
        images,
    ];
    // A page of tags; the registry's challenge; a token; and the last config, from the storage.
    let chain = (CONNECT + 1) + (CONNECT + 1) + (CONNECT + 1) + 1;
    let ours = |name: String, jobs: Option<usize>, marks: Vec<Mark>| Contestant {
        chain: Some(scale.round_trip * chain),
        lines: Some(repositories * tags),
        floor: Some(floor(scale, jobs.unwrap_or(offers.jobs), &requests)),
        marks: [marks, vec![Mark::ManifestGets(images)]].concat(),
        ..Contestant::shell(name, pipe(scale, jobs, cold(offers)), repeats)
    };
    let mut contestants = vec![
        ours(
            format!("cold, -j {JOBS}"),
            Some(JOBS),
            vec![
                Mark::OfFloor(1.2),
                Mark::FasterThanPeers(8.0),
                Mark::LessCpu(30.0),
            ],
        ),
        ours(
            format!("cold, default -j ({})", offers.jobs),
            None,
            vec![Mark::FasterThanPeers(10.0)],
        ),
    ];
    if offers.cache {
        let script = pipe(scale, Some(JOBS), "");
        let share = Mark::ShareOf(0.1, "cold, -j 32");
        contestants.push(Contestant {
            before: Some(format!("{script} > /dev/null")),
            lines: Some(repositories * tags),
            marks: vec![share, Mark::ManifestGets(0)],
            ..Contestant::shell("warm, -j 32", script, repeats)
        });
    }
    contestants.extend(peers(offers, &references(scale), 1));
    Job {
        name: "reference",
        title: format!(
            "reference job: {repositories} repositories × {tags} tags, hub-tags | hub-inspect"
        ),
        config: away(scale, Population::reference(repositories, tags)),
        contestants,
    }
}

fn cold(offers: &Offers) -> &'static str {
    if offers.cache { " --no-cache" } else { "" }
}

fn pipe(scale: &Scale, jobs: Option<usize>, more: &str) -> String {
    let jobs = jobs.map(|jobs| format!(" -j {jobs}")).unwrap_or_default();
    let names: Vec<String> = (1..=scale.repositories)
        .map(|number| format!("reference/r{number:02}"))
        .collect();
    let names = names.join(" ");
    format!("hub-tags -q{jobs} {names} | hub-inspect -q{jobs}{more}")
}

/// Every tag of the reference job, a line each.
fn references(scale: &Scale) -> String {
    let population = Population::reference(scale.repositories, scale.tags);
    let mut lines = String::new();
    for repository in population.repositories() {
        let name = repository.full_name();
        for tag in repository.tags() {
            lines.extend([&name, ":", tag.name, "\n"]);
        }
    }
    lines
}

/// Other people's tools, a process for each of `references`, as many at once as the tools have requests.
fn peers(offers: &Offers, references: &str, repeats: usize) -> Vec<Contestant> {
    let command = |peer: &str| match peer {
        "skopeo" => ("docker://", "skopeo inspect --no-tags"),
        "crane" => ("", "crane config"),
        _ => ("", "regctl image config"),
    };
    let contestant = |peer: &&'static str| {
        let (prefix, command) = command(peer);
        let script = format!("sed \"s,^,{prefix}$SIM_HOST/,\" | xargs -P{JOBS} -n1 {command}");
        Contestant {
            peer: true,
            input: Input::Text(references.to_owned()),
            ..Contestant::shell(format!("{peer}, xargs -P{JOBS}"), script, repeats)
        }
    };
    offers.peers.iter().map(contestant).collect()
}

/// Cold, by a bare reference. Forced are, each after the other: the registry (connected, and its challenge), the token
/// service (connected, and its token), the index, the manifest, the blob's redirect, the storage (connected, and the blob).
fn one_image(scale: &Scale, offers: &Offers) -> Job {
    let trips = (CONNECT + 1) + (CONNECT + 1) + 1 + 1 + 1 + (CONNECT + 1);
    let reference = "reference/r01:1.7.0";
    let population = Population::reference(1, 10);
    let script = format!("hub-inspect -q{} {reference}", cold(offers));
    // One round trip more would be a thirteenth.
    let marks = vec![Mark::OfFloor(13.0 / 12.0), Mark::FasterThanPeers(1.0)];
    let ours = Contestant {
        lines: Some(1),
        floor: Some(scale.round_trip * trips),
        marks,
        ..Contestant::shell("hub-inspect", script, scale.repeats)
    };
    let mut contestants = vec![ours];
    contestants.extend(peers(offers, &format!("{reference}\n"), scale.repeats));
    Job {
        name: "one-image",
        title: "one image with an index, cold".to_owned(),
        config: away(scale, population),
        contestants,
    }
}

fn bulk(scale: &Scale, tags: usize) -> Config {
    let bulk = Population::bulk("bulk", "many", tags);
    away(scale, Population::tutorial().and(&bulk))
}

fn by_link(scale: &Scale) -> Job {
    let pages = scale.many.div_ceil(REGISTRY_PAGE);
    let ours = Contestant {
        lines: Some(scale.many),
        floor: Some(floor(scale, 1, &[pages])),
        // The challenge, and a token.
        chain: Some(scale.round_trip * (CONNECT + 1) * 2),
        marks: vec![
            Mark::OfFloor(1.1),
            Mark::Memory(30 * MIB),
            // And the one that learns of the token service.
            Mark::Requests("tags_list", pages + 1),
        ],
        ..Contestant::shell(
            "hub-tags --source registry",
            "hub-tags -q --source registry bulk/many",
            scale.repeats,
        )
    };
    Job {
        name: "link",
        title: format!("{} tags by Link", scale.many),
        config: bulk(scale, scale.many),
        contestants: vec![ours],
    }
}

fn signed_in() -> Vec<(&'static str, String)> {
    let token = "dckr_pat_alice-public-read-00000000";
    vec![
        ("DOCKER_HUB_USERNAME", "alice".to_owned()),
        ("DOCKER_HUB_TOKEN", token.to_owned()),
    ]
}

fn by_web_api(scale: &Scale, offers: &Offers) -> Job {
    let pages = scale.many.div_ceil(HUB_PAGE);
    let page_after_page = floor(scale, 1, &[pages]);
    let ours = Contestant {
        lines: Some(scale.many),
        environment: signed_in(),
        floor: Some(floor(scale, offers.jobs, &[pages])),
        // The login, after which the first page tells how many there are.
        chain: Some(scale.round_trip * (CONNECT + 1)),
        marks: vec![Mark::FasterThan(6.0, page_after_page)],
        ..Contestant::shell("hub-tags", "hub-tags -q bulk/many", scale.repeats)
    };
    Job {
        name: "web-api",
        title: format!("{} tags by the web API, signed in", scale.many),
        config: bulk(scale, scale.many),
        contestants: vec![ours],
    }
}

fn plan(scale: &Scale) -> Job {
    let ours = Contestant {
        input: Input::Records(scale.records),
        marks: vec![Mark::RecordsPerCpu(200_000.0), Mark::Memory(64 * MIB)],
        ..Contestant::shell("hub-inspect --plan", "hub-inspect -q --plan", scale.repeats)
    };
    Job {
        name: "plan",
        title: format!("{} tag records through --plan", scale.records),
        config: Config::default(),
        contestants: vec![ours],
    }
}

fn version() -> Job {
    let ours = ["hub-ls", "hub-tags", "hub-inspect", "hub-token"].map(|tool| Contestant {
        argv: [tool, "--version"].map(str::to_owned).into(),
        times: TIMES,
        lines: Some(TIMES),
        marks: vec![
            Mark::Within(Duration::from_millis(3)),
            Mark::Memory(8 * MIB),
        ],
        ..Contestant::shell(tool, "", 1)
    });
    Job {
        name: "version",
        title: "--version".to_owned(),
        config: Config::default(),
        contestants: ours.into(),
    }
}

fn rate_limit(scale: &Scale) -> Job {
    let pages = scale.limited_pages;
    let windows = u32::try_from(pages.div_ceil(scale.limit as usize) - 1).unwrap_or(u32::MAX);
    let ours = Contestant {
        lines: Some(pages * HUB_PAGE),
        environment: signed_in(),
        floor: Some(scale.window * windows),
        marks: vec![
            Mark::OfFloor(1.1),
            Mark::NoRefusal,
            Mark::Requests("hub_tags", pages),
        ],
        ..Contestant::shell("hub-tags", "hub-tags -q bulk/many", 1)
    };
    Job {
        name: "rate-limit",
        title: format!(
            "{pages} pages of the web API, {} allowed in {} s",
            scale.limit,
            scale.window.as_secs()
        ),
        config: Config {
            hub_rate: Some(HubRate {
                window: scale.window,
                ..HubRate::per_minute(scale.limit)
            }),
            ..bulk(scale, pages * HUB_PAGE)
        },
        contestants: vec![ours],
    }
}

fn pull_limit(scale: &Scale, offers: &Offers) -> Job {
    let pulls = scale.pulls as usize;
    let script = pipe(scale, Some(JOBS), cold(offers));
    let ours = Contestant {
        status: 4,
        marks: vec![Mark::ManifestGets(pulls), Mark::NoRefusal],
        ..Contestant::shell("hub-tags | hub-inspect", script, 1)
    };
    Job {
        name: "pull-limit",
        title: format!("reference job, {pulls} pulls allowed"),
        config: Config {
            pull_limit: Some(scale.pulls),
            ..away(scale, Population::reference(scale.repositories, scale.tags))
        },
        contestants: vec![ours],
    }
}

/// Asks the binaries, and looks for peers.
pub(crate) fn offers(inspect: &std::path::Path, scale: &Scale) -> anyhow::Result<Offers> {
    let help = Command::new(inspect).arg("--help").output()?.stdout;
    let help = String::from_utf8_lossy(&help).into_owned();
    let jobs = help.lines().skip_while(|line| !line.contains("--jobs"));
    let default = jobs.filter_map(|line| line.split_once("[default: "));
    let default = default
        .map(|(_, rest)| rest.trim_end_matches(']').trim())
        .next();
    let peers = ["skopeo", "crane", "regctl"].into_iter();
    Ok(Offers {
        cache: help.contains("--no-cache"),
        plan: help.contains("--plan"),
        jobs: default.and_then(|text| text.parse().ok()).unwrap_or(JOBS),
        peers: peers.filter(|peer| scale.peers && is_here(peer)).collect(),
    })
}

fn is_here(program: &str) -> bool {
    let answer = Command::new(program).arg("--help").output();
    answer.is_ok()
}
