//! How the values of arguments are read; what is wrong is said in Chinese.

use jiff::civil::Date;

use crate::chain::Fraction;
use crate::model::{KeyId, KeyRole};

/// Reads a share from 0 to 1.
pub(super) fn parse_share(text: &str) -> Result<Fraction, String> {
    Fraction::parse_share(text).ok_or_else(|| "比例应在 0 与 1 之间".to_owned())
}

/// Reads a share from 0 to 1 as millionths.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to lie in 0..=1,000,000")]
pub(super) fn parse_millionths(text: &str) -> Result<u32, String> {
    let share = text.parse().ok().filter(|share: &f64| (0.0..=1.0).contains(share));
    share.map(|share| (share * 1_000_000.0).round() as u32).ok_or_else(|| "比例应在 0 与 1 之间".to_owned())
}

/// Reads the role of a key.
pub(super) fn parse_role(text: &str) -> Result<KeyRole, String> {
    KeyRole::parse(text).ok_or_else(|| "角色是 admin、organizer、party、reader 之一".to_owned())
}

/// Reads the number of a key.
pub(super) fn parse_key(text: &str) -> Result<KeyId, String> {
    KeyId::parse(text).ok_or_else(|| "钥匙的编号形如 K3".to_owned())
}

/// Reads a day.
pub(super) fn parse_date(text: &str) -> Result<Date, String> {
    text.parse().map_err(|_| "日期请写成 2026-06-01".to_owned())
}
