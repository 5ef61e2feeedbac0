//! The author's documentation, which the bytes of a component do not keep. Words only, never types.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use wit_parser::decoding::DecodedWasm;
use wit_parser::{Docs, Interface, Resolve, TypeDefKind, World, WorldItem, WorldKey};

use crate::text::{plain, plain_lines};

/// Documentation of a skill's own WIT package: untrusted text.
///
/// Keys are `INTERFACE#ITEM` and `INTERFACE#ITEM.MEMBER`, where INTERFACE is a full name without version
/// (`local:rates/api#convert`) or empty for items of the world (`#convert`).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Words(BTreeMap<String, String>);

/// Why no words could be read from a WIT package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the WIT package cannot be read for its documentation: {0}; encode it with wit-component of the same version"
)]
pub struct WordsError(String);

impl Words {
    /// Reads the documentation of a package as encoded by `wit_component::encode`.
    ///
    /// If the package has several worlds, `exports` (top-level names of the component) picks the one that fits best.
    ///
    /// # Errors
    /// The bytes are not an encoded WIT package. Give only bytes of one's own build: the decoder is not made for hostile ones.
    pub fn of_wit_package(bytes: &[u8], exports: &[&str]) -> Result<Self, WordsError> {
        let decoded = wit_parser::decoding::decode(bytes)
            .map_err(|error| WordsError(plain(&error.to_string(), 300)))?;
        let DecodedWasm::WitPackage(resolve, package) = decoded else {
            return Err(WordsError("it is a component, not a package".to_owned()));
        };
        let mut words = Self::default();
        for (id, interface) in resolve.interfaces.iter() {
            if let Some(name) = resolve.id_of(id) {
                words.interface(&resolve, &name, interface);
            }
        }
        let fit = |world: &World| {
            let offers = |name: &str| {
                world
                    .exports
                    .keys()
                    .any(|key| resolve.name_world_key(key) == name)
            };
            exports.iter().filter(|name| offers(name)).count()
        };
        let worlds = resolve
            .packages
            .get(package)
            .map(|package| &package.worlds)
            .into_iter()
            .flat_map(|worlds| worlds.values())
            .filter_map(|id| resolve.worlds.get(*id));
        // `max_by_key` keeps the last of equals; the first is meant.
        let best = worlds.fold(None::<(usize, &World)>, |best, world| match best {
            Some((fits, _)) if fits >= fit(world) => best,
            _ => Some((fit(world), world)),
        });
        if let Some((_, world)) = best {
            words.world(&resolve, world);
        }
        Ok(words)
    }

    /// The text of a key, safe to show: see [`plain_lines`]. At most 100 lines of 1,000 characters.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<String> {
        let text = self.0.get(key)?;
        Some(plain_lines(text, 100, 1000).join("\n"))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is text for an item or one of its members.
    pub(crate) fn knows(&self, key: &str) -> bool {
        self.0
            .range(key.to_owned()..)
            .next()
            .is_some_and(|(found, _)| {
                found
                    .strip_prefix(key)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
    }

    fn put(&mut self, key: String, docs: &Docs) {
        if let Some(text) = docs.contents.as_deref() {
            let text = text.trim();
            if !text.is_empty() {
                self.0.insert(key, text.to_owned());
            }
        }
    }

    fn interface(&mut self, resolve: &Resolve, name: &str, interface: &Interface) {
        for (function, item) in &interface.functions {
            self.put(words_key(name, function), &item.docs);
        }
        for id in interface.types.values() {
            self.type_def(resolve, name, *id);
        }
    }

    fn world(&mut self, resolve: &Resolve, world: &World) {
        for (key, item) in world.imports.iter().chain(&world.exports) {
            match (key, item) {
                (WorldKey::Name(name), WorldItem::Function(function)) => {
                    self.put(words_key("", name), &function.docs);
                }
                (WorldKey::Name(name), WorldItem::Interface { id, .. }) => {
                    if let Some(interface) = resolve.interfaces.get(*id) {
                        self.interface(resolve, name, interface);
                    }
                }
                (_, WorldItem::Type { id, .. }) => self.type_def(resolve, "", *id),
                _ => {}
            }
        }
    }

    fn type_def(&mut self, resolve: &Resolve, interface: &str, id: wit_parser::TypeId) {
        let Some(def) = resolve.types.get(id) else {
            return;
        };
        let Some(name) = def.name.as_deref() else {
            return;
        };
        let key = words_key(interface, name);
        match &def.kind {
            TypeDefKind::Record(record) => {
                for field in &record.fields {
                    self.put(format!("{key}.{}", field.name), &field.docs);
                }
            }
            TypeDefKind::Variant(variant) => {
                for case in &variant.cases {
                    self.put(format!("{key}.{}", case.name), &case.docs);
                }
            }
            TypeDefKind::Enum(labels) => {
                for case in &labels.cases {
                    self.put(format!("{key}.{}", case.name), &case.docs);
                }
            }
            TypeDefKind::Flags(labels) => {
                for flag in &labels.flags {
                    self.put(format!("{key}.{}", flag.name), &flag.docs);
                }
            }
            _ => {}
        }
        self.put(key, &def.docs);
    }
}

/// Key of an item. `interface` may carry a version, which does not count.
pub(crate) fn words_key(interface: &str, item: &str) -> String {
    let interface = interface.split('@').next().unwrap_or(interface);
    format!("{interface}#{item}")
}
