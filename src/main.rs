//! The command line: it parses the arguments and runs a command. The clock is read here and nowhere else, the environment
//! only here and in the commands.

/// The command line.
mod cli;
/// What each command does.
mod command;

use std::process::ExitCode;
use std::time::SystemTime;

use ::synth::Packing;
use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use tocilizumab_cds::scaffold::new_rule;

use self::cli::{Cli, Command, Compress, Feedback, New, Replay, Synth};
use self::command::merge::Form;
use self::command::{health, ledger, manual, merge, print, probe, replay, serve, synth, token};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) if error.kind() == ErrorKind::DisplayVersion => return print::version_of_settings(),
        Err(error) => error.exit(),
    };
    let done = match cli.command {
        Command::Serve { listen, config, knowledge } => serve::serve(listen, config.as_deref(), knowledge),
        Command::Health { config, url } => health::run(config.as_deref(), url.as_deref()),
        Command::Config { config } => print::settings_table(config.as_deref()),
        Command::Replay { what: Some(Replay::Merge { paths, output, format, knowledge }), .. } => {
            merge::merge(&paths, output.as_deref(), format, &knowledge)
        }
        Command::Replay { what: Some(Replay::Report { paths, output, knowledge }), .. } => {
            merge::merge(&paths, output.as_deref(), Form::Html, &knowledge)
        }
        Command::Replay { paths, record: Some(id), config, format, knowledge, .. } => {
            replay::record(&id, &paths, config.as_deref(), format, knowledge)
        }
        Command::Replay { paths, format, replayed, knowledge, .. } => {
            replay::run(&paths, &replayed, format, &knowledge)
        }
        Command::Stats { config, format, since } => print::stats(config.as_deref(), format, since),
        Command::Feedback { what: Feedback::Export { format, since, output, config } } => {
            ledger::export(config.as_deref(), format, since.as_deref(), output.as_deref())
        }
        Command::Store { what } => ledger::run(what),
        Command::Check { mutants: true, keep, knowledge } => print::mutants(&knowledge, keep),
        Command::Check { knowledge, .. } => print::check_library(&knowledge),
        Command::Probe { fhir, patient, token_env, timeout_ms, format, knowledge } => {
            probe::run(fhir, patient, token_env.as_deref(), timeout_ms, format, &knowledge)
        }
        Command::CheckToken { file, config, service } => token::check(&file, config.as_deref(), service.as_deref()),
        Command::New { what: New::Rule { id, drug, hooks } } => new_rule(&id, &drug, &hooks).map(|written| {
            written.iter().for_each(|path| println!("{}", path.display()));
            eprintln!("what begins with REPLACE is yours to write: until then `check` and `serve` refuse the library");
            ExitCode::SUCCESS
        }),
        Command::Doc { output, knowledge } => print::write_handbook(&output, &knowledge),
        Command::Synth { what: Some(Synth::Check { truth, lines }), .. } => synth::compare(&truth, &lines),
        Command::Synth { what: None, patients, seed, output, ordered, compress } => {
            let packing = compress.map_or(Packing::Plain, |Compress::Gzip| Packing::Gzip);
            let (patients, output) = (patients.unwrap_or_default(), output.unwrap_or_default());
            synth::write(patients, seed, &output, ordered, packing)
        }
        Command::Example { name, list } => print::test_patient(&name, list),
        Command::Man { output } => manual::pages(Cli::command(), &output),
        Command::Completions { shell } => manual::completions(Cli::command(), shell),
    };
    match done {
        Ok(code) => code,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

/// The current time. No other function of the program reads the clock.
#[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
fn now() -> Zoned {
    // A clock beyond what a calendar can hold counts as its end; `serve` does not start on it.
    let moment = Timestamp::try_from(SystemTime::now()).unwrap_or(Timestamp::MAX);
    moment.to_zoned(TimeZone::system())
}
