//! Turning a component into machine code.

use super::config::compile_engine;
use futures::future::BoxFuture;

/// A component could not be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// The engine does not accept the component.
    #[error("this component can't be compiled: {0}")]
    Rejected(String),
    /// Compiling needed more time or memory than is allowed.
    #[error("compiling was stopped: {0}; a component that needs this much is refused")]
    Limit(String),
    /// The compiler itself could not run.
    #[error("the compiler could not run: {0}")]
    Broken(String),
}

/// Who compiles. A stranger's component can make a compiler use hours and gigabytes, which wasmtime does
/// not promise to prevent: a program that loads strangers' code gives a compiler that runs in a child
/// process with limits. The `guildhall` command does.
pub trait Compiler: Send + Sync {
    /// Compiles a component into an artefact of exactly this engine's settings, as [`compile_component`] makes it.
    fn compile<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, CompileError>>;
}

/// Compiles on a blocking thread of this process, with no limit but the size of the component. For
/// components that you trust not to attack the compiler.
#[derive(Debug, Clone, Copy, Default)]
pub struct InProcessCompiler;

impl Compiler for InProcessCompiler {
    fn compile<'a>(&'a self, bytes: &'a [u8]) -> BoxFuture<'a, Result<Vec<u8>, CompileError>> {
        let bytes = bytes.to_vec();
        Box::pin(async move {
            tokio::task::spawn_blocking(move || compile_component(&bytes))
                .await
                .map_err(|error| CompileError::Broken(error.to_string()))?
        })
    }
}

/// Compiles a component on this thread. A child process calls this, after setting its own limits.
///
/// # Errors
/// [`CompileError::Rejected`] if the engine does not accept the bytes.
pub fn compile_component(bytes: &[u8]) -> Result<Vec<u8>, CompileError> {
    let engine = compile_engine().map_err(|error| CompileError::Broken(error.to_string()))?;
    engine
        .precompile_component(bytes)
        .map_err(|error| CompileError::Rejected(format!("{error:#}")))
}
