//! The command line as its readers see it: every command with its options, and the words that `--help` and the manual
//! pages say of them.

use std::path::PathBuf;

use clap::{Parser, Subcommand};
use tocilizumab_cds::config::ListenAddress;

use crate::command::knowledge::Knowledge;
use crate::command::merge::Form;
use crate::command::replay::{self, Replayed};
use crate::command::{Format, ledger};

/// CDS Hooks service for tocilizumab orders.
#[derive(Debug, Parser)]
#[command(version, about, arg_required_else_help = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Answer CDS Hooks calls over HTTP.
    Serve {
        /// Address and port to listen on [default: 127.0.0.1:8080]
        #[arg(long)]
        listen: Option<ListenAddress>,
        /// Settings file (TOML)
        #[arg(long, env = "TOCILIZUMAB_CDS_CONFIG")]
        config: Option<PathBuf>,
        #[command(flatten)]
        knowledge: Knowledge,
    },
    /// Ask the service that runs with these settings whether it is ready, for health checks of containers.
    ///
    /// The exit code is 0 when calls should be sent there, 1 when not, 2 when it could not be asked.
    Health {
        /// Settings file (TOML) that says where it listens
        #[arg(long, env = "TOCILIZUMAB_CDS_CONFIG")]
        config: Option<PathBuf>,
        /// Ask the service at this URL instead
        #[arg(long, conflicts_with = "config")]
        url: Option<String>,
    },
    /// Print every setting: its value, its default, its unit and what it does.
    Config {
        /// Settings file (TOML); the environment counts too
        #[arg(long, env = "TOCILIZUMAB_CDS_CONFIG")]
        config: Option<PathBuf>,
    },
    /// Judge recorded hook requests, FHIR Bundles and Bulk Data exports as live calls are judged.
    #[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
    Replay {
        #[command(subcommand)]
        what: Option<Replay>,
        /// Files, folders, or - for standard input: JSON or NDJSON, compressed with gzip or Zstandard, or not. Files with one resource per line are a Bulk Data export
        #[arg(required_unless_present = "record")]
        paths: Vec<String>,
        /// Repeat the recorded decision with this id, and say whether the cards are the same; a record without the content of its inputs needs the file with the request
        #[arg(long, conflicts_with_all = ["as_of", "hook"])]
        record: Option<String>,
        /// Settings file (TOML) that names the store of the record
        #[arg(long, env = "TOCILIZUMAB_CDS_CONFIG")]
        config: Option<PathBuf>,
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: replay::Format,
        #[command(flatten)]
        replayed: Box<Replayed>,
        #[command(flatten)]
        knowledge: Knowledge,
    },
    /// Print statistics of the cards: how often each alert was followed, overridden or ignored.
    Stats {
        /// Settings file (TOML) that names the store
        #[arg(long, env = "TOCILIZUMAB_CDS_CONFIG")]
        config: Option<PathBuf>,
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
        /// Count only from this day on, such as 2026-11-01
        #[arg(long)]
        since: Option<String>,
    },
    /// Export what users did with cards.
    Feedback {
        #[command(subcommand)]
        what: Feedback,
    },
    /// Maintain the store of cards, feedback and decision records.
    Store {
        #[command(subcommand)]
        what: ledger::Store,
    },
    /// Validate a library and run every case of its rules; with a policy, print its effects.
    ///
    /// The cases of a folder use the test patients in the folder `fixtures` next to it, or the built-in ones.
    Check {
        /// Instead, change each rule in one place at a time and list every change that none of its cases notices
        #[arg(long, conflicts_with = "policy")]
        mutants: bool,
        /// Write the counts into the folder of the library, for the handbook
        #[arg(long, requires_all = ["mutants", "hooks"])]
        keep: bool,
        #[command(flatten)]
        knowledge: Knowledge,
    },
    /// Ask a FHIR server for all that the rules need about one patient, and report what was received and understood.
    ///
    /// It prints values of that patient to the terminal: run it where they may be seen, best with a test patient.
    /// The exit code is 0 when all queries were answered in full, 1 when some were not, 2 when none could be sent.
    Probe {
        /// Base URL of the server, such as https://ehr.example/fhir/R4; any server may be named here
        #[arg(long)]
        fhir: String,
        /// Id of the patient, as in Patient/ID
        #[arg(long)]
        patient: String,
        /// Environment variable that holds the access token
        #[arg(long, value_name = "NAME")]
        token_env: Option<String>,
        /// How long to wait for all answers, in milliseconds
        #[arg(long, value_name = "N", default_value_t = 10_000)]
        timeout_ms: u64,
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
        #[command(flatten)]
        knowledge: Knowledge,
    },
    /// Say what is wrong with a client's token (JWT) and with the client's keys in the settings.
    ///
    /// The exit code is 0 when a call with the token would be let in, 1 when it would not. The token is not used up.
    CheckToken {
        /// File with the token, or - for standard input; a whole Authorization header is accepted too
        file: String,
        /// Settings file (TOML) that names the clients
        #[arg(long, env = "TOCILIZUMAB_CDS_CONFIG")]
        config: Option<PathBuf>,
        /// Id of the service that the token is for; without it the URL of any service is accepted
        #[arg(long)]
        service: Option<String>,
    },
    /// Write a template to start from.
    New {
        #[command(subcommand)]
        what: New,
    },
    /// Write the handbook: the rules, their evidence and their cases as pages to read and review.
    Doc {
        /// Folder to write the pages to; created if it does not exist
        #[arg(long)]
        output: PathBuf,
        #[command(flatten)]
        knowledge: Knowledge,
    },
    /// Write a made-up (synthetic) hospital: a Bulk Data export, and the correct result for each of its orders.
    ///
    /// The same seed gives the same bytes. No patient in it is real.
    #[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
    Synth {
        #[command(subcommand)]
        what: Option<Synth>,
        /// How many patients
        #[arg(long, required = true, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=50_000_000))]
        patients: Option<u64>,
        /// Seed of the random numbers
        #[arg(long, value_name = "S", default_value_t = 1)]
        seed: u64,
        /// New folder to write to
        #[arg(long, required = true, value_name = "DIR")]
        output: Option<PathBuf>,
        /// Percentage of the patients who have orders for tocilizumab
        #[arg(long, value_name = "PERCENT", default_value_t = 10.0, value_parser = percent)]
        ordered: f64,
        /// Compress the files
        #[arg(long, value_enum)]
        compress: Option<Compress>,
    },
    /// Print a test patient as a hook request whose dates are moved to today.
    Example {
        /// Name of the test patient
        #[arg(default_value = "textbook")]
        name: String,
        /// List the names instead
        #[arg(long)]
        list: bool,
    },
    /// Write the manual pages, one for each command.
    Man {
        /// Folder to write them to; created if it does not exist
        #[arg(long)]
        output: PathBuf,
    },
    /// Print a script that completes the commands and their options in a shell.
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
pub enum Replay {
    /// Add up the statistics of several runs.
    Merge {
        /// Files that --statistics wrote
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Write the sum to this file instead of standard output
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// How to write it
        #[arg(long, value_enum, default_value = "json")]
        format: Form,
        #[command(flatten)]
        knowledge: Knowledge,
    },
    /// Write statistics as one HTML page that loads nothing else: a summary, charts, tables, methods and limits.
    Report {
        /// Files that --statistics wrote; several are added up
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Write the page to this file instead of standard output
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        #[command(flatten)]
        knowledge: Knowledge,
    },
}

#[derive(Debug, Subcommand)]
pub enum Synth {
    /// Compare what `replay --format ndjson` wrote for the export with the correct results. The exit code is 1 when anything differs.
    Check {
        /// The file truth.ndjson of the export
        truth: PathBuf,
        /// The lines of the replay, with what was found for each criterion
        lines: PathBuf,
    },
}

/// How the files of a made-up hospital are compressed.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub enum Compress {
    /// With gzip
    Gzip,
}

#[derive(Debug, Subcommand)]
pub enum Feedback {
    /// Write one row per card with what users did with it: intervention, action, feedback, user, date, location.
    Export {
        /// How to write it
        #[arg(long, value_enum, default_value = "csv")]
        format: ledger::Rows,
        /// Only cards from this day on, such as 2026-11-01
        #[arg(long, value_name = "DATE")]
        since: Option<String>,
        /// Write to this file instead of standard output
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Settings file (TOML) that names the store
        #[arg(long, env = "TOCILIZUMAB_CDS_CONFIG")]
        config: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub enum New {
    /// A rule with its cases and a test patient. `check` refuses its placeholders until they are replaced.
    Rule {
        /// Its id, named after the finding, such as platelets-very-high
        id: String,
        /// The drug whose folder it goes into
        #[arg(long, default_value = "tocilizumab")]
        drug: String,
        /// Folder of the library; the test patients are in `fixtures` next to it
        #[arg(long, default_value = "hooks")]
        hooks: PathBuf,
    },
}

/// A share in percent.
fn percent(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "is not a number".to_owned())?;
    if (0.0..=100.0).contains(&share) { Ok(share) } else { Err("must be from 0 to 100".to_owned()) }
}
