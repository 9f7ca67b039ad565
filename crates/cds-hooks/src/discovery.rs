//! The list of services for the answer to `GET /cds-services`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use knowledge::Library;

/// The answer to `GET /cds-services`.
#[derive(Debug, Serialize)]
pub struct Discovery<'a> {
    services: Vec<ServiceEntry<'a>>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ServiceEntry<'a> {
    hook: &'a str,
    title: &'a str,
    description: &'a str,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    usage_requirements: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    prefetch: BTreeMap<&'a str, &'a str>,
    version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hook_version: Option<&'static str>,
}

/// What a client is asked to prefetch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PrefetchSet {
    /// Each query by itself.
    #[default]
    Full,
    /// Fewer searches, each for what several queries bring.
    Compact,
}

/// The published version of each hook that services answer. Before 3.0 the standard has no member for it.
const HOOK_VERSION: &str = "1.0";

/// The services of the library. `standard` is the version of CDS Hooks that each of them names.
pub fn discovery<'a>(library: &'a Library, standard: &'a str, set: PrefetchSet) -> Discovery<'a> {
    let services = library.services.services.iter().map(|service| ServiceEntry {
        hook: service.hook.name(),
        title: &service.title,
        description: &service.description,
        id: &service.id,
        usage_requirements: service.usage_requirements.as_deref(),
        prefetch: library.services.prefetch(set == PrefetchSet::Compact),
        version: standard,
        hook_version: standard.starts_with("3.").then_some(HOOK_VERSION),
    });
    Discovery { services: services.collect() }
}
