//! Runs that outlive their tokens: both kinds are renewed, no record is lost, and no token is asked for that is not needed.

use std::time::Duration;

use hub_sim::{Authorization, Config, Exchange, Kind, PatScope, Population, Sim};
use hub_test::{Tool, tool};
use serde_json::json;

/// Beside it, hundreds of answers at [`PAUSE`] each take several lifetimes, and a request that waits for its turn does not.
const LIFETIME: Duration = Duration::from_millis(750);
const PAUSE: Duration = Duration::from_millis(20);
const TAGS: usize = 1500;
/// So few in flight that the run takes several lifetimes, and so many that the 64 inputs of a window wait for a fraction of one:
/// a token that is over when its request leaves is renewed once, and not twice.
const JOBS: &str = "8";
const REPEATS: usize = 3;

fn population() -> Population {
    let bulk = |name| Population::bulk("bulk", name, TAGS);
    Population::tutorial().and(&bulk("many")).and(&bulk("more"))
}

/// Tokens of `lifetime` for the registry and the web API; slow where they are short.
fn sim(lifetime: Duration) -> Sim {
    let latency = if lifetime == LIFETIME {
        PAUSE
    } else {
        Duration::ZERO
    };
    Sim::start(Config {
        population: population(),
        latency,
        page_size_cap: 2,
        token_lifetime: lifetime,
        jwt_lifetime: lifetime,
        ..Config::default()
    })
    .expect("a free port")
}

fn secret() -> String {
    let population = population();
    let user = population.accounts().user("alice").expect("a user");
    let reads = |token: &&hub_sim::PersonalToken| token.active && token.scope == PatScope::Read;
    let token = user.tokens.iter().find(reads).expect("a token that reads");
    token.secret.clone()
}

fn signed_in(tool: Tool) -> Tool {
    let tool = tool.env("DOCKER_HUB_USERNAME", "alice");
    tool.env("DOCKER_HUB_TOKEN", &secret())
}

/// The requests that brought a token, each with the moments at which it came and was answered.
fn tokens(sim: &Sim, kind: Kind) -> Vec<Exchange> {
    let log = sim.log();
    let given = log
        .into_iter()
        .filter(|asked| asked.kind == kind && asked.status == Some(200));
    given.collect()
}

/// Each token lived for at least this share of its life, in tenths, before the next was asked for; and there were some.
#[track_caller]
fn are_all_needed(tokens: &[Exchange], tenths: u64) {
    assert!(
        tokens.len() >= 3,
        "the run is too short to show anything: {tokens:#?}"
    );
    let life = u64::try_from(LIFETIME.as_millis()).expect("it is short");
    for pair in tokens.windows(2) {
        let lived = pair[1].started_ms - pair[0].started_ms;
        assert!(lived * 10 >= life * tenths, "after {lived} ms: {pair:#?}");
    }
}

fn tags_of(host: &str, name: &str) -> String {
    let population = population();
    let tags = population.tags(name);
    let lines: Vec<String> = tags
        .map(|tag| format!("{host}{name}:{}", tag.name))
        .collect();
    lines.join("\n") + "\n"
}

/// To show 2, AUTH-25: the registry says when a token is over, since nobody may believe in less than 60 s (AUTH-18).
#[test]
fn a_registry_token_is_renewed_when_the_registry_refuses_it() {
    for as_alice in [false, true] {
        let inspect = |sim: &Sim| {
            let run = tool(sim, "hub-inspect", &["--errors", "-j", JOBS]);
            let run = if as_alice { signed_in(run) } else { run };
            run.stdin(tags_of("", "bulk/many")).run().succeeds().stdout
        };
        let (long, short) = (sim(Duration::from_hours(1)), sim(LIFETIME));
        let (whole, renewed) = (inspect(&long), inspect(&short));
        assert_eq!(whole.lines().count(), TAGS);
        assert!(whole == renewed, "a record is lost or another");
        assert_eq!(tokens(&long, Kind::Token).len(), 1, "one token is enough");
        let renewals = tokens(&short, Kind::Token);
        are_all_needed(&renewals, 10);
        let scheme = if as_alice {
            Authorization::Basic
        } else {
            Authorization::None
        };
        assert!(renewals.iter().all(|asked| asked.authorization == scheme));
    }
}

/// To show 2, AUTH-15: an identity token is exchanged again each time.
#[test]
fn an_identity_token_renews_a_registry_token() {
    let sim = sim(LIFETIME);
    let host = sim.authority();
    let identity = sim.identity_token("alice").expect("a user");
    let stored = json!({"auths": {host.clone(): {"identitytoken": identity}}}).to_string();
    let run = tool(
        &sim,
        "hub-inspect",
        &["--errors", "-j", JOBS, "--plain-http", &host],
    );
    let run = run
        .env("DOCKER_AUTH_CONFIG", &stored)
        .stdin(tags_of(&format!("{host}/"), "bulk/many"));
    assert_eq!(run.run().succeeds().each("kind"), vec!["image"; TAGS]);
    let renewals = tokens(&sim, Kind::Token);
    are_all_needed(&renewals, 10);
    assert!(
        renewals.iter().all(|asked| asked.method == "POST"),
        "{renewals:#?}"
    );
}

/// To show 2, AUTH-27: a token for each repository, whatever the order of the references.
#[test]
fn each_repository_has_its_own_token_and_its_own_renewals() {
    let sim = sim(LIFETIME);
    let names = ["bulk/many", "bulk/more"];
    let [many, more] = names.map(|name| tags_of("", name));
    let lines: String = many
        .lines()
        .zip(more.lines())
        .flat_map(|(a, b)| [a, "\n", b, "\n"])
        .collect();
    let run = signed_in(tool(&sim, "hub-inspect", &["--errors", "-j", JOBS]));
    assert_eq!(
        run.stdin(lines).run().succeeds().each("kind"),
        vec!["image"; 2 * TAGS]
    );
    let all = tokens(&sim, Kind::Token);
    for name in names.map(|name| name.replace('/', "%2F")) {
        let own: Vec<Exchange> = all
            .iter()
            .filter(|asked| asked.path.contains(&name))
            .cloned()
            .collect();
        are_all_needed(&own, 10);
    }
}

/// To show 2, HUB-API.md §1.1: the web API's token says when it ends, and is renewed a little before.
#[test]
fn a_login_is_renewed_before_its_token_ends() {
    let list = |sim: &Sim| {
        let inputs = "bulk/many\nansible/lab\n".repeat(REPEATS);
        let run = signed_in(tool(sim, "hub-tags", &["--errors"]));
        run.stdin(inputs).run().succeeds().each("ref")
    };
    let (long, short) = (sim(Duration::from_hours(1)), sim(LIFETIME));
    let (whole, renewed) = (list(&long), list(&short));
    assert_eq!(whole, renewed);
    let listed = population().tags("ansible/lab").count() + TAGS;
    assert_eq!(renewed.len(), REPEATS * listed);
    assert_eq!(
        tokens(&long, Kind::HubLogin).len(),
        1,
        "one login is enough"
    );
    are_all_needed(&tokens(&short, Kind::HubLogin), 8);
    let anonymous = |asked: &Exchange| {
        asked.kind == Kind::HubTags && asked.authorization == Authorization::None
    };
    assert!(
        !short.log().iter().any(anonymous),
        "nothing is asked as nobody"
    );
}
