//! Exact decimal numbers.

use std::cmp::Ordering;
use std::fmt;

use anyhow::{Result, bail, ensure};

/// Larger exponents would only fill the memory with zeros.
const MAX_EXPONENT: i64 = 10_000;

/// An exact decimal number of any size.
///
/// Numbers compare by value: `1.50` equals `1.5`, and a double equals the shortest decimal text
/// that names it, as in Terraform.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Number {
    // Canonical: an optional minus sign, no superfluous zeros, no exponent. Equal numbers have
    // equal texts.
    text: String,
}

impl Number {
    /// Parses decimal text, with or without fraction and exponent.
    pub fn parse(text: &str) -> Result<Self> {
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>()?),
            None => (rest, 0),
        };
        ensure!(
            exponent.abs() <= MAX_EXPONENT,
            "number {text}: exponent is too large"
        );
        let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{integer}{fraction}");
        ensure!(
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()),
            "{text:?} is not a number"
        );
        // The decimal point is before `digits[point]`.
        let point = integer.len() as i64 + exponent;
        let (integer, fraction) = if point <= 0 {
            (
                String::new(),
                format!("{}{digits}", "0".repeat(point.unsigned_abs() as usize)),
            )
        } else if point as usize >= digits.len() {
            (
                format!("{digits}{}", "0".repeat(point as usize - digits.len())),
                String::new(),
            )
        } else {
            let (integer, fraction) = digits.split_at(point as usize);
            (integer.to_owned(), fraction.to_owned())
        };
        let integer = integer.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let mut out = String::new();
        if negative && !(integer.is_empty() && fraction.is_empty()) {
            out.push('-');
        }
        out.push_str(if integer.is_empty() { "0" } else { integer });
        if !fraction.is_empty() {
            out.push('.');
            out.push_str(fraction);
        }
        Ok(Self { text: out })
    }

    /// Returns the number that the double prints as. Fails for infinities and NaN.
    pub fn from_f64(value: f64) -> Result<Self> {
        if !value.is_finite() {
            bail!("{value} is not a finite number");
        }
        Self::parse(&value.to_string())
    }

    /// Returns the canonical decimal text, without exponent.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the number as an integer, if it is one and fits.
    pub fn as_i64(&self) -> Option<i64> {
        self.text.parse().ok()
    }

    /// Returns the number as a double, if the double is exactly this number.
    pub fn as_exact_f64(&self) -> Option<f64> {
        let value: f64 = self
            .text
            .parse()
            .ok()
            .filter(|value: &f64| value.is_finite())?;
        // 1074 fraction digits are enough for the exact decimal expansion of every double.
        (Self::parse(&format!("{value:.1074}")).ok()? == *self).then_some(value)
    }

    fn parts(&self) -> (bool, &str, &str) {
        let (negative, rest) = match self.text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, self.text.as_str()),
        };
        let (integer, fraction) = rest.split_once('.').unwrap_or((rest, ""));
        (negative, integer, fraction)
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self {
            text: value.to_string(),
        }
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self {
            text: value.to_string(),
        }
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let (negative, integer, fraction) = self.parts();
        let (other_negative, other_integer, other_fraction) = other.parts();
        if negative != other_negative {
            return other_negative.cmp(&negative);
        }
        let magnitude = integer
            .len()
            .cmp(&other_integer.len())
            .then_with(|| integer.cmp(other_integer))
            .then_with(|| fraction.cmp(other_fraction));
        if negative {
            magnitude.reverse()
        } else {
            magnitude
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("3.0", "3")]
    #[case("-0", "0")]
    #[case("1e20", "100000000000000000000")]
    #[case("1.5e-7", "0.00000015")]
    #[case("12.50e1", "125")]
    #[case("007", "7")]
    #[case("12345678901234567890.1230", "12345678901234567890.123")]
    fn spellings_of_a_number_are_canonicalized(#[case] text: &str, #[case] canonical: &str) {
        assert_eq!(Number::parse(text).unwrap().as_str(), canonical);
    }

    #[rstest]
    #[case("")]
    #[case("-")]
    #[case("1.2.3")]
    #[case("0x10")]
    #[case("NaN")]
    #[case("1e99999")]
    fn other_text_is_refused(#[case] text: &str) {
        assert!(Number::parse(text).is_err());
    }

    #[test]
    fn order_is_numeric() {
        let sorted = ["-10", "-9.5", "-9.05", "0", "0.05", "0.5", "2", "10"];
        for pair in sorted.windows(2) {
            assert!(
                Number::parse(pair[0]).unwrap() < Number::parse(pair[1]).unwrap(),
                "{pair:?}"
            );
        }
    }

    #[test]
    fn doubles_are_exact_only_for_dyadic_fractions() {
        assert_eq!(Number::parse("0.5").unwrap().as_exact_f64(), Some(0.5));
        assert_eq!(Number::parse("0.1").unwrap().as_exact_f64(), None);
        assert_eq!(
            Number::from_f64(0.1).unwrap(),
            Number::parse("0.1").unwrap()
        );
        assert!(Number::from_f64(f64::NAN).is_err());
    }
}
