//! The program: passes arguments in and the exit code out.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Reading text makes many small strings on all cores, and freeing them on others is what the system's allocator is slow
/// at. The cost is some megabytes of memory.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    ExitCode::from(lianqiao::run(std::env::args_os()))
}
