//! The reasons why a record was not used, each with its code and its words.

use crate::truth::Reason;

/// Why a record was not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It belongs to another patient.
    OtherPatient,
    /// It is dated after the moment of the decision.
    AfterMoment,
    /// Its value cannot be used, or together with the others it decides nothing, for this reason.
    Unusable(Reason),
    /// Cancelled, not done or entered in error.
    Void,
    /// Registered, without a value yet.
    Awaited,
    /// Its code is that of something else, although its words sound like this.
    AnotherMeasure,
    /// Its words sound like this, and it has no code that the library knows.
    UnknownCode,
    /// Not final, calculated, or known by its name only: it may warn, and never clears.
    NotFinal,
    /// A newer record counts.
    Superseded,
    /// A newer record that is not final, is still to come or cannot be used leaves open whether it still holds.
    LeftOpen,
    /// Older than the window.
    TooOld,
    /// From after the first dose of the drug, which itself changes the value.
    AfterFirstDose,
    /// A condition or an allergy that is over.
    Over,
    /// An entry that denies it.
    Denied,
    /// In words alone, or still to be confirmed.
    Unconfirmed,
    /// The record says that it was not taken.
    NotTaken,
    /// It was asked for, and no record shows that it was taken or done.
    OnlyOrdered,
    /// It is the order itself.
    ThisOrder,
    /// Its supply or its course had ended by then.
    Ended,
    /// It was read, and other records decide.
    OthersDecide,
}

impl Why {
    /// The stable code, as it appears in answers.
    pub fn code(self) -> &'static str {
        match self {
            Why::OtherPatient => "other-patient",
            Why::AfterMoment => "after-moment",
            Why::Unusable(reason) => reason.code(),
            Why::Void => "void",
            Why::Awaited => "awaited",
            Why::AnotherMeasure => "another-measure",
            Why::UnknownCode => "unknown-code",
            Why::NotFinal => "not-final",
            Why::Superseded => "superseded",
            Why::LeftOpen => "left-open",
            Why::TooOld => "too-old",
            Why::AfterFirstDose => "after-first-dose",
            Why::Over => "over",
            Why::Denied => "denied",
            Why::Unconfirmed => "unconfirmed",
            Why::NotTaken => "not-taken",
            Why::OnlyOrdered => "only-ordered",
            Why::ThisOrder => "this-order",
            Why::Ended => "ended",
            Why::OthersDecide => "others-decide",
        }
    }

    /// The reason in a few words.
    pub fn words(self) -> &'static str {
        match self {
            Why::OtherPatient => "belongs to another patient",
            Why::AfterMoment => "dated after the moment of the decision",
            Why::Unusable(reason) => reason.words(),
            Why::Void => "cancelled, not done or entered in error",
            Why::Awaited => "has no value yet",
            Why::AnotherMeasure => "its code says that it is something else",
            Why::UnknownCode => "sounds like it, and has no code that is known",
            Why::NotFinal => "not a final, coded result: it may warn, and never clears",
            Why::Superseded => "a newer record counts",
            Why::LeftOpen => "a newer record that cannot be relied on leaves it open",
            Why::TooOld => "older than the window",
            Why::AfterFirstDose => "from after the first dose, which itself changes the value",
            Why::Over => "no longer active",
            Why::Denied => "the entry denies it",
            Why::Unconfirmed => "in words alone, or still to be confirmed",
            Why::NotTaken => "the record says that it was not taken",
            Why::OnlyOrdered => "asked for, not shown to be taken or done",
            Why::ThisOrder => "the order itself",
            Why::Ended => "its supply or course had ended",
            Why::OthersDecide => "read; other records decide",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Why;
    use crate::truth::Reason;

    #[test]
    fn reasons_have_codes_and_words_of_their_own() {
        let all = [
            Why::OtherPatient,
            Why::AfterMoment,
            Why::Unusable(Reason::Unit),
            Why::Void,
            Why::Awaited,
            Why::AnotherMeasure,
            Why::UnknownCode,
            Why::NotFinal,
            Why::Superseded,
            Why::LeftOpen,
            Why::TooOld,
            Why::AfterFirstDose,
            Why::Over,
            Why::Denied,
            Why::Unconfirmed,
            Why::NotTaken,
            Why::OnlyOrdered,
            Why::ThisOrder,
            Why::Ended,
            Why::OthersDecide,
        ];
        let codes: std::collections::BTreeSet<&str> = all.into_iter().map(Why::code).collect();
        let words: std::collections::BTreeSet<&str> = all.into_iter().map(Why::words).collect();
        assert_eq!((codes.len(), words.len()), (all.len(), all.len()));
    }
}
