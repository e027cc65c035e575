//! Encryption of what blobs hold, before it leaves this process.
//!
//! AES-256-GCM with a random nonce for each write. The blob's name is authenticated with it, so that
//! one blob can't be put in another's place. Before it stands a line that tells how:
//!
//! ```text
//! mlinfra-sealed 1 9f86d081
//! ```
//!
//! the version of this form and the key's name: eight digits of its sha-256. Then come 12 bytes of
//! nonce, the text and 16 bytes of tag. Random nonces are safe for some four thousand million writes
//! with one key (NIST SP 800-38D, 8.3).
//!
//! The lease is left as it is: it has no secrets, and who holds a state must be seen, and be freed,
//! by those who may not read it.

use aes_gcm::aead::{Aead as _, Generate as _, Payload};
use aes_gcm::{Aes256Gcm, KeyInit as _, Nonce};

use super::super::lease;
use super::{Blob, BlobError, Blobs, Reply, Version, When};
use crate::catalog::text::sha256_hex;

/// What the first line begins with.
const MARK: &[u8] = b"mlinfra-sealed ";

/// The form's version, as it stands in the line.
const FORM: &str = "1";

/// Bytes of a nonce.
const NONCE: usize = 12;

/// The longest first line that is looked for.
const LONGEST_LINE: usize = 64;

/// The variable of the environment that holds the key.
pub const KEY_VARIABLE: &str = "MLINFRA_STATE_KEY";

/// A key of 256 bits.
#[derive(Clone)]
pub struct StateKey {
    cipher: Aes256Gcm,
    name: String,
}

/// A text that is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key is 32 bytes, written as 64 hexadecimal digits or in base64")]
pub struct WrongKey;

/// What is wrong with the encryption of a blob.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It is encrypted, and there is no key.
    #[error("is encrypted with the key {key}, and there is no key")]
    NoKey {
        /// The name of the key that it was encrypted with.
        key: String,
    },
    /// It was encrypted with another key.
    #[error("is encrypted with the key {found}, and the key at hand is {given}")]
    OtherKey {
        /// The name of the key that it was encrypted with.
        found: String,
        /// The name of the key at hand.
        given: String,
    },
    /// There is a key, and it isn't encrypted.
    #[error("isn't encrypted, and there is a key")]
    NotSealed,
    /// It was changed, damaged, or put in another blob's place.
    #[error("is damaged: it isn't what was encrypted under this name")]
    Damaged,
    /// The system gave no random numbers, without which nothing can be encrypted.
    #[error("can't be encrypted: the system gives no random numbers")]
    NoNonce,
    /// It was encrypted by a later program.
    #[error("is encrypted in the form {form}, and this program knows the form {FORM}")]
    Newer {
        /// The form's version.
        form: String,
    },
}

impl std::fmt::Debug for StateKey {
    /// Its name alone.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("StateKey").field(&self.name).finish()
    }
}

impl StateKey {
    /// Reads a key as it is written in the environment.
    ///
    /// # Errors
    ///
    /// [`WrongKey`] when it is neither form, or has another length.
    pub fn parse(text: &str) -> Result<Self, WrongKey> {
        let text = text.trim();
        let bytes = from_hex(text)
            .or_else(|| from_base64(text))
            .ok_or(WrongKey)?;
        let cipher = Aes256Gcm::new_from_slice(&bytes).map_err(|_| WrongKey)?;
        let mut name = sha256_hex(&bytes);
        name.truncate(8);
        Ok(Self { cipher, name })
    }

    /// What tells it from other keys and gives nothing of it away.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    fn seal(&self, name: &str, bytes: &[u8]) -> Result<Vec<u8>, SealError> {
        let nonce = Nonce::try_generate().map_err(|_| SealError::NoNonce)?;
        let payload = Payload {
            msg: bytes,
            aad: name.as_bytes(),
        };
        let text = self.cipher.encrypt(&nonce, payload);
        let text = text.map_err(|_| SealError::NoNonce)?;
        let mut sealed = MARK.to_vec();
        sealed.extend_from_slice(format!("{FORM} {}\n", self.name).as_bytes());
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&text);
        Ok(sealed)
    }

    fn open(&self, name: &str, body: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, text) = body.split_at_checked(NONCE).ok_or(SealError::Damaged)?;
        let nonce = Nonce::try_from(nonce).map_err(|_| SealError::Damaged)?;
        let payload = Payload {
            msg: text,
            aad: name.as_bytes(),
        };
        let text = self.cipher.decrypt(&nonce, payload);
        text.map_err(|_| SealError::Damaged)
    }
}

/// Blobs whose content is encrypted where there is a key, and surely isn't where there is none.
pub struct Sealed {
    blobs: Box<dyn Blobs>,
    key: Option<StateKey>,
}

impl Sealed {
    /// Encrypts what goes into blobs.
    #[must_use]
    pub fn new(blobs: Box<dyn Blobs>, key: Option<StateKey>) -> Self {
        Self { blobs, key }
    }

    /// What a blob holds.
    fn opened(&self, name: &str, bytes: Vec<u8>) -> Result<Vec<u8>, SealError> {
        if name == lease::NAME {
            return Ok(bytes);
        }
        let Some((form, key, body)) = parts(&bytes) else {
            return match &self.key {
                Some(_) if bytes.starts_with(MARK) => Err(SealError::Damaged),
                Some(_) => Err(SealError::NotSealed),
                None => Ok(bytes),
            };
        };
        if form != FORM {
            return Err(SealError::Newer { form: form.into() });
        }
        match &self.key {
            None => Err(SealError::NoKey { key: key.into() }),
            Some(own) if own.name != key => Err(SealError::OtherKey {
                found: key.into(),
                given: own.name.clone(),
            }),
            Some(own) => own.open(name, body),
        }
    }

    fn closed(&self, name: &str, bytes: &[u8]) -> Result<Option<Vec<u8>>, SealError> {
        match &self.key {
            Some(key) if name != lease::NAME => key.seal(name, bytes).map(Some),
            _ => Ok(None),
        }
    }
}

/// The form, the key's name and what follows the line, of what is encrypted.
fn parts(bytes: &[u8]) -> Option<(&str, &str, &[u8])> {
    let rest = bytes.strip_prefix(MARK)?;
    let end = rest.iter().take(LONGEST_LINE).position(|b| *b == b'\n')?;
    let (line, body) = rest.split_at(end);
    let (form, key) = std::str::from_utf8(line).ok()?.split_once(' ')?;
    Some((form, key, body.get(1..)?))
}

fn failed(name: &str, problem: SealError) -> BlobError {
    let name = name.to_owned();
    BlobError::Sealing { name, problem }
}

impl Blobs for Sealed {
    fn get<'a>(&'a self, name: &'a str) -> Reply<'a, Option<Blob>> {
        Box::pin(async move {
            let Some(Blob { bytes, version }) = self.blobs.get(name).await? else {
                return Ok(None);
            };
            let bytes = self.opened(name, bytes).map_err(|e| failed(name, e))?;
            Ok(Some(Blob { bytes, version }))
        })
    }

    fn put<'a>(&'a self, name: &'a str, bytes: &'a [u8], when: &'a When) -> Reply<'a, Version> {
        Box::pin(async move {
            let sealed = self.closed(name, bytes).map_err(|e| failed(name, e))?;
            let bytes = sealed.as_deref().unwrap_or(bytes);
            self.blobs.put(name, bytes, when).await
        })
    }

    fn list<'a>(&'a self, prefix: &'a str) -> Reply<'a, Vec<String>> {
        self.blobs.list(prefix)
    }

    fn delete<'a>(&'a self, name: &'a str) -> Reply<'a, ()> {
        self.blobs.delete(name)
    }
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(bytes)
}

/// Reads 32 bytes of base64 (RFC 4648), in either alphabet, with or without its last `=`.
fn from_base64(text: &str) -> Option<[u8; 32]> {
    let text = text.strip_suffix('=').unwrap_or(text);
    let mut bytes = [0; 32];
    let (mut bits, mut held, mut at) = (0u32, 0u32, 0usize);
    if text.len() != 43 {
        return None;
    }
    for c in text.bytes() {
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            *bytes.get_mut(at)? = u8::try_from(bits >> held & 0xff).ok()?;
            at += 1;
        }
    }
    // The last digit has two bits that nothing needs; anything but nothing in them is a slip.
    (bits & 0b11 == 0).then_some(bytes)
}
