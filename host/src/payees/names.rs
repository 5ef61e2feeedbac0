//! What a name is, and what it looks like.

use super::legal;
use guildhall_package::text::is_unsafe;
use std::collections::BTreeSet;
use std::sync::LazyLock;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;
use unicode_security::confusable_detection::skeleton;

/// Names of fewer letters than this differ by one letter too easily for that to mean anything.
const LETTERS_FOR_A_SLIP: usize = 5;
/// Longer names are not compared letter by letter; that takes quadratic time.
const LETTERS_COMPARED: usize = 140;

/// So much of a name counts. Nobody is called more, and it bounds the work for a hostile document.
const LETTERS_READ: usize = 300;

/// A name for comparing: what it says, and what it looks like.
#[derive(Debug)]
pub(super) struct NameKey {
    /// Folded, without spaces, punctuation, invisible characters and legal form. Empty if nothing is left.
    says: String,
    /// What it looks like as it is written, in small letters and in capitals: only in capitals `ВАНК` is `BAHK`.
    /// One of them where they are equal.
    looks: Vec<String>,
}

impl NameKey {
    pub(super) fn of(name: &str) -> Self {
        let visible: String = name
            .chars()
            .filter(|c| c.is_whitespace() || !is_unsafe(*c))
            .collect();
        // Padding must not push the name out of what is read.
        let dense = visible.split_whitespace().collect::<Vec<_>>().join(" ");
        let clean = clean(&dense.chars().take(LETTERS_READ).collect::<String>());
        let folded = fold(&clean);
        let seen = |text: &str| without_form(&look(text), &AS_SEEN);
        let mut looks = vec![seen(&folded)];
        if !clean.is_ascii() {
            looks.extend([seen(&clean), seen(&clean.to_uppercase())]);
        }
        Self {
            says: without_form(&folded, &AS_SAID),
            looks,
        }
    }

    /// Nothing in it can be read.
    pub(super) const fn is_empty(&self) -> bool {
        self.says.is_empty()
    }

    /// The same name, up to case, spaces, punctuation and legal form.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        !self.is_empty() && self.says == other.says
    }

    /// A person could take one for the other.
    pub(super) fn looks_like(&self, other: &Self) -> bool {
        if self.is_empty() || other.is_empty() {
            return false;
        }
        let looks = |look: &String| !look.is_empty() && other.looks.contains(look);
        self.looks.iter().any(looks) || self.is_a_slip_of(other)
    }

    /// One letter more, less, other or exchanged with its neighbour.
    fn is_a_slip_of(&self, other: &Self) -> bool {
        let long_enough = |key: &Self| key.says.chars().nth(LETTERS_FOR_A_SLIP - 1).is_some();
        long_enough(self)
            && long_enough(other)
            && std::iter::once((&self.says, &other.says))
                .chain(self.looks.iter().zip(&other.looks))
                .any(|(a, b)| one_edit(a, b))
    }
}

fn one_edit(a: &str, b: &str) -> bool {
    let (m, n) = (a.chars().count(), b.chars().count());
    m.abs_diff(n) <= 1 && m.max(n) <= LETTERS_COMPARED && strsim::osa_distance(a, b) <= 1
}

/// Compatibility form, with all kinds of space as one, without what can't be seen.
pub(super) fn clean(text: &str) -> String {
    let spaced = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !is_unsafe(*c));
    // Normalising can make an invisible character of one that was none.
    spaced.nfkc().filter(|c| !is_unsafe(*c)).collect()
}

/// Case-folded, in compatibility form.
pub(super) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    caseless::default_case_fold_str(text).nfkc().collect()
}

/// The shape of a text: look-alikes of all scripts as one, small letters, no marks, `i` and `l` as one.
fn look(text: &str) -> String {
    if text.is_ascii() {
        return look_ascii(text);
    }
    look_any(text)
}

fn look_any(text: &str) -> String {
    // Twice, because folding makes letters that have look-alikes of their own.
    let once = fold(&skeleton(text).collect::<String>());
    let twice = fold(&skeleton(&once).collect::<String>());
    let shape = twice.nfd().filter(|c| !is_combining_mark(*c));
    pairs(shape.map(|c| if c == 'i' { 'l' } else { c }).collect())
}

/// What [`look`] makes of ASCII, where nearly all names are, many times faster.
fn look_ascii(text: &str) -> String {
    let mut shape = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c.to_ascii_lowercase() {
            'm' => shape.push_str("rn"),
            'i' | '1' | '|' => shape.push('l'),
            '0' => shape.push('o'),
            other => shape.push(other),
        }
    }
    pairs(shape)
}

/// Two letters that look like one, beyond those of Unicode's list.
fn pairs(shape: String) -> String {
    if shape.contains("vv") {
        shape.replace("vv", "w")
    } else {
        shape
    }
}

/// The words of a name, joined, without its legal form; a name that is nothing else stays.
fn without_form(text: &str, forms: &Forms) -> String {
    let words = words(text);
    let is_name = |word: &String| !forms.start.contains(word);
    let start = words.iter().position(is_name).unwrap_or(0);
    let mut rest = words.get(start..).unwrap_or_default();
    while let Some(before) = before_the_form(rest, forms) {
        rest = before;
    }
    let is_other = |word: &&String| !forms.anywhere.contains(*word);
    let mut name: String = rest.iter().filter(is_other).map(String::as_str).collect();
    if name.is_empty() {
        name = rest.concat();
    }
    for form in &forms.attached {
        let bare = name.strip_prefix(form).or_else(|| name.strip_suffix(form));
        if let Some(bare) = bare.filter(|bare| !bare.is_empty()) {
            return bare.to_owned();
        }
    }
    name
}

/// The words before a legal form at the end; none if there is no form, or nothing before it.
fn before_the_form<'a>(words: &'a [String], forms: &Forms) -> Option<&'a [String]> {
    let longest = words.len().saturating_sub(legal::MOST_WORDS).max(1);
    (longest..words.len())
        .filter_map(|at| words.split_at_checked(at))
        .find(|(_, form)| forms.end.contains(&form.concat()))
        .map(|(before, _)| before)
}

/// Split at everything but letters, digits and their marks; points and apostrophes only disappear: `S.A.` is one word.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !is_letter(c) && !matches!(c, '.' | '\'' | '’'))
        .map(|word| word.chars().filter(|c| is_letter(*c)).collect::<String>())
        .filter(|word| !word.is_empty())
        .collect()
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// The legal forms, as they are or as they look.
struct Forms {
    start: BTreeSet<String>,
    end: BTreeSet<String>,
    anywhere: BTreeSet<String>,
    attached: Vec<String>,
}

static AS_SAID: LazyLock<Forms> = LazyLock::new(|| Forms::mapped(fold));
static AS_SEEN: LazyLock<Forms> = LazyLock::new(|| Forms::mapped(look));

impl Forms {
    fn mapped(f: fn(&str) -> String) -> Self {
        let set = |forms: &str| forms.split_whitespace().map(f).collect();
        Self {
            start: set(legal::AT_THE_START),
            end: set(legal::AT_THE_END),
            anywhere: set(legal::ANYWHERE),
            attached: legal::ATTACHED.split_whitespace().map(f).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_way_for_ascii_sees_what_the_long_way_sees() {
        for c in ('\0'..='\x7f').filter(|c| is_letter(*c) || *c == '|' || *c == ' ') {
            let text = format!("v{c}v{c}");
            assert_eq!(look_ascii(&text), look_any(&text), "{c:?}");
            assert_eq!(look_ascii(&text), look_any(&text.to_uppercase()), "{c:?}");
        }
    }
}
