//! The service that reviews, signs, logs and distributes releases of skills, so that nobody has to trust it blindly.
