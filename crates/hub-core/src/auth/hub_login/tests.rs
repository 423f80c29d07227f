//! HUB-API.md §1, line by line.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn now() -> Timestamp {
    "2026-11-20T12:00:00Z".parse().unwrap()
}

fn jwt(claims: &Value) -> String {
    let part = |text: String| URL_SAFE_NO_PAD.encode(text);
    let header = part(r#"{"alg":"RS256","typ":"JWT"}"#.to_owned());
    format!(
        "{header}.{}.{}",
        part(claims.to_string()),
        part("s3cr3t".to_owned())
    )
}

fn answered(token: &str) -> Result<HubToken, &'static str> {
    read_token(
        json!({ "access_token": token }).to_string().as_bytes(),
        now(),
    )
}

/// Seconds that a token with these claims still lives.
fn left(claims: &Value) -> u64 {
    let ends = answered(&jwt(claims)).unwrap().expires_at().unwrap();
    ends.duration_since(now()).as_secs().try_into().unwrap()
}

fn password(secret: &str) -> Credential {
    Credential::from_pair("me", secret.into()).unwrap()
}

#[test]
fn a_pair_logs_in_and_a_ready_token_does_not_hub_api_1_1() {
    let Way::Login(body) = way(&password("p\"\u{1}ß")).unwrap() else {
        panic!("a password logs in")
    };
    let sent: Value = serde_json::from_slice(body.expose_secret()).unwrap();
    assert_eq!(sent, json!({ "identifier": "me", "secret": "p\"\u{1}ß" }));
    assert!(!format!("{body:?}").contains('p'));
    let ready = way(&Credential::HubJwt(jwt(&json!({"exp": 1})).into())).unwrap();
    let Way::Ready(token) = ready else {
        panic!("a JWT is ready")
    };
    assert!(token.is_fresh(), "nothing could renew it");
    assert_eq!(token.expires_at().unwrap().as_second(), 1);
    assert!(token.header().expose_secret().starts_with("Bearer ey"));
    let refresh = Credential::IdentityToken("s3cr3t".into());
    assert!(matches!(way(&refresh).unwrap(), Way::Anonymous));
}

#[test]
fn an_access_token_alone_needs_a_name() {
    let error = way(&Credential::AccessToken("dckr_pat_s3cr3t".into())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    let message = error.to_string();
    assert!(message.contains("user:token") && !message.contains("s3cr3t"));
}

#[test]
fn the_token_stands_under_either_name_hub_api_1_1() {
    let read = |body: &str| {
        let token = read_token(body.as_bytes(), now());
        token.map(|token| token.secret().expose_secret().to_owned())
    };
    assert_eq!(read(r#"{"access_token":"a"}"#).unwrap(), "a");
    assert_eq!(
        read(r#"{"access_token":"","token":"b","refresh_token":1}"#).unwrap(),
        "b"
    );
    assert_eq!(
        read("{}").unwrap_err(),
        "the answer to the login holds no token"
    );
    assert_eq!(
        read("<html>").unwrap_err(),
        "the answer to the login is no token"
    );
}

#[test]
fn a_lifetime_is_read_from_the_claims_hub_api_1_1() {
    let now = now().as_second();
    assert_eq!(left(&json!({"iat": now, "exp": now + 600})), 600);
    assert_eq!(left(&json!({"iat": now - 100, "exp": now + 500})), 500);
    assert_eq!(left(&json!({"exp": now + 500})), 500);
    assert_eq!(left(&json!({"exp": i64::MAX})), 300, "no such moment");
    assert_eq!(left(&json!({"exp": now + 10_000_000_000})), 365 * 86_400);
    for garbage in [
        json!({}),
        json!({"exp": "soon"}),
        json!({"exp": -5}),
        json!([1]),
    ] {
        assert_eq!(left(&garbage), 300, "{garbage}");
    }
    assert!(answered("no JWT").unwrap().expires_at().is_some());
}

#[test]
fn a_clock_that_disagrees_counts_from_now_auth_19() {
    let now = now().as_second();
    assert_eq!(left(&json!({"iat": now + 3600, "exp": now + 4200})), 600);
    assert_eq!(left(&json!({"iat": now - 4200, "exp": now - 3600})), 600);
    assert_eq!(
        left(&json!({"iat": now, "exp": now - 1})),
        300,
        "ends before it begins"
    );
    assert_eq!(left(&json!({"exp": now - 1})), 300);
}

#[tokio::test(start_paused = true)]
async fn a_token_is_renewed_early_auth_19() {
    let now = now().as_second();
    let token = |life: i64| answered(&jwt(&json!({"iat": now, "exp": now + life}))).unwrap();
    for (life, fresh) in [(600, 570), (100, 90), (10, 9)] {
        let token = token(life);
        tokio::time::advance(Duration::from_secs(fresh - 1)).await;
        assert!(token.is_fresh(), "{life}");
        tokio::time::advance(Duration::from_secs(1)).await;
        assert!(!token.is_fresh(), "{life}");
    }
}

#[test]
fn a_token_says_whose_it_is_and_never_itself_hub_api_1_1() {
    let claims =
        json!({"https://hub.docker.com": {"username": "me", "source": "docker_pat|\u{1b}1"}});
    let token = answered(&jwt(&claims)).unwrap();
    assert_eq!(
        (token.user(), token.source()),
        (Some("me"), Some("docker_pat|\\u{1b}1"))
    );
    assert!(!format!("{token:?}").contains(token.secret().expose_secret()));
}

#[test]
fn a_refusal_says_what_to_do_hub_api_1_2() {
    let refusal = |secret: &str, status, body: &str| {
        let error = refused(
            &password(secret),
            status,
            body.as_bytes(),
            Some("words".into()),
        );
        (error.kind(), error.to_string())
    };
    let plain = r#"{"detail":"Incorrect authentication credentials"}"#;
    for (secret, status, body, kind, part) in [
        (
            "p",
            401,
            plain,
            ErrorKind::Unauthorized,
            "\"words\"; check user name and password",
        ),
        (
            "dckr_pat_x",
            401,
            plain,
            ErrorKind::Unauthorized,
            "revoked, or has expired",
        ),
        (
            "dckr_oat_x",
            401,
            plain,
            ErrorKind::Unauthorized,
            "the organisation's name",
        ),
        (
            "p",
            429,
            "too many failed login attempts",
            ErrorKind::RateLimited,
            "10 to 15 minutes",
        ),
        ("p", 403, "", ErrorKind::Forbidden, "personal access token"),
        ("p", 503, "<html>", ErrorKind::Server, "try again later"),
        ("p", 400, "", ErrorKind::InvalidResponse, "status 400"),
    ] {
        let (was, message) = refusal(secret, status, body);
        assert_eq!(was, kind, "{status}");
        assert!(message.contains(part), "{message}");
    }
    let (kind, message) = refusal("p", 401, r#"{"detail":"x","login_2fa_token":"s3cr3t"}"#);
    assert_eq!(kind, ErrorKind::Unauthorized);
    assert!(message.contains("use a personal access token") && !message.contains("words"));
}

#[test]
fn known_words_of_a_403_become_advice_hub_api_1_4() {
    let advice = |said| forbidden_advice(said).unwrap_or_default();
    assert!(advice("token issued from organization access token is not allowed").contains("user"));
    assert!(advice("token issued from personal access token is not allowed").contains("password"));
    assert!(advice("Insufficient scope").contains("permissions"));
    assert_eq!(advice("no"), "");
}

proptest! {
    #[test]
    fn any_answer_is_read_or_refused(body in "\\PC*", exp in any::<f64>(), iat in any::<f64>()) {
        let _ = read_token(body.as_bytes(), now());
        let token = answered(&jwt(&json!({"exp": exp, "iat": iat}))).unwrap();
        let ends = token.expires_at().unwrap();
        prop_assert!(ends > now() && ends <= now() + LONGEST_LIFETIME);
    }

    #[test]
    fn a_body_reads_back(user in "[^:]{1,12}", secret in "(?s).{1,12}") {
        prop_assume!(user != "<token>");
        let Ok(Way::Login(body)) = way(&Credential::from_pair(&user, secret.as_str().into()).unwrap()) else {
            panic!("a password logs in")
        };
        let sent: Value = serde_json::from_slice(body.expose_secret()).unwrap();
        prop_assert_eq!(sent, json!({ "identifier": user, "secret": secret }));
    }
}

#[test]
fn a_token_says_whose_it_is_and_where_it_comes_from() {
    let made = |secret: &str, claims: &Value| {
        let found = Found {
            credential: Credential::from_pair("me", secret.into()).unwrap(),
            source: "a file".to_owned(),
        };
        answered(&jwt(claims)).unwrap().from(&found)
    };
    let hub =
        |source: &str| json!({"https://hub.docker.com": {"username": "acme", "source": source}});
    let silent = made("dckr_pat_s3cr3t", &json!({}));
    assert_eq!(
        (silent.user(), silent.is_organisations()),
        (Some("me"), false)
    );
    assert_eq!(silent.origin(), "a personal access token from a file");
    let user = made("s3cr3t", &hub("docker_pat|1"));
    assert_eq!(
        (user.user(), user.is_organisations()),
        (Some("acme"), false)
    );
    assert!(made("s3cr3t", &hub("docker_oat|1")).is_organisations());
    assert!(made("dckr_oat_s3cr3t", &json!({})).is_organisations());
}
