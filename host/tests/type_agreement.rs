//! The type model of `package` says the same as wasmtime, on generated components.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use arbitrary::Unstructured;
use guildhall_package::{Operation, SkillPackage, Type};
use wasmtime::component::Component;
use wasmtime::component::types::{ComponentFunc, ComponentItem, Type as Engine};
use wit_component::{ComponentEncoder, StringEncoding, dummy_module, embed_component_metadata};
use wit_parser::{ManglingAndAbi, Resolve};

/// Bytes that look random and are the same on every machine (xorshift64*).
fn noise(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..length)
        .map(|_| {
            state ^= state >> 12;
            state ^= state << 25;
            state ^= state >> 27;
            (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 56) as u8
        })
        .collect()
}

fn engine() -> wasmtime::Engine {
    let mut config = wasmtime::Config::new();
    config.wasm_component_model(true);
    wasmtime::Engine::new(&config).unwrap()
}

/// Components of all worlds of one generated WIT package.
fn from_wit(seed: u64) -> Vec<Vec<u8>> {
    let bytes = noise(seed, 8_000);
    let mut input = Unstructured::new(&bytes);
    let Ok(wasm) = wit_smith::smith(&wit_smith::Config::default(), &mut input) else {
        return Vec::new();
    };
    let Ok(decoded) = wit_component::decode(&wasm) else {
        return Vec::new();
    };
    let resolve: &Resolve = decoded.resolve();
    resolve
        .worlds
        .iter()
        .filter_map(|(world, _)| {
            let mut module = dummy_module(resolve, world, ManglingAndAbi::Standard32);
            embed_component_metadata(&mut module, resolve, world, StringEncoding::UTF8, false)
                .ok()?;
            ComponentEncoder::default()
                .module(&module)
                .ok()?
                .encode()
                .ok()
        })
        .collect()
}

fn from_wasm_smith(seed: u64) -> Option<Vec<u8>> {
    let bytes = noise(seed, 4_000);
    let mut input = Unstructured::new(&bytes);
    wasm_smith::Component::new(wasm_smith::Config::default(), &mut input)
        .ok()
        .map(|component| component.to_bytes())
}

/// Compares every operation of a component. Answers how many were compared.
fn compare(engine: &wasmtime::Engine, bytes: &[u8]) -> usize {
    let Ok(package) = SkillPackage::read(bytes) else {
        return 0;
    };
    let Ok(component) = Component::new(engine, bytes) else {
        return 0;
    };
    let mut compared = 0;
    for operation in package
        .operations
        .iter()
        .filter(|o| o.unsupported.is_none())
    {
        let function = find(engine, &component, operation);
        let params: Vec<Engine> = function.params().map(|(_, ty)| ty).collect();
        assert_eq!(params.len(), operation.params.len(), "{operation:?}");
        for (param, engine_type) in operation.params.iter().zip(&params) {
            same(&param.ty, engine_type);
        }
        let results: Vec<Engine> = function.results().collect();
        match (&operation.result.err, results.as_slice()) {
            (None, []) => assert!(operation.result.ok.is_none()),
            (None, [only]) => same(operation.result.ok.as_ref().unwrap(), only),
            (Some(err), [Engine::Result(result)]) => {
                both(operation.result.ok.as_ref(), result.ok());
                both(err.as_ref(), result.err());
            }
            other => panic!("{other:?}"),
        }
        compared += 1;
    }
    compared
}

fn find(engine: &wasmtime::Engine, component: &Component, operation: &Operation) -> ComponentFunc {
    let ty = component.component_type();
    let item = match &operation.export.interface {
        None => ty
            .get_export(engine, &operation.export.function)
            .map(|export| export.ty),
        Some(interface) => match ty.get_export(engine, interface).map(|export| export.ty) {
            Some(ComponentItem::ComponentInstance(instance)) => instance
                .get_export(engine, &operation.export.function)
                .map(|export| export.ty),
            _ => None,
        },
    };
    match item {
        Some(ComponentItem::ComponentFunc(function)) => function,
        _ => panic!("wasmtime does not know {:?}", operation.export),
    }
}

fn both(ours: Option<&Type>, theirs: Option<Engine>) {
    match (ours, theirs) {
        (None, None) => {}
        (Some(ours), Some(theirs)) => same(ours, &theirs),
        other => panic!("{other:?}"),
    }
}

fn same(ours: &Type, theirs: &Engine) {
    match (ours, theirs) {
        (Type::Bool, Engine::Bool)
        | (Type::S8, Engine::S8)
        | (Type::U8, Engine::U8)
        | (Type::S16, Engine::S16)
        | (Type::U16, Engine::U16)
        | (Type::S32, Engine::S32)
        | (Type::U32, Engine::U32)
        | (Type::S64, Engine::S64)
        | (Type::U64, Engine::U64)
        | (Type::F32, Engine::Float32)
        | (Type::F64, Engine::Float64)
        | (Type::Char, Engine::Char)
        | (Type::String, Engine::String) => {}
        (Type::List(ours), Engine::List(theirs)) => same(ours, &theirs.ty()),
        (Type::Option(ours), Engine::Option(theirs)) => same(ours, &theirs.ty()),
        (Type::Result(ours), Engine::Result(theirs)) => {
            both(ours.ok.as_ref(), theirs.ok());
            both(ours.err.as_ref(), theirs.err());
        }
        (Type::Tuple(ours), Engine::Tuple(theirs)) => {
            assert_eq!(ours.len(), theirs.types().len());
            for (ours, theirs) in ours.iter().zip(theirs.types()) {
                same(ours, &theirs);
            }
        }
        (Type::Record(ours), Engine::Record(theirs)) => {
            assert_eq!(ours.fields.len(), theirs.fields().len());
            for (ours, theirs) in ours.fields.iter().zip(theirs.fields()) {
                assert_eq!(ours.wit_name, theirs.name);
                same(&ours.ty, &theirs.ty);
            }
        }
        (Type::Variant(ours), Engine::Variant(theirs)) => {
            assert_eq!(ours.cases.len(), theirs.cases().len());
            for (ours, theirs) in ours.cases.iter().zip(theirs.cases()) {
                assert_eq!(ours.wit_name, theirs.name);
                both(ours.ty.as_ref(), theirs.ty);
            }
        }
        (Type::Enum(ours), Engine::Enum(theirs)) => {
            let ours: Vec<&str> = ours
                .labels
                .iter()
                .map(|label| label.wit_name.as_str())
                .collect();
            assert_eq!(ours, theirs.names().collect::<Vec<_>>());
        }
        (Type::Flags(ours), Engine::Flags(theirs)) => {
            let ours: Vec<&str> = ours
                .labels
                .iter()
                .map(|label| label.wit_name.as_str())
                .collect();
            assert_eq!(ours, theirs.names().collect::<Vec<_>>());
        }
        other => panic!("the two models differ: {other:?}"),
    }
}

#[test]
fn the_type_model_agrees_with_wasmtime_on_generated_worlds() {
    let engine = engine();
    let mut compared = 0;
    for seed in 0..4_000 {
        for component in from_wit(seed) {
            compared += compare(&engine, &component);
        }
    }
    // Far fewer would mean that the generator or the reader gave up and the test shows nothing.
    assert!(compared > 100, "only {compared} operations were compared");
}

#[test]
fn the_type_model_agrees_with_wasmtime_on_components_of_wasm_smith() {
    let engine = engine();
    let mut read = 0;
    for seed in 0..600 {
        if let Some(component) = from_wasm_smith(seed) {
            read += usize::from(SkillPackage::read(&component).is_ok());
            compare(&engine, &component);
        }
    }
    assert!(read > 20, "only {read} components could be read");
}
