//! What a server demands: `WWW-Authenticate` as RFC 7235 writes it, and the one demand among several that can be met.
//!
//! Nothing here decides whether a realm may be asked: that is `realm`'s business. Facts: REGISTRY.md §2.1, §2.2.

use crate::error::{Error, ErrorKind, Result};

mod scope;

pub use scope::Scope;

/// One challenge, of whatever scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// As it came; case does not count.
    pub(crate) scheme: String,
    /// Names in lower case, values without quotes and escapes, in their order.
    pub(crate) parameters: Vec<(String, String)>,
}

/// A challenge that can be met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Demand {
    /// A token from the service at `realm`, which may be relative and has a query of its own (AUTH-6).
    Bearer {
        /// Where tokens are.
        realm: String,
        /// What the token service calls the registry.
        service: Option<String>,
        /// What the server thinks is needed (AUTH-5); it can be wrong (AUTH-8).
        scopes: Vec<String>,
        /// Why a token that was sent was refused.
        error: Option<String>,
    },
    /// A user name and a password.
    Basic {
        /// What they are for, as shown to people; empty where the server did not say.
        realm: String,
    },
}

/// Reads all challenges of all header lines; several may stand in one line (AUTH-4). What is malformed is left out.
pub(crate) fn parse<'a>(headers: impl Iterator<Item = &'a str>) -> Vec<Challenge> {
    headers.flat_map(parse_line).collect()
}

/// Chooses Bearer before Basic and ignores all other schemes (AUTH-4). `None`: nothing that can be met. An error: the only thing
/// to meet is a Bearer challenge that does not say where tokens are.
pub(crate) fn select(challenges: &[Challenge]) -> Result<Option<Demand>> {
    let bearer = challenges.iter().filter(|challenge| challenge.is("bearer"));
    if let Some(demand) = bearer.clone().find_map(Challenge::bearer) {
        return Ok(Some(demand));
    }
    if let Some(basic) = challenges.iter().find(|challenge| challenge.is("basic")) {
        let realm = basic.parameter("realm").unwrap_or_default();
        return Ok(Some(Demand::Basic { realm }));
    }
    if bearer.count() == 0 {
        return Ok(None);
    }
    let what = "the registry asks for a token and names no realm to get it from";
    Err(Error::new(ErrorKind::InvalidResponse, what))
}

impl Challenge {
    fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// The first parameter of that name, unless it is empty.
    fn parameter(&self, name: &str) -> Option<String> {
        let (_, value) = self.parameters.iter().find(|(own, _)| own == name)?;
        Some(value.clone()).filter(|value| !value.is_empty())
    }

    fn bearer(&self) -> Option<Demand> {
        let scopes = self.parameter("scope").unwrap_or_default();
        Some(Demand::Bearer {
            realm: self.parameter("realm")?,
            service: self.parameter("service"),
            scopes: scopes.split_ascii_whitespace().map(Into::into).collect(),
            error: self.parameter("error"),
        })
    }
}

fn parse_line(line: &str) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = Vec::new();
    let mut rest = Rest(line);
    while rest.skip_to_element() {
        let word = rest.take_while(is_token);
        if word.is_empty() {
            rest.take_while(|c| c != ',');
        } else if !rest.skip_equals() {
            rest.skip_token68();
            challenges.push(Challenge {
                scheme: word.to_owned(),
                parameters: Vec::new(),
            });
        } else if let (Some(value), Some(challenge)) = (rest.take_value(), challenges.last_mut()) {
            challenge
                .parameters
                .push((word.to_ascii_lowercase(), value));
        }
    }
    challenges
}

/// What is still to be read of a line.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn take_while(&mut self, accept: impl Fn(char) -> bool) -> &'a str {
        let end = self.0.find(|c| !accept(c)).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at(end);
        self.0 = rest;
        taken
    }

    /// Goes to the next element of the list; false at the end. Lists may have empty elements, and some servers leave out commas.
    fn skip_to_element(&mut self) -> bool {
        self.take_while(|c| is_blank(c) || c == ',');
        !self.0.is_empty()
    }

    /// Skips `=` with the blanks round it, if it is there.
    fn skip_equals(&mut self) -> bool {
        match self.0.trim_start_matches(is_blank).strip_prefix('=') {
            Some(rest) => {
                self.0 = rest.trim_start_matches(is_blank);
                true
            }
            None => false,
        }
    }

    /// Skips the credentials-like text that schemes such as Negotiate have instead of parameters.
    fn skip_token68(&mut self) {
        let rest = self.0.trim_start_matches(is_blank);
        let rest = rest.trim_start_matches(is_token68).trim_start_matches('=');
        let rest = rest.trim_start_matches(is_blank);
        if rest.is_empty() || rest.starts_with(',') {
            self.0 = rest;
        }
    }

    /// A quoted string, or what stands before the next blank or comma, since URLs come bare too. `None`: the quote has no end.
    fn take_value(&mut self) -> Option<String> {
        match self.0.strip_prefix('"') {
            Some(quoted) => self.take_quoted(quoted),
            None => Some(self.take_while(|c| !is_blank(c) && c != ',').to_owned()),
        }
    }

    fn take_quoted(&mut self, quoted: &'a str) -> Option<String> {
        let mut value = String::new();
        let mut chars = quoted.chars();
        self.0 = "";
        loop {
            match chars.next()? {
                '"' => break,
                '\\' => value.push(chars.next()?),
                other => value.push(other),
            }
        }
        self.0 = chars.as_str();
        Some(value)
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// RFC 7230 §3.2.6.
fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

fn is_token68(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-._~+/".contains(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn demand(headers: &[&str]) -> Demand {
        select(&parse(headers.iter().copied())).unwrap().unwrap()
    }

    fn bearer(realm: &str, service: Option<&str>, scopes: &[&str]) -> Demand {
        Demand::Bearer {
            realm: realm.into(),
            service: service.map(Into::into),
            scopes: scopes.iter().copied().map(Into::into).collect(),
            error: None,
        }
    }

    fn basic(realm: &str) -> Demand {
        Demand::Basic {
            realm: realm.into(),
        }
    }

    #[test]
    fn reads_the_vectors_of_section_18() {
        let url = "https://auth.example.com/t";
        let header = r#"Bearer realm="https://auth.example.com/token",service="r",scope="repository:a/b:pull,push""#;
        let scopes = ["repository:a/b:pull,push"];
        assert_eq!(
            demand(&[header]),
            bearer("https://auth.example.com/token", Some("r"), &scopes)
        );
        let header = "bearer Realm=https://auth.example.com/t , SERVICE=r";
        assert_eq!(demand(&[header]), bearer(url, Some("r"), &[]));
        let header = r#"Basic realm="x", Bearer realm="https://auth.example.com/t",service="r""#;
        assert_eq!(demand(&[header]), bearer(url, Some("r"), &[]));
        assert_eq!(parse([header].into_iter()).len(), 2);
        assert_eq!(demand(&["Negotiate", r#"Basic realm="x""#]), basic("x"));
        let header = r#"Bearer realm="https://auth.example.com/t?k=v",service="a \"b\"""#;
        assert_eq!(
            demand(&[header]),
            bearer("https://auth.example.com/t?k=v", Some("a \"b\""), &[])
        );
        // What a realm may be is not decided here.
        for realm in [
            "/token",
            "http://169.254.169.254/x",
            "https://u:p@auth.example.com/t",
        ] {
            assert_eq!(
                demand(&[&format!("Bearer realm=\"{realm}\"")]),
                bearer(realm, None, &[])
            );
        }
    }

    #[test]
    fn a_refusal_says_why_auth_24() {
        let header = r#"Bearer realm="https://a.example/t",error="insufficient_scope",error_description="no""#;
        let Demand::Bearer { error, .. } = demand(&[header]) else {
            panic!()
        };
        assert_eq!(error.as_deref(), Some("insufficient_scope"));
    }

    #[test]
    fn bearer_without_realm_is_an_error_of_its_own() {
        for header in [
            r#"Bearer service="r""#,
            "Bearer",
            "Bearer realm=",
            r#"Bearer realm="""#,
            r#"Bearer realm="x"#,
        ] {
            let error = select(&parse([header].into_iter())).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidResponse);
            assert!(error.to_string().contains("no realm"), "{header}");
        }
        assert_eq!(demand(&["Bearer service=r", "Basic realm=x"]), basic("x"));
        assert_eq!(
            demand(&["Bearer, Bearer realm=/t"]),
            bearer("/t", None, &[])
        );
    }

    #[test]
    fn unknown_schemes_are_ignored_auth_4() {
        let unmet = ["NTLM", "Negotiate YWJj==, Digest qop=\"auth,auth-int\""];
        assert_eq!(select(&parse(unmet.into_iter())).unwrap(), None);
        assert_eq!(select(&[]).unwrap(), None);
        assert_eq!(demand(&["Negotiate YWJj==, BASIC Realm=x"]), basic("x"));
        assert_eq!(demand(&["Foo abc/+, Basic"]), basic(""));
    }

    #[test]
    fn several_scopes_and_odd_lists_are_read() {
        let header =
            ",, Bearer  realm = \"/t\" ,\t, scope=\"repository:a/b:pull  registry:catalog:*\",,";
        assert_eq!(
            demand(&[header]),
            bearer("/t", None, &["repository:a/b:pull", "registry:catalog:*"])
        );
        // No comma between the parameters, a parameter without scheme, garbage between commas, a repeated name.
        assert_eq!(
            demand(&["Bearer realm=\"/t\" service=r"]),
            bearer("/t", Some("r"), &[])
        );
        assert_eq!(
            demand(&["realm=/x, Bearer realm=/t"]),
            bearer("/t", None, &[])
        );
        assert_eq!(
            demand(&["Bearer @x=\u{e9}, realm=/t, realm=/u"]),
            bearer("/t", None, &[])
        );
    }

    fn quoted(value: &str) -> String {
        format!("\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""))
    }

    proptest! {
        #[test]
        fn what_is_quoted_comes_out(realm in "\\PC{1,20}", service in "\\PC{1,20}") {
            let header = format!("Basic realm={},bearer Realm={} , service={}", quoted(&service), quoted(&realm), quoted(&service));
            prop_assert_eq!(demand(&[&header]), bearer(&realm, Some(&service), &[]));
        }

        #[test]
        fn never_panics(header in "((Bearer|Basic|realm|a|,|=|\"|\\\\| |é)){0,12}|\\PC*") {
            let _ = select(&parse([&*header].into_iter()));
        }
    }
}
