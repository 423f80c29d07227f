//! Helpers that behave and helpers that do not, as little shell scripts.

use std::process;
use std::time::Instant;

use secrecy::ExposeSecret;
use tempfile::TempDir;

use super::*;

/// A folder with `docker-credential-<suffix>`.
///
/// A shell writes it: a file that this process has open for writing, another test's child may inherit, and then it cannot be
/// run (`ETXTBSY`).
pub(in crate::auth) fn script(suffix: &str, body: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join(format!("docker-credential-{suffix}"));
    let written = process::Command::new("/bin/sh")
        .args([
            "-c",
            r#"printf '#!/bin/sh\n%s\n' "$2" > "$1" && chmod 755 "$1""#,
            "sh",
        ])
        .args([program.as_os_str(), body.as_ref()])
        .status();
    assert!(written.unwrap().success());
    folder
}

/// What comes of a helper with this body, as `user|secret` or in words.
async fn ask(body: &str) -> String {
    let folder = script("x", body);
    shown(
        get_plain(
            "x",
            "https://index.docker.io/v1/",
            folder.path().as_ref(),
            TIME_LIMIT,
        )
        .await,
    )
}

/// [`get`] in a process that knows no secrets yet.
async fn get_plain(suffix: &str, server: &str, path: &OsStr, limit: Duration) -> Outcome {
    get(suffix, server, path, limit, &Redactor::default()).await
}

fn shown(outcome: Outcome) -> String {
    assert!(!format!("{outcome:?}").contains("s3cr3t"));
    match outcome {
        Outcome::Found(Credential::Password { user, secret }) => {
            format!("{user}|{}", secret.expose_secret())
        }
        Outcome::Found(other) => other.kind_name().to_owned(),
        Outcome::NotFound => "not found".to_owned(),
        Outcome::Trouble(why) => why,
    }
}

#[tokio::test]
async fn a_helper_gets_the_server_and_answers_cred_10() {
    let body = r#"[ "$*" = get ] && printf '{"ServerURL":"x","Username":"%s","Secret":"s3cr3t"}' "$(cat)""#;
    let folder = script("x", body);
    let found = get_plain("x", "r.example", folder.path().as_ref(), TIME_LIMIT).await;
    assert_eq!(shown(found), "r.example|s3cr3t");
}

#[tokio::test]
async fn the_user_token_marks_an_identity_token_cred_11() {
    let said = ask(r#"cat >/dev/null; echo '{"Username":"<token>","Secret":"s3cr3t"}'"#).await;
    assert_eq!(said, "an identity token");
}

#[tokio::test]
async fn nothing_is_not_trouble_cred_12() {
    let text = "echo 'credentials not found in native keychain'";
    assert_eq!(ask(&format!("{text}; exit 1")).await, "not found");
    assert_eq!(
        ask(r#"echo '{"Username":"","Secret":""}'"#).await,
        "not found"
    );
    assert!(ask(text).await.contains("JSON"), "only with a status");
    assert!(ask(&format!("{text} >&2; exit 1")).await.contains("failed"));
}

#[tokio::test]
async fn a_helper_that_does_not_read_is_fine() {
    let said = ask(r#"exec <&-; echo '{"Username":"u","Secret":"s3cr3t"}'"#).await;
    assert_eq!(said, "u|s3cr3t");
}

#[tokio::test]
async fn a_failing_helper_is_quoted_shortened_and_escaped() {
    assert_eq!(
        ask("printf 'locked \\033[31m dckr_pat_s3cr3t\\nmore'; exit 3").await,
        "it failed with exit status: 3: locked \\u{1b}[31m …"
    );
    assert_eq!(
        ask("kill -9 $$").await,
        "it failed with signal: 9 (SIGKILL)"
    );
    let long = ask("head -c 5000 /dev/zero | tr '\\0' x; exit 1").await;
    assert!(long.chars().count() < 300, "{long}");
}

#[tokio::test]
async fn what_may_hold_a_secret_is_not_quoted() {
    let answer = r#"echo '{"Username":"u","Secret":"s3cr3t"}'"#;
    assert_eq!(
        ask(&format!("{answer}; exit 1")).await,
        "it failed with exit status: 1"
    );
    assert_eq!(
        ask("echo s3cr3t >&2; exit 1").await,
        "it failed with exit status: 1"
    );
    assert_eq!(ask(&format!("echo s3cr3t >&2; {answer}")).await, "u|s3cr3t");
    let useless = ask("echo s3cr3t").await;
    assert_eq!(
        useless,
        "its answer is not the JSON object that was expected"
    );
    for answer in [
        r#"{"Secret":["s3cr3t"]}"#,
        r#"["s3cr3t"]"#,
        r#"{"Username":"u"}"#,
        "{",
    ] {
        let said = ask(&format!("echo '{answer}'")).await;
        assert!(said.starts_with("its answer is "), "{said}");
    }
}

#[tokio::test]
async fn a_helper_says_a_bounded_number_of_bytes() {
    let began = Instant::now();
    let said = ask("head -c 1000000 /dev/zero; exec sleep 60").await;
    assert_eq!(said, "it says more than 65536 bytes");
    assert!(began.elapsed() < TIME_LIMIT);
}

#[tokio::test]
async fn a_helper_that_hangs_is_killed_and_waited_for() {
    let folder = script("x", r#"echo $$ > "${0%/*}/pid"; exec sleep 60"#);
    let limit = Duration::from_millis(300);
    let outcome = get_plain("x", "r.example", folder.path().as_ref(), limit).await;
    assert_eq!(shown(outcome), "no answer within 300ms");
    assert!(!is_there(&pid(folder.path()).await));
}

#[tokio::test]
async fn a_helper_that_nobody_waits_for_is_killed_and_waited_for() {
    let folder = script("x", r#"echo $$ > "${0%/*}/pid"; exec sleep 60"#);
    let asked = get_plain("x", "r.example", folder.path().as_ref(), TIME_LIMIT);
    let pid = tokio::select! {
        _ = asked => unreachable!("it sleeps"),
        pid = pid(folder.path()) => pid,
    };
    for _ in 0..200 {
        if !is_there(&pid) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("process {pid} is still there");
}

#[tokio::test]
async fn a_daemon_that_holds_the_pipe_does_not_hold_the_answer() {
    let began = Instant::now();
    let said = ask(r#"sleep 5 & echo '{"Username":"u","Secret":"s3cr3t"}'"#).await;
    assert_eq!(said, "u|s3cr3t");
    assert!(began.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn only_plain_names_in_absolute_folders_are_run_decisions_29() {
    let folder = script("x", "echo '{\"Username\":\"u\",\"Secret\":\"s3cr3t\"}'");
    let elsewhere = format!(".::relative:/nonexistent:{}", folder.path().display());
    for (suffix, path, expected) in [
        ("x", elsewhere.as_str(), "u|s3cr3t"),
        ("x", "", "there is no such program in PATH"),
        ("x", ".:relative", "there is no such program in PATH"),
        ("y", elsewhere.as_str(), "there is no such program in PATH"),
        (
            "../x",
            elsewhere.as_str(),
            "\"../x\" is no name of a helper",
        ),
        ("", elsewhere.as_str(), "\"\" is no name of a helper"),
        (
            "x\u{1b}",
            elsewhere.as_str(),
            "\"x\\u{1b}\" is no name of a helper",
        ),
    ] {
        let outcome = get_plain(suffix, "r.example", path.as_ref(), TIME_LIMIT).await;
        assert_eq!(shown(outcome), expected, "{suffix} in {path}");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_run_is_passed_over_or_named() {
    let folder = script("x", "");
    let program = folder.path().join("docker-credential-x");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(
        find("x", folder.path().as_ref()).unwrap_err(),
        "there is no such program in PATH"
    );
    fs::create_dir(folder.path().join("docker-credential-folder")).unwrap();
    assert!(find("folder", folder.path().as_ref()).is_err());
    assert!(
        start(Path::new("/nonexistent/x"))
            .unwrap_err()
            .starts_with("it does not start: ")
    );
}

/// The number that the script wrote, as soon as it is there.
async fn pid(folder: &Path) -> String {
    loop {
        match fs::read_to_string(folder.join("pid")) {
            Ok(text) if text.ends_with('\n') => return text.trim().to_owned(),
            _ => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

/// Whether the process exists, were it as a zombie.
fn is_there(pid: &str) -> bool {
    let asked = process::Command::new("/bin/sh")
        .args(["-c", "kill -0 $0 2>/dev/null", pid])
        .status();
    asked.unwrap().success()
}

#[tokio::test]
async fn a_known_secret_is_hidden_before_the_words_are_cut() {
    let known = Redactor::default();
    known.add_credential(&Credential::HubJwt("s3cr3t-s3cr3t".into()));
    let body = format!("echo {}s3cr3t-s3cr3t; exit 1", "x ".repeat(95));
    let folder = script("x", &body);
    let path = folder.path().as_ref();
    let said = shown(get("x", "r.example", path, TIME_LIMIT, &known).await);
    assert!(said.ends_with("x …"), "{said}");
}
