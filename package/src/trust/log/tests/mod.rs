//! The log's formats against vectors, other tools and whoever changes something.

mod entry;
mod merkle;
mod note;
mod tiles;
mod witness;
