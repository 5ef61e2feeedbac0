//! Components made by hand, for what no Rust guest can be made to do.

use std::borrow::Cow;
use std::fmt::Write as _;
use wasm_encoder::{
    CodeSection, ComponentSection as _, CustomSection, Function, FunctionSection, Module,
    ModuleSection, TypeSection, ValType,
};

/// A component from its text.
///
/// # Panics
/// If the text is wrong.
#[must_use]
pub fn from_text(text: &str) -> Vec<u8> {
    wat::parse_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

/// A component with one core module, whose exported function `go: func() -> s64` is the operation `go`.
///
/// # Panics
/// If the text is wrong.
#[must_use]
pub fn around(module: &str) -> Vec<u8> {
    from_text(&format!(
        r#"(component
            (core module $m {module})
            (core instance $i (instantiate $m))
            (func (export "go") (result s64) (canon lift (core func $i "go"))))"#
    ))
}

/// A component that makes so many instances of one small module, each with a memory of `pages` and a table of
/// `elements`; the operation `go` answers 1.
///
/// # Panics
/// Never.
#[must_use]
pub fn many_instances(instances: usize, pages: u64, elements: u64) -> Vec<u8> {
    let mut text = format!(
        r#"(component
            (core module $m
                (memory {pages})
                (table {elements} funcref)
                (func (export "go") (result i64) (i64.const 1)))
            (core instance $i (instantiate $m))"#
    );
    for _ in 1..instances {
        text.push_str("(core instance (instantiate $m))");
    }
    let _ = write!(
        text,
        r#"(func (export "go") (result s64) (canon lift (core func $i "go"))))"#
    );
    from_text(&text)
}

/// A component that imports one interface with the function `f`, and has an operation `go` that answers 1.
///
/// # Panics
/// If the name can't stand in a component.
#[must_use]
pub fn importing(interface: &str) -> Vec<u8> {
    from_text(&format!(
        r#"(component
            (import "{interface}" (instance (export "f" (func))))
            (core module $m (func (export "go") (result i64) (i64.const 1)))
            (core instance $i (instantiate $m))
            (func (export "go") (result s64) (canon lift (core func $i "go"))))"#
    ))
}

/// Puts bytes that say nothing at the end of a component, until it is about `length` bytes long.
pub fn pad(component: &mut Vec<u8>, length: usize) {
    let left = length.saturating_sub(component.len());
    // No two sections of bytes in it are the same: compression would make light of them.
    let data: Vec<u8> = (0_u32..)
        .flat_map(|number| number.wrapping_mul(2_654_435_761).to_le_bytes())
        .take(left)
        .collect();
    *component = with_section(component, "padding", &data);
}

/// The same component with one more module, of about `length` bytes of code that is valid and never called.
#[must_use]
pub fn with_code(component: &[u8], length: usize) -> Vec<u8> {
    const STEPS: u32 = 200;
    let (mut functions, mut code) = (FunctionSection::new(), CodeSection::new());
    let mut types = TypeSection::new();
    types.ty().function([ValType::I64], [ValType::I64]);
    while code.byte_len() < length {
        let mut body = Function::new([]);
        let mut made = body.instructions();
        made.local_get(0);
        for step in 0..STEPS {
            made.i64_const(i64::from(step) + 1_000)
                .i64_mul()
                .local_get(0)
                .i64_add();
        }
        made.end();
        functions.function(0);
        code.function(&body);
    }
    let mut module = Module::new();
    module.section(&types).section(&functions).section(&code);
    let mut bytes = component.to_vec();
    ModuleSection(&module).append_to_component(&mut bytes);
    bytes
}

/// The same bytes with one more custom section at the end.
#[must_use]
pub fn with_section(component: &[u8], name: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = component.to_vec();
    CustomSection {
        name: Cow::Borrowed(name),
        data: Cow::Borrowed(data),
    }
    .append_to_component(&mut bytes);
    bytes
}

/// The same component with an embedded manifest, as `guildhall build` embeds it.
#[must_use]
pub fn with_manifest(component: &[u8], manifest: &str) -> Vec<u8> {
    with_section(component, "guildhall:manifest", manifest.as_bytes())
}

/// Puts a component inside another one, where it is never instantiated.
pub fn nest(outer: &mut Vec<u8>, inner: &[u8]) {
    /// Id of the section for nested components in the binary format.
    const COMPONENT: u8 = 4;
    outer.push(COMPONENT);
    let mut length = inner.len();
    loop {
        let low = u8::try_from(length & 0x7f).unwrap_or_default();
        length >>= 7;
        outer.push(if length == 0 { low } else { low | 0x80 });
        if length == 0 {
            break;
        }
    }
    outer.extend_from_slice(inner);
}

/// A component of a few megabytes that a compiler needs minutes or gigabytes for: one function that moves values
/// around in memory, over and over, with everything alive at once. Its operation is `go`.
#[must_use]
pub fn compile_bomb() -> Vec<u8> {
    use wasm_encoder::{
        CodeSection, ExportKind, ExportSection, Function, FunctionSection, MemArg, MemArgTarget,
        MemorySection, MemoryType, Module, TypeSection, ValType,
    };
    const LOCALS: u32 = 2_000;
    const STEPS: u32 = 600_000;
    let mut types = TypeSection::new();
    types.ty().function([], [ValType::I64]);
    let mut functions = FunctionSection::new();
    functions.function(0);
    let mut memories = MemorySection::new();
    memories.memory(MemoryType {
        minimum: 1,
        maximum: None,
        memory64: false,
        shared: false,
        page_size_log2: None,
    });
    let mut exports = ExportSection::new();
    exports.export("go", ExportKind::Func, 0);
    let mut body = Function::new([(LOCALS, ValType::I32)]);
    let at = |offset: u32| MemArg {
        offset: u64::from(offset),
        align: 2,
        target: MemArgTarget::Memory(0),
        ordering: None,
    };
    for step in 0..STEPS {
        let (a, b) = (
            step.wrapping_mul(7_919) % LOCALS,
            step.wrapping_mul(104_729) % LOCALS,
        );
        body.instructions()
            .local_get(a)
            .i32_load(at(step % 60_000))
            .local_set(b);
    }
    body.instructions().i64_const(1).end();
    let mut code = CodeSection::new();
    code.function(&body);
    let mut module = Module::new();
    module
        .section(&types)
        .section(&functions)
        .section(&memories)
        .section(&exports)
        .section(&code);
    lifted(&module)
}

/// A component around a core module that exports `go: func() -> i64`.
fn lifted(module: &wasm_encoder::Module) -> Vec<u8> {
    use wasm_encoder::{
        ComponentBuilder, ComponentExportKind, ComponentValType, ExportKind, PrimitiveValType,
    };
    let mut component = ComponentBuilder::default();
    let module = component.core_module(None, module);
    let instance = component.core_instantiate(None, module, []);
    let go = component.core_alias_export(None, instance, "go", ExportKind::Func);
    let (ty, mut encoder) = component.type_function(None);
    encoder
        .params::<_, ComponentValType>([])
        .result(Some(ComponentValType::Primitive(PrimitiveValType::S64)));
    let function = component.lift_func(None, go, ty, []);
    component.export("go", ComponentExportKind::Func, function, None);
    component.finish()
}
