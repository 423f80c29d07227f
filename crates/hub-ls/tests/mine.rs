//! hub-ls as somebody: `--mine`, private repositories, and what signing in changes.

use hub_sim::{Accounts, Config, Fault, FaultKind, Organisation, Population, Sim};
use hub_test::{Tool, tool};

const READ: &str = "dckr_pat_alice-read-00000000000000";
const PUBLIC_READ: &str = "dckr_pat_alice-public-read-00000000";
const OAT: &str = "dckr_oat_ansible-all-0000000000000";

fn sim(faults: Vec<Fault>) -> Sim {
    Sim::start(Config {
        faults,
        ..Config::default()
    })
    .expect("a free port")
}

fn as_user(sim: &Sim, (user, secret): (&str, &str), arguments: &[&str]) -> Tool {
    tool(sim, "hub-ls", arguments)
        .env("DOCKER_HUB_USERNAME", user)
        .env("DOCKER_HUB_PASSWORD", secret)
}

/// The canonical names of what is in a namespace; `all` has the private ones, too.
fn names(namespace: &str, all: bool) -> Vec<String> {
    let population = Population::tutorial();
    let private = population.private_repositories().filter(|_| all);
    let mut found: Vec<String> = population
        .repositories()
        .chain(private)
        .filter(|repository| repository.namespace() == namespace)
        .map(|repository| format!("docker.io/{}", repository.full_name()))
        .collect();
    found.sort();
    found
}

fn sorted(mut references: Vec<String>) -> Vec<String> {
    references.sort();
    references
}

/// What was asked of the web API, without its host.
fn asked(sim: &Sim, beginning: &str) -> Vec<String> {
    let log = sim.log();
    let paths = log.iter().map(|asked| asked.path.clone());
    paths.filter(|path| path.starts_with(beginning)).collect()
}

#[test]
fn mine_is_what_is_the_users_then_what_is_the_organisations() {
    let sim = sim(vec![]);
    let run = as_user(&sim, ("alice", READ), &["--mine"]).run().succeeds();
    let references = run.each("ref");
    assert_eq!(references[0], "docker.io/alice/notes");
    assert_eq!(sorted(references[1..].to_vec()), names("ansible", true));
    assert!(run.each("kind").iter().all(|kind| kind == "repository"));
    let private = |record: &serde_json::Value| record["is_private"] == true;
    assert_eq!(
        run.records()
            .iter()
            .filter(|record| private(record))
            .count(),
        3
    );
    let of_the_user = ["/v2/user/", "/v2/user/orgs/?page=1&page_size=100"];
    assert_eq!(asked(&sim, "/v2/user/"), of_the_user);
    let lists = asked(&sim, "/v2/namespaces/");
    assert!(
        lists.iter().all(|path| path.ends_with("page_size=100")),
        "{lists:?}"
    );
}

#[test]
fn mine_is_no_more_than_the_credentials_reach() {
    let sim = sim(vec![]);
    let run = as_user(&sim, ("alice", PUBLIC_READ), &["--mine"])
        .run()
        .succeeds();
    assert_eq!(sorted(run.each("ref")), names("ansible", false));
    let carol = as_user(&sim, ("carol", "carol-password"), &["--mine"]);
    assert_eq!(carol.run().succeeds().stdout, "");
}

/// HUB-API.md §1.4: an organisation's token works on `/v2/namespaces/` alone.
#[test]
fn an_organisations_token_has_its_own_namespace() {
    let sim = sim(vec![]);
    let run = as_user(&sim, ("ansible", OAT), &["--mine"])
        .run()
        .succeeds();
    assert_eq!(sorted(run.each("ref")), names("ansible", true));
    assert!(asked(&sim, "/v2/user").is_empty());
}

#[test]
fn mine_is_chosen_and_sorted_as_usual_within_each_namespace() {
    let sim = sim(vec![]);
    let arguments = [
        "--mine", "--sort", "name", "--match", "!*", "--match", "*o*",
    ];
    let run = as_user(&sim, ("alice", READ), &arguments).run().succeeds();
    let names = run.each("name");
    assert_eq!(names[0], "notes");
    assert!(names[1..].is_sorted() && names[1..].iter().all(|name| name.contains('o')));
    assert!(names.len() > 3 && run.stderr.is_empty());
}

#[test]
fn mine_needs_credentials_and_no_reference_and_opens_no_stdin() {
    let sim = sim(vec![]);
    let words = [
        "docker.io/: there are no credentials",
        "DOCKER_HUB_USERNAME",
    ];
    let anonymous = tool(&sim, "hub-ls", &["--mine", "--errors"])
        .run()
        .fails(1, &words);
    assert_eq!(anonymous.records()[0]["error"]["code"], "unauthorized");
    assert!(sim.log().is_empty());
    as_user(&sim, ("alice", "wr0ng-password"), &["--mine"])
        .run()
        .fails(3, &["refuses the login"]);
    let alice = ("alice", READ);
    as_user(&sim, alice, &["--mine", "library"])
        .run()
        .fails(2, &["--mine"]);
    let (run, _) = as_user(&sim, alice, &["--mine"])
        .stdin("library\n")
        .start()
        .end();
    assert_eq!(run.code, Some(0));
    assert!(
        run.each("namespace")
            .iter()
            .all(|namespace| namespace != "library")
    );
}

#[test]
fn a_namespace_that_fails_keeps_no_other_back() {
    let own = sim(vec![Fault::new(
        FaultKind::Status(403),
        "/v2/namespaces/alice/",
    )]);
    let run = as_user(&own, ("alice", READ), &["--mine"]).run();
    let run = run.fails(1, &["docker.io/: not allowed", "/v2/namespaces/alice/"]);
    assert_eq!(sorted(run.each("ref")), names("ansible", true));
    let organisations = sim(vec![Fault::new(FaultKind::Status(403), "/v2/user/orgs/")]);
    let run = as_user(&organisations, ("alice", READ), &["--mine"]).run();
    let run = run.fails(1, &["docker.io/: not allowed", "/v2/user/orgs/"]);
    assert_eq!(run.each("ref"), ["docker.io/alice/notes"]);
}

/// More organisations than are on a page.
#[test]
fn organisations_are_walked_to_the_end() {
    let mut accounts = Accounts::clone(Population::tutorial().accounts());
    accounts
        .organisations
        .extend((0..150).map(|number| Organisation {
            name: format!("o{number:03}"),
            members: vec!["alice".to_owned()],
            tokens: Vec::new(),
        }));
    let last = Population::bulk("o149", "last", 1).hidden();
    let sim = Sim::start(Config {
        population: Population::tutorial().and(&last).with_accounts(accounts),
        ..Config::default()
    })
    .expect("a free port");
    let run = as_user(&sim, ("alice", READ), &["--mine"]).run().succeeds();
    assert_eq!(run.each("ref").last().unwrap(), "docker.io/o149/last");
    assert_eq!(asked(&sim, "/v2/user/orgs/").len(), 2);
    assert_eq!(asked(&sim, "/v2/namespaces/").len(), 152);
}

/// DECISIONS 15: anonymous callers get two pages before the wall; whoever has signed in meets none.
#[test]
fn a_namespace_is_read_up_to_the_wall_or_to_its_end() {
    const REPOSITORIES: usize = 203;
    let repository = |number| Population::bulk("many", &format!("r{number:03}"), 1);
    let population = (0..REPOSITORIES).map(repository);
    let population = population.reduce(|all, one| all.and(&one)).expect("some");
    let accounts = Population::tutorial().accounts().clone();
    let sim = Sim::start(Config {
        population: population.with_accounts(accounts),
        ..Config::default()
    })
    .expect("a free port");
    let anonymous = tool(&sim, "hub-ls", &["many"]).run();
    let anonymous = anonymous.fails(1, &["docker.io/many/: anonymous callers", "sign in"]);
    assert_eq!(anonymous.lines().len(), 198);
    let signed_in = as_user(&sim, ("carol", "carol-password"), &["many"]);
    let signed_in = signed_in.run().succeeds();
    assert_eq!(signed_in.lines().len(), REPOSITORIES);
}
