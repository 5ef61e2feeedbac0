//! One pass over the bytes: validates everything, and keeps what lies at the top level.

use std::collections::HashMap;

use wasmparser::types::Types;
use wasmparser::{
    BinaryReaderError, Chunk, Encoding, FuncValidatorAllocations, Parser, Payload, ValidPayload,
    Validator, WasmFeatures,
};

use super::{ReadError, ReadLimits};
use crate::section;
use crate::text;

/// What one pass finds.
pub(super) struct Scan<'a> {
    pub types: Types,
    /// Top-level import names, in order.
    pub imports: Vec<&'a str>,
    /// Top-level export names, in order.
    pub exports: Vec<&'a str>,
    /// Our own top-level custom sections.
    pub sections: HashMap<&'static str, &'a [u8]>,
}

/// Wider than what the engine runs, so that `inspect` can name an unsupported operation instead of a parse error.
fn features() -> WasmFeatures {
    WasmFeatures::default()
        | WasmFeatures::CM_ERROR_CONTEXT
        | WasmFeatures::CM_FIXED_LENGTH_LISTS
        | WasmFeatures::CM_ASYNC_STACKFUL
        | WasmFeatures::CM_MORE_ASYNC_BUILTINS
}

impl<'a> Scan<'a> {
    pub fn run(bytes: &'a [u8], limits: &ReadLimits) -> Result<Self, ReadError> {
        if bytes.len() > limits.max_bytes {
            return Err(ReadError::TooLarge {
                size: bytes.len(),
                limit: limits.max_bytes,
            });
        }
        check_header(bytes)?;
        let mut validator = Validator::new_with_features(features());
        let mut parser = Parser::new(0);
        parser.set_features(features());
        let mut bodies = FuncValidatorAllocations::default();
        let mut depth = 0_usize;
        let mut last = None;
        let mut found = Top::default();
        for payload in parser.parse_all(bytes) {
            let payload = payload.map_err(invalid)?;
            match validator.payload(&payload).map_err(invalid)? {
                ValidPayload::Func(func, body) => {
                    let mut func = func.into_validator(bodies);
                    func.validate(&body).map_err(invalid)?;
                    bodies = func.into_allocations();
                }
                ValidPayload::Parser(_) => depth += 1,
                ValidPayload::End(types) => {
                    depth = depth.saturating_sub(1);
                    last = Some(types);
                }
                ValidPayload::Ok if depth == 0 => found.take(&payload, limits)?,
                ValidPayload::Ok => {}
            }
        }
        Ok(Self {
            types: last.ok_or(ReadError::NotWasm)?,
            imports: found.imports,
            exports: found.exports,
            sections: found.sections,
        })
    }
}

#[derive(Default)]
struct Top<'a> {
    imports: Vec<&'a str>,
    exports: Vec<&'a str>,
    sections: HashMap<&'static str, &'a [u8]>,
}

impl<'a> Top<'a> {
    fn take(&mut self, payload: &Payload<'a>, limits: &ReadLimits) -> Result<(), ReadError> {
        match payload {
            Payload::ComponentImportSection(imports) => {
                for import in imports.clone() {
                    self.imports.push(import.map_err(invalid)?.name.name);
                }
                if self.imports.len() > limits.max_imports {
                    return Err(ReadError::TooMany {
                        what: "imports",
                        limit: limits.max_imports,
                    });
                }
            }
            Payload::ComponentExportSection(exports) => {
                for export in exports.clone() {
                    self.exports.push(export.map_err(invalid)?.name.name);
                }
                if self.exports.len() > limits.max_operations {
                    return Err(ReadError::TooMany {
                        what: "exports",
                        limit: limits.max_operations,
                    });
                }
            }
            Payload::CustomSection(custom) => {
                let Some(name) = section::own_name(custom.name()) else {
                    return Ok(());
                };
                if custom.data().len() > section::MAX_SECTION {
                    return Err(ReadError::Section {
                        section: name,
                        problem: format!("is longer than {} bytes", section::MAX_SECTION),
                    });
                }
                // Two would let a reader and a host pick different ones.
                if self.sections.insert(name, custom.data()).is_some() {
                    return Err(ReadError::Section {
                        section: name,
                        problem: "appears more than once".to_owned(),
                    });
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn check_header(bytes: &[u8]) -> Result<(), ReadError> {
    if !bytes.starts_with(b"\0asm") {
        return Err(ReadError::NotWasm);
    }
    match Parser::new(0).parse(bytes, true).map_err(invalid)? {
        Chunk::Parsed {
            payload:
                Payload::Version {
                    encoding: Encoding::Module,
                    ..
                },
            ..
        } => Err(ReadError::CoreModule),
        _ => Ok(()),
    }
}

fn invalid(error: BinaryReaderError) -> ReadError {
    ReadError::Invalid {
        offset: error.offset(),
        problem: text::plain(error.message(), 300),
    }
}
