//! The engine: configuration, compilation, the cache of compiled code, the clock that stops guests.

mod cache;
mod compiler;
mod config;
mod ticker;

pub(crate) use cache::{CacheError, CompiledCache};
pub use compiler::{CompileError, Compiler, InProcessCompiler, compile_component};
use ticker::Ticker;

use wasmtime::Engine;

/// The engine could not be set up, or compiled code did not load.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// wasmtime refused the configuration.
    #[error("the WebAssembly engine can't start on this machine: {0}")]
    Setup(String),
    /// Compiled code is not what this engine made.
    #[error("compiled code did not load: {0}")]
    Load(String),
}

impl EngineError {
    // By value, so that it can be handed to `map_err` as it is.
    #[allow(clippy::needless_pass_by_value)]
    fn setup(error: wasmtime::Error) -> Self {
        Self::Setup(format!("{error:#}"))
    }
}

/// The engine by name and version, for receipts.
pub const ENGINE: &str = "wasmtime 48";
/// The contract that this host serves, for receipts.
pub(crate) const CONTRACT: &str = "guildhall:skill@1.0.0";

/// A running engine and the key of its compiled code.
pub(crate) struct RunEngine {
    pub(crate) engine: Engine,
    pub(crate) key: String,
    /// Whether instances come from a pool.
    pub(crate) pooled: bool,
    /// Ticks for as long as the engine runs.
    _ticker: Ticker,
}

impl RunEngine {
    pub(crate) fn start() -> Result<Self, EngineError> {
        let (engine, pooled) = config::run_engine()?;
        Ok(Self {
            key: config::engine_key(&engine),
            _ticker: Ticker::start(&engine)?,
            engine,
            pooled,
        })
    }
}
