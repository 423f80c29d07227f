//! Every secret that the process holds, so that none of them is shown, whoever repeats it.
//!
//! A server or a helper can repeat what it was sent (SEC-6, "Smaller rulings"). Redact a text before it is shortened: a secret
//! that was cut in the middle is not found any more.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use secrecy::{ExposeSecret, SecretString};

use super::credential::Credential;

/// A set of secrets, shared by its clones.
#[derive(Clone, Default)]
pub struct Redactor(Arc<RwLock<Forms>>);

/// Texts that are to be replaced.
#[derive(Default)]
struct Forms {
    /// Of credentials, the longest first; they are never forgotten.
    lasting: Vec<SecretString>,
    /// Of tokens, the newest first. A server repeats what it was just sent, so the oldest may go.
    passing: VecDeque<SecretString>,
}

/// A shorter secret is in half of all texts, and replacing it there would tell it.
const SHORTEST: usize = 4;
/// The most tokens: a long run holds many, and every error is searched for all of them.
const MOST_PASSING: usize = 256;
/// The most forms of credentials: far beyond what one user has.
const MOST_LASTING: usize = 4096;
/// What is shown instead.
const HIDDEN: &str = "…";

impl Redactor {
    /// Remembers what a user can show, as it is and as it stands in a Basic header.
    pub fn add_credential(&self, credential: &Credential) {
        let secret = credential.secret().expose_secret();
        let mut forms: Vec<SecretString> = forms(secret).map(SecretString::from).collect();
        if let Some(header) = credential.basic() {
            // Without the `=` at its end, which some leave out.
            let encoded = header.expose_secret().trim_start_matches("Basic ");
            forms.push(encoded.trim_end_matches('=').into());
        }
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for form in forms {
            held.add_lasting(form);
        }
    }

    /// Remembers a token, as long as it is among the newest.
    pub fn add_token(&self, token: &SecretString) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if token.expose_secret().len() < SHORTEST || held.holds(token) {
            return;
        }
        held.passing.truncate(MOST_PASSING - 1);
        held.passing.push_front(token.clone());
    }

    /// `text` with `…` for every secret in it.
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut shown = Cow::Borrowed(text);
        // Tokens first: no credential has one inside, and the other way round it may be.
        for form in held.passing.iter().chain(&held.lasting) {
            if shown.contains(form.expose_secret()) {
                shown = shown.replace(form.expose_secret(), HIDDEN).into();
            }
        }
        shown
    }
}

impl Forms {
    fn holds(&self, form: &SecretString) -> bool {
        let same = |other: &SecretString| other.expose_secret() == form.expose_secret();
        self.lasting.iter().any(same) || self.passing.iter().any(same)
    }

    fn add_lasting(&mut self, form: SecretString) {
        let length = form.expose_secret().len();
        if length < SHORTEST || self.lasting.len() >= MOST_LASTING || self.holds(&form) {
            return;
        }
        let longer = |other: &SecretString| other.expose_secret().len() > length;
        let place = self.lasting.partition_point(longer);
        self.lasting.insert(place, form);
    }
}

/// A secret as it is, in a URL or form, and in JSON.
fn forms(secret: &str) -> impl Iterator<Item = String> {
    let encoded = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let json = serde_json::Value::from(secret).to_string();
    let inner = json.trim_start_matches('"').strip_suffix('"');
    [
        secret.to_owned(),
        encoded,
        inner.unwrap_or_default().to_owned(),
    ]
    .into_iter()
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redactor(user: &str, secret: &str) -> Redactor {
        let redactor = Redactor::default();
        redactor.add_credential(&Credential::from_pair(user, secret.into()).unwrap());
        redactor
    }

    #[test]
    fn a_secret_is_hidden_in_each_of_its_forms_sec_6() {
        let redactor = redactor("Aladdin", "open \"sesame\"");
        let basic = redactor.redact("Basic QWxhZGRpbjpvcGVuICJzZXNhbWUi was refused");
        assert_eq!(basic, "Basic … was refused");
        for text in [
            "a open \"sesame\" b",
            "a open+%22sesame%22 b",
            "a open \\\"sesame\\\" b",
        ] {
            assert_eq!(redactor.redact(text), "a … b");
        }
        assert!(!format!("{redactor:?}").contains("sesame"));
    }

    #[test]
    fn the_longer_of_two_secrets_goes_first() {
        let redactor = redactor("u", "abcd");
        redactor.add_credential(&Credential::HubJwt("abcd-efgh".into()));
        assert_eq!(redactor.redact("abcd-efgh abcd"), "… …");
    }

    #[test]
    fn without_secrets_a_text_is_not_copied() {
        assert!(matches!(
            Redactor::default().redact("x"),
            Cow::Borrowed("x")
        ));
        let short = redactor("u", "a");
        assert_eq!(short.redact("banana"), "banana");
    }

    #[test]
    fn old_tokens_are_forgotten_and_credentials_are_not() {
        let redactor = redactor("u", "s3cr3t");
        for number in 0..1000 {
            redactor.add_token(&format!("token-{number:04}.").into());
        }
        assert_eq!(
            redactor.redact("token-0999. s3cr3t token-0000."),
            "… … token-0000."
        );
    }

    proptest! {
        #[test]
        fn no_secret_is_left(before in "\\PC{0,9}", secret in "[a-zA-Z0-9!%+/ ]{4,20}", after in "\\PC{0,9}") {
            let redactor = redactor("user", &secret);
            let shown = redactor.redact(&format!("{before}{secret}{after}")).into_owned();
            prop_assert!(!shown.contains(&secret));
        }
    }
}
