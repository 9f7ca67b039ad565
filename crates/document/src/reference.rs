//! References of FHIR, relative or absolute, cut to what they point to.

/// The last two parts of a reference: `Type/id` of a relative or absolute one; others as they are.
pub fn tail(reference: &str) -> &str {
    if reference.starts_with("urn:") || reference.starts_with('#') {
        return reference;
    }
    let bare = without_version(reference);
    match bare.rmatch_indices('/').nth(1) {
        Some((at, _)) => &bare[at + 1..],
        None => bare,
    }
}

/// The id a reference points to: its last part.
pub fn last_part(reference: &str) -> &str {
    let bare = without_version(reference);
    bare.rsplit(['/', ':']).next().unwrap_or(bare)
}

/// A reference to a version of a resource, as a reference to its present version.
fn without_version(reference: &str) -> &str {
    // Hardly any reference has one, and looking for a byte is much cheaper than making a search for a text ready.
    match reference.contains('_') {
        true => reference.split("/_history/").next().unwrap_or(reference),
        false => reference,
    }
}

#[cfg(test)]
mod tests {
    use super::{last_part, tail};

    #[test]
    fn references_are_cut_to_their_end() {
        for (reference, end, id) in [
            ("Patient/1", "Patient/1", "1"),
            ("https://ehr.example/fhir/R4/Patient/1/_history/2", "Patient/1", "1"),
            ("urn:uuid:ab-c", "urn:uuid:ab-c", "ab-c"),
            ("1", "1", "1"),
        ] {
            assert_eq!((tail(reference), last_part(reference)), (end, id));
        }
    }
}
