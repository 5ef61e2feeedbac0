//! Top-level exports as operations.

use std::collections::HashMap;

use wasmparser::component_types::{
    ComponentDefinedType, ComponentEntityType, ComponentFuncType, ComponentFuncTypeId,
    ComponentValType,
};
use wasmparser::types::TypesRef;

use super::types::{TypeReader, Unsupported};
use super::{ExportPath, OpResult, Operation, Param, ReadError, ReadLimits};
use crate::model::snake_case;
use crate::words::{Words, words_key};

/// An exported function before it has a name of its own.
struct Found<'a> {
    interface: Option<&'a str>,
    function: &'a str,
    ty: ComponentFuncTypeId,
}

pub(super) fn read<'a>(
    types: TypesRef<'a>,
    imports: &[&'a str],
    exports: &[&'a str],
    words: &'a Words,
    limits: &ReadLimits,
) -> Result<Vec<Operation>, ReadError> {
    let mut reader = TypeReader::new(types, words, limits.max_type_nodes);
    let mut found = Vec::new();
    for name in imports {
        if let Some(item) = types.component_item_for_import(name) {
            reader.learn(name, &item.ty);
        }
    }
    for name in exports {
        let Some(item) = types.component_item_for_export(name) else {
            continue;
        };
        reader.learn(name, &item.ty);
        match item.ty {
            ComponentEntityType::Func(ty) => found.push(Found {
                interface: None,
                function: name,
                ty,
            }),
            ComponentEntityType::Instance(id) => {
                if let Some(instance) = types.get(id) {
                    found.extend(instance.exports.iter().filter_map(
                        |(function, item)| match item.ty {
                            ComponentEntityType::Func(ty) => Some(Found {
                                interface: Some(name),
                                function,
                                ty,
                            }),
                            _ => None,
                        },
                    ));
                }
            }
            _ => {}
        }
    }
    found.retain(|found| !is_toolchain_hook(types, found));
    if found.len() > limits.max_operations {
        return Err(ReadError::TooMany {
            what: "exported functions",
            limit: limits.max_operations,
        });
    }
    let names = Names::count(&found);
    let mut left = limits.max_total_nodes;
    Ok(found
        .iter()
        .map(|found| operation(types, &mut reader, found, &names, words, &mut left))
        .collect())
}

/// Initialisers that interpreters leave exported: componentize-qjs a function `init` that takes a script,
/// componentize-py an interface `exports` whose `init` takes symbols.
fn is_toolchain_hook(types: TypesRef<'_>, found: &Found<'_>) -> bool {
    let marker = match (found.interface, found.function) {
        (None, "init") => "script",
        (Some("exports"), "init") => "symbols",
        _ => return false,
    };
    types
        .get(found.ty)
        .is_some_and(|ty| ty.params.iter().any(|(name, _)| name.as_str() == marker))
}

/// How often each name occurs, so that only ambiguous ones get longer.
struct Names<'a> {
    functions: HashMap<&'a str, usize>,
    qualified: HashMap<(&'a str, &'a str), usize>,
}

impl<'a> Names<'a> {
    fn count(found: &[Found<'a>]) -> Self {
        let mut names = Self {
            functions: HashMap::new(),
            qualified: HashMap::new(),
        };
        for one in found {
            *names.functions.entry(one.function).or_default() += 1;
            if let Some(interface) = one.interface {
                let short = short_interface(interface);
                *names.qualified.entry((short, one.function)).or_default() += 1;
            }
        }
        names
    }

    fn name(&self, found: &Found<'a>) -> String {
        let function = found.function;
        let Some(interface) = found.interface else {
            return function.to_owned();
        };
        if self.functions.get(function) == Some(&1) {
            return function.to_owned();
        }
        let short = short_interface(interface);
        if self.qualified.get(&(short, function)) == Some(&1) {
            format!("{short}.{function}")
        } else {
            format!("{interface}.{function}")
        }
    }
}

/// `api` of `local:rates/api@1.0.0`.
fn short_interface(interface: &str) -> &str {
    let path = interface.split('@').next().unwrap_or(interface);
    path.rsplit('/').next().unwrap_or(path)
}

fn operation(
    types: TypesRef<'_>,
    reader: &mut TypeReader<'_>,
    found: &Found<'_>,
    names: &Names<'_>,
    words: &Words,
    left: &mut usize,
) -> Operation {
    let key = words_key(found.interface.unwrap_or_default(), found.function);
    let mut operation = Operation {
        name: names.name(found),
        doc: words.get(&key),
        export: ExportPath {
            interface: found.interface.map(str::to_owned),
            function: found.function.to_owned(),
        },
        params: Vec::new(),
        result: OpResult::default(),
        unsupported: None,
    };
    let signature = match types.get(found.ty) {
        Some(ty) => signature(types, reader, found.function, ty, left),
        None => Err(Unsupported("it has no type".to_owned())),
    };
    match signature {
        Ok((params, result)) => {
            operation.params = params;
            operation.result = result;
        }
        Err(Unsupported(why)) => operation.unsupported = Some(why),
    }
    operation
}

fn signature(
    types: TypesRef<'_>,
    reader: &mut TypeReader<'_>,
    function: &str,
    ty: &ComponentFuncType,
    left: &mut usize,
) -> Result<(Vec<Param>, OpResult), Unsupported> {
    if function.starts_with('[') {
        return Err(Unsupported(
            "it belongs to a resource, and operations are plain functions; export a function that takes and returns values"
                .to_owned(),
        ));
    }
    if ty.async_ {
        return Err(Unsupported(
            "it is an async function, and a run never waits for its caller; export it without `async`"
                .to_owned(),
        ));
    }
    let mut nodes = 0_usize;
    let mut params = Vec::with_capacity(ty.params.len());
    for (name, ty) in &ty.params {
        let read = reader
            .value(ty)
            .map_err(|Unsupported(why)| Unsupported(format!("its parameter `{name}` {why}")))?;
        nodes = nodes.saturating_add(read.nodes);
        params.push(Param {
            name: snake_case(name.as_str()),
            wit_name: name.to_string(),
            ty: read.ty,
        });
    }
    let mut value = |ty: Option<&ComponentValType>| match ty {
        None => Ok(None),
        Some(ty) => {
            let read = reader
                .value(ty)
                .map_err(|Unsupported(why)| Unsupported(format!("its result {why}")))?;
            nodes = nodes.saturating_add(read.nodes);
            Ok(Some(read.ty))
        }
    };
    let result = match top_level_result(types, ty.result.as_ref()) {
        Some((ok, err)) => OpResult {
            ok: value(ok.as_ref())?,
            err: Some(value(err.as_ref())?),
        },
        None => OpResult {
            ok: value(ty.result.as_ref())?,
            err: None,
        },
    };
    if nodes > reader.max_nodes() {
        return Err(Unsupported(format!(
            "its types have more than {} parts together; make them smaller",
            reader.max_nodes()
        )));
    }
    match left.checked_sub(nodes) {
        Some(rest) => *left = rest,
        None => {
            return Err(Unsupported(
                "the skill's operations together use too many types; split it into several skills"
                    .to_owned(),
            ));
        }
    }
    Ok((params, result))
}

type Split = (Option<ComponentValType>, Option<ComponentValType>);

fn top_level_result(types: TypesRef<'_>, ty: Option<&ComponentValType>) -> Option<Split> {
    let Some(ComponentValType::Type(id)) = ty else {
        return None;
    };
    match types.get(*id)? {
        ComponentDefinedType::Result { ok, err, .. } => Some((*ok, *err)),
        _ => None,
    }
}
