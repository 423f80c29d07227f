//! The binary of the crate beside it.

fn main() -> std::process::ExitCode {
    hub_pipe::main::<hub_tags::TagsTool>()
}
