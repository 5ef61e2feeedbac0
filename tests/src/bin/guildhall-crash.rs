//! The sweep as a program: so many runs, a number to repeat them by, and counts.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for a terminal"
)]

use guildhall_tests::sweep::sweep;
use std::process::ExitCode;

const USAGE: &str = "usage: guildhall-crash --runs N --seed S";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str| {
        let at = arguments.iter().position(|argument| argument == name)?;
        arguments.get(at + 1)?.parse::<u64>().ok()
    };
    let (Some(runs), Some(seed)) = (number("--runs"), number("--seed")) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let Ok(runs) = u32::try_from(runs) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    println!("seed {seed}");
    let mut told = 0;
    let counts = sweep(runs, seed, |counts| {
        println!("{counts}");
        for finding in counts.findings.iter().skip(told) {
            println!("  {finding}");
        }
        told = counts.findings.len();
    });
    println!("\nkilled at:");
    for (point, kills) in &counts.points {
        println!("{kills:>6}  {point}");
    }
    println!("\n{counts}");
    if counts.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
