//! Decimals with two places, written from integers so that what is shown adds up.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A number of hundredths; a JSON number and a text with exactly two decimals (`86.40`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hundredths(pub u16);

impl Serialize for Hundredths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A double would print 86.40 as 86.4.
        let raw = RawValue::from_string(self.to_string()).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl std::fmt::Display for Hundredths {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// An exact decimal; a JSON number and a text without needless zeros (`15900`, `0.5`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    parts: i128,
    places: u32,
}

impl Decimal {
    /// Builds `parts / 10^places`.
    pub fn new(parts: i128, places: u32) -> Self {
        Self { parts, places }
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = RawValue::from_string(self.to_string()).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let unit = 10_u128.pow(self.places);
        let (whole, rest) = (self.parts.unsigned_abs() / unit, self.parts.unsigned_abs() % unit);
        let sign = if self.parts < 0 { "-" } else { "" };
        match rest {
            0 => write!(f, "{sign}{whole}"),
            _ => {
                let places = usize::try_from(self.places).unwrap_or(0);
                let digits = format!("{rest:0places$}");
                write!(f, "{sign}{whole}.{}", digits.trim_end_matches('0'))
            }
        }
    }
}

/// A sum of hundredths, which may be large and is read back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Points(pub u64);

/// A sum up to this is a whole number of hundredths in a double.
const POINTS_MAX: f64 = 1e12;

impl Serialize for Points {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = format!("{}.{:02}", self.0 / 100, self.0 % 100);
        RawValue::from_string(text).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Points {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to lie in 0..=POINTS_MAX")]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let points = f64::deserialize(deserializer)?;
        if !(0.0..=POINTS_MAX).contains(&points) {
            return Err(D::Error::custom("a number of points"));
        }
        Ok(Self((points * 100.0).round() as u64))
    }
}

/// Describes what is written by hand above as a number.
macro_rules! is_a_number {
    ($($name:ident: $words:literal),*) => {$(
        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "number", "description": $words })
            }
        }
    )*};
}

is_a_number!(Hundredths: "两位小数", Decimal: "不带多余的零", Points: "两位小数");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_exact_and_short() {
        let texts = [(15_900_000_000, 6), (-1_500, 3), (-1, 6), (0, 3), (7, 0)]
            .map(|(parts, places)| serde_json::to_string(&Decimal::new(parts, places)).expect("a number"));
        assert_eq!(texts, ["15900", "-1.5", "-0.000001", "0", "7"]);
    }

    #[test]
    fn two_decimals_are_always_written() {
        let json = serde_json::to_string(&[Hundredths(8640), Hundredths(5), Hundredths(10_000)]).expect("numbers");
        assert_eq!(json, "[86.40,0.05,100.00]");
    }

    #[test]
    fn a_sum_reads_back() {
        for sum in [0, 7, 8640, 283_198_401] {
            let json = serde_json::to_string(&Points(sum)).expect("a number");
            assert_eq!(serde_json::from_str::<Points>(&json).expect("it reads back"), Points(sum), "{json}");
        }
        assert!(serde_json::from_str::<Points>("-1.00").is_err());
    }
}
