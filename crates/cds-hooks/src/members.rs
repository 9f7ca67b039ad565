//! Members that a body must have, each with an error that names its path.

use std::borrow::Cow;

use document::{Document, Object};

use super::error::CallError;

/// The object that a body must be.
pub(crate) fn body<'a>(document: &'a Document<'a>) -> Result<Object<'a>, CallError> {
    let node = document.root();
    node.object().ok_or_else(|| {
        let message = format!("the body must be a JSON object, not {}", node.kind());
        CallError::plain(400, "structure", message)
    })
}

/// A member that must be an object. `path` is its place in the body, such as `context.draftOrders`.
pub(crate) fn object<'a>(outer: &Object<'a>, name: &str, path: &str) -> Result<Object<'a>, CallError> {
    let node = outer.get(name).ok_or_else(|| CallError::field(path, "is missing"))?;
    node.object().ok_or_else(|| CallError::field(path, format!("must be an object, not {}", node.kind())))
}

/// A member that must be a string, which may be empty.
pub(crate) fn string<'a>(outer: &Object<'a>, name: &str, path: &str) -> Result<Cow<'a, str>, CallError> {
    let node = outer.get(name).ok_or_else(|| CallError::field(path, "is missing"))?;
    node.string().ok_or_else(|| CallError::field(path, format!("must be a string, not {}", node.kind())))
}

/// A member that must be a string with more than blanks in it.
pub(crate) fn text<'a>(outer: &Object<'a>, name: &str, path: &str) -> Result<Cow<'a, str>, CallError> {
    let text = string(outer, name, path)?;
    if text.trim().is_empty() { Err(CallError::field(path, "is empty")) } else { Ok(text) }
}
