//! Orders and Medications, as far as the passes must understand them: the same readings as those of the service decide.

use document::reference::{last_part, tail};
use document::{Document, Node, Object};
use fhir::meaning::Meanings;
use fhir::medicine::{Chart, is_drug, medicine};
use fhir::resource::{Resource, target};
use fhir::resources::Resources;
use knowledge::Library;

/// What an order says of its medicine.
#[derive(Debug, PartialEq, Eq)]
pub enum Ordered {
    /// It is no order of a medicine.
    Nothing,
    /// It is for a drug of the library, as its own words or codes say.
    Drug,
    /// It is for what these Medications are, which stand elsewhere; empty for another medicine.
    Elsewhere(Vec<String>),
}

/// What a Medication is.
#[derive(Debug, PartialEq, Eq)]
pub enum Made {
    /// A drug of the library.
    Drug,
    /// It is made of these Medications, which stand elsewhere; empty for another medicine.
    Of(Vec<String>),
}

/// An order that refers to the Medication whose URL is `urn:this`, and nothing else.
const PROBE: &str = r#"{"resourceType":"MedicationRequest","medicationReference":{"reference":"urn:this"}}"#;

/// What an order says of its medicine.
pub fn ordered(resource: &Resource<'_>, library: &Library) -> Ordered {
    // What became of an order since makes no difference: it was one when it was written.
    let is_order = matches!(&*resource.kind, "MedicationRequest" | "MedicationOrder")
        && resource.object.get("doNotPerform").and_then(Node::boolean) != Some(true)
        && resource
            .object
            .string("status")
            .is_none_or(|status| !status.trim().eq_ignore_ascii_case("entered-in-error"));
    if !is_order {
        return Ordered::Nothing;
    }
    if is_for_a_drug(&resource.object, &Resources::default(), library) {
        return Ordered::Drug;
    }
    Ordered::Elsewhere(links(&resource.object))
}

/// What a Medication is. The resource must be one.
pub fn made(object: Object<'_>, library: &Library) -> Made {
    let Ok(probe) = Document::parse(PROBE) else { return Made::Of(Vec::new()) };
    let mut record = Resources::default();
    Resource::read(object, Some("urn:this".into())).into_iter().for_each(|resource| record.add(resource));
    let is_drug = probe.root().object().is_some_and(|order| is_for_a_drug(&order, &record, library));
    if is_drug { Made::Drug } else { Made::Of(parts(&object)) }
}

fn is_for_a_drug<'a>(order: &Object<'a>, record: &Resources<'a>, library: &Library) -> bool {
    let meanings = Meanings::new(library);
    let said = medicine(order, Chart { drafts: &Resources::default(), record, meanings: &meanings });
    (0..library.drugs.len()).any(|place| is_drug(place, &said))
}

/// The ids of the Medications that a resource refers to.
pub fn links(object: &Object<'_>) -> Vec<String> {
    let targets = ["medicationReference", "medication"].into_iter().filter_map(|path| object.get(path));
    let targets = targets.filter_map(|node| node.items().find_map(|item| item.object()));
    let links = targets.filter_map(|target| target.object("reference").unwrap_or(target).string("reference"));
    links.filter_map(|link| medication_id(&link)).collect()
}

/// The ids of the Medications that a Medication is made of.
pub fn parts(object: &Object<'_>) -> Vec<String> {
    let product = object.object("product");
    let ingredients = object.objects("ingredient").chain(product.iter().flat_map(|p| p.objects("ingredient")));
    ingredients.filter_map(|of| target(of.get("itemReference")?)).filter_map(|link| medication_id(&link)).collect()
}

/// The id in a reference that can point to a Medication of the export.
fn medication_id(link: &str) -> Option<String> {
    let is_other = tail(link).split_once('/').is_some_and(|(kind, _)| kind != "Medication");
    (!link.starts_with('#') && !is_other).then(|| last_part(link).to_owned())
}

/// The id of the patient to whom a resource belongs; `None` when it belongs to no patient, or to one that stands inside
/// it.
pub fn patient_id(resource: &Resource<'_>) -> Option<String> {
    if resource.kind == "Patient" {
        return resource.id.is_some().then(|| resource.last_part().to_owned());
    }
    let subject = resource.subject()?;
    let is_other = tail(subject).split_once('/').is_some_and(|(kind, _)| kind != "Patient");
    let id = last_part(subject);
    (!subject.starts_with('#') && !is_other && !id.is_empty()).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use document::Document;
    use fhir::resource::Resource;
    use knowledge::Library;

    use super::{Made, Ordered, links, made, ordered, parts, patient_id};

    const CODE: &str = r#""coding":[{"system":"http://www.nlm.nih.gov/research/umls/rxnorm","code":"612865"}]"#;

    #[test]
    fn an_order_is_for_a_drug_by_code_words_or_what_stands_inside_it() {
        let library = Library::embedded().expect("the library");
        let of = |members: &str| {
            let text = format!(r#"{{"resourceType":"MedicationRequest",{members}}}"#);
            let document = Document::parse(text).expect("JSON");
            ordered(&Resource::alone(document.root()).expect("a resource"), &library)
        };
        let elsewhere = |ids: &[&str]| Ordered::Elsewhere(ids.iter().map(|id| (*id).to_owned()).collect());
        for (members, expected) in [
            (format!(r#""medicationCodeableConcept":{{{CODE}}}"#), Ordered::Drug),
            (r#""medicationCodeableConcept":{"text":"TOCILIZUMAB 162 mg"}"#.to_owned(), Ordered::Drug),
            (r#""medicationReference":{"reference":"Medication/1","display":"Actemra"}"#.to_owned(), Ordered::Drug),
            (
                format!(
                    r##""contained":[{{"resourceType":"Medication","id":"m","code":{{{CODE}}}}}],"medicationReference":{{"reference":"#m"}}"##
                ),
                Ordered::Drug,
            ),
            (
                r#""medicationReference":{"reference":"https://e.org/Medication/1/_history/2"}"#.to_owned(),
                elsewhere(&["1"]),
            ),
            (r#""medication":{"reference":{"reference":"urn:uuid:7"}}"#.to_owned(), elsewhere(&["7"])),
            (r#""medicationReference":{"reference":"Substance/1"}"#.to_owned(), elsewhere(&[])),
            (r#""medicationCodeableConcept":{"text":"aspirin"}"#.to_owned(), elsewhere(&[])),
            (r#""doNotPerform":true,"medicationCodeableConcept":{"text":"tocilizumab"}"#.to_owned(), Ordered::Nothing),
        ] {
            assert_eq!(of(&members), expected, "{members}");
        }
    }

    #[test]
    fn a_medication_is_a_drug_by_itself_or_by_what_it_is_made_of() {
        let library = Library::embedded().expect("the library");
        let of = |members: &str| {
            let document = Document::parse(format!(r#"{{"resourceType":"Medication",{members}}}"#)).expect("JSON");
            made(document.root().object().expect("an object"), &library)
        };
        assert_eq!(of(&format!(r#""id":"x","code":{{{CODE}}}"#)), Made::Drug);
        assert_eq!(of(r#""ingredient":[{"itemCodeableConcept":{"text":"tocilizumab"}}]"#), Made::Drug);
        let mixed = r#""ingredient":[{"itemReference":{"reference":"Medication/a"}},{"itemReference":{"reference":"Substance/b"}}]"#;
        assert_eq!(of(mixed), Made::Of(vec!["a".to_owned()]));
    }

    #[test]
    fn a_resource_belongs_to_the_patient_that_it_names() {
        for (text, expected) in [
            (r#"{"resourceType":"Patient","id":"1"}"#, Some("1")),
            (r#"{"resourceType":"Observation","id":"1"}"#, None),
            (r#"{"resourceType":"Observation","subject":{"reference":"urn:uuid:a-b"}}"#, Some("a-b")),
            (r#"{"resourceType":"Observation","subject":{"reference":"Group/1"}}"#, None),
            (r##"{"resourceType":"Observation","subject":{"reference":"#p"}}"##, None),
            (
                r#"{"resourceType":"Immunization","patient":{"reference":"https://e.org/Patient/1/_history/3"}}"#,
                Some("1"),
            ),
        ] {
            let document = Document::parse(text).expect("JSON");
            let resource = Resource::alone(document.root()).expect("a resource");
            assert_eq!(patient_id(&resource).as_deref(), expected, "{text}");
        }
        let document = Document::parse("{}").expect("JSON");
        let empty = document.root().object().expect("an object");
        assert!(links(&empty).is_empty() && parts(&empty).is_empty());
    }
}
