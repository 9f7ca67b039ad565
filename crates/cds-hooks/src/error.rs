//! Errors of calls, each with its HTTP status and a sentence that names the place.

/// Why a call was not answered with cards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallError {
    /// The HTTP status, such as 400.
    pub status: u16,
    /// A code of FHIR's value set of issue types, such as `invalid`.
    pub code: &'static str,
    /// What is wrong and where, for the integrator of the client. It never holds patient data.
    pub message: String,
    /// The path of the member that is wrong, such as `context.patientId`.
    pub expression: Option<String>,
}

impl CallError {
    /// An error of one member, given by its path.
    pub fn field(expression: &str, message: impl Into<String>) -> CallError {
        CallError {
            status: 400,
            code: "invalid",
            message: format!("{expression}: {}", message.into()),
            expression: Some(expression.to_owned()),
        }
    }

    /// An error of the request as a whole.
    pub fn plain(status: u16, code: &'static str, message: impl Into<String>) -> CallError {
        CallError { status, code, message: message.into(), expression: None }
    }
}
