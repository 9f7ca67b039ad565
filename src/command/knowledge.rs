//! The knowledge that a command works with: the library, the policy of the site, and the cases of the rules.

use std::path::{Path, PathBuf};

use clap::Args;
use engine::check::check;
use engine::record::KnowledgeVersion;
use knowledge::Library;
use knowledge::cases::{self, CaseFile};
use knowledge::files::Files;
use knowledge::mistake::Mistake;
use knowledge::policy::{self, Effective};
use tocilizumab_cds::author::Sdk;
use tocilizumab_cds::config::Settings;

/// The arguments that choose the knowledge.
#[derive(Debug, Clone, Default, Args)]
pub struct Knowledge {
    /// Folder of another library, instead of the built-in one
    #[arg(long)]
    pub hooks: Option<PathBuf>,
    /// A site's own policy (TOML) on top of it
    #[arg(long)]
    pub policy: Option<PathBuf>,
}

impl Knowledge {
    /// Takes from the settings what the command line does not name.
    pub fn or(self, settings: &Settings) -> Knowledge {
        Knowledge {
            hooks: self.hooks.or_else(|| settings.hooks.clone()),
            policy: self.policy.or_else(|| settings.policy.clone()),
        }
    }
}

/// The library, changed by the site's policy, and what the policy changes.
///
/// # Errors
///
/// All mistakes of a library or a policy that does not validate, or the file that cannot be read.
pub fn library(knowledge: &Knowledge) -> Result<(Library, Effective), String> {
    let mut library = Library::read(&files(knowledge.hooks.as_deref())?).map_err(|m| refused("library", &m))?;
    let Some(path) = &knowledge.policy else { return Ok((library, Effective::default())) };
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| format!("{file}: {e}"))?;
    let effective = policy::apply(&mut library, &file, &text).map_err(|m| refused("policy", &m))?;
    Ok((library, effective))
}

/// The library of [`library`], whose cases all hold. A folder of the site's own is tested here, because a limit that
/// was mistyped validates like any other; the built-in library was tested when the program was.
///
/// # Errors
///
/// As [`library`], or the cases that do not hold.
pub fn tested_library(knowledge: &Knowledge) -> Result<(Library, Effective), String> {
    let library = library(knowledge)?;
    if let Some(folder) = &knowledge.hooks {
        let mistakes = check(&files(Some(folder))?, &fixtures(Some(folder))?, &Sdk).mistakes;
        if !mistakes.is_empty() {
            return Err(refused("library", &mistakes));
        }
    }
    Ok(library)
}

/// The test patients next to the folder of a library, or the built-in ones.
///
/// # Errors
///
/// The folder cannot be read; the message names it.
pub fn fixtures(hooks: Option<&Path>) -> Result<Files, String> {
    match hooks.map(|hooks| hooks.join("../fixtures")) {
        Some(folder) if folder.is_dir() => {
            Files::fixtures_in(&folder).map_err(|e| format!("{}: {e}", folder.display()))
        }
        _ => Ok(Files::fixtures()),
    }
}

/// The files of the library in a folder, or of the built-in one.
///
/// # Errors
///
/// The folder cannot be read; the message names it.
pub fn files(hooks: Option<&Path>) -> Result<Files, String> {
    match hooks {
        Some(folder) => Files::in_folder(folder).map_err(|e| format!("{}: {e}", folder.display())),
        None => Ok(Files::embedded()),
    }
}

/// The version of the knowledge, for records and for the store.
///
/// # Errors
///
/// A file cannot be read; the message names it.
pub fn version(knowledge: &Knowledge) -> Result<KnowledgeVersion, String> {
    let read = |path: &PathBuf| std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()));
    let policy = knowledge.policy.as_ref().map(read).transpose()?;
    Ok(KnowledgeVersion::of(&files(knowledge.hooks.as_deref())?, policy.as_deref()))
}

/// The cases of the rules.
///
/// # Errors
///
/// All mistakes of the files of cases, or the folder that cannot be read.
pub fn cases(knowledge: &Knowledge) -> Result<Vec<CaseFile>, String> {
    let mut mistakes = Vec::new();
    let cases = cases::read(&files(knowledge.hooks.as_deref())?, &mut mistakes);
    if mistakes.is_empty() { Ok(cases) } else { Err(refused("library", &mistakes)) }
}

/// How many mistakes are named where something is refused.
const NAMED: usize = 10;

/// The first mistakes, and that what holds them is refused.
pub fn refused(what: &str, mistakes: &[Mistake]) -> String {
    let lines: Vec<String> = mistakes.iter().take(NAMED).map(ToString::to_string).collect();
    let more = match mistakes.len() {
        0..=NAMED => "",
        _ => "\n… `tocilizumab-cds check` with the same arguments tells all of them",
    };
    format!("{}{more}\nthe {what} does not validate: {}", lines.join("\n"), many(mistakes.len()))
}

/// A number of mistakes, in words.
pub fn many(mistakes: usize) -> String {
    match mistakes {
        0 => "no mistakes".to_owned(),
        1 => "1 mistake".to_owned(),
        n => format!("{n} mistakes"),
    }
}
