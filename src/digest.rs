//! One way to hash: what tells apart declarations, rows of the log, files of a view, and records without a number; and
//! the whole of the same hash for what others must not be able to forge.

#[cfg(feature = "service")]
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Hashes parts, each preceded by its length so that no two lists of parts are alike, to 16 hexadecimal digits: enough
/// to notice any slip, not to withstand an attacker. O(bytes).
pub fn digest<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_le_bytes());
        hasher.update(part);
    }
    let head = hasher.finalize().iter().take(8).fold(0_u64, |head, byte| head << 8 | u64::from(*byte));
    format!("{head:016x}")
}

/// Hashes bytes to 64 hexadecimal digits, which no attacker can find other bytes for. O(bytes).
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Signs bytes with a key (HMAC-SHA-256): who does not have the key can neither make nor change what is signed. O(bytes).
#[cfg(feature = "service")]
pub fn sign(key: &[u8], bytes: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
    mac.update(bytes);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "service")]
    #[test]
    fn signatures_are_those_of_the_standard() {
        // The second case of RFC 4231.
        let signed = sign(b"Jefe", b"what do ya want for nothing?");
        let text = signed.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        assert_eq!(text, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }

    #[test]
    fn where_a_part_ends_matters() {
        let hash = |parts: &[&str]| digest(parts.iter().map(|part| part.as_bytes()));
        assert_eq!(hash(&["ab", "c"]), hash(&["ab", "c"]));
        assert_ne!(hash(&["ab", "c"]), hash(&["a", "bc"]));
        assert_eq!(hash(&[]).len(), 16);
    }

    #[test]
    fn the_whole_hash_is_the_standards() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256(b"abc"), expected);
    }
}
