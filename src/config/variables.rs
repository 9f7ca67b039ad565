//! Variables of the environment that look like misspelt settings. Without a warning they would go unnoticed, since an
//! environment holds many variables of other programs.

use super::Key;
use super::read::keys;

/// The start of all variables of this program.
const PREFIX: &str = "TOCILIZUMAB_CDS_";

/// The variable that names the settings file.
const FILE: &str = "CONFIG";

/// A warning for each name that was probably meant as a setting. Other names with the prefix are ignored: Kubernetes sets
/// `…_SERVICE_HOST` and `…_PORT` for every service, and a site may have variables of its own.
pub fn misspelt(names: impl Iterator<Item = String>) -> Vec<String> {
    let ours = names.filter_map(|name| name.strip_prefix(PREFIX).map(str::to_owned));
    let mut warnings: Vec<String> = ours.filter_map(|name| warning(&name)).collect();
    warnings.sort();
    warnings
}

fn warning(name: &str) -> Option<String> {
    let of = |key: &Key| key.variable().and_then(|variable| variable.strip_prefix(PREFIX).map(str::to_owned));
    let known: Vec<String> = keys().filter_map(of).chain([FILE.to_owned()]).collect();
    let is_known = known.iter().any(|known| known == name);
    let of_kubernetes = name == "PORT" || name.starts_with("PORT_") || name.starts_with("SERVICE_");
    if is_known || of_kubernetes {
        return None;
    }
    if name.starts_with("CLIENTS_") {
        return Some(format!("{PREFIX}{name} sets nothing: clients can be named in the settings file only"));
    }
    // The section may have been left out.
    let last = |known: &str| known.split_once('_').map_or(known, |(_, last)| last).to_owned();
    let whole = |known: &str| strsim::jaro_winkler(known, name);
    let likeness = |known: &str| whole(known).max(strsim::jaro_winkler(&last(known), name));
    let order = |a: &str, b: &str| likeness(a).total_cmp(&likeness(b)).then(whole(a).total_cmp(&whole(b)));
    let nearest = known.iter().max_by(|a, b| order(a, b))?;
    (likeness(nearest) > 0.9).then(|| format!("{PREFIX}{name} sets nothing; did you mean {PREFIX}{nearest}?"))
}

#[cfg(test)]
mod tests {
    use super::misspelt;

    #[test]
    fn only_what_was_probably_meant_is_warned_of() {
        for (name, expected) in [
            ("TOCILIZUMAB_CDS_LISTN", Some("did you mean TOCILIZUMAB_CDS_LISTEN?")),
            ("TOCILIZUMAB_CDS_DEADLINE", Some("did you mean TOCILIZUMAB_CDS_DEADLINE_MS?")),
            ("TOCILIZUMAB_CDS_BODY_BYTES", Some("did you mean TOCILIZUMAB_CDS_LIMITS_BODY_BYTES?")),
            ("TOCILIZUMAB_CDS_LIMIT_DEPTH", Some("did you mean TOCILIZUMAB_CDS_LIMITS_DEPTH?")),
            ("TOCILIZUMAB_CDS_CONFIG_FILE", Some("did you mean TOCILIZUMAB_CDS_CONFIG?")),
            ("TOCILIZUMAB_CDS_CLIENTS_MERCY_ISSUER", Some("clients can be named in the settings file only")),
            ("TOCILIZUMAB_CDS_LISTEN", None),
            ("TOCILIZUMAB_CDS_CONFIG", None),
            ("TOCILIZUMAB_CDS_SERVICE_HOST", None),
            ("TOCILIZUMAB_CDS_SERVICE_PORT_HTTP", None),
            ("TOCILIZUMAB_CDS_PORT", None),
            ("TOCILIZUMAB_CDS_PORT_8080_TCP_ADDR", None),
            ("TOCILIZUMAB_CDS_IMAGE_TAG", None),
            ("LISTEN", None),
        ] {
            let said = misspelt([name.to_owned()].into_iter());
            match expected {
                Some(words) => assert!(said.len() == 1 && said[0].contains(words), "{name}: {said:?}"),
                None => assert!(said.is_empty(), "{name}: {said:?}"),
            }
        }
    }
}
