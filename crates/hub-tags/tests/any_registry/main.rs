//! hub-tags against registries that list their tags in other ways than Docker Hub's (REGISTRY.md §3), fact by fact.

mod entries;
mod pages;

use hub_sim::{Config, Population, Sim};
use hub_test::{Page, Run, Script, tool};

const FIRST: &str = "/v2/a/b/tags/list?n=1000";

/// hub-tags for `a/b` at the scripted registry.
fn run(script: &Script, arguments: &[&str]) -> Run {
    ask(&format!("{}/a/b", script.authority()), arguments)
}

/// hub-tags for this one tag there.
fn one(script: &Script, tag: &str) -> Run {
    ask(&format!("{}/a/b:{tag}", script.authority()), &[])
}

fn ask(reference: &str, arguments: &[&str]) -> Run {
    let sim = Sim::start(Config {
        population: Population::bulk("bulk", "one", 1),
        ..Config::default()
    })
    .expect("a free port");
    let arguments = [arguments, &[reference]].concat();
    tool(&sim, "hub-tags", &arguments).run()
}

fn tags(names: &[&str]) -> Page {
    Page::json(format!("{{\"name\":\"x/y\",\"tags\":{names:?}}}"))
}

/// A registry whose whole list is this one body.
fn whole(body: &str) -> Script {
    let body = body.to_owned();
    Script::start(move |_| Page::json(&*body))
}

/// A registry that gives `one` with this Link, and `two` at any other address.
fn linked(link: &str) -> Script {
    let link = link.to_owned();
    Script::start(move |target| match target {
        FIRST => tags(&["one"]).header("Link", &link),
        _ => tags(&["two"]),
    })
}
