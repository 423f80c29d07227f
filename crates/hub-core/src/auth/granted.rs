//! What a registry's token allows, as far as it or the answer that it came in tells: for display, and nothing is decided by
//! it (AUTH-22). Pure; the token is not verified.

use serde::Deserialize;
use serde_json::Value;

use super::credential::jwt_claims;

/// The scopes in the `access` claim of `token`, else those that its service listed in `scope`, the text of a JSON value
/// (AUTH-14). `None`: neither can be read.
pub(super) fn scopes(token: &str, listed: Option<&str>) -> Option<Vec<String>> {
    claimed(token).or_else(|| {
        let listed: String = serde_json::from_str(listed?).ok()?;
        Some(listed.split_whitespace().map(str::to_owned).collect())
    })
}

/// The payload of distribution's tokens, as far as it is read.
#[derive(Deserialize)]
struct Claims {
    access: Value,
}

#[derive(Deserialize)]
struct Access {
    r#type: String,
    name: String,
    actions: Vec<String>,
}

fn claimed(token: &str) -> Option<Vec<String>> {
    let claims: Claims = serde_json::from_slice(&jwt_claims(token)?).ok()?;
    // Go writes an empty list as null.
    let access: Option<Vec<Access>> = serde_json::from_value(claims.access).ok()?;
    let granted = access.unwrap_or_default().into_iter();
    Some(
        granted
            .filter(|access| !access.actions.is_empty())
            .map(|access| {
                let actions = access.actions.join(",");
                format!("{}:{}:{actions}", access.r#type, access.name)
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use proptest::prelude::*;

    use super::*;

    fn jwt(claims: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{}", part("{}"), part(claims), part("signed"))
    }

    #[test]
    fn the_access_claim_lists_what_was_granted_auth_22() {
        let access = r#"{"access":[
            {"type":"repository","name":"a/b","actions":["pull","push"],"parameters":{"pull_limit":"100"}},
            {"type":"repository","name":"a/c","actions":[]},
            {"type":"registry","name":"catalog","actions":["*"]}]}"#;
        let expected = ["repository:a/b:pull,push", "registry:catalog:*"].map(str::to_owned);
        let listed = Some(r#""repository:x/y:pull""#);
        assert_eq!(scopes(&jwt(access), listed), Some(expected.into()));
    }

    #[test]
    fn a_grant_of_nothing_is_not_the_same_as_none_that_is_told() {
        for nothing in [r#"{"access":[]}"#, r#"{"access":null}"#] {
            assert_eq!(scopes(&jwt(nothing), None), Some(vec![]), "{nothing}");
        }
        for opaque in [
            "opaque".to_owned(),
            "a.b.c".to_owned(),
            jwt("{}"),
            jwt("[]"),
            jwt(r#"{"access":"pull"}"#),
            jwt(r#"{"access":[{"type":1}]}"#),
        ] {
            assert_eq!(scopes(&opaque, None), None, "{opaque}");
            assert_eq!(scopes(&opaque, Some("null")), None, "{opaque}");
        }
    }

    #[test]
    fn an_opaque_token_is_described_by_its_service_auth_14() {
        let listed = r#""repository:a/b:pull repository:a/c:pull""#;
        let expected = ["repository:a/b:pull", "repository:a/c:pull"].map(str::to_owned);
        assert_eq!(scopes("opaque", Some(listed)), Some(expected.into()));
        assert_eq!(scopes("opaque", Some("\"\"")), Some(vec![]));
        assert_eq!(scopes("opaque", Some("[]")), None);
    }

    proptest! {
        #[test]
        fn nothing_that_a_server_sends_makes_it_fail(claims in "\\PC*", listed in "\\PC*") {
            scopes(&jwt(&claims), Some(&listed));
            scopes(&claims, None);
        }
    }
}
