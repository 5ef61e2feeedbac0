//! What must not happen, tried through the real binary.
