//! Signed notes, by C2SP `signed-note`: a text that people can read, and lines that sign it.
//!
//! Signatures of keys that nobody asked about are ignored, as the format demands: that is how a log changes its key and how
//! witnesses add theirs. What counts is only what [`Note::signed_by`] says about a key that is known.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::super::keys::{PublicKey, SIGNATURE_BYTES, SigningKey};
use crate::authority::serde_as_text;
use crate::text::plain;

/// Longest note in bytes.
pub const MAX_NOTE_BYTES: usize = 64 << 10;
/// Most signatures of a note. The format demands that 16 are taken.
pub const MAX_NOTE_SIGNATURES: usize = 64;
/// Longest name of a key, in bytes.
pub const MAX_NAME_BYTES: usize = 255;

/// What a signature line begins with.
const DASH: &str = "\u{2014} ";

/// What a key of a note signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// The text itself: Ed25519, type `0x01`.
    Ed25519,
    /// The text with the time at which it was seen: a witness's cosignature, type `0x04`.
    Cosignature,
}

impl Algorithm {
    const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 1,
            Self::Cosignature => 4,
        }
    }
}

/// A key that signs notes, as it is handed to those who check them. Its text is a C2SP *vkey*: `NAME+ID+KEY`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VerifierKey {
    name: String,
    algorithm: Algorithm,
    key: PublicKey,
}

/// Why a note or a key of one is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The note is longer than is taken.
    #[error(
        "the signed note is {size} bytes long and at most {MAX_NOTE_BYTES} are taken; check that this is a note"
    )]
    TooLarge {
        /// Length in bytes.
        size: usize,
    },
    /// The bytes are no note.
    #[error("this is no signed note: {problem}; get it again from where it comes from")]
    Malformed {
        /// Which rule it breaks.
        problem: &'static str,
    },
    /// A known key is named and did not sign this.
    #[error(
        "the signature by `{name}` does not fit the note: the text or the signature was changed after signing; don't rely on it, and get it again from where it comes from"
    )]
    BadSignature {
        /// Name of the key, made safe to show.
        name: String,
    },
    /// The name can't be the name of a key.
    #[error(
        "`{name}` can't name a key: a name is 1 to {MAX_NAME_BYTES} bytes without spaces, `+` and control characters, best the address of its owner without `https://`"
    )]
    Name {
        /// The name, made safe to show.
        name: String,
    },
    /// The text is no key of a note.
    #[error(
        "this is no key of a log or witness ({problem}): one is written `NAME+ID+KEY`; copy it whole from its owner"
    )]
    Key {
        /// Which rule it breaks.
        problem: &'static str,
    },
}

const fn malformed(problem: &'static str) -> NoteError {
    NoteError::Malformed { problem }
}

fn check_name(name: &str) -> Result<(), NoteError> {
    let fits = (1..=MAX_NAME_BYTES).contains(&name.len())
        && !name
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || c == '+');
    if fits {
        Ok(())
    } else {
        Err(NoteError::Name {
            name: plain(name, 80),
        })
    }
}

impl VerifierKey {
    /// A key of this name.
    ///
    /// # Errors
    /// [`NoteError::Name`] for a name that a note could not carry.
    pub fn new(name: &str, algorithm: Algorithm, key: PublicKey) -> Result<Self, NoteError> {
        check_name(name)?;
        Ok(Self {
            name: name.to_owned(),
            algorithm,
            key,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The key itself.
    #[must_use]
    pub const fn key(&self) -> &PublicKey {
        &self.key
    }

    /// The short number by which a note names it, together with the name. Not a strong hash.
    #[must_use]
    pub fn id(&self) -> u32 {
        let mut hash = Sha256::new();
        hash.update(self.name.as_bytes());
        hash.update([b'\n', self.algorithm.byte()]);
        hash.update(self.key.as_bytes());
        let hash: [u8; 32] = hash.finalize().into();
        hash.first_chunk().copied().map_or(0, u32::from_be_bytes)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = vec![self.algorithm.byte()];
        key.extend_from_slice(self.key.as_bytes());
        let id = self.id();
        write!(f, "{}+{id:08x}+{}", self.name, STANDARD.encode(key))
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |problem| NoteError::Key { problem };
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(wrong("it does not have three parts with `+` between"));
        };
        let key = STANDARD
            .decode(key)
            .map_err(|_| wrong("its last part is not standard base64 with padding"))?;
        let (algorithm, key) = match key.split_first() {
            Some((1, key)) => (Algorithm::Ed25519, key),
            Some((4, key)) => (Algorithm::Cosignature, key),
            _ => return Err(wrong("it is of a kind that is not used here")),
        };
        let key = <&[u8; 32]>::try_from(key)
            .ok()
            .and_then(|key| PublicKey::from_bytes(key).ok())
            .ok_or_else(|| wrong("signatures can't be checked with it"))?;
        let parsed = Self::new(name, algorithm, key)?;
        if parsed.to_string() == text {
            Ok(parsed)
        } else {
            Err(wrong("its number is not that of its name and key"))
        }
    }
}

serde_as_text!(VerifierKey);

/// One signature line of a note. It says nothing until [`Note::signed_by`] has checked it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    name: String,
    id: u32,
    signature: Vec<u8>,
}

impl NoteSignature {
    /// A line that carries what a key signed.
    pub(super) fn new(key: &VerifierKey, signature: Vec<u8>) -> Self {
        Self {
            name: key.name.clone(),
            id: key.id(),
            signature,
        }
    }

    /// Signs the text of a note as its author.
    ///
    /// # Errors
    /// [`NoteError::Name`] for a name that a note could not carry.
    pub fn sign(text: &str, name: &str, key: &SigningKey) -> Result<Self, NoteError> {
        let verifier = VerifierKey::new(name, Algorithm::Ed25519, key.public())?;
        Ok(Self::new(&verifier, key.sign(text.as_bytes()).to_vec()))
    }

    /// Reads lines of signatures, as a witness answers with. Each ends in a line break.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] if one is not such a line, or there are too many.
    pub fn parse_lines(text: &str) -> Result<Vec<Self>, NoteError> {
        let lines = text
            .strip_suffix('\n')
            .ok_or_else(|| malformed("its last line does not end"))?;
        let mut signatures = Vec::new();
        for line in lines.split('\n') {
            if signatures.len() == MAX_NOTE_SIGNATURES {
                return Err(malformed("it has more than 64 signatures"));
            }
            signatures.push(Self::parse_line(line)?);
        }
        Ok(signatures)
    }

    fn parse_line(line: &str) -> Result<Self, NoteError> {
        let (name, signature) = line
            .strip_prefix(DASH)
            .and_then(|line| line.split_once(' '))
            .ok_or_else(|| malformed("a signature line is not `— NAME SIGNATURE`"))?;
        check_name(name).map_err(|_| malformed("a signature's name can't be one"))?;
        let bytes = STANDARD
            .decode(signature)
            .map_err(|_| malformed("a signature is not standard base64 with padding"))?;
        match bytes.split_first_chunk() {
            Some((id, signature)) if !signature.is_empty() => Ok(Self {
                name: name.to_owned(),
                id: u32::from_be_bytes(*id),
                signature: signature.to_vec(),
            }),
            _ => Err(malformed("a signature is shorter than 5 bytes")),
        }
    }

    fn is_by(&self, key: &VerifierKey) -> bool {
        self.id == key.id() && self.name == key.name
    }
}

impl fmt::Display for NoteSignature {
    /// One line, with its line break.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = self.id.to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.signature);
        writeln!(f, "{DASH}{} {}", self.name, STANDARD.encode(bytes))
    }
}

/// A text and its signature lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    /// A note with no signature yet.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] for a text that a note could not carry.
    pub fn new(text: &str) -> Result<Self, NoteError> {
        check_text(text)?;
        Ok(Self {
            text: text.to_owned(),
            signatures: Vec::new(),
        })
    }

    /// Reads a note. No signature is checked.
    ///
    /// # Errors
    /// [`NoteError`] for everything that is not byte for byte what [`Note::to_text`] writes.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLarge { size: bytes.len() });
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| malformed("it is not text in UTF-8"))?;
        let (text, signatures) = whole
            .rsplit_once("\n\n")
            .ok_or_else(|| malformed("no empty line stands before its signatures"))?;
        let text = format!("{text}\n");
        check_text(&text)?;
        Ok(Self {
            text,
            signatures: NoteSignature::parse_lines(signatures)?,
        })
    }

    /// The text, with its last line break.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Adds a signature line, after those that are there. One that is there already is not added again.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] for more than [`MAX_NOTE_SIGNATURES`].
    pub fn add(&mut self, signature: NoteSignature) -> Result<(), NoteError> {
        if self.signatures.contains(&signature) {
            return Ok(());
        }
        if self.signatures.len() >= MAX_NOTE_SIGNATURES {
            return Err(malformed("it has more than 64 signatures"));
        }
        self.signatures.push(signature);
        Ok(())
    }

    /// The whole note.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut out = format!("{}\n", self.text);
        for signature in &self.signatures {
            out.push_str(&signature.to_string());
        }
        out
    }

    /// Whether this key signed the text as its author. Keys of another algorithm never did.
    ///
    /// # Errors
    /// [`NoteError::BadSignature`] if a line names this key and does not fit: nothing of the note may be used then.
    pub fn signed_by(&self, key: &VerifierKey) -> Result<bool, NoteError> {
        if key.algorithm != Algorithm::Ed25519 {
            return Ok(false);
        }
        let mut signed = false;
        for signature in self.lines_of(key) {
            let fits = <&[u8; SIGNATURE_BYTES]>::try_from(signature)
                .is_ok_and(|signature| key.key.verifies(self.text.as_bytes(), signature));
            if !fits {
                return Err(bad_signature(key));
            }
            signed = true;
        }
        Ok(signed)
    }

    /// What the lines carry that name this key.
    pub(super) fn lines_of<'a>(&'a self, key: &'a VerifierKey) -> impl Iterator<Item = &'a [u8]> {
        self.signatures
            .iter()
            .filter(|signature| signature.is_by(key))
            .map(|signature| signature.signature.as_slice())
    }
}

pub(super) fn bad_signature(key: &VerifierKey) -> NoteError {
    NoteError::BadSignature {
        name: plain(&key.name, 80),
    }
}

fn check_text(text: &str) -> Result<(), NoteError> {
    if !text.ends_with('\n') || text == "\n" {
        return Err(malformed(
            "its text is empty, or its last line does not end",
        ));
    }
    if text.chars().any(|c| c < ' ' && c != '\n') {
        return Err(malformed("its text has control characters in it"));
    }
    Ok(())
}
