//! SHA-256 hashes by which a library, an item of feedback or the inputs of a decision are recognised.

use ring::digest::{Context, SHA256};

/// The hash of several parts, as 64 hexadecimal digits. The length of each part is hashed too, so that `ab`, `c` and `a`,
/// `bc` differ.
pub fn hash<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> String {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(part);
    }
    context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A number from 0 (included) to 1 (excluded) that is always the same for a text and evenly distributed over texts.
pub fn share(text: &str) -> f64 {
    let digits = hash([text.as_bytes()]);
    let first = digits.get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok()).unwrap_or_default();
    f64::from(first) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::{hash, share};

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(hash([&b"ab"[..], b"c"]), hash([&b"a"[..], b"bc"]));
        assert_eq!(hash([&b"a"[..]]).len(), 64);
    }

    #[test]
    fn shares_are_spread_evenly() {
        let below = (0..10_000).filter(|n| share(&format!("call {n}")) < 0.25).count();
        assert!((2_300..2_700).contains(&below), "{below} of 10000 below a quarter");
    }
}
