//! One file for each target.

pub mod component;
pub mod documents;
pub mod grants;
pub mod json;
pub mod manifest;
pub mod money;
pub mod notes;
pub mod telegram;
pub mod tiles;
pub mod values;
pub mod whatsapp;
