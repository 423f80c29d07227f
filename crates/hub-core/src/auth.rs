//! Who we are to a server: challenges, where a realm may lead, and tokens.

mod answer;
pub(crate) mod challenge;
pub(crate) mod realm;
pub(crate) mod token;
