//! What is read of a text, what is refused, and what is found again in it.

use proptest::prelude::*;

use super::{Document, Limits, Unreadable};
use crate::Node;

#[test]
fn odd_members_are_not_there_and_the_rest_is() {
    let text = r#"{"a":{"b":[1,{"c":"d\n"}]},"a":2,"n":null,"v":7.20,"s":"x","deep":[[[[1]]]],"\u0065":[]}"#;
    let document = Document::parse(text).expect("JSON");
    let object = document.root().object().expect("an object");
    assert_eq!(object.object("a").expect("first wins").items("b").count(), 2);
    let inner = object.object("a").and_then(|a| a.object("b")).expect("the object in the array");
    assert_eq!(inner.string("c").expect("text"), "d\n");
    assert!(object.get("n").is_none() && object.member("n").is_some());
    assert_eq!(object.get("v").and_then(Node::number), Some("7.20"));
    assert!(object.string("v").is_none() && object.object("s").is_none());
    assert_eq!(object.items("s").count(), 1);
    assert!(object.get("e").is_some_and(Node::is_array), "a name with an escape");
    assert_eq!(object.get("deep").map(Node::text), Some("[[[[1]]]]"));
    let names: Vec<String> = object.members().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["a", "a", "n", "v", "s", "deep", "e"]);
}

#[test]
fn a_name_that_stands_twice_is_found() {
    let many: Vec<String> = (0..40).map(|n| format!("\"m{n}\":{n}")).collect();
    let many = many.join(",");
    for (text, name) in [
        ("{}".to_owned(), None),
        (r#"{"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]}"#.to_owned(), None),
        (r#"{"a":1,"b":2,"a":1}"#.to_owned(), Some("a")),
        (r#"{"a":1,"\u0061":2}"#.to_owned(), Some("a")),
        (r#"{"x":[{"y":{"b":1,"b":null}}]}"#.to_owned(), Some("b")),
        (format!("{{{many}}}"), None),
        (format!(r#"{{{many},"m7":0}}"#), Some("m7")),
    ] {
        let document = Document::parse(text.as_str()).expect("JSON");
        assert_eq!(document.root().repeated().as_deref(), name, "{text}");
    }
    let inside = Document::parse(r#"{"a":{"b":1,"b":2}}"#).expect("JSON");
    assert!(inside.root().object().expect("an object").repeated().is_none(), "not in the object itself");
}

proptest! {
    /// Names of every length, many of which begin alike: members and repeated names are found as by comparing all.
    #[test]
    fn members_are_found_by_name(names in prop::collection::vec("(value)?[ab]{0,3}(Quantity)?[ab]?", 0..30)) {
        let members: Vec<String> = names.iter().enumerate().map(|(n, name)| format!("\"{name}\":{n}")).collect();
        let text = format!("{{{}}}", members.join(","));
        let document = Document::parse(text.as_str()).expect("JSON");
        let object = document.root().object().expect("an object");
        for name in &names {
            let first = names.iter().position(|other| other == name).map(|at| at.to_string());
            prop_assert_eq!(object.member(name).map(Node::text), first.as_deref());
            let [found] = object.first([name]);
            prop_assert_eq!(found.map(Node::text), first.as_deref());
        }
        prop_assert!(object.member("other").is_none());
        let twice = (1..names.len()).find(|at| names[..*at].contains(&names[*at])).map(|at| names[at].as_str());
        let (in_object, in_all) = (object.repeated(), document.root().repeated());
        prop_assert_eq!((in_object.as_deref(), in_all.as_deref()), (twice, twice));
    }
}

#[test]
fn the_mark_of_utf_8_is_skipped() {
    let document = Document::parse("\u{feff} {\"a\":1}").expect("JSON");
    assert_eq!(document.root().object().and_then(|o| o.get("a")).map(Node::text), Some("1"));
    assert_eq!(document.root().text(), "{\"a\":1}");
    let error = Document::parse("\u{feff}{\"a\": }").expect_err("not JSON");
    assert_eq!(error.to_string(), "expected value at line 1 column 7");
    assert!(Document::parse("{\u{feff}}").is_err(), "only at the start");
}

#[test]
fn nesting_without_end_does_not_overflow() {
    let text = format!("{{\"a\":{}{}}}", "[".repeat(200_000), "]".repeat(200_000));
    let document = Document::parse(text.as_str()).expect("JSON");
    assert!(document.root().object().is_some_and(|o| o.get("a").is_some()));
    for (depth, most, fits) in [(3, 3, true), (4, 3, false), (1, 0, false), (0, 0, true)] {
        let text = format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        let read = Document::within(text, Limits { depth: most, values: 100 });
        assert_eq!(read.is_ok(), fits, "{depth} levels of {most}");
    }
    let many = Document::within("[1,2,3]", Limits { depth: 9, values: 3 });
    assert!(matches!(many, Err(Unreadable::TooMany(3))));
}

#[test]
fn what_is_not_json_is_said_with_its_place() {
    for (text, said) in [
        ("", "EOF while parsing a value at line 1 column 0"),
        ("{\n\"a\": }", "expected value at line 2 column 6"),
        ("[1,]", "expected value at line 1 column 4"),
        ("{} x", "trailing characters at line 1 column 4"),
    ] {
        assert_eq!(Document::parse(text).expect_err(text).to_string(), said);
    }
}

#[test]
fn what_is_not_changed_stays_to_the_letter() {
    let document = Document::parse(r#"{"a":7.20,"x":{"é":[null,1e2]},"b":1,"c":"\u00e9"}"#).expect("JSON");
    let object = document.root().object().expect("an object");
    let changes = [("b", Some("2".to_owned())), ("c", None), ("d", Some("[3]".to_owned()))];
    assert_eq!(object.with(&changes), r#"{"a":7.20,"x":{"é":[null,1e2]},"b":2,"d":[3]}"#);
    assert_eq!(object.with(&["a", "x", "b", "c"].map(|name| (name, None))), "{}");
}
