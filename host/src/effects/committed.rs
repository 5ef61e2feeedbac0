//! The token without which nothing is performed.

/// Proof that the intent of `T` is durable and its effect set approved.
///
/// Only the journal can make one (`seal_effect` is private to this crate and called in one place, where a
/// claim has been written), and it can't be cloned: the executor consumes it.
#[derive(Debug)]
pub struct Committed<T>(T);

impl<T> Committed<T> {
    /// What was committed to.
    pub const fn get(&self) -> &T {
        &self.0
    }
}

/// Wraps an effect after its claim is durable. Called by the journal alone; a house-rule test checks that.
pub(crate) const fn seal_effect<T>(value: T) -> Committed<T> {
    Committed(value)
}
