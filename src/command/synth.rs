//! `synth`: a made-up hospital, and the answers on it compared with the truth.

use std::fs::File;
use std::io::{BufReader, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;

use synth::{EXPORT, Hospital, Packing, TRUTH, check};

use super::ended;

/// Writes a made-up hospital into a new folder.
///
/// # Errors
///
/// The folder is not empty, or cannot be written.
pub fn write(patients: u64, seed: u64, folder: &Path, ordered: f64, packing: Packing) -> Result<ExitCode, String> {
    let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let hospital = Hospital { patients, seed, ordered, packing, threads };
    let made = synth::write(&hospital, folder).map_err(|error| error.to_string())?;
    eprintln!(
        "{} patients, {} orders, {} files, {:.1} MB; {} lines cannot be read, on purpose",
        made.patients,
        made.orders,
        made.files,
        made.bytes as f64 / 1e6,
        made.unreadable
    );
    let folder = folder.display();
    eprintln!("replay {folder}/{EXPORT} --format ndjson --output lines.ndjson");
    eprintln!("synth check {folder}/{TRUTH} lines.ndjson");
    Ok(ExitCode::SUCCESS)
}

/// Compares the lines of a replay with the truth, and prints what differs. The exit code is 1 when anything does.
///
/// # Errors
///
/// A file cannot be read, or is not what it should be.
pub fn compare(truth: &Path, lines: &Path) -> Result<ExitCode, String> {
    let open =
        |path: &Path| File::open(path).map(BufReader::new).map_err(|error| format!("{}: {error}", path.display()));
    let truths = check::read(open(truth)?).map_err(|error| format!("{}: {error}", truth.display()))?;
    let checked = check::check(&truths, open(lines)?).map_err(|error| format!("{}: {error}", lines.display()))?;
    let mut out = std::io::stdout().lock();
    let print = |out: &mut dyn Write| {
        checked.wrong.iter().try_for_each(|wrong| writeln!(out, "{wrong}"))?;
        let (orders, criteria, cards) = (checked.orders, checked.criteria, checked.cards);
        let wrong = checked.wrong.len();
        writeln!(out, "{orders} orders, {criteria} outcomes and {cards} cards compared with the truth: {wrong} wrong")?;
        Ok(u8::from(wrong > 0))
    };
    ended(print(&mut out))
}
