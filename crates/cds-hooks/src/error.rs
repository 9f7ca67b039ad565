//! What can be wrong with a call, each with its HTTP status and a sentence that names the place.

/// Why a call was not answered with cards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallError {
    /// The HTTP status.
    pub status: u16,
    /// The code of FHIR's issue types.
    pub code: &'static str,
    /// What is wrong and where, for an integrator; never patient data.
    pub message: String,
    /// The path of the member, if one is to blame.
    pub expression: Option<String>,
}

impl CallError {
    /// The request is wrong at this member.
    pub fn field(expression: &str, message: impl Into<String>) -> CallError {
        CallError {
            status: 400,
            code: "invalid",
            message: format!("{expression}: {}", message.into()),
            expression: Some(expression.to_owned()),
        }
    }

    /// The request as a whole is wrong.
    pub fn plain(status: u16, code: &'static str, message: impl Into<String>) -> CallError {
        CallError { status, code, message: message.into(), expression: None }
    }
}
