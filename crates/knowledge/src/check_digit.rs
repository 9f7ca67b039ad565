//! Check digits: a code whose check digit is wrong cannot be one of its system, even if it was published.

use serde::Deserialize;

/// A scheme of check digits.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// The scheme of LOINC.
    Loinc,
    /// The scheme of SNOMED CT.
    Snomed,
}

impl Check {
    /// What is wrong with the code; `None` when its check digit is right.
    pub fn wrong(self, code: &str) -> Option<&'static str> {
        let holds = match self {
            Check::Loinc => loinc_holds(code),
            Check::Snomed => verhoeff_holds(code),
        };
        (!holds).then_some("its check digit does not hold")
    }
}

/// LOINC's Mod 10 check digit. The letters in codes of answers and parts, such as `LA6576-8`, count by their ASCII
/// code.
fn loinc_holds(code: &str) -> bool {
    let Some((number, check)) = code.split_once('-') else { return false };
    let allowed = number.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    if number.is_empty() || !allowed || check.len() != 1 {
        return false;
    }
    let sum: u32 = number
        .bytes()
        .rev()
        .enumerate()
        .map(|(position, byte)| {
            let digit = u32::from(byte - b'0');
            if position % 2 == 0 { 2 * digit - digit / 5 * 9 } else { digit }
        })
        .sum();
    check.parse() == Ok((10 - sum % 10) % 10)
}

/// Verhoeff's check digit, which SNOMED CT uses.
fn verhoeff_holds(code: &str) -> bool {
    const PERMUTE: [u8; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    if code.len() < 6 || code.len() > 18 || !code.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let mut check = 0u8;
    for (position, digit) in code.bytes().rev().enumerate() {
        let mut permuted = digit - b'0';
        for _ in 0..position % 8 {
            permuted = PERMUTE[usize::from(permuted)];
        }
        check = dihedral(check, permuted);
    }
    check == 0
}

/// The product in the dihedral group of ten elements.
fn dihedral(a: u8, b: u8) -> u8 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b - 5) % 5,
        (false, true) => 5 + (a - 5 + 5 - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    }
}

#[cfg(test)]
mod tests {
    use super::{loinc_holds, verhoeff_holds};

    #[test]
    fn check_digits() {
        for code in ["751-8", "777-3", "1742-6", "1920-8", "71773-6", "57021-8", "LA6576-8", "LA11884-6", "LP14127-2"] {
            assert!(loinc_holds(code), "{code}");
        }
        for code in ["751-7", "38372-3", "11580-3", "751", "-8", "a-b"] {
            assert!(!loinc_holds(code), "{code}");
        }
        for code in ["128460000", "34206005", "10828004", "455371000124106", "196133001"] {
            assert!(verhoeff_holds(code), "{code}");
        }
        for code in ["128460001", "34206006", "1", "abc"] {
            assert!(!verhoeff_holds(code), "{code}");
        }
    }
}
