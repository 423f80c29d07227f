//! What a user can show to a server, told apart by its shape. Where it came from is `keychain`'s business, and how it is
//! sent that of `token` and `hub_login`.
//!
//! Facts: REGISTRY.md §2.4, §15, HUB-API.md §1.4, §14. What is wrong with a credential is said without its value.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use base64::engine::{DecodePaddingMode, general_purpose};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

/// Something that says who we are. Its `Debug` shows no secret.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A user's name with a password or an access token, or an organisation's with its token (AUTH-29).
    Password {
        /// Never empty, and without a colon, so that it can go into a Basic header.
        user: String,
        /// Never empty.
        secret: SecretString,
    },
    /// A refresh token of a registry's token service (CRED-5, CRED-11).
    IdentityToken(SecretString),
    /// A bearer token of a registry, to be sent as it is (CRED-5).
    RegistryToken(SecretString),
    /// A ready token of Docker Hub's web API.
    HubJwt(SecretString),
    /// A personal or organisation access token of Docker Hub without the name that it needs to log in.
    AccessToken(SecretString),
}

impl Credential {
    /// A user with a secret. The user `<token>` marks an identity token (CRED-11).
    pub fn from_pair(user: &str, secret: SecretString) -> Result<Self, &'static str> {
        if secret.expose_secret().is_empty() {
            Err("the secret is empty")
        } else if user == TOKEN_USER {
            Ok(Self::IdentityToken(secret))
        } else if user.is_empty() {
            Err("the user name is empty")
        } else if user.contains(':') {
            Err("the user name holds a colon")
        } else {
            let user = user.to_owned();
            Ok(Self::Password { user, secret })
        }
    }

    /// The one line of a credentials file: `user:secret`, or a token alone, told apart by its shape.
    pub fn from_line(text: &str) -> Result<Self, &'static str> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let line = text.strip_suffix('\n').unwrap_or(text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.contains(['\n', '\r', '\0']) {
            return Err("it holds more than one line");
        }
        if let Some((user, secret)) = line.split_once(':') {
            return Self::from_pair(user, secret.into());
        }
        match (line.trim(), Shape::of(line.trim())) {
            ("", _) => Err("it is empty"),
            (token, Shape::Jwt) => Ok(Self::HubJwt(token.into())),
            (token, Shape::Personal | Shape::Organisation) => Ok(Self::AccessToken(token.into())),
            (_, Shape::Unknown) => Err("it is neither user:secret nor a token of a known kind"),
        }
    }

    /// The `auth` member of a credential file: base64 of `user:password`, where docker may leave NULs behind (CRED-2).
    pub fn from_base64_auth(text: &str) -> Result<Self, &'static str> {
        let text: Zeroizing<String> = text.split_ascii_whitespace().collect::<String>().into();
        let decoded = PADDED_OR_NOT.decode(text.as_bytes()).map(Zeroizing::new);
        let decoded = decoded.map_err(|_| "its auth is no base64")?;
        let pair = std::str::from_utf8(&decoded).map_err(|_| "its auth is no text")?;
        let (user, secret) = pair.split_once(':').ok_or("its auth holds no colon")?;
        Self::from_pair(user, secret.trim_end_matches('\0').into())
    }

    /// What it is, for people.
    pub fn kind_name(&self) -> &'static str {
        match self {
            Self::Password { .. } => match self.shape() {
                Shape::Personal => "a personal access token",
                Shape::Organisation => "an organisation access token",
                Shape::Jwt | Shape::Unknown => "a password",
            },
            Self::IdentityToken(_) => "an identity token",
            Self::RegistryToken(_) => "a registry token",
            Self::HubJwt(_) => "a ready token of the web API",
            Self::AccessToken(_) => "an access token without a user name",
        }
    }

    /// Whom it names, where it does.
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::Password { user, .. } => Some(user),
            _ => None,
        }
    }

    /// The secret part.
    pub(crate) fn secret(&self) -> &SecretString {
        match self {
            Self::Password { secret, .. }
            | Self::IdentityToken(secret)
            | Self::RegistryToken(secret)
            | Self::HubJwt(secret)
            | Self::AccessToken(secret) => secret,
        }
    }

    /// The value of a Basic `Authorization` header. `None` where there is no user (AUTH-28).
    pub(crate) fn basic(&self) -> Option<SecretString> {
        let Self::Password { user, secret } = self else {
            return None;
        };
        let pair = Zeroizing::new(format!("{user}:{}", secret.expose_secret()));
        let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
        Some(format!("Basic {}", encoded.as_str()).into())
    }

    /// Whether only Docker Hub can have made it.
    pub(crate) fn is_of_docker_hub(&self) -> bool {
        matches!(self.shape(), Shape::Personal | Shape::Organisation)
    }

    /// What its secret looks like.
    pub(crate) fn shape(&self) -> Shape {
        Shape::of(self.secret().expose_secret())
    }

    /// The same, known to be for Docker Hub: there a JWT is no password, whoever's name stands beside it (HUB-API.md §14).
    #[must_use]
    pub(crate) fn on_docker_hub(self) -> Self {
        match self {
            Self::Password { secret, .. } if Shape::of(secret.expose_secret()) == Shape::Jwt => {
                Self::HubJwt(secret)
            }
            other => other,
        }
    }

    /// The same, known to be for another registry: there a JWT alone can only be a bearer token.
    #[must_use]
    pub(crate) fn elsewhere(self) -> Self {
        match self {
            Self::HubJwt(secret) => Self::RegistryToken(secret),
            other => other,
        }
    }
}

/// The user name that marks an identity token.
const TOKEN_USER: &str = "<token>";

/// Files written by hand lack the `=` at the end now and then.
const PADDED_OR_NOT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a secret looks like (HUB-API.md §1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A personal access token of Docker Hub.
    Personal,
    /// An organisation access token of Docker Hub.
    Organisation,
    /// A JWT, whoever made it.
    Jwt,
    /// A password, or a token of a kind that is not known here.
    Unknown,
}

impl Shape {
    fn of(secret: &str) -> Self {
        if secret.starts_with("dckr_pat_") {
            Self::Personal
        } else if secret.starts_with("dckr_oat_") {
            Self::Organisation
        } else if jwt_claims(secret).is_some() {
            Self::Jwt
        } else {
            Self::Unknown
        }
    }
}

/// The middle part of a JWT, decoded. A JWT has two dots, and the first part is JSON.
pub(crate) fn jwt_claims(token: &str) -> Option<Zeroizing<Vec<u8>>> {
    let mut parts = token.split('.');
    let (header, claims, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let decode = |part: &str| {
        let part = part.trim_end_matches('=');
        general_purpose::URL_SAFE_NO_PAD.decode(part).ok()
    };
    if parts.next().is_some() || decode(signature).is_none() {
        return None;
    }
    serde_json::from_slice::<Map<String, Value>>(&decode(header)?).ok()?;
    decode(claims).map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// {"alg":"none"}.{}.
    const JWT: &str = "eyJhbGciOiJub25lIn0.e30.c2ln";

    fn shown(credential: &Result<Credential, &'static str>) -> String {
        match credential {
            Ok(Credential::Password { user, secret }) => {
                format!("{user}|{}", secret.expose_secret())
            }
            Ok(other) => format!("{}: {}", other.kind_name(), other.secret().expose_secret()),
            Err(why) => (*why).to_owned(),
        }
    }

    #[test]
    fn a_line_is_a_pair_or_a_token_told_apart_by_its_shape() {
        let jwt = format!("a ready token of the web API: {JWT}");
        for (line, expected) in [
            ("u:p", "u|p"),
            ("u:p:q \r\n", "u|p:q "),
            ("\u{feff}u:p", "u|p"),
            ("<token>:t", "an identity token: t"),
            (
                " dckr_pat_x\n",
                "an access token without a user name: dckr_pat_x",
            ),
            (
                "dckr_oat_x",
                "an access token without a user name: dckr_oat_x",
            ),
            (JWT, &jwt),
            ("", "it is empty"),
            (" \n", "it is empty"),
            ("u:", "the secret is empty"),
            (":p", "the user name is empty"),
            (
                "hunter2",
                "it is neither user:secret nor a token of a known kind",
            ),
            (
                "a.b.c",
                "it is neither user:secret nor a token of a known kind",
            ),
            ("u:p\nu:q\n", "it holds more than one line"),
        ] {
            assert_eq!(shown(&Credential::from_line(line)), expected, "{line:?}");
        }
    }

    #[test]
    fn auth_splits_at_the_first_colon_and_loses_trailing_nuls_cred_2() {
        let auth = |text: &[u8]| shown(&Credential::from_base64_auth(&STANDARD.encode(text)));
        assert_eq!(auth(b"u:p:q"), "u|p:q");
        assert_eq!(auth(b"u:\0p\0\0"), "u|\0p");
        assert_eq!(auth(b"<token>:t"), "an identity token: t", "CRED-11");
        assert_eq!(auth(b"no colon"), "its auth holds no colon");
        assert_eq!(auth(b"u:\0"), "the secret is empty");
        assert_eq!(auth(b"u:\xff"), "its auth is no text");
        assert_eq!(shown(&Credential::from_base64_auth(" dTp\nw ")), "u|p");
        assert_eq!(shown(&Credential::from_base64_auth("dTpwcQ")), "u|pq");
        assert_eq!(
            shown(&Credential::from_base64_auth("%")),
            "its auth is no base64"
        );
    }

    #[test]
    fn a_kind_is_named_and_a_secret_is_not_sec_6() {
        for (secret, kind) in [
            ("dckr_pat_s3cr3t", "a personal access token"),
            ("dckr_oat_s3cr3t", "an organisation access token"),
            ("s3cr3t", "a password"),
            (JWT, "a password"),
        ] {
            let credential = Credential::from_pair("u", secret.into()).unwrap();
            assert_eq!(
                (credential.kind_name(), credential.user()),
                (kind, Some("u"))
            );
            assert!(!format!("{credential:?}").contains(secret));
        }
    }

    #[test]
    fn a_jwt_is_a_password_only_outside_docker_hub() {
        let pair = Credential::from_pair("u", JWT.into()).unwrap();
        assert!(matches!(
            pair.clone().on_docker_hub(),
            Credential::HubJwt(_)
        ));
        assert!(matches!(pair.elsewhere(), Credential::Password { .. }));
        let alone = Credential::from_line(JWT).unwrap();
        assert!(matches!(alone.elsewhere(), Credential::RegistryToken(_)));
    }

    #[test]
    fn basic_needs_a_user_and_a_password_auth_28() {
        let pair = Credential::from_pair("Aladdin", "open sesame".into()).unwrap();
        assert_eq!(
            pair.basic().unwrap().expose_secret(),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        );
        assert!(Credential::AccessToken("t".into()).basic().is_none());
        assert!(Credential::from_pair("a:b", "c".into()).is_err());
    }

    proptest! {
        #[test]
        fn a_pair_reads_back_from_both_its_forms(user in "[^:\\r\\n\u{0}\u{feff}]{1,9}", secret in "[^\\r\\n\u{0}]{1,9}") {
            let expected = shown(&Credential::from_pair(&user, secret.as_str().into()));
            let pair = format!("{user}:{secret}");
            prop_assert_eq!(shown(&Credential::from_line(&pair)), expected.clone());
            prop_assert_eq!(shown(&Credential::from_base64_auth(&STANDARD.encode(&pair))), expected);
        }

        #[test]
        fn what_is_read_is_never_empty(text in "\\PC*|[a-z.=]{0,20}|[A-Za-z0-9+/=]{0,20}") {
            for made in [Credential::from_line(&text), Credential::from_base64_auth(&text)] {
                if let Ok(credential) = &made {
                    prop_assert!(!credential.secret().expose_secret().is_empty());
                }
            }
        }
    }
}
