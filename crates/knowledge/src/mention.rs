//! What free text says of a condition that it names: as there, as past, or as not there at all ("no sepsis", "mother
//! had tuberculosis", "pneumonia vaccination"). A few words around the name decide, after the manner of NegEx (Chapman
//! et al., J Biomed Inform 2001;34:301).
//!
//! What is not clearly past or denied counts as there: such a mention only ever leads to a warning.

/// What a text says of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mention {
    /// Denied, someone else's, ruled out, or only looked for or prevented.
    Not,
    /// Over.
    Past,
    /// There, or suspected.
    Present,
}

/// How many words before and after a name are looked at.
const REACH: usize = 6;

/// How many bytes before and after a name are looked at, so that a long text costs no more than a short one.
const FAR: usize = 160;

/// Words before a name which mean that the patient does not have it.
#[rustfmt::skip]
const NOT_BEFORE: &[&str] = &[
    "no", "not", "non", "without", "denies", "denied", "deny", "never", "excluded", "excludes", "exclude",
    "excluding", "absence", "absent", "family", "fh", "fhx", "famhx", "mother", "father", "parent", "parents",
    "sister", "brother", "sibling", "siblings", "son", "daughter", "husband", "wife", "spouse", "partner",
    "grandmother", "grandfather", "aunt", "uncle", "cousin", "maternal", "paternal", "household", "vaccination",
    "vaccinated", "vaccine", "vaccines", "immunization", "immunisation", "immunized", "immunised", "immunity",
    "immune", "prophylaxis", "prophylactic", "screening", "screen", "screened", "exposure", "exposed", "contact",
    "risk", "prevention", "prevent", "preventive", "susceptible", "susceptibility", "education", "counseling",
    "counselling",
];

/// Words after a name which mean that the patient does not have it.
#[rustfmt::skip]
const NOT_AFTER: &[&str] = &[
    "excluded", "negative", "unlikely", "absent", "denied", "vaccination", "vaccine", "vaccines", "vaccinated",
    "immunization", "immunisation", "immunized", "immunised", "immunity", "immune", "prophylaxis", "screening",
    "screen", "screened", "exposure", "exposed", "contact", "risk", "prevention", "precautions", "education",
    "counseling", "counselling", "test", "testing", "antibody", "antibodies", "titer", "titre", "serology", "assay",
    "mother", "father", "brother", "sister", "family", "sibling", "son", "daughter", "grandmother", "grandfather",
];

/// Words before a name which mean that it is over.
#[rustfmt::skip]
const PAST_BEFORE: &[&str] = &[
    "history", "hx", "h/o", "pmh", "pmhx", "s/p", "previous", "previously", "prior", "past", "former", "remote",
    "resolved", "healed", "cured", "recovered", "long", "childhood",
];

/// Words after a name which mean that it is over.
#[rustfmt::skip]
const PAST_AFTER: &[&str] = &[
    "history", "hx", "resolved", "healed", "cured", "inactive", "remission", "recovered", "childhood", "past",
];

/// Words that end what was said before them.
const TURNS: &[&str] =
    &["but", "however", "although", "now", "currently", "current", "presents", "presenting", "admitted"];

/// What a text, in lower case, says of what it names from `start` to `end`.
pub fn mention(text: &str, start: usize, end: usize) -> Mention {
    let before = text.get(floor(text, start.saturating_sub(FAR))..start).unwrap_or_default();
    let after = text.get(end..floor(text, end.saturating_add(FAR).min(text.len()))).unwrap_or_default();
    by_what_precedes(before).min(by_what_follows(after))
}

/// The last place of a whole character that is not after this one.
fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn by_what_precedes(before: &str) -> Mention {
    // A comma or a full stop ends what was said about something else, unless a family member or a heading comes before
    // it.
    let clause = before.rsplit(['.', ';', '\n', ',', '|']).next().unwrap_or_default();
    let mut said = Mention::Present;
    let (mut follows, mut turned) = ("", false);
    for (distance, word) in words(clause).rev().take(REACH).enumerate() {
        if turned {
            // "Not now" and "no longer" still deny.
            return if matches!(word, "not" | "no") { Mention::Not } else { said };
        }
        turned = TURNS.contains(&word);
        said = said.min(match word {
            // A Gram stain, a culture or a serology that is negative denies nothing by itself.
            "negative" if follows == "for" => Mention::Not,
            "free" if follows == "of" => Mention::Not,
            "rule" | "ruled" if follows == "out" => Mention::Not,
            "r/o" => Mention::Not,
            "post" if distance == 0 || follows == "acute" => Mention::Past,
            "status" if follows == "post" => Mention::Past,
            "old" if distance == 0 => Mention::Past,
            "long" if distance > 0 => Mention::Present,
            "non" if distance > 0 => Mention::Present,
            _ if NOT_BEFORE.contains(&word) => Mention::Not,
            _ if PAST_BEFORE.contains(&word) => Mention::Past,
            _ => Mention::Present,
        });
        follows = word;
    }
    said
}

fn by_what_follows(after: &str) -> Mention {
    let sentence = after.split(['.', ';', '\n', '|']).next().unwrap_or_default();
    let mut said = Mention::Present;
    for (part, clause) in sentence.split([',', '(', ')', ':']).take(3).enumerate() {
        let mut precedes = "";
        for (distance, word) in words(clause).take(REACH).enumerate() {
            if TURNS.contains(&word) || matches!(word, "and" | "with" | "due") {
                return said;
            }
            // A later part is about the name only when it begins with such a word: "tuberculosis, family history of".
            if part > 0 && distance > 0 && !matches!(precedes, "rule" | "ruled" | "not") {
                break;
            }
            said = said.min(match word {
                "out" if matches!(precedes, "rule" | "ruled") => Mention::Not,
                "present" | "found" | "seen" if precedes == "not" => Mention::Not,
                "ago" if matches!(precedes, "year" | "years" | "yr" | "yrs") => Mention::Past,
                _ if NOT_AFTER.contains(&word) => Mention::Not,
                _ if PAST_AFTER.contains(&word) => Mention::Past,
                _ => Mention::Present,
            });
            precedes = word;
        }
    }
    said
}

/// The words of a clause; `h/o` and its like are one word.
fn words(clause: &str) -> impl DoubleEndedIterator<Item = &str> {
    clause.split(|c: char| !(c.is_alphanumeric() || c == '/')).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::Mention::{self, Not, Past, Present};
    use super::mention;

    fn says(text: &str, name: &str) -> Mention {
        let text = text.to_lowercase();
        let start = text.find(name).unwrap_or_else(|| panic!("{text} names {name}"));
        mention(&text, start, start + name.len())
    }

    #[test]
    fn what_is_there_counts() {
        for text in [
            "Sepsis",
            "Severe sepsis with shock",
            "Gram negative sepsis",
            "Culture-negative sepsis",
            "65-year-old woman with sepsis",
            "Suspected sepsis",
            "Possible sepsis; blood cultures pending",
            "No fever, sepsis confirmed",
            "History of stroke. Sepsis",
            "History of stroke but now sepsis",
            "History of stroke, currently sepsis",
            "Family history of stroke; sepsis",
            "Postoperative sepsis",
            "Post-operative sepsis",
            "Sepsis not responding to antibiotics",
            "Sepsis, UTI resolved",
            "Sepsis and history of pneumonia",
            "Longstanding sepsis",
        ] {
            assert_eq!(says(text, "sepsis"), Present, "{text}");
        }
    }

    #[test]
    fn what_is_denied_or_of_someone_else_does_not_count() {
        for text in [
            "No sepsis",
            "No evidence of recurrent sepsis",
            "Without signs or symptoms of sepsis",
            "Rule out sepsis",
            "R/O sepsis",
            "Sepsis ruled out",
            "Sepsis (ruled out)",
            "Negative for sepsis",
            "Sepsis: negative",
            "Mother had sepsis",
            "Mother: sepsis",
            "Family history of sepsis",
            "FH: sepsis",
            "Sepsis, family history of",
            "Sepsis screening",
            "Screening for sepsis",
            "Exposure to sepsis",
            "Vaccination against sepsis",
            "Sepsis vaccine",
            "At risk for sepsis",
            "Sepsis unlikely",
            "Denies sepsis",
            "Non-sepsis",
            "Sepsis not found",
            "Not currently in sepsis",
        ] {
            assert_eq!(says(text, "sepsis"), Not, "{text}");
        }
    }

    #[test]
    fn what_is_over_is_past() {
        for text in [
            "History of sepsis",
            "Hx of severe bacterial sepsis",
            "H/o sepsis",
            "S/P sepsis",
            "Status post sepsis",
            "Post sepsis syndrome",
            "Previous sepsis",
            "PMH: sepsis",
            "Sepsis, resolved",
            "Sepsis (resolved)",
            "Sepsis - resolved",
            "Sepsis, history of",
            "Sepsis 12 years ago",
            "Sepsis in childhood",
            "Old sepsis",
        ] {
            assert_eq!(says(text, "sepsis"), Past, "{text}");
        }
        assert_eq!(says("No history of sepsis", "sepsis"), Not, "the stronger of two");
        assert_eq!(says("ß sepsis ß", "sepsis"), Present, "characters of several bytes");
    }

    /// A text has no limit of its own, and only its words near the name are read.
    #[test]
    fn what_is_far_away_does_not_count() {
        let text = format!("no {}sepsis", "é ".repeat(400));
        assert_eq!(says(&text, "sepsis"), Present);
        let text = format!("sepsis {}ruled out", "é ".repeat(400));
        assert_eq!(says(&text, "sepsis"), Present);
    }
}
