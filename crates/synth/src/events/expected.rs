//! What must follow from what happens around an order.

use super::Event::{
    self, Activation, BeforeSurgery, Diverticulitis, ForgottenInfection, Infection, JakInhibitor, LaterInfection,
    LittlePrednisone, LiveVaccine, PastInfection, PastTnfInhibitor, Prednisone, PrednisoneWithProphylaxis, Pregnancy,
    RefutedInfection, Surgery, TnfInhibitor, Vaccine, Warfarin,
};
use crate::person::{Disease, Step};
use crate::truth::Truth;

/// States what must follow from an event.
pub(super) fn expect(disease: Disease, event: Event, step: Step, truth: &mut Truth) {
    let is_start = step != Step::Renewal;
    let is_covid = disease == Disease::Covid;
    let criterion = match event {
        Infection => ("active-serious-infection", "met"),
        RefutedInfection => return,
        ForgottenInfection => ("active-serious-infection", "unknown"),
        TnfInhibitor => ("concurrent-biologic", "met"),
        JakInhibitor => ("concurrent-jak-inhibitor", "met"),
        Warfarin => ("narrow-index-cyp450-substrate", "met"),
        LiveVaccine => ("live-vaccine-recent", "met"),
        Pregnancy => ("pregnant", "met"),
        Diverticulitis => ("active-perforation-or-diverticulitis", "met"),
        Surgery => ("surgery-ordered", "met"),
        BeforeSurgery => ("preoperative-examination", "met"),
        Activation => ("macrophage-activation-on-record", "met"),
        Prednisone | PrednisoneWithProphylaxis | LittlePrednisone => return steroid(disease, event, is_start, truth),
        PastInfection | LaterInfection | PastTnfInhibitor | Vaccine => return,
    };
    if !(is_covid && event == Infection) {
        truth.criterion(criterion.0, criterion.1);
    }
    match event {
        Infection if is_covid => truth.card("active-infection", "warning"),
        Infection if disease == Disease::CytokineRelease => truth.card("active-infection", "info"),
        Infection => truth.card("active-infection", "critical"),
        ForgottenInfection => truth.card("active-infection", "warning"),
        TnfInhibitor | JakInhibitor => truth.card("concurrent-immunosuppression", "critical"),
        Warfarin if is_start => truth.card("cyp450-substrate", "info"),
        LiveVaccine => truth.card("live-vaccine", "warning"),
        Pregnancy => truth.card("pregnancy", "warning"),
        Diverticulitis => truth.card("perforation-risk", "critical"),
        Surgery | BeforeSurgery => truth.card("planned-surgery", "warning"),
        Activation => truth.card("macrophage-activation", "warning"),
        _ => {}
    }
}

/// States what must follow from prednisone. In rheumatoid arthritis these stories have methotrexate as well.
fn steroid(disease: Disease, event: Event, is_start: bool, truth: &mut Truth) {
    match event {
        _ if !is_start => {}
        // The lung is no reason for it, and from 15 mg a day on it threatens the kidneys.
        LittlePrednisone if disease.is_sclerosis() => truth.card("glucocorticoid-in-ssc", "info"),
        _ if disease.is_sclerosis() => truth.card("glucocorticoid-in-ssc", "warning"),
        Prednisone => truth.card("pneumocystis", "info"),
        _ => {}
    }
}
