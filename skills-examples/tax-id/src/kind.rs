//! A kind of number of a country.

use guildhall_numbers::rule::Rule;

/// Package families that state a rule. `python-stdnum` and npm's `stdnum` are one family: the second is a port of the first.
pub const PYTHON: u8 = 1;
/// See [`PYTHON`].
pub const NODE: u8 = 2;
/// npm's `jsvat` is a family of its own.
pub const JSVAT: u8 = 4;
/// No package: what the issuer publishes.
pub const ISSUER: u8 = 8;

/// A kind of number of one country.
pub struct Kind {
    /// Two-letter code of the country.
    pub country: &'static str,
    /// Short name.
    pub name: &'static str,
    /// What it is in words.
    pub title: &'static str,
    /// Who issues it.
    pub issuer: &'static str,
    /// What may stand before it.
    pub prefixes: &'static [&'static str],
    /// Who states the rules.
    pub stated_by: u8,
    /// A number is well formed if it obeys one of these.
    pub rules: &'static [Rule],
    /// Numbers that were issued although they obey none.
    pub exceptions: &'static [&'static str],
}

/// A kind without exceptions.
pub const fn kind(
    country: &'static str,
    name: &'static str,
    title: &'static str,
    issuer: &'static str,
    prefixes: &'static [&'static str],
    stated_by: u8,
    rules: &'static [Rule],
) -> Kind {
    Kind {
        country,
        name,
        title,
        issuer,
        prefixes,
        stated_by,
        rules,
        exceptions: &[],
    }
}
