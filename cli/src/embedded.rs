//! Files that the binary carries: path relative to their folder, and content.
#![allow(missing_docs, reason = "written by the build script")]

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));
