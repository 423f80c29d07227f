//! Scopes: what a token is asked for, in the one form that can be a key of a cache (SCOPE-1 … 4).

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::name::{RepositoryName, refused};

/// Actions on one resource, sorted, each once: `repository:ansible/awx:pull,push`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Scope {
    kind: String,
    name: String,
    actions: BTreeSet<String>,
}

impl Scope {
    /// The scope for `actions` on a repository.
    pub fn repository(name: &RepositoryName, actions: &[&str]) -> Self {
        Self {
            kind: "repository".into(),
            name: name.to_string(),
            actions: actions.iter().copied().map(Into::into).collect(),
        }
    }

    /// Adds what a server asks for, where it is about the same resource. It is not always: GitHub's registry answers with the
    /// literal `repository:user/image:pull` (AUTH-8).
    #[must_use]
    pub(crate) fn merge(mut self, offered: &[String]) -> Self {
        for offered in offered.iter().flat_map(|text| text.parse::<Self>()) {
            if (&self.kind, &self.name) == (&offered.kind, &offered.name) {
                self.actions.extend(offered.actions);
            }
        }
        self
    }
}

impl FromStr for Scope {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let refuse = |why| Err(refused("scope", text, why));
        if text
            .bytes()
            .any(|byte| !byte.is_ascii_graphic() || b"\"\\".contains(&byte))
        {
            return refuse("it has blanks, quotes or other characters that are not allowed");
        }
        // A name may hold a port's colon (SCOPE-2).
        let parts = text
            .split_once(':')
            .and_then(|(kind, rest)| Some((kind, rest.rsplit_once(':')?)));
        let Some((kind, (name, actions))) = parts else {
            return refuse("it is written type:name:actions");
        };
        let actions: BTreeSet<String> = actions
            .split(',')
            .filter(|action| !action.is_empty())
            .map(Into::into)
            .collect();
        if kind.is_empty() || name.is_empty() || actions.is_empty() {
            return refuse("a part of it is empty");
        }
        Ok(Self {
            kind: kind.into(),
            name: name.into(),
            actions,
        })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.name)?;
        for (index, action) in self.actions.iter().enumerate() {
            write!(f, "{}{action}", if index == 0 { ':' } else { ',' })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scope(text: &str) -> Scope {
        text.parse().unwrap()
    }

    #[test]
    fn actions_are_sorted_and_stand_once_scope_4() {
        assert_eq!(
            scope("repository:a/b:push,pull,push").to_string(),
            "repository:a/b:pull,push"
        );
        assert_eq!(
            scope("repository:a/b:push,pull"),
            scope("repository:a/b:pull,,push,")
        );
        let name = "ansible/awx".parse().unwrap();
        assert_eq!(
            Scope::repository(&name, &["pull"]),
            scope("repository:ansible/awx:pull")
        );
    }

    #[test]
    fn a_name_may_hold_a_port_scope_2_and_a_type_a_class_scope_1() {
        assert_eq!(scope("repository:host:5000/a:pull").name, "host:5000/a");
        assert_eq!(
            scope("repository(plugin):a/b:pull").kind,
            "repository(plugin)"
        );
        assert_eq!(
            scope("registry:catalog:*").to_string(),
            "registry:catalog:*"
        );
    }

    #[test]
    fn what_is_no_scope_is_refused() {
        for text in [
            "", "a", "a:b", ":b:c", "a::c", "a:b:", "a:b:,", "a:b c:d", "a:b:\"", "a:\n:b", "a:é:b",
        ] {
            assert!(text.parse::<Scope>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_server_adds_to_the_same_resource_only_auth_8() {
        let needed = scope("repository:a/b:pull");
        let merge = |offered: &[&str]| {
            let offered: Vec<String> = offered.iter().copied().map(Into::into).collect();
            needed.clone().merge(&offered).to_string()
        };
        assert_eq!(
            merge(&["repository:a/b:push", "nonsense"]),
            "repository:a/b:pull,push"
        );
        assert_eq!(
            merge(&["repository:user/image:pull,push", "registry:catalog:*"]),
            "repository:a/b:pull"
        );
        assert_eq!(merge(&[]), "repository:a/b:pull");
    }

    proptest! {
        #[test]
        fn the_text_reads_back(text in "[a-z(]{1,9}:[a-z:/]{1,9}:[a-z*,]{1,9}|\\PC*") {
            if let Ok(scope) = text.parse::<Scope>() {
                prop_assert_eq!(scope.to_string().parse::<Scope>().unwrap(), scope);
            }
        }
    }
}
