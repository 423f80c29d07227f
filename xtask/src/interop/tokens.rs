//! A registry that verifies what hub-sim signs: scopes, age and signature of our tokens judged by somebody else's code.

use hub_sim::{Config, Fault, FaultKind, Kind, Sim};

use super::bench::Bench;
use super::findings::{Findings, check};
use super::http::{Answer, ask};
use super::lists;
use super::stage::Stage;

/// Of the organisation `ansible`; alice is a member, carol is not.
const PRIVATE: &str = "ansible/lab";
const PUBLIC: &str = "library/alpine";

/// Runs everything that needs tokens.
pub(crate) fn judge(stage: &Stage<'_>, findings: &mut Findings) -> anyhow::Result<()> {
    let sim = Sim::start(config(stage))?;
    let registry = stage.registry_of("token", &sim)?;
    let host = registry.authority();
    let bench = Bench::new(&sim, stage.bins);
    who_may_see_what(stage, &bench, host, findings)?;
    what_is_refused(&bench, host, findings)?;
    expired(stage, findings)
}

fn config(stage: &Stage<'_>) -> Config {
    Config {
        population: stage.population.clone(),
        ..Config::default()
    }
}

/// REGISTRY.md AUTH-21, AUTH-24: a token grants what its owner may, and the registry lets no one further.
fn who_may_see_what(
    stage: &Stage<'_>,
    bench: &Bench<'_>,
    host: &str,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let alice = stage.credentials("alice")?;
    let flags = ["--credentials", &alice.to_string_lossy()];
    let records = lists::one_pipe(bench, host, &flags, &stage.repositories())?;
    findings.case("token", "alice sees everything", records);

    let mut public = stage.repositories();
    public.retain(|repository| !repository.is_private());
    let records = lists::one_pipe(bench, host, &["--anonymous"], &public)?;
    findings.case("token", "nobody sees what is public", records);

    let carol = stage.credentials("carol")?;
    let carol = carol.to_string_lossy();
    for (who, flags, code) in [
        ("nobody", &["--anonymous"][..], "unauthorized"),
        ("carol", &["--credentials", &carol][..], "forbidden"),
    ] {
        let reference = format!("{host}/{PRIVATE}");
        let common = ["--source", "registry", "--plain-http", host, "--errors"];
        let args = [&common, flags, &[&reference]].concat();
        let refused = bench.tool("hub-tags", &args, "")?;
        let told = refused.text().contains(&format!("\"code\":\"{code}\""));
        let verdict = check(told && refused.code == Some(1), || format!("{refused:?}"));
        findings.case("token", &format!("{who} does not see {PRIVATE}"), verdict);
    }
    Ok(())
}

/// REGISTRY.md AUTH-24, AUTH-25: for another repository, and from another signer.
fn what_is_refused(bench: &Bench<'_>, host: &str, findings: &mut Findings) -> anyhow::Result<()> {
    let reference = format!("{host}/{PUBLIC}");
    let raw = ["--raw", "--plain-http", host, "--anonymous", &reference];
    let token = bench.tool("hub-token", &raw, "")?.text();
    let own = list_with(host, PUBLIC, token.trim())?;
    let verdict = check(own.status == 200, || format!("{own:?}"));
    findings.case("token", "hub-token's token lists its repository", verdict);

    let other = list_with(host, PRIVATE, token.trim())?;
    let verdict = refused_for(&other, "insufficient_scope");
    findings.case("token", "it does not list another", verdict);

    let stranger = Sim::start(Config::default())?;
    let query = format!("/token?service=registry.docker.io&scope=repository:{PUBLIC}:pull");
    let answer = ask(&stranger.authority(), ("GET", &query), &[], b"")?;
    let answer: serde_json::Value = serde_json::from_slice(&answer.body)?;
    let foreign = answer["token"].as_str().unwrap_or_default();
    let verdict = refused_for(&list_with(host, PUBLIC, foreign)?, "invalid_token");
    findings.case("token", "another simulator's token is refused", verdict);
    Ok(())
}

fn list_with(host: &str, repository: &str, token: &str) -> anyhow::Result<Answer> {
    let target = format!("/v2/{repository}/tags/list");
    let bearer = format!("Bearer {token}");
    ask(host, ("GET", &target), &[("Authorization", &bearer)], b"")
}

fn refused_for(answer: &Answer, error: &str) -> Result<(), String> {
    let challenge = answer.header("www-authenticate").unwrap_or_default();
    let says_so = challenge.contains(&format!("error=\"{error}\""));
    check(answer.status == 401 && says_so, || format!("{answer:?}"))
}

/// REGISTRY.md AUTH-25: the first token is too old when it comes, by more than the registry's leeway; its refusal makes the
/// client ask for one more, and only one.
fn expired(stage: &Stage<'_>, findings: &mut Findings) -> anyhow::Result<()> {
    let stale = Fault::new(FaultKind::ExpiredToken, "/token").times(1);
    for (name, faults, tokens) in [
        ("a fresh token is used", Vec::new(), 1),
        ("a stale token is renewed once", vec![stale], 2),
    ] {
        let config = Config {
            faults,
            ..config(stage)
        };
        let verdict = listed_with(stage, &Sim::start(config)?, tokens)?;
        findings.case("token", name, verdict);
    }
    Ok(())
}

/// Whether alice gets the whole list, having asked for so many `tokens`.
fn listed_with(stage: &Stage<'_>, sim: &Sim, tokens: usize) -> anyhow::Result<Result<(), String>> {
    let registry = stage.registry_of("stale", sim)?;
    let host = registry.authority();
    let reference = format!("{host}/{PRIVATE}");
    let alice = stage.credentials("alice")?;
    let file = alice.to_string_lossy();
    let common = ["--source", "registry", "--plain-http", host, "-o", "ref"];
    let args = [&common[..], &["--credentials", &file, &reference]].concat();
    let listed = Bench::new(sim, stage.bins).tool("hub-tags", &args, "")?;
    let log = sim.log();
    let asked = log.iter().filter(|asked| asked.kind == Kind::Token).count();
    let tags = stage.population.tags(PRIVATE).count();
    let lines = listed.text().lines().count();
    let whole = listed.succeeded() && lines == tags;
    Ok(check(whole && asked == tokens, || {
        let words = listed.last_words();
        format!("{asked} tokens asked for, {lines} of {tags} tags, {words:?}")
    }))
}
