//! Tests of the simulator from outside: over HTTP, as a library and as a program. One module per surface.

mod client;
mod json;
mod population;
mod program;
mod registry;
mod sim;
mod web_api;
