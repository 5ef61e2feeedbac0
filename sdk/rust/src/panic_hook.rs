//! A panic in a guest prints nowhere by itself: this hook puts it into the run's log before the trap.

/// Installs the hook. Called once for each instance by what `skill!` writes.
pub extern "C" fn install() {
    std::panic::set_hook(Box::new(|info| {
        // `PanicHookInfo` prints `panicked at FILE:LINE:COLUMN:` and the message.
        crate::log::write(crate::log::Level::Error, &info.to_string());
    }));
}
