//! `context.draftOrders`: whether it can be read as orders at all. What cannot must never be answered like a Bundle
//! without orders, since then nobody would know that nothing was checked.

use document::{Node, Object};

use super::error::CallError;
use super::members::object;

/// The place of the member, for error messages.
const PATH: &str = "context.draftOrders";

/// An entry of the draft orders that cannot be read, by its place, with the reason in words.
pub type OddEntry = (usize, &'static str);

/// The Bundle of draft orders, and those of its entries that cannot be read.
///
/// # Errors
///
/// It is no Bundle, or none of its entries can be read.
pub(crate) fn draft_orders<'a>(context: &Object<'a>) -> Result<(Object<'a>, Vec<OddEntry>), CallError> {
    let bundle = object(context, "draftOrders", PATH)?;
    match bundle.get("resourceType").map(|node| (node, node.string())) {
        None => {}
        Some((_, Some(kind))) if kind.trim() == "Bundle" => {}
        Some((_, Some(kind))) => {
            let cut: String = kind.chars().take(40).collect();
            return Err(CallError::field(PATH, format!("must be a Bundle of the draft orders, not a {cut}")));
        }
        Some((node, None)) => {
            let message = format!("must be `Bundle`, not {}", node.kind());
            return Err(CallError::field(&format!("{PATH}.resourceType"), message));
        }
    }
    if let Some(name) = bundle.repeated() {
        return Err(CallError::field(PATH, format!("has two members of the name `{name}`")));
    }
    let path = format!("{PATH}.entry");
    let entry = match bundle.member("entry") {
        Some(entry) => entry,
        // FHIR knows no empty arrays: a Bundle that says what it is and has no entry is the empty one.
        None if bundle.get("resourceType").is_some() => return Ok((bundle, Vec::new())),
        None => return Err(CallError::field(&path, "is missing, and the object does not say that it is a Bundle")),
    };
    if !entry.is_array() && entry.object().is_none() {
        return Err(CallError::field(&path, format!("must be an array, not {}", entry.kind())));
    }
    let odd: Vec<OddEntry> = entry.items().enumerate().filter_map(|(at, item)| Some((at, fault(item)?))).collect();
    match odd.first() {
        Some((at, words)) if odd.len() == entry.items().count() => {
            Err(CallError::field(&format!("{path}[{at}]"), *words))
        }
        _ => Ok((bundle, odd)),
    }
}

/// Why an entry cannot be read.
fn fault(entry: Node<'_>) -> Option<&'static str> {
    let Some(object) = entry.object() else { return Some("is no object with a resource") };
    if entry.repeated().is_some() {
        return Some("has two members of one name, so that nobody can tell which is meant");
    }
    let Some(resource) = object.get("resource") else { return Some("holds no resource") };
    let Some(resource) = resource.object() else { return Some("holds no resource but another value") };
    match resource.string("resourceType").as_deref().map(str::trim) {
        None | Some("") => Some("holds a resource without a type"),
        Some("Bundle") => Some("is a Bundle inside the Bundle"),
        Some("Parameters") => Some("holds Parameters, not an order"),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::draft_orders;
    use document::Document;

    /// What is said of these draft orders: an error, or the entries that cannot be read.
    fn said(drafts: &str) -> String {
        let text = format!(r#"{{"draftOrders":{drafts}}}"#);
        let document = Document::parse(text).expect("JSON");
        match draft_orders(&document.root().object().expect("an object")) {
            Err(error) => error.message,
            Ok((_, odd)) => format!("{odd:?}"),
        }
    }

    #[test]
    fn what_holds_no_orders_is_refused_with_its_place() {
        let order = r#"{"resource":{"resourceType":"MedicationRequest"}}"#;
        for (drafts, expected) in [
            (format!(r#"{{"entry":[{order}]}}"#), "[]"),
            (format!(r#"{{"resourceType":"Bundle","entry":{order}}}"#), "[]"),
            (r#"{"resourceType":"Bundle","entry":[]}"#.to_owned(), "[]"),
            (r#"{"resourceType":"Bundle","type":"collection"}"#.to_owned(), "[]"),
            (r#"{"entry":null}"#.to_owned(), "context.draftOrders.entry: must be an array, not null"),
            (format!(r#"{{"entry":[{order},"x"]}}"#), "[(1, \"is no object with a resource\")]"),
            (format!(r#"{{"entry":[{{}},{order}]}}"#), "[(0, \"holds no resource\")]"),
            (
                r#"{"resourceType":"MedicationRequest","id":"x"}"#.to_owned(),
                "context.draftOrders: must be a Bundle of the draft orders, not a MedicationRequest",
            ),
            (
                r#"{"resourceType":"Parameters"}"#.to_owned(),
                "context.draftOrders: must be a Bundle of the draft orders, not a Parameters",
            ),
            (
                r#"{"resourceType":["Bundle"]}"#.to_owned(),
                "context.draftOrders.resourceType: must be `Bundle`, not an array",
            ),
            ("{}".to_owned(), "context.draftOrders.entry: is missing, and the object does not say that it is a Bundle"),
            (r#"{"entry":"x"}"#.to_owned(), "context.draftOrders.entry: must be an array, not a string"),
            (r#"{"entry":7}"#.to_owned(), "context.draftOrders.entry: must be an array, not a number"),
            (r#"{"entry":[{"resource":null}]}"#.to_owned(), "context.draftOrders.entry[0]: holds no resource"),
            (
                r#"{"entry":[{"resource":"x"}]}"#.to_owned(),
                "context.draftOrders.entry[0]: holds no resource but another value",
            ),
            (
                r#"{"entry":[{"resource":{"resourceType":7}}]}"#.to_owned(),
                "context.draftOrders.entry[0]: holds a resource without a type",
            ),
            (
                r#"{"entry":[{"resource":{"resourceType":"Bundle","entry":[]}}]}"#.to_owned(),
                "context.draftOrders.entry[0]: is a Bundle inside the Bundle",
            ),
            (
                r#"{"entry":[{"resource":{"resourceType":"MedicationRequest","status":"draft","status":"x"}}]}"#
                    .to_owned(),
                "context.draftOrders.entry[0]: has two members of one name, so that nobody can tell which is meant",
            ),
            (r#"{"entry":[],"entry":[]}"#.to_owned(), "context.draftOrders: has two members of the name `entry`"),
        ] {
            assert_eq!(said(&drafts), expected, "{drafts}");
        }
    }
}
