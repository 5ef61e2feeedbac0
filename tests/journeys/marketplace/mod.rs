//! From an author to a merchant, through a marketplace that nobody has to trust.

mod review;
