//! Decimals with two places, written from integers so that what is shown adds up.

use serde::{Serialize, Serializer};
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_decimals_are_always_written() {
        let json = serde_json::to_string(&[Hundredths(8640), Hundredths(5), Hundredths(10_000)]).expect("numbers");
        assert_eq!(json, "[86.40,0.05,100.00]");
    }
}
