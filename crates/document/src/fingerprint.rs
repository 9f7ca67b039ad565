//! What a value says, as a number: copies that came by two ways differ in blanks and in the order of members only.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::node::{Node, Object};

impl Object<'_> {
    /// A number that is the same for every copy of the object, whatever the blanks and the order of its members.
    /// Members of these names are left out.
    pub fn fingerprint(&self, without: &[&str]) -> u64 {
        let of_member = |name: &str, node: Node<'_>| {
            let mut hasher = DefaultHasher::new();
            name.hash(&mut hasher);
            node.hash_values(&mut hasher);
            hasher.finish()
        };
        let members = self.members().filter(|(name, _)| !without.contains(&name.as_ref()));
        members.map(|(name, node)| of_member(&name, node)).fold(0, u64::wrapping_add)
    }
}

#[cfg(test)]
mod tests {
    use crate::Document;

    #[test]
    fn copies_are_told_from_other_values() {
        let of = |text: &str| {
            let document = Document::parse(text).expect("JSON");
            document.root().object().expect("an object").fingerprint(&["meta", "text"])
        };
        let one = of(r#"{"id":"1","code":{"text":"a \" b"},"n":[1,2]}"#);
        for (text, same) in [
            ("{\n \"n\": [1, 2],\n \"id\": \"1\",\n \"code\": {\"text\": \"a \\\" b\"}}", true),
            (
                r#"{"id":"1","meta":{"versionId":"2"},"text":{"status":"generated"},"code":{"text":"a \" b"},"n":[1,2]}"#,
                true,
            ),
            (r#"{"id":"1","code":{"text":"a \"b"},"n":[1,2]}"#, false),
            (r#"{"id":"1","code":{"text":"a \" b"},"n":[1,3]}"#, false),
            (r#"{"id":"1","code":{"text":"a \" b"},"n":[[1],2]}"#, false),
            (r#"{"id":"1","code":{"text":"a \" b"}}"#, false),
        ] {
            assert_eq!(of(text) == one, same, "{text}");
        }
    }
}
