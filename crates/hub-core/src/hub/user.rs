//! Who has signed in, and the namespaces that belong to them (HUB-API.md §10).

use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::name::NamespaceName;
use crate::page::{LARGEST_PAGE, LOOK_AHEAD, List, Walk};
use crate::reference::Namespace;

const USER: [&str; 1] = ["username"];
const ORGANISATION: [&str; 1] = ["orgname"];

/// A walk over the namespaces of an account: its own first, then its organisations'.
#[derive(Debug)]
pub struct NamespaceWalk {
    own: Option<Namespace>,
    /// None for an organisation, which belongs to no other.
    organisations: Option<Walk<1>>,
}

impl NamespaceWalk {
    /// The next ones; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<Namespace>>> {
        if let Some(own) = self.own.take() {
            return Ok(Some(vec![own]));
        }
        let Some(walk) = &mut self.organisations else {
            return Ok(None);
        };
        let page = walk.next().await?;
        let name = |text: &str| text.parse().ok().map(Namespace::new);
        Ok(page.map(|page| {
            page.objects()
                .filter_map(|organisation| name(&organisation.string(0)?))
                .collect()
        }))
    }
}

impl Client {
    /// The namespaces of whoever has signed in; an error where nobody has. An organisation's token has its own namespace
    /// and may not ask for more (§1.4).
    pub async fn own_namespaces(&self) -> Result<NamespaceWalk> {
        let token = self.needed_hub_token().await?;
        let (own, organisations) = if token.is_organisations() {
            (token.user().map(str::to_owned), None)
        } else {
            (self.user_name().await?, Some(self.organisations()))
        };
        let own: NamespaceName =
            own.as_deref()
                .and_then(|own| own.parse().ok())
                .ok_or_else(|| {
                    let what = "Docker Hub does not say whose credentials these are";
                    Error::new(ErrorKind::InvalidResponse, what)
                })?;
        Ok(NamespaceWalk {
            own: Some(Namespace::new(own)),
            organisations,
        })
    }

    async fn user_name(&self) -> Result<Option<String>> {
        let user = self
            .hub_object(self.hub_url(&["user", ""]), &USER, "no such user")
            .await?;
        let name = user.objects().next().and_then(|user| user.string(0));
        Ok(name.map(Into::into))
    }

    fn organisations(&self) -> Walk<1> {
        let list = List {
            url: self.hub_url(&["user", "orgs", ""]),
            names: &ORGANISATION,
            page_size: LARGEST_PAGE,
            look_ahead: LOOK_AHEAD,
            what: "organisations",
            missing: "no organisations",
            is_name: |name| name.parse::<NamespaceName>().is_ok(),
        };
        Walk::new(self.clone(), list)
    }
}
