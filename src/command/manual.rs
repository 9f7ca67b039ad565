//! `man` and `completions`: the files of a package that are generated from the definition of the command line.

use std::fs::{create_dir_all, write};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;

use super::ended;

/// Writes a manual page for the program and one for each command, and prints their paths.
///
/// # Errors
///
/// A file or the folder could not be written.
pub fn pages(program: Command, folder: &Path) -> Result<ExitCode, String> {
    let at = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    create_dir_all(folder).map_err(|error| at(folder, error))?;
    let mut list = String::new();
    for command in whole(program) {
        let name = command.get_display_name().unwrap_or_else(|| command.get_name()).replace(' ', "-");
        let path = folder.join(format!("{name}.1"));
        let mut page = Vec::new();
        Man::new(command).render(&mut page).and_then(|()| write(&path, &page)).map_err(|error| at(&path, error))?;
        list += &format!("{}\n", path.display());
    }
    ended(std::io::stdout().lock().write_all(list.as_bytes()).map(|()| 0))
}

/// Prints the script for a shell.
///
/// # Errors
///
/// Standard output could not be written.
pub fn completions(mut program: Command, shell: Shell) -> Result<ExitCode, String> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut program, "tocilizumab-cds", &mut script);
    ended(std::io::stdout().lock().write_all(&script).map(|()| 0))
}

/// The program and all its subcommands, each under its full name.
fn whole(mut program: Command) -> Vec<Command> {
    program = program.disable_help_subcommand(true);
    program.build();
    let mut all = vec![program];
    let mut next = 0;
    while let Some(command) = all.get(next) {
        let below: Vec<Command> = command.get_subcommands().filter(|one| !one.is_hide_set()).cloned().collect();
        all.extend(below);
        next += 1;
    }
    all
}
