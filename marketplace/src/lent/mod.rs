//! Bytes that the kernel has, too, where the system can send them from there.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod nowhere;

#[cfg(target_os = "linux")]
pub(crate) use linux::LEAST;
#[cfg(target_os = "linux")]
pub use linux::Lent;
#[cfg(not(target_os = "linux"))]
pub(crate) use nowhere::LEAST;
#[cfg(not(target_os = "linux"))]
pub use nowhere::Lent;
