//! The assessment of one order, as answers carry it for machines: written from what was decided, without a copy of it.
//!
//! It is most of an answer, a thousand texts that hardly ever need an escape. So it is written straight into the bytes
//! of the answer, and not member by member through a serializer.

use serde::ser::Error;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use domain::assess::Assessment;
use domain::fact::Source;
use domain::phase::Phase;
use domain::rule::Drug;
use domain::truth::Outcome;
use domain::unused::Unused;

/// What was found for one order.
#[derive(Debug)]
pub struct Assessed<'l> {
    /// The drug, with the rules that were asked.
    pub drug: &'l Drug,
    /// What was found.
    pub assessment: Assessment,
    /// What was looked at and not used, where that was asked for.
    pub unused: Option<Vec<Unused>>,
}

/// Bytes of one assessment, about.
const ROOM: usize = 32 * 1024;

/// The assessment as a part of a larger value. Whoever writes the bytes of an answer calls [`Assessed::write`].
impl Serialize for Assessed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut json = Vec::with_capacity(ROOM);
        self.write(&mut json).map_err(S::Error::custom)?;
        let json = String::from_utf8(json).map_err(S::Error::custom)?;
        RawValue::from_string(json).map_err(S::Error::custom)?.serialize(serializer)
    }
}

/// Writes assessments as a JSON array.
///
/// # Errors
///
/// None that an assessment can cause.
pub fn write_all(all: &[Assessed<'_>], out: &mut Vec<u8>) -> serde_json::Result<()> {
    list(out, all, |out, assessed| assessed.write(out))
}

impl Assessed<'_> {
    /// Writes the assessment as a JSON object.
    ///
    /// # Errors
    ///
    /// None that an assessment can cause.
    pub fn write(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let Assessment { order, indication, phase, exposures, .. } = &self.assessment;
        let code = indication.code();
        member(out, b"{\"order\":", order)?;
        // What the order is for, in a code of the assessment.
        member(out, b",\"indication\":", code)?;
        if let Some(id) = indication.id.as_deref().filter(|_| code == "other") {
            member(out, b",\"indicationName\":", id)?;
        }
        member(out, b",\"phase\":", phase.code())?;
        if !exposures.is_empty() {
            out.extend_from_slice(b",\"phaseEvidence\":");
            list(out, exposures, object)?;
        }
        let items = self.prior_authorization();
        if !items.is_empty() {
            out.extend_from_slice(b",\"priorAuthorization\":");
            list(out, items, |out, (name, id)| self.item(out, name, id))?;
        }
        out.extend_from_slice(b",\"criteria\":");
        self.criteria(out)?;
        if let Some(unused) = &self.unused {
            out.extend_from_slice(b",\"notUsed\":");
            list(out, unused, not_used)?;
        }
        out.push(b'}');
        Ok(())
    }

    /// What payers ask for before they pay for a start, each with the criterion whose newest record shows it.
    fn prior_authorization(&self) -> &[(String, String)] {
        let Assessed { drug, assessment, .. } = self;
        let asked = drug.prior_authorization.as_ref();
        let asked = asked.filter(|asked| assessment.indication.families.contains(&asked.family));
        let items = asked.filter(|_| Phase::STARTS.contains(&assessment.phase)).map(|asked| asked.items.as_slice());
        items.unwrap_or_default()
    }

    /// One item that a payer asks for. Without a record it has its name alone.
    fn item(&self, out: &mut Vec<u8>, name: &str, id: &str) -> serde_json::Result<()> {
        let mut rules = self.drug.rules.iter().zip(&self.assessment.rules);
        let finding = rules.find_map(|(rule, found)| found.get(rule, id));
        member(out, b"{\"name\":", name)?;
        if let Some(source) = finding.and_then(|finding| finding.evidence.first()) {
            out.push(b',');
            cited(out, source)?;
        }
        out.push(b'}');
        Ok(())
    }

    /// The findings, rule by rule.
    fn criteria(&self, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let rules = self.drug.rules.iter().zip(&self.assessment.rules);
        let all = rules.flat_map(|(rule, found)| {
            rule.criteria.iter().zip(&found.findings).map(move |(criterion, finding)| (rule, criterion, finding))
        });
        list(out, all, |out, (rule, criterion, finding)| {
            member(out, b"{\"id\":", &criterion.id)?;
            member(out, b",\"rule\":", &rule.id)?;
            code(out, b",\"outcome\":\"", finding.outcome.code());
            if let Outcome::Unknown(reason) = finding.outcome {
                code(out, b",\"reason\":\"", reason.code());
            }
            if !finding.evidence.is_empty() {
                out.extend_from_slice(b",\"evidence\":");
                list(out, &finding.evidence, object)?;
            }
            out.push(b'}');
            Ok(())
        })
    }
}

/// A record that was looked at and not used, why, and what was used instead.
fn not_used(out: &mut Vec<u8>, unused: &Unused) -> serde_json::Result<()> {
    member(out, b"{\"concept\":", &unused.concept)?;
    out.push(b',');
    cited(out, &unused.source)?;
    member(out, b",\"why\":", unused.why.code())?;
    if let Some(by) = &unused.by {
        member(out, b",\"instead\":", &by.reference)?;
    }
    out.extend_from_slice(b",\"criteria\":");
    list(out, &unused.criteria, |out, by| quoted(out, &by.criterion))?;
    out.push(b'}');
    Ok(())
}

/// A record on which something rests.
fn object(out: &mut Vec<u8>, source: &Source) -> serde_json::Result<()> {
    out.push(b'{');
    cited(out, source)?;
    out.push(b'}');
    Ok(())
}

/// The members that cite a record: `Type/id`, the value as it came, the clinical date.
fn cited(out: &mut Vec<u8>, source: &Source) -> serde_json::Result<()> {
    member(out, b"\"reference\":", &source.reference)?;
    if !source.received.is_empty() {
        member(out, b",\"value\":", &source.received)?;
    }
    if let Some(when) = &source.effective {
        member(out, b",\"effective\":", when.date_text())?;
    }
    Ok(())
}

/// A member with a text. `name` holds the name with all punctuation around it.
fn member(out: &mut Vec<u8>, name: &[u8], text: &str) -> serde_json::Result<()> {
    out.extend_from_slice(name);
    quoted(out, text)
}

/// A code of our own, which has no character that JSON escapes, after the name of its member and the quote.
fn code(out: &mut Vec<u8>, name: &[u8], code: &'static str) {
    out.extend_from_slice(name);
    out.extend_from_slice(code.as_bytes());
    out.push(b'"');
}

fn list<T>(
    out: &mut Vec<u8>,
    all: impl IntoIterator<Item = T>,
    write: impl Fn(&mut Vec<u8>, T) -> serde_json::Result<()>,
) -> serde_json::Result<()> {
    out.push(b'[');
    for (position, one) in all.into_iter().enumerate() {
        if position > 0 {
            out.push(b',');
        }
        write(out, one)?;
    }
    out.push(b']');
    Ok(())
}

/// Writes a text as a JSON string. Hardly any text needs an escape.
pub fn quoted(out: &mut Vec<u8>, text: &str) -> serde_json::Result<()> {
    if needs_escape(text.as_bytes()) {
        return serde_json::to_writer(out, text);
    }
    out.reserve(text.len() + 2);
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
    Ok(())
}

/// Whether a byte of the text is a quote, a backslash or below the space, looked at eight at a time; the last eight
/// may overlap those before.
fn needs_escape(text: &[u8]) -> bool {
    let Some(last) = text.last_chunk::<8>() else {
        return text.iter().any(|byte| matches!(byte, 0..0x20 | b'"' | b'\\'));
    };
    let (eights, _) = text.as_chunks::<8>();
    let is_any_escaped = |eight: &[u8; 8]| is_any_escaped(u64::from_le_bytes(*eight));
    eights.iter().any(is_any_escaped) || is_any_escaped(last)
}

/// A byte is below another where taking that away borrows from its highest bit, which was not set before.
fn is_any_escaped(eight: u64) -> bool {
    const ONES: u64 = u64::from_le_bytes([0x01; 8]);
    const HIGHEST: u64 = u64::from_le_bytes([0x80; 8]);
    let is_below = |bytes: u64, limit: u64| bytes.wrapping_sub(ONES * limit) & !bytes & HIGHEST;
    let is = |sign: u8| is_below(eight ^ (ONES * u64::from(sign)), 1);
    is_below(eight, 0x20) | is(b'"') | is(b'\\') != 0
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_text_is_quoted_as_serde_json_quotes_it() {
        let signs = ["", "\u{0}", "\u{1f}", " ", "\"", "\\", "\u{7f}", "\u{80}", "µ", "\u{2028}", "!", "#", "]", "\n"];
        for sign in signs {
            for before in 0..18 {
                for after in [0, 3, 9] {
                    let text = format!("{}{sign}{}", "a".repeat(before), "é".repeat(after));
                    let mut written = Vec::new();
                    quoted(&mut written, &text).expect("a text is JSON");
                    assert_eq!(String::from_utf8(written).ok(), serde_json::to_string(&text).ok(), "{text:?}");
                }
            }
        }
    }
}
