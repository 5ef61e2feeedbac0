//! `guildhall completions`

use crate::args::{Cli, CompletionsArgs};
use crate::exit::Exit;
use crate::output;
use clap::CommandFactory;

/// Prints the script of a shell.
pub fn run(args: &CompletionsArgs) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "guildhall", &mut script);
    output::raw(&script);
    Exit::Done
}
