use proptest::prelude::*;

use super::{Limits, plain, read};

proptest! {
    /// Texts that are nearly JSON: exactly what serde_json accepts is accepted.
    #[test]
    fn takes_what_serde_json_takes(text in r#"[\[\]{}:, \n"\\u0-9a-ftrulsE+.\-]{0,24}"#) {
        let theirs = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
        prop_assert_eq!(read(&text, Limits::NONE).is_ok(), theirs, "{}", text);
    }

    #[test]
    fn takes_numbers_as_serde_json_does(text in r"-?[0-9]{0,3}(\.[0-9]{0,2})?([eE][+-]?[0-9]{0,2})?") {
        let theirs = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
        prop_assert_eq!(read(&text, Limits::NONE).is_ok(), theirs, "{}", text);
    }
}

#[test]
fn plain_text_ends_at_quote_backslash_and_control() {
    for stop in (0..=255_u8).filter(|byte| *byte < 0x80 || matches!(byte, 0x80 | 0xff)) {
        for before in 0..20 {
            for filler in [b'a', 0x7f, 0x80, 0xff, b' '] {
                let mut text = vec![filler; before];
                text.push(stop);
                text.extend([b'x'; 9]);
                let ends = matches!(stop, b'"' | b'\\' | 0..=0x1f);
                let expected = if ends { before } else { text.len() };
                assert_eq!(plain(&text, 0), expected, "{stop} behind {before} of {filler}");
            }
        }
    }
}
