//! What no policy may lower. A critical card is the last guard of a patient, so a site can neither hide its finding
//! behind a window, nor take the demand out of its headline, nor give a known code another meaning.

use domain::rule::{Advice, Indicator, Rule};
use domain::template::{Piece, pieces};

use super::Library;

/// Between how many days a site may set the window of a criterion: as its rule says, or else between half and double
/// the library's own. A window on which critical advice rests is not shortened where that would hide the finding, and
/// one that could take the advice back is not lengthened.
pub fn window_bounds(rule: &Rule, criterion: &str, days: i64) -> (i64, i64) {
    let own = rule.window_bounds.get(criterion).copied().unwrap_or_default();
    let critical = || rule.advice.iter().filter(|advice| advice.indicator == Indicator::Critical);
    let names = |ids: &[String]| ids.iter().any(|id| rests_on(rule, id, criterion));
    let fades = rule.criteria.iter().any(|c| c.id == criterion && c.kind.fades());
    let carries = fades && critical().any(|advice| names(&advice.met) || names(&advice.not_met));
    let takes_back = critical().any(|advice| names(&advice.unless_met) || names(&advice.unknown));
    let at_least = own.at_least.unwrap_or(if carries { days } else { days - days / 2 });
    let at_most = own.at_most.unwrap_or(if takes_back { days } else { days.saturating_mul(2) });
    (at_least, at_most)
}

/// Whether a criterion is another one, or is made of it.
fn rests_on(rule: &Rule, id: &str, other: &str) -> bool {
    let parts = |id: &str| rule.criteria.iter().find(|criterion| criterion.id == id).map(|c| c.kind.parts());
    // A part is always defined before the criterion that uses it, so the recursion ends.
    id == other || parts(id).unwrap_or_default().iter().any(|part| rests_on(rule, part, other))
}

/// What a new headline lacks of the advice's own, in words: each value that is filled in, and of critical advice the
/// demand, which ends at the first colon.
pub(super) fn lost_words(advice: &Advice, summary: &str) -> Vec<String> {
    let mut lost: Vec<String> = pieces(&advice.summary)
        .iter()
        .filter_map(|piece| match piece {
            Piece::Token(token) => Some(format!("{{{token}}}")),
            Piece::Text(_) => None,
        })
        .filter(|token| !summary.contains(token.as_str()))
        .map(|token| format!("`{token}`"))
        .collect();
    let demand = advice.summary.split(':').next().unwrap_or_default();
    if advice.indicator == Indicator::Critical && !summary.starts_with(demand) {
        lost.push(format!("its beginning \"{demand}\", because it is critical"));
    }
    lost
}

/// What else the library knows a code as, if it does not know it as a member of this value set: one phrase for each
/// other meaning.
pub(super) fn other_meanings(library: &Library, set: &str, system: &str, code: &str) -> Vec<String> {
    let classified = library.index.classify([(system, code)].into_iter(), std::iter::empty());
    let is_in = |set: &str| library.index.set(set).is_some_and(|set| classified.is_in(set));
    if is_in(set) {
        return Vec::new();
    }
    let sets = library.codes.sets().filter(|(id, _)| is_in(id)).map(|(id, _)| format!("`{id}`"));
    let drugs = library.drugs.iter().enumerate();
    let is_product = |at: usize| classified.products().iter().any(|(drug, _)| *drug == at);
    let drugs = drugs.filter(|(_, drug)| *drug.id != *set);
    let products = drugs.filter(|(at, _)| is_product(*at)).map(|(_, drug)| format!("a product of {}", drug.name));
    let rejected = library.index.set(set).is_some_and(|set| classified.is_rejected_by(set));
    let rejected = rejected.then(|| "a code that looks alike and does not belong there".to_owned());
    sets.chain(products).chain(rejected).collect()
}
