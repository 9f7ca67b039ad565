//! `replay --compare`: the earlier judgement that the new one is compared with.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use replay::statistics::Statistics;
use replay::{Comparison, Extent, Streams};

use super::knowledge::{Knowledge, tested_library};

/// The earlier judgement: stored lines, or the same orders judged with another library or policy.
///
/// # Errors
///
/// The lines, the library or the policy cannot be read, or standard input would have to be judged twice.
pub fn earlier(
    with: &Path,
    paths: &[String],
    options: &replay::Options<'_>,
    knowledge: &Knowledge,
) -> Result<Comparison, String> {
    let name = with.display();
    let mut comparison = Comparison::default();
    let is_policy = with.extension().is_some_and(|extension| extension == "toml");
    if !with.is_dir() && !is_policy {
        let copied = File::open(with).and_then(|mut file| std::io::copy(&mut file, &mut comparison));
        copied.and_then(|_| comparison.flush()).map_err(|error| format!("{name}: {error}"))?;
        return Ok(comparison);
    }
    if paths.iter().any(|path| path == "-") {
        return Err("--compare: standard input can be judged only once; compare with stored lines".to_owned());
    }
    let other = if is_policy {
        Knowledge { hooks: knowledge.hooks.clone(), policy: Some(with.to_owned()) }
    } else {
        Knowledge { hooks: Some(with.to_owned()), policy: knowledge.policy.clone() }
    };
    let (library, _) = tested_library(&other)?;
    let extent = Extent { cards_only: true, ..options.extent };
    let options = replay::Options {
        as_of: options.as_of.clone(),
        format: replay::Format::Ndjson,
        hook: options.hook.clone(),
        now: options.now.clone(),
        extent,
        ..*options
    };
    let streams = Streams {
        stdin: &mut std::io::empty(),
        out: &mut comparison,
        err: &mut std::io::sink(),
        rejects: None,
        checkpoint: None,
        progress: None,
        comparison: None,
    };
    // The later judgement reports what cannot be read.
    replay::run(&library, paths, &options, Statistics::default(), streams)
        .map_err(|error| format!("{name}: {error}"))?;
    Ok(comparison)
}
