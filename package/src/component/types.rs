//! From the validated types of a component to our own type model.

use std::collections::HashMap;
use std::sync::Arc;

use wasmparser::PrimitiveValType;
use wasmparser::component_types::{
    ComponentAnyTypeId, ComponentDefinedType, ComponentDefinedTypeId, ComponentEntityType,
    ComponentValType,
};
use wasmparser::names::KebabString;
use wasmparser::types::TypesRef;

use crate::model::{
    Case, Field, Label, LabelsType, RecordType, ResultType, Type, VariantType, snake_case,
};
use crate::words::{Words, words_key};

/// A type with what writing it out in full would cost, as a number of parts.
#[derive(Clone)]
pub(super) struct Sized {
    pub ty: Type,
    pub nodes: usize,
    depth: usize,
}

impl Sized {
    const fn plus(mut self, nodes: usize) -> Self {
        self.nodes = self.nodes.saturating_add(nodes);
        self
    }
}

/// So many bytes of names and words weigh as much as one part of a type.
const BYTES_PER_PART: usize = 64;

/// Why a type cannot be used: a clause that follows "it" or "parameter `x`".
#[derive(Clone)]
pub(super) struct Unsupported(pub String);

type Read = Result<Sized, Unsupported>;

/// Where a type got its name.
#[derive(Clone, Copy)]
struct Named<'a> {
    interface: &'a str,
    name: &'a str,
}

/// Reads types of one component, each once.
pub(super) struct TypeReader<'a> {
    types: TypesRef<'a>,
    words: &'a Words,
    max_nodes: usize,
    names: HashMap<ComponentDefinedTypeId, Named<'a>>,
    /// From a type to the one that it renames, where its words may be.
    renames: HashMap<ComponentDefinedTypeId, ComponentDefinedTypeId>,
    done: HashMap<ComponentDefinedTypeId, Read>,
}

impl<'a> TypeReader<'a> {
    pub fn new(types: TypesRef<'a>, words: &'a Words, max_nodes: usize) -> Self {
        Self {
            types,
            words,
            max_nodes,
            names: HashMap::new(),
            renames: HashMap::new(),
            done: HashMap::new(),
        }
    }

    /// Most parts of one operation's types.
    pub const fn max_nodes(&self) -> usize {
        self.max_nodes
    }

    /// Learns the names of types that one import or export brings.
    pub fn learn(&mut self, name: &'a str, ty: &ComponentEntityType) {
        match ty {
            ComponentEntityType::Instance(id) => {
                if let Some(instance) = self.types.get(*id) {
                    for (item_name, item) in &instance.exports {
                        self.learn_type(name, item_name, &item.ty);
                    }
                }
            }
            other => self.learn_type("", name, other),
        }
    }

    fn learn_type(&mut self, interface: &'a str, name: &'a str, ty: &ComponentEntityType) {
        if let ComponentEntityType::Type {
            referenced: ComponentAnyTypeId::Defined(referenced),
            created: ComponentAnyTypeId::Defined(created),
        } = ty
        {
            self.names
                .entry(*created)
                .or_insert(Named { interface, name });
            if created != referenced {
                self.renames.entry(*created).or_insert(*referenced);
            }
        }
    }

    /// Name and documentation of a type. The name is the nearest, the words are the nearest that exist.
    fn describe(&self, id: ComponentDefinedTypeId) -> Described<'a> {
        let mut described = Described::default();
        let mut id = Some(id);
        // Renames form chains of at most one link for each interface.
        for _ in 0..32 {
            let Some(current) = id else { break };
            if let Some(named) = self.names.get(&current) {
                if described.name.is_empty() {
                    described.name = named.name;
                }
                let key = words_key(named.interface, named.name);
                if self.words.knows(&key) {
                    described.key = Some(key);
                    break;
                }
            }
            id = self.renames.get(&current).copied();
        }
        described
    }

    pub fn value(&mut self, ty: &ComponentValType) -> Read {
        match ty {
            ComponentValType::Primitive(primitive) => primitive_type(*primitive),
            ComponentValType::Type(id) => self.defined(*id),
        }
    }

    fn optional(&mut self, ty: Option<&ComponentValType>) -> Result<Option<Sized>, Unsupported> {
        ty.map(|ty| self.value(ty)).transpose()
    }

    /// The validator allows 100 levels, so this recursion ends early enough.
    fn defined(&mut self, id: ComponentDefinedTypeId) -> Read {
        if let Some(done) = self.done.get(&id) {
            return done.clone();
        }
        let read = self.build(id).and_then(|sized| self.bounded(sized));
        self.done.insert(id, read.clone());
        read
    }

    fn bounded(&self, sized: Sized) -> Read {
        if sized.depth > Type::MAX_DEPTH {
            return Err(Unsupported(format!(
                "nests types more than {} levels deep; flatten them",
                Type::MAX_DEPTH
            )));
        }
        if sized.nodes > self.max_nodes {
            return Err(Unsupported(format!(
                "uses a type of more than {} parts; make it smaller",
                self.max_nodes
            )));
        }
        Ok(sized)
    }

    fn build(&mut self, id: ComponentDefinedTypeId) -> Read {
        let types = self.types;
        let Some(ty) = types.get(id) else {
            return Err(Unsupported("uses a type that is not defined".to_owned()));
        };
        match ty {
            ComponentDefinedType::Primitive(primitive) => primitive_type(*primitive),
            ComponentDefinedType::Record(record) => self.record(id, record.fields.iter()),
            ComponentDefinedType::Variant(variant) => self.variant(
                id,
                variant
                    .cases
                    .iter()
                    .map(|(name, case)| (name, case.ty.as_ref())),
            ),
            ComponentDefinedType::List { element, .. } => {
                let item = self.value(element)?;
                Ok(parent(Type::List(Arc::new(item.ty.clone())), [&item]))
            }
            ComponentDefinedType::Option { ty, .. } => {
                let item = self.value(ty)?;
                Ok(parent(Type::Option(Arc::new(item.ty.clone())), [&item]))
            }
            ComponentDefinedType::Tuple(tuple) => {
                let items: Vec<Sized> = tuple
                    .types
                    .iter()
                    .map(|ty| self.value(ty))
                    .collect::<Result<_, _>>()?;
                let ty = Type::Tuple(items.iter().map(|item| item.ty.clone()).collect());
                Ok(parent(ty, &items))
            }
            ComponentDefinedType::Flags(labels) => Ok(self.labels(id, labels, Type::Flags)),
            ComponentDefinedType::Enum(labels) => Ok(self.labels(id, labels, Type::Enum)),
            ComponentDefinedType::Result { ok, err, .. } => {
                let ok = self.optional(ok.as_ref())?;
                let err = self.optional(err.as_ref())?;
                let ty = Type::Result(Arc::new(ResultType {
                    ok: ok.as_ref().map(|item| item.ty.clone()),
                    err: err.as_ref().map(|item| item.ty.clone()),
                }));
                Ok(parent(ty, ok.iter().chain(&err)))
            }
            ComponentDefinedType::Own(_) | ComponentDefinedType::Borrow(_) => Err(unsupported(
                "a resource handle, and operations exchange plain values; pass the data itself, for example as a record",
            )),
            ComponentDefinedType::Future { .. } => Err(unsupported(
                "a future, and a run never waits for its caller; pass the value itself",
            )),
            ComponentDefinedType::Stream { .. } => Err(unsupported(
                "a stream, and operations exchange whole values that can be recorded; use list<…>, or a granted file for large data",
            )),
            ComponentDefinedType::Map { .. } => Err(unsupported(
                "a map, which is not stable yet; use list<tuple<…, …>>",
            )),
            ComponentDefinedType::FixedLengthList { .. } => Err(unsupported(
                "a list of fixed length, which is not stable yet; use list<…> or a tuple",
            )),
        }
    }

    fn record<'t>(
        &mut self,
        id: ComponentDefinedTypeId,
        members: impl Iterator<Item = (&'t KebabString, &'t ComponentValType)>,
    ) -> Read {
        let described = self.describe(id);
        let mut parts = Vec::new();
        let mut fields = Vec::new();
        for (name, ty) in members {
            let part = self.value(ty)?;
            fields.push(Field {
                name: snake_case(name.as_str()),
                wit_name: name.to_string(),
                ty: part.ty.clone(),
                doc: described.member(self.words, name.as_str()),
            });
            parts.push(part);
        }
        let doc = described.own(self.words);
        let words = weight(&doc, fields.iter().map(|field| (&field.name, &field.doc)));
        let ty = Type::Record(Arc::new(RecordType {
            wit_name: described.name.to_owned(),
            doc,
            fields,
        }));
        Ok(parent(ty, &parts).plus(words))
    }

    fn variant<'t>(
        &mut self,
        id: ComponentDefinedTypeId,
        members: impl Iterator<Item = (&'t KebabString, Option<&'t ComponentValType>)>,
    ) -> Read {
        let described = self.describe(id);
        let mut parts = Vec::new();
        let mut cases = Vec::new();
        for (name, ty) in members {
            let part = self.optional(ty)?;
            cases.push(Case {
                name: snake_case(name.as_str()),
                wit_name: name.to_string(),
                ty: part.as_ref().map(|part| part.ty.clone()),
                doc: described.member(self.words, name.as_str()),
            });
            parts.push(part);
        }
        let doc = described.own(self.words);
        let words = weight(&doc, cases.iter().map(|case| (&case.name, &case.doc)));
        let count = cases.len();
        let ty = Type::Variant(Arc::new(VariantType {
            wit_name: described.name.to_owned(),
            doc,
            cases,
        }));
        Ok(parent(ty, parts.iter().flatten()).plus(count).plus(words))
    }

    fn labels<'t>(
        &self,
        id: ComponentDefinedTypeId,
        names: impl IntoIterator<Item = &'t KebabString>,
        make: fn(Arc<LabelsType>) -> Type,
    ) -> Sized {
        let described = self.describe(id);
        let labels: Vec<Label> = names
            .into_iter()
            .map(|name| Label {
                name: snake_case(name.as_str()),
                wit_name: name.to_string(),
                doc: described.member(self.words, name.as_str()),
            })
            .collect();
        let doc = described.own(self.words);
        let words = weight(&doc, labels.iter().map(|label| (&label.name, &label.doc)));
        let count = labels.len();
        let ty = make(Arc::new(LabelsType {
            wit_name: described.name.to_owned(),
            doc,
            labels,
        }));
        parent(ty, []).plus(count).plus(words)
    }
}

/// A name, and the key of its words.
#[derive(Default)]
struct Described<'a> {
    name: &'a str,
    key: Option<String>,
}

impl Described<'_> {
    fn own(&self, words: &Words) -> Option<String> {
        words.get(self.key.as_deref()?)
    }

    fn member(&self, words: &Words, member: &str) -> Option<String> {
        words.get(&format!("{}.{member}", self.key.as_deref()?))
    }
}

fn parent<'s>(ty: Type, parts: impl IntoIterator<Item = &'s Sized>) -> Sized {
    let (nodes, depth) = parts
        .into_iter()
        .fold((1_usize, 0), |(nodes, depth), part| {
            (nodes.saturating_add(part.nodes), depth.max(part.depth))
        });
    Sized {
        ty,
        nodes,
        depth: depth + 1,
    }
}

/// Long names and words count as parts, because a schema repeats them wherever the type is used.
fn weight<'s>(
    doc: &Option<String>,
    members: impl Iterator<Item = (&'s String, &'s Option<String>)>,
) -> usize {
    let text = |doc: &Option<String>| doc.as_ref().map_or(0, String::len);
    let bytes = members.fold(text(doc), |sum, (name, doc)| {
        sum.saturating_add(name.len()).saturating_add(text(doc))
    });
    bytes / BYTES_PER_PART
}

fn unsupported(what: &str) -> Unsupported {
    Unsupported(format!("uses {what}"))
}

fn primitive_type(primitive: PrimitiveValType) -> Read {
    let ty = match primitive {
        PrimitiveValType::Bool => Type::Bool,
        PrimitiveValType::S8 => Type::S8,
        PrimitiveValType::U8 => Type::U8,
        PrimitiveValType::S16 => Type::S16,
        PrimitiveValType::U16 => Type::U16,
        PrimitiveValType::S32 => Type::S32,
        PrimitiveValType::U32 => Type::U32,
        PrimitiveValType::S64 => Type::S64,
        PrimitiveValType::U64 => Type::U64,
        PrimitiveValType::F32 => Type::F32,
        PrimitiveValType::F64 => Type::F64,
        PrimitiveValType::Char => Type::Char,
        PrimitiveValType::String => Type::String,
        PrimitiveValType::ErrorContext => {
            return Err(unsupported(
                "an error-context, which only tools can read; use a string or a variant",
            ));
        }
    };
    Ok(Sized {
        ty,
        nodes: 1,
        depth: 1,
    })
}
