//! The hosts that a simulator answers as: one for everything, or three, as Docker's services have. What they answer is
//! decided elsewhere.

use serde::Serialize;

use crate::route::Route;

/// A host that can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// The web API and the registry; everything, where there is only one host.
    Hub,
    /// The token service.
    Token,
    /// The bytes of blobs.
    Storage,
}

/// Where they are reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hosts {
    pub(crate) secure: bool,
    /// `127.0.0.1:PORT` of each host; the first is [`Service::Hub`]'s.
    pub(crate) authorities: Vec<(Service, String)>,
}

impl Service {
    /// What stands where: with hosts of their own, the three of them, else one.
    pub(crate) fn all(separate: bool) -> &'static [Self] {
        const ALL: [Service; 3] = [Service::Hub, Service::Token, Service::Storage];
        if separate { &ALL } else { &ALL[..1] }
    }

    /// What `route` means at this host, which is nothing if it is another's.
    pub(crate) fn route(self, separate: bool, route: Route<'_>) -> Route<'_> {
        let home = match route {
            Route::Token => Self::Token,
            Route::Cdn(_) => Self::Storage,
            _ => Self::Hub,
        };
        if separate && home != self {
            Route::Unknown
        } else {
            route
        }
    }
}

impl Hosts {
    /// `127.0.0.1:PORT` of the web API and the registry.
    pub(crate) fn authority(&self) -> &str {
        &self.authorities[0].1
    }

    /// `https://127.0.0.1:PORT` of the host that `service` is on.
    pub(crate) fn origin(&self, service: Service) -> String {
        let mut own = self.authorities.iter();
        let own = own.find(|(host, _)| *host == service);
        let authority = own.map_or_else(|| self.authority(), |(_, authority)| authority);
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{authority}")
    }
}
