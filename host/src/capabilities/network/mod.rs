//! `network`: HTTP to granted hosts, through the one egress service.

pub mod egress;
mod glue;
