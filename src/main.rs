//! The program: passes arguments in and the exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(lianqiao::run(std::env::args_os()))
}
