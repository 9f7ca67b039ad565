//! The commands that only print or write: settings, statistics, the check of a library, the handbook, test patients.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use engine::check;
use engine::example;
use engine::mutants;
use knowledge::change::Change;
use knowledge::files::Files;
use knowledge::noticed::Count;
use knowledge::policy::{Effective, silenced};
use knowledge::trace::Traced;
use pages::pages;
use pages::shell::PageLocation;
use store::stats::{Statistics, beginning};
use tocilizumab_cds::author::Sdk;
use tocilizumab_cds::config;

use super::knowledge::{Knowledge, cases, files, fixtures, library, many, refused, version};
use super::statistics::page;
use super::{Format, ended, layout, settings};
use crate::now;

/// Runs `config`.
///
/// # Errors
///
/// Everything that is wrong with the settings.
pub fn settings_table(file: Option<&Path>) -> Result<ExitCode, String> {
    let table = config::table(&settings(file)?);
    ended(std::io::stdout().lock().write_all(table.as_bytes()).map(|()| 0))
}

/// Runs `--version`: the program, and the library and the policy that the settings in the environment name.
pub fn version_of_settings() -> ExitCode {
    let file = std::env::var_os("TOCILIZUMAB_CDS_CONFIG").map(PathBuf::from);
    let of_settings = settings(file.as_deref()).and_then(|settings| version(&Knowledge::default().or(&settings)));
    match of_settings {
        Ok(version) => println!("tocilizumab-cds {}", version.short()),
        Err(problem) => {
            println!("tocilizumab-cds {}", env!("CARGO_PKG_VERSION"));
            eprintln!("the library and the policy of the settings cannot be named: {problem}");
        }
    }
    ExitCode::SUCCESS
}

/// Runs `stats`.
///
/// # Errors
///
/// The settings or `--since` are wrong, or the store cannot be read.
pub fn stats(config: Option<&Path>, format: Format, since: Option<String>) -> Result<ExitCode, String> {
    let settings = settings(config)?;
    let zone = settings.zone();
    let since_ms = since.as_deref().map_or(Ok(i64::MIN), |day| beginning(day, &zone));
    let since_ms = since_ms.map_err(|message| format!("--since: {message}"))?;
    let counts = store::counts(&settings.place()?, since_ms)?;
    let knowledge = Knowledge::default().or(&settings);
    let silenced = match knowledge.policy {
        Some(_) => silenced(&library(&knowledge)?.0),
        None => Vec::new(),
    };
    let statistics = Statistics::of(&counts, since, &zone).with_silenced(silenced);
    let text = match format {
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&statistics).map_err(|e| e.to_string())?),
        Format::Text => page(&statistics, layout()),
    };
    ended(std::io::stdout().lock().write_all(text.as_bytes()).map(|()| 0))
}

/// Runs `check`. The exit code is 1 when there are mistakes.
///
/// # Errors
///
/// The library, the fixtures or the policy cannot be read.
pub fn check_library(knowledge: &Knowledge) -> Result<ExitCode, String> {
    let hooks = knowledge.hooks.as_deref();
    let report = check::check(&files(hooks)?, &fixtures(hooks)?, &Sdk);
    for mistake in &report.mistakes {
        println!("{mistake}");
    }
    if report.rules == 0 {
        // A library that could not be read has nothing to be counted.
        println!("the library does not validate: {}", many(report.mistakes.len()));
        return Ok(ExitCode::FAILURE);
    }
    // The cases test the library as it was reviewed. The policy is checked against it, and its effects are printed.
    let effective = match (&knowledge.policy, report.mistakes.is_empty()) {
        (Some(_), true) => match library(knowledge) {
            Ok((_, effective)) => effective,
            Err(mistakes) => {
                println!("{mistakes}");
                return Ok(ExitCode::FAILURE);
            }
        },
        _ => Effective::default(),
    };
    let Traced { rows, statements, shown, in_part } = report.traced;
    if statements > 0 {
        println!(
            "{rows} of {statements} statements: {shown} shown by cases ({in_part} of them in part), {} not realised",
            rows - shown
        );
    }
    println!(
        "{} rules, {} criteria, {} cases, {} codes in {} value sets: {}",
        report.rules,
        report.criteria,
        report.cases,
        report.codes,
        report.value_sets,
        many(report.mistakes.len())
    );
    effective.lines.iter().for_each(|line| println!("{line}"));
    Ok(if report.mistakes.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs `check --mutants`. The exit code is 1 when the cases notice too little.
///
/// # Errors
///
/// The library or its fixtures cannot be read or do not validate, or the counts cannot be written.
pub fn mutants(knowledge: &Knowledge, keep: bool) -> Result<ExitCode, String> {
    let hooks = knowledge.hooks.as_deref();
    let report = mutants::mutants(&files(hooks)?, &fixtures(hooks)?, &Sdk).map_err(|m| refused("library", &m))?;
    for of in &report.rules {
        for Change { line, what, .. } in &of.unnoticed {
            println!("{}/{}.toml:{line}: {what}", of.drug, of.rule);
        }
    }
    report.mistakes.iter().for_each(|mistake| println!("{mistake}"));
    if let Some(folder) = hooks.filter(|_| keep) {
        for (path, text) in report.kept() {
            let path = folder.join(path);
            std::fs::write(&path, text).map_err(|e| format!("{}: {e}", path.display()))?;
        }
    }
    let Count { changes, noticed } = report.total();
    let unnoticed = changes - noticed;
    let per_mille = unnoticed * 1000 / changes.max(1);
    println!("{changes} changes, {unnoticed} unnoticed ({}.{} %)", per_mille / 10, per_mille % 10);
    Ok(if report.is_enough() && report.mistakes.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs `doc`.
///
/// # Errors
///
/// The library does not validate, or a page cannot be written.
pub fn write_handbook(output: &Path, knowledge: &Knowledge) -> Result<ExitCode, String> {
    let pages = pages(&library(knowledge)?.0, &cases(knowledge)?, &version(knowledge)?.short(), PageLocation::Folder);
    let failed = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    std::fs::create_dir_all(output).map_err(|e| failed(output, e))?;
    for (name, page) in &pages {
        let path = output.join(name);
        std::fs::write(&path, page).map_err(|e| failed(&path, e))?;
    }
    println!("{} files; begin with {}", pages.len(), output.join(pages::INDEX).display());
    Ok(ExitCode::SUCCESS)
}

/// Runs `example`.
///
/// # Errors
///
/// There is no test patient of this name; the message offers similar names.
pub fn test_patient(name: &str, list: bool) -> Result<ExitCode, String> {
    let fixtures = Files::fixtures();
    let mut out = std::io::stdout().lock();
    let written = if list {
        example::names(&fixtures).into_iter().try_for_each(|name| writeln!(out, "{name}"))
    } else {
        writeln!(out, "{}", example::example(name, &fixtures, now().date())?)
    };
    ended(written.map(|()| 0))
}
