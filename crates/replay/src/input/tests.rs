use super::Lines;

/// Source and text of each document; `!` is one that is not text, `?` one that is not JSON.
fn split(text: &[u8], ndjson: bool) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let lines = Lines { name: "x", ndjson, live: false };
    let taken = lines.read(&mut &text[..], &mut |input| {
        let text = match input.document {
            Ok(document) => document.text().trim().to_owned(),
            Err(error) if error.message.starts_with("is not JSON") => "?".to_owned(),
            Err(_) => "!".to_owned(),
        };
        found.push((input.source, text));
        Ok(())
    });
    taken.expect("nothing is written");
    found
}

#[test]
fn lines_and_documents_are_told_apart() {
    let pretty = "{\n  \"a\": [\n    { \"b\": 1 }\n  ]\n}";
    for (text, ndjson, expected) in [
        (pretty, false, vec![("x", pretty)]),
        (pretty, true, vec![("x", pretty)]),
        ("{}", true, vec![("x:1", "{}")]),
        ("{}\r\n\r\n{\"a\":1}\r\n", false, vec![("x:1", "{}"), ("x:3", "{\"a\":1}")]),
        ("{\"a\":\n{}\n[\n{}", false, vec![("x:1", "?"), ("x:2", "{}"), ("x:3", "?"), ("x:4", "{}")]),
        ("{\"a\":\n{\"b\":", true, vec![("x:1", "?"), ("x:2", "?")]),
        ("{\n  \"a\": 1\n", false, vec![("x", "?")]),
        ("\u{feff}{}\n{}", false, vec![("x:1", "{}"), ("x:2", "{}")]),
        ("\n", false, vec![("x", "!")]),
        ("", true, vec![]),
    ] {
        let found = split(text.as_bytes(), ndjson);
        let found: Vec<(&str, &str)> = found.iter().map(|(s, t)| (s.as_str(), t.as_str())).collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn a_line_that_is_not_utf_8_speaks_for_itself_only() {
    let found = split(b"{}\n{\"a\":\"\xe9\"}\n{}", false);
    assert_eq!(found.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["{}", "!", "{}"]);
}
