//! Tests of the simulator from outside: over HTTP, as a library and as a program. One module per surface.

mod accounts;
mod client;
mod distance;
mod faults;
mod json;
mod limits;
mod odd;
mod population;
mod program;
mod referrers;
mod registry;
mod sim;
mod sixteen;
mod tokens;
mod web_api;
