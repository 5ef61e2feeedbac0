#![doc = include_str!("../README.md")]

pub mod characters;
pub mod form;
pub mod rule;
