//! Numbers without loss of precision: 64-bit integers, and decimal text for all others.

use std::fmt;
use std::str::FromStr;

/// The maximum length of the text of a number. Terraform itself computes with 512 bits, about 155
/// digits, and the smallest double needs 324 zeros.
const MAX_DIGITS: usize = 1_100;

/// An exact number.
///
/// Every number has one representation, so `3.0` equals `3`, and the derived equality is correct.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(Repr);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Repr {
    Integer(i64),
    /// Digits without exponent, leading or trailing zeros. Never a number that fits `Integer`.
    Decimal(String),
}

/// Text that is not a number, or a number too long to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseNumberError {
    /// Not a decimal number.
    #[error("not a decimal number")]
    Syntax,
    /// Too many digits.
    #[error("more than {MAX_DIGITS} digits")]
    Length,
}

impl Number {
    /// Returns the number that this double prints as, or `None` for infinities and NaN, which
    /// Terraform cannot store.
    pub fn from_f64(value: f64) -> Option<Self> {
        // `Display` of `f64` writes the shortest text that parses to the same double, without
        // exponent.
        value
            .is_finite()
            .then(|| value.to_string().parse().ok())
            .flatten()
    }

    /// Returns the number as an integer, if it is one of 64 bits.
    pub const fn as_i64(&self) -> Option<i64> {
        match self.0 {
            Repr::Integer(value) => Some(value),
            Repr::Decimal(_) => None,
        }
    }

    /// Returns the double that is exactly this number, if it is not a 64-bit integer and there is
    /// such a double.
    pub(super) fn as_exact_fraction(&self) -> Option<f64> {
        let Repr::Decimal(text) = &self.0 else {
            return None;
        };
        if !text.contains('.') {
            return None;
        }
        let value: f64 = text.parse().ok()?;
        // All digits of a double: no finite one needs more than 1074 after the decimal point.
        let exact = format!("{value:.1074}");
        (exact.trim_end_matches('0') == text).then_some(value)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Integer(value) => value.fmt(f),
            Repr::Decimal(text) => f.write_str(text),
        }
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Self(Repr::Integer(value))
    }
}

impl From<u64> for Number {
    fn from(value: u64) -> Self {
        Self(i64::try_from(value).map_or_else(|_| Repr::Decimal(value.to_string()), Repr::Integer))
    }
}

impl FromStr for Number {
    type Err = ParseNumberError;

    /// Parses decimal text: sign, digits, fraction and exponent, as in JSON but with leading zeros
    /// allowed.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (negative, unsigned) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if whole.len() + fraction.len() > MAX_DIGITS {
            return Err(ParseNumberError::Length);
        }
        let digits = [whole, fraction].concat();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(ParseNumberError::Syntax);
        }
        place_point(negative, &digits, whole.len(), exponent)
    }
}

fn parse_exponent(text: &str) -> Result<i64, ParseNumberError> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ParseNumberError::Syntax);
    }
    text.parse().map_err(|_| ParseNumberError::Length)
}

/// Returns the number with these significant `digits`, and the decimal point after `point +
/// exponent` of them.
fn place_point(
    negative: bool,
    digits: &str,
    point: usize,
    exponent: i64,
) -> Result<Number, ParseNumberError> {
    let leading = digits.len() - digits.trim_start_matches('0').len();
    let significant = digits.trim_matches('0');
    if significant.is_empty() {
        return Ok(Number::from(0_i64));
    }
    let limit = i64::try_from(MAX_DIGITS).unwrap_or(i64::MAX);
    let signed = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
    let point = signed(point)
        .saturating_sub(signed(leading))
        .saturating_add(exponent);
    if !(-limit..=limit).contains(&point) {
        return Err(ParseNumberError::Length);
    }
    let mut text = String::from(if negative { "-" } else { "" });
    match usize::try_from(point) {
        Ok(0) | Err(_) => {
            text.push_str("0.");
            text.extend(std::iter::repeat_n(
                '0',
                usize::try_from(-point).unwrap_or(0),
            ));
            text.push_str(significant);
        }
        Ok(point) if point >= significant.len() => {
            text.push_str(significant);
            text.extend(std::iter::repeat_n('0', point - significant.len()));
        }
        Ok(point) => {
            text.push_str(&significant[..point]);
            text.push('.');
            text.push_str(&significant[point..]);
        }
    }
    Ok(Number(
        text.parse().map_or(Repr::Decimal(text), Repr::Integer),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("0", "0")]
    #[case("-0", "0")]
    #[case("007", "7")]
    #[case("3.0", "3")]
    #[case("3.10", "3.1")]
    #[case("0.1", "0.1")]
    #[case("-0.000", "0")]
    #[case("1e20", "100000000000000000000")]
    #[case("1.5e-7", "0.00000015")]
    #[case("1.5E+1", "15")]
    #[case("9223372036854775807", "9223372036854775807")]
    #[case("9223372036854775808", "9223372036854775808")]
    #[case("-12345678901234567890.123", "-12345678901234567890.123")]
    #[case("9007199254740993", "9007199254740993")]
    fn numbers_have_a_canonical_text(#[case] text: &str, #[case] canonical: &str) {
        assert_eq!(text.parse::<Number>().unwrap().to_string(), canonical);
    }

    #[rstest]
    #[case("")]
    #[case("-")]
    #[case(".")]
    #[case("1e")]
    #[case("0x10")]
    #[case("NaN")]
    #[case("inf")]
    #[case("1 ")]
    fn other_text_is_refused(#[case] text: &str) {
        assert_eq!(text.parse::<Number>(), Err(ParseNumberError::Syntax));
    }

    #[test]
    fn huge_exponents_are_refused_without_expanding_them() {
        for text in ["1e999999999", "1e-999999999", "1e99999999999999999999"] {
            assert_eq!(text.parse::<Number>(), Err(ParseNumberError::Length));
        }
    }

    #[test]
    fn only_exact_doubles_count_as_doubles() {
        let exact = |text: &str| text.parse::<Number>().unwrap().as_exact_fraction();
        assert_eq!(exact("0.5"), Some(0.5));
        assert_eq!(exact("-1.25"), Some(-1.25));
        assert_eq!(exact("0.1"), None);
        assert_eq!(exact("100000000000000000000"), None);
        assert_eq!(exact("7"), None);
    }

    #[test]
    fn doubles_parse_as_they_print() {
        assert_eq!(Number::from_f64(0.1).unwrap().to_string(), "0.1");
        assert_eq!(Number::from_f64(3.0), Some(Number::from(3_i64)));
        assert_eq!(Number::from_f64(f64::NAN), None);
        assert_eq!(Number::from_f64(f64::INFINITY), None);
        assert!(Number::from_f64(5e-324).is_some());
    }
}
