//! Secrets: 256 bits from the system's source of randomness. Of an access key only a hash is ever stored; a guess is as
//! hopeless against the hash as against the secret, so no slow hash is needed. The secret of a webhook signs what is sent
//! to it, so it is kept.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::digest::sha256;
use crate::error::{Error, Result};

/// What every secret begins with, so that one that strays into a file is known for what it is.
const PREFIX: &str = "lqk_";
/// Random bytes in a secret.
const BYTES: usize = 32;

/// The secret of a key. It is not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Draws a new secret.
    ///
    /// # Errors
    /// [`Error::Io`] if the system has no randomness to give.
    pub fn random() -> Result<Self> {
        let bytes: [u8; BYTES] = random_bytes()?;
        Ok(Self(bytes.iter().fold(PREFIX.to_owned(), |text, byte| format!("{text}{byte:02x}"))))
    }

    /// Reads a secret as somebody presents it; `None` for what cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(PREFIX)?;
        let is_hex = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (is_hex && digits.len() == 2 * BYTES).then(|| Self(text.to_owned()))
    }

    /// Returns what is stored in place of the secret.
    pub fn hash(&self) -> String {
        sha256(self.0.as_bytes())
    }

    /// Returns the secret itself, to be shown once.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// What the secret of every webhook begins with.
const HOOK_PREFIX: &str = "whsec_";

/// The secret of a webhook. It is not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct HookSecret(String);

impl HookSecret {
    /// Draws a new secret.
    ///
    /// # Errors
    /// [`Error::Io`] if the system has no randomness to give.
    pub fn random() -> Result<Self> {
        let bytes: [u8; BYTES] = random_bytes()?;
        Ok(Self(format!("{HOOK_PREFIX}{}", STANDARD.encode(bytes))))
    }

    /// Reads a secret as it was kept; `None` for what cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = STANDARD.decode(text.strip_prefix(HOOK_PREFIX)?).ok()?;
        (bytes.len() == BYTES).then(|| Self(text.to_owned()))
    }

    /// Returns the bytes that sign.
    pub fn bytes(&self) -> Vec<u8> {
        let encoded = self.0.strip_prefix(HOOK_PREFIX).unwrap_or_default();
        STANDARD.decode(encoded).expect("it was encoded, or read, by this type")
    }

    /// Returns the secret as it is kept and shown once.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for HookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HookSecret")
    }
}

/// Draws a number that nobody drew before.
///
/// # Errors
/// [`Error::Io`] if the system has no randomness to give.
pub fn random_number() -> Result<u64> {
    Ok(u64::from_le_bytes(random_bytes()?))
}

fn random_bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    let failed = |error: getrandom::Error| Error::io("读取", "随机数")(std::io::Error::other(error.to_string()));
    getrandom::fill(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_webhooks_differ_read_back_and_do_not_show() {
        let (one, other) = (HookSecret::random().expect("random"), HookSecret::random().expect("random"));
        assert_ne!(one, other);
        assert_eq!(HookSecret::parse(one.reveal()), Some(one.clone()));
        assert_eq!((one.bytes().len(), format!("{one:?}").as_str()), (BYTES, "HookSecret"));
        for wrong in ["", "whsec_", "whsec_AAAA", "whsec_!", &one.reveal().replacen("whsec_", "lqk_", 1)] {
            assert_eq!(HookSecret::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn secrets_differ_read_back_and_do_not_show() {
        let (one, other) = (Secret::random().expect("random"), Secret::random().expect("random"));
        assert_ne!(one, other);
        assert_ne!(one.hash(), other.hash());
        assert_eq!(Secret::parse(one.reveal()), Some(one.clone()));
        assert_eq!(format!("{one:?}"), "Secret");
        let changed = one.reveal().replacen("lqk_", "lqk-", 1);
        for wrong in ["", "lqk_", &changed, &one.reveal().to_uppercase(), &format!("{}0", one.reveal())] {
            assert_eq!(Secret::parse(wrong), None, "{wrong}");
        }
    }
}
