//! A registry that knows one user by a file of htpasswd.

use std::path::Path;

use super::bench::{Bench, Outcome};
use super::findings::{Findings, check};
use super::lists;
use super::registry::Auth;
use super::stage::Stage;

/// `interop` with the password below, hashed once with bcrypt at its lowest cost: Debian has the program only in a
/// package of its own, and a hash of a password that is worth nothing needs no crate.
const LINE: &str = "interop:$2y$05$abcdefghijklmnopqrstuuwUEJiP5oj5tqIHQ2.VBmuih2Ur5XVl2\n";
const PASSWORD: &str = "interop-password";

/// Exit statuses of the pipe contract.
const SOME_FAILED: Option<i32> = Some(1);
const CREDENTIALS_REFUSED: Option<i32> = Some(3);

/// All tags with the password; none without, or with another.
pub(crate) fn judge(
    stage: &Stage<'_>,
    bench: &Bench<'_>,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let users = stage.file("htpasswd", LINE)?;
    let registry = stage.registry("basic", &Auth::Htpasswd(&users))?;
    let host = registry.authority();
    let right = stage.file("right.secret", &format!("interop:{PASSWORD}"))?;
    let flags = ["--credentials", &right.to_string_lossy()];
    let records = lists::one_pipe(bench, host, &flags, &stage.repositories())?;
    findings.case("htpasswd", "every record with the password", records);

    let nobody = list(bench, host, None)?;
    let verdict = ended(&nobody, SOME_FAILED);
    findings.case("htpasswd", "nothing without a password", verdict);

    let wrong = stage.file("wrong.secret", "interop:another-password")?;
    let verdict = ended(&list(bench, host, Some(&wrong))?, CREDENTIALS_REFUSED);
    findings.case("htpasswd", "nothing with another password", verdict);
    Ok(())
}

fn list(bench: &Bench<'_>, host: &str, credentials: Option<&Path>) -> anyhow::Result<Outcome> {
    let reference = format!("{host}/library/alpine");
    let file = credentials.map(Path::to_string_lossy);
    let mut args = vec!["--source", "registry", "--plain-http", host, &reference];
    match &file {
        Some(file) => args.extend(["--credentials", file]),
        None => args.push("--anonymous"),
    }
    bench.tool("hub-tags", &args, "")
}

fn ended(outcome: &Outcome, code: Option<i32>) -> Result<(), String> {
    check(outcome.code == code && outcome.stdout.is_empty(), || {
        format!("{outcome:?} where {code:?} was expected")
    })
}
