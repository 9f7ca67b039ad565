//! Neutrophils, platelets, ALT and AST before an order: what they really are, how they reached the record, and what must
//! follow from that.

use jiff::civil::Date;

use crate::chance::{Chance, ago};
use crate::laboratory::{Analyte, Drawn, LIMITED, Sent, UPPER};
use crate::person::{Disease, Person, Step};
use crate::sheet::Sheet;
use crate::truth::Truth;

/// How a value stands, and how it came onto the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    /// Fine.
    Fine,
    /// Just on the limit of a first dose, which passes.
    OnLimit,
    /// Bad for a first dose; on treatment it goes on.
    Bad,
    /// So bad that doses are held.
    Worse,
    /// The last one is months old.
    Old,
    /// Sent without its unit.
    WithoutUnit,
    /// A share in percent under the code of a count.
    Percent,
    /// A bad newer one was entered in error, and an older one is fine.
    InError,
    /// A bad newer one is preliminary, and an older one is fine.
    Preliminary,
    /// A bad one was drawn before the order, and known only after it.
    ToCome,
    /// Fine, sent without a range.
    FineWithoutRange,
    /// So bad that it is bad by the range of every laboratory; sent without one.
    WorseWithoutRange,
    /// Between what is fine and what is bad everywhere; sent without a range.
    BetweenWithoutRange,
    /// Below the least that the analyser counts.
    BelowCounting,
    /// Sent in a way in which nobody can know what it means.
    Unclear(Sent),
}

use Case::{
    Bad, BelowCounting, BetweenWithoutRange, Fine, FineWithoutRange, InError, Old, OnLimit, Percent, Preliminary,
    ToCome, Unclear, WithoutUnit, Worse, WorseWithoutRange,
};

/// The analytes whose last value is raised.
pub type Raised = Vec<Analyte>;

/// Adds the results before one order, and what must follow from them. `raised` goes on from order to order.
pub fn results(
    sheet: &mut Sheet<'_>,
    person: &Person,
    (step, day): (Step, Date),
    raised: &mut Raised,
    truth: &mut Truth,
) {
    let drawn = sheet.chance.before(day, 3, 12);
    for analyte in LIMITED {
        let case = case(sheet.chance, person, step, analyte);
        send(sheet, person.disease, analyte, case, (step, drawn, day));
        if case != Fine {
            truth.tell(&format!("{analyte:?} {case:?}"));
        }
        if step == Step::Renewal {
            on_treatment(truth, analyte, case, raised.contains(&analyte));
        } else {
            before_start(truth, person, step, analyte, case);
        }
        if case != Old {
            raised.retain(|known| *known != analyte);
        }
        // Whether a value between what is fine and what is bad everywhere is raised, nobody can tell without a range.
        if matches!(case, OnLimit | Bad | Worse | ToCome | WorseWithoutRange) {
            raised.push(analyte);
        }
    }
}

fn case(chance: &mut Chance, person: &Person, step: Step, analyte: Analyte) -> Case {
    let is_count = analyte.is_count();
    if person.disease.is_acute() {
        return if is_count { chance.weighted(&[(70, Fine), (30, Worse)]) } else { Fine };
    }
    let common = [(86, Fine), (2, OnLimit), (3, Bad), (2, Worse), (3, Old), (1, InError), (1, ToCome)];
    let start: &[(u32, Case)] = if is_count {
        &[
            (1, WithoutUnit),
            (1, Percent),
            (1, Preliminary),
            (1, BelowCounting),
            (1, Unclear(Sent::UnitError)),
            (1, Unclear(Sent::UnitConflict)),
            (1, Unclear(Sent::Masked)),
            (1, Unclear(Sent::OnlyWords)),
        ]
    } else {
        &[
            (1, WithoutUnit),
            (1, Preliminary),
            (1, FineWithoutRange),
            (1, WorseWithoutRange),
            (1, BetweenWithoutRange),
            (1, Unclear(Sent::Masked)),
            (1, Unclear(Sent::OnlyWords)),
        ]
    };
    let more = if step == Step::Renewal { &[][..] } else { start };
    let all: Vec<(u32, Case)> = common.iter().chain(more).copied().collect();
    chance.weighted(&all)
}

/// Values of the story; see [`Analyte`] for their units.
fn value(chance: &mut Chance, disease: Disease, analyte: Analyte, case: Case) -> i64 {
    let acute = disease.is_acute();
    let tens = |of: i64| of / 60 * 60;
    match (analyte, case) {
        (Analyte::Neutrophils, Worse) if acute => chance.within(20, 90) * 10,
        (Analyte::Platelets, Worse) if acute => chance.within(20, 45) * 1000,
        (Analyte::Neutrophils, OnLimit) => 2000,
        (Analyte::Neutrophils, Bad | InError | Preliminary | ToCome) => chance.within(120, 190) * 10,
        (Analyte::Neutrophils, Worse) => chance.within(30, 95) * 10,
        (Analyte::Neutrophils, BelowCounting) => 500,
        (Analyte::Neutrophils, _) => chance.within(25, 70) * 100,
        (Analyte::Platelets, OnLimit) => 100_000,
        (Analyte::Platelets, Bad | InError | Preliminary | ToCome) => chance.within(55, 95) * 1000,
        (Analyte::Platelets, Worse) => chance.within(12, 45) * 1000,
        (Analyte::Platelets, BelowCounting) => 20_000,
        (Analyte::Platelets, _) => chance.within(160, 390) * 1000,
        (_, OnLimit) => UPPER * 3 / 2,
        (_, Bad | InError | Preliminary | ToCome) => tens(chance.within(UPPER * 17 / 10, UPPER * 28 / 10)),
        (_, Worse) => tens(chance.within(UPPER * 33 / 10, UPPER * 9)),
        (_, FineWithoutRange) => chance.within(120, 360),
        (_, WorseWithoutRange) => chance.within(950, 2000),
        // No laboratory's limit is below 25 or above 60 U/L: up to there a value may be raised or not.
        (_, BetweenWithoutRange) => chance.within(400, 590),
        _ => chance.within(12, 38) * 10,
    }
}

fn send(sheet: &mut Sheet<'_>, disease: Disease, analyte: Analyte, case: Case, (step, drawn, day): (Step, Date, Date)) {
    let fine = |sheet: &mut Sheet<'_>, day: Date| {
        let value = value(sheet.chance, disease, analyte, Fine);
        let status = sheet.chance.weighted(&[(46, "final"), (2, "corrected"), (2, "amended")]);
        let one = Drawn { status, ..Drawn::new(analyte, value, day) };
        sheet.result(one);
        // The same result comes once more by another way.
        if sheet.chance.percent(2.0) {
            sheet.result(one);
        }
    };
    let value = value(sheet.chance, disease, analyte, case);
    let one = Drawn::new(analyte, value, drawn);
    match case {
        Fine => fine(sheet, drawn),
        // The results of the order before are now just as old.
        Old if step != Step::Start => {}
        Old => {
            let old = sheet.chance.before(day, 115, 300);
            fine(sheet, old);
        }
        InError | Preliminary | ToCome => {
            fine(sheet, ago(drawn, 4));
            let status = match case {
                InError => *sheet.chance.one(&["entered-in-error", "cancelled"]),
                Preliminary => "preliminary",
                _ => "final",
            };
            sheet.result(if case == ToCome {
                Drawn { day: ago(day, 1), wait: 3, ..one }
            } else {
                Drawn { day: ago(day, 2), status, ..one }
            });
        }
        WithoutUnit => sheet.result(Drawn { sent: Sent::WithoutUnit, ..one }),
        Percent => sheet.result(Drawn { sent: Sent::Percent, ..one }),
        FineWithoutRange | WorseWithoutRange | BetweenWithoutRange => {
            sheet.result(Drawn { sent: Sent::WithoutRange, ..one });
        }
        Unclear(sent) => sheet.result(Drawn { sent, ..one }),
        BelowCounting => sheet.result(Drawn { sent: Sent::Below, ..one }),
        OnLimit | Bad | Worse => sheet.result(one),
    }
}

/// The name of an analyte in the criteria.
fn name(analyte: Analyte) -> &'static str {
    match analyte {
        Analyte::Neutrophils => "neutrophils",
        Analyte::Platelets => "platelets",
        Analyte::Alt => "alt",
        Analyte::Ast => "ast",
    }
}

fn before_start(truth: &mut Truth, person: &Person, step: Step, analyte: Analyte, case: Case) {
    let outcome = match case {
        Fine | OnLimit | InError | ToCome | FineWithoutRange => "not-met",
        Bad | Worse | WorseWithoutRange | BelowCounting => "met",
        Old | WithoutUnit | Percent | Preliminary | BetweenWithoutRange | Unclear(_) => "unknown",
    };
    let side = if analyte.is_count() { "below" } else { "above" };
    truth.criterion(&format!("{}-{side}-start-limit", name(analyte)), outcome);
    // Once on treatment, doses go on between the limit of the first one and that of a hold; the platelets have one limit.
    let has_room = analyte != Analyte::Platelets && matches!(person.phase(step), "prescribed" | "resumption");
    let indicator = match (outcome, case) {
        ("not-met", _) => return,
        ("met", _) if person.disease == Disease::CytokineRelease => "info",
        ("met", Bad) if has_room => "warning",
        ("met", _) => "critical",
        _ => "warning",
    };
    truth.card("laboratory-limits", indicator);
    // Without a range nobody can tell on which side of the hold limit a bad value lies.
    if case == WorseWithoutRange && has_room {
        truth.open.insert("laboratory-limits".to_owned());
    }
}

fn on_treatment(truth: &mut Truth, analyte: Analyte, case: Case, was_raised: bool) {
    let is_count = analyte.is_count();
    let name = name(analyte);
    let held = match (analyte, case) {
        (_, Old) => "unknown",
        (_, Worse) => "met",
        (Analyte::Platelets, Bad | OnLimit) => "met",
        _ => "not-met",
    };
    if held == "unknown" {
        truth.criterion(&format!("{name}-stop"), held);
        truth.card("laboratory-holds", "warning");
    } else if case != Worse {
        truth.criterion(&format!("{name}-stop"), "not-met");
        truth.criterion(&format!("{name}-hold"), held);
    }
    match (case, is_count) {
        _ if held == "met" => truth.card("laboratory-holds", "critical"),
        (Bad, false) => truth.card("laboratory-holds", "warning"),
        // One and a half times the limit is a slight rise, unless it lasts.
        (OnLimit, false) if was_raised => truth.card("laboratory-holds", "warning"),
        (OnLimit, false) => truth.card("laboratory-holds", "info"),
        _ => {}
    }
}
