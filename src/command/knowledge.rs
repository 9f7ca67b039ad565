//! Which knowledge to decide with: the library, the site's policy on top of it, and the cases beside the rules.

use std::path::{Path, PathBuf};

use clap::Args;
use engine::record::Edition;
use knowledge::Library;
use knowledge::cases::{self, CaseFile};
use knowledge::files::Files;
use knowledge::mistake::Mistake;
use knowledge::policy::{self, Effective};
use tocilizumab_cds::config::Settings;

/// Which knowledge to decide with.
#[derive(Debug, Default, Args)]
pub struct Knowledge {
    /// Folder of another library, instead of the built-in one
    #[arg(long)]
    pub hooks: Option<PathBuf>,
    /// A site's own policy (TOML) on top of it
    #[arg(long)]
    pub policy: Option<PathBuf>,
}

impl Knowledge {
    /// With what the settings name where the command line names nothing.
    pub fn or(self, settings: &Settings) -> Knowledge {
        Knowledge {
            hooks: self.hooks.or_else(|| settings.hooks.clone()),
            policy: self.policy.or_else(|| settings.policy.clone()),
        }
    }
}

/// The library with the site's policy; one that does not validate is refused with all its mistakes.
pub fn library(knowledge: &Knowledge) -> Result<(Library, Effective), String> {
    let mut library = Library::read(&files(knowledge.hooks.as_deref())?).map_err(|m| told("library", &m))?;
    let Some(path) = &knowledge.policy else { return Ok((library, Effective::default())) };
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| format!("{file}: {e}"))?;
    let effective = policy::apply(&mut library, &file, &text).map_err(|m| told("policy", &m))?;
    Ok((library, effective))
}

/// The files of a library.
pub fn files(hooks: Option<&Path>) -> Result<Files, String> {
    match hooks {
        Some(folder) => Files::in_folder(folder).map_err(|e| format!("{}: {e}", folder.display())),
        None => Ok(Files::embedded()),
    }
}

/// What decides, for the notes.
pub fn edition(knowledge: &Knowledge) -> Result<Edition, String> {
    let read = |path: &PathBuf| std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()));
    let policy = knowledge.policy.as_ref().map(read).transpose()?;
    Ok(Edition::of(&files(knowledge.hooks.as_deref())?, policy.as_deref()))
}

/// The cases beside the rules; cases that cannot be read are refused with all their mistakes.
pub fn cases(knowledge: &Knowledge) -> Result<Vec<CaseFile>, String> {
    let mut mistakes = Vec::new();
    let cases = cases::read(&files(knowledge.hooks.as_deref())?, &mut mistakes);
    if mistakes.is_empty() { Ok(cases) } else { Err(told("library", &mistakes)) }
}

fn told(what: &str, mistakes: &[Mistake]) -> String {
    let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    format!("{}\nthe {what} does not validate: {} mistakes", lines.join("\n"), mistakes.len())
}
