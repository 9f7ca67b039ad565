//! What the patient has for years, beside the disease that the drug is ordered for; and what must follow from it.

use serde_json::json;

use crate::chance::ago;
use crate::chart::{Medicine, Problem};
use crate::person::{Besides, Disease, Person, Step};
use crate::sheet::Sheet;
use crate::truth::Truth;

/// Adds what the patient has for years.
pub fn besides(sheet: &mut Sheet<'_>, person: &Person) {
    const TOCILIZUMAB: Medicine = ("612865", "tocilizumab");
    let long_ago = ago(person.start, 800);
    for one in &person.besides {
        match one {
            Besides::Allergy => sheet.allergy(TOCILIZUMAB, "confirmed", long_ago),
            Besides::RefutedAllergy => {
                let verified = *sheet.chance.one(&["refuted", "entered-in-error"]);
                sheet.allergy(TOCILIZUMAB, verified, long_ago);
            }
            Besides::Penicillin => sheet.allergy(("7980", "penicillin G"), "confirmed", long_ago),
            Besides::MultipleSclerosis => sheet.problem(Problem::new(("G35", "Multiple sclerosis"), long_ago)),
            Besides::Ulcer => {
                sheet.problem(Problem::new(("Z87.11", "Personal history of peptic ulcer disease"), long_ago));
            }
            Besides::Cirrhosis => {
                sheet.problem(Problem::new(("K74.60", "Unspecified cirrhosis of liver"), long_ago));
            }
            Besides::Diverticulosis => {
                let code =
                    ("K57.30", "Diverticulosis of large intestine without perforation or abscess without bleeding");
                sheet.problem(Problem::new(code, long_ago));
            }
            Besides::Cancer => {
                let code = ("C64.9", "Malignant neoplasm of unspecified kidney, except renal pelvis");
                sheet.problem(Problem::new(code, long_ago));
            }
            Besides::PastCancer => {
                let code = ("Z85.528", "Personal history of other malignant neoplasm of kidney");
                sheet.problem(Problem::new(code, long_ago));
            }
            Besides::FingerUlcer => {
                let code =
                    ("L98.491", "Non-pressure chronic ulcer of skin of other sites limited to breakdown of skin");
                sheet.problem(Problem::new(code, ago(person.start, 60)));
            }
        }
    }
    if person.besides.is_empty() && sheet.chance.percent(60.0) {
        let body = json!({
            "clinicalStatus": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}]},
            "code": {"coding": [{"system": "http://snomed.info/sct", "code": "409137002", "display": "No known drug allergy"}]},
            "recordedDate": format!("{long_ago}T08:00:00Z"),
        });
        sheet.add("AllergyIntolerance", body);
    }
}

/// States what must follow from it at an order.
pub fn expect_besides(person: &Person, step: Step, truth: &mut Truth) {
    let is_start = step != Step::Renewal;
    // A syndrome that threatens life does not wait for what would count in a lasting treatment.
    let lasting = if person.disease == Disease::CytokineRelease { "info" } else { "warning" };
    for one in &person.besides {
        truth.tell(&format!("{one:?}"));
        match one {
            Besides::Allergy => {
                truth.criterion("tocilizumab-hypersensitivity", "met");
                truth.card("hypersensitivity", "critical");
            }
            Besides::MultipleSclerosis => {
                truth.criterion("demyelinating-disorder", "met");
                truth.card("demyelination", lasting);
            }
            Besides::Ulcer if person.disease != Disease::Covid => {
                truth.criterion("perforation-risk-history", "met");
                if is_start {
                    truth.card("perforation-risk", "warning");
                }
            }
            Besides::Cirrhosis => {
                truth.criterion("active-hepatic-disease", "met");
                truth.card("hepatic-disease", lasting);
            }
            Besides::FingerUlcer => {
                truth.criterion("active-digital-ulcer", "met");
                truth.card("digital-ulcer", "warning");
            }
            Besides::Cancer if is_start && !person.disease.is_acute() => {
                truth.criterion("active-malignancy", "met");
                truth.card("malignancy", "warning");
            }
            Besides::Cancer | Besides::PastCancer => {}
            Besides::RefutedAllergy | Besides::Penicillin | Besides::Diverticulosis | Besides::Ulcer => {}
        }
    }
}
