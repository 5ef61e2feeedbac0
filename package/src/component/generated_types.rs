//! Types made up by proptest, written as WIT, compiled into a component, read back and compared.
#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;

use proptest::prelude::*;

use super::SkillPackage;
use crate::model::{Label, Type};
use crate::testing::component;

/// A type before it has a component.
#[derive(Debug, Clone)]
enum Made {
    Primitive(&'static str),
    List(Box<Made>),
    Option(Box<Made>),
    Result(Option<Box<Made>>, Option<Box<Made>>),
    Tuple(Vec<Made>),
    Record(Vec<Made>),
    Variant(Vec<Option<Made>>),
    Enum(usize),
    Flags(usize),
}

fn made() -> impl Strategy<Value = Made> {
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "bool", "s8", "u8", "s16", "u16", "s32", "u32", "s64", "u64", "f32", "f64", "char",
            "string",
        ])
        .prop_map(Made::Primitive),
        (1_usize..5).prop_map(Made::Enum),
        (1_usize..33).prop_map(Made::Flags),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        let maybe = prop::option::of(boxed.clone());
        prop_oneof![
            boxed.clone().prop_map(Made::List),
            boxed.prop_map(Made::Option),
            (maybe.clone(), maybe).prop_map(|(ok, err)| Made::Result(ok, err)),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Made::Tuple),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Made::Record),
            prop::collection::vec(prop::option::of(inner), 1..4).prop_map(Made::Variant),
        ]
    })
}

/// Writes WIT declarations for `made` and returns how it is referred to.
fn declare(made: &Made, out: &mut Vec<String>) -> String {
    let mut named = |body: &dyn Fn(&str) -> String| {
        let name = format!("t{}", out.len());
        out.push(body(&name));
        name
    };
    match made {
        Made::Primitive(name) => (*name).to_owned(),
        Made::Enum(count) => named(&|name| format!("enum {name} {{ {} }}", labels(*count))),
        Made::Flags(count) => named(&|name| format!("flags {name} {{ {} }}", labels(*count))),
        Made::List(item) => format!("list<{}>", declare(item, out)),
        Made::Option(item) => format!("option<{}>", declare(item, out)),
        Made::Tuple(items) => {
            let items: Vec<_> = items.iter().map(|item| declare(item, out)).collect();
            format!("tuple<{}>", items.join(", "))
        }
        Made::Result(ok, err) => {
            let mut side =
                |made: &Option<Box<Made>>| made.as_deref().map(|made| declare(made, out));
            match (side(ok), side(err)) {
                (None, None) => "result".to_owned(),
                (Some(ok), None) => format!("result<{ok}>"),
                (None, Some(err)) => format!("result<_, {err}>"),
                (Some(ok), Some(err)) => format!("result<{ok}, {err}>"),
            }
        }
        Made::Record(items) => {
            let mut body = String::new();
            for (index, item) in items.iter().enumerate() {
                let ty = declare(item, out);
                write!(body, "member-{index}: {ty}, ").unwrap();
            }
            let name = format!("t{}", out.len());
            out.push(format!("record {name} {{ {body} }}"));
            name
        }
        Made::Variant(items) => {
            let mut body = String::new();
            for (index, item) in items.iter().enumerate() {
                match item.as_ref().map(|item| declare(item, out)) {
                    Some(ty) => write!(body, "member-{index}({ty}), ").unwrap(),
                    None => write!(body, "member-{index}, ").unwrap(),
                }
            }
            let name = format!("t{}", out.len());
            out.push(format!("variant {name} {{ {body} }}"));
            name
        }
    }
}

fn labels(count: usize) -> String {
    let names: Vec<_> = (0..count).map(|index| format!("member-{index}")).collect();
    names.join(", ")
}

/// Whether what was read is what was made.
fn same(made: &Made, read: &Type) -> bool {
    let member = |index: usize, name: &str, wit_name: &str| {
        name == format!("member_{index}") && wit_name == format!("member-{index}")
    };
    let all = |labels: &[Label], count: usize| {
        labels.len() == count
            && labels
                .iter()
                .enumerate()
                .all(|(index, label)| member(index, &label.name, &label.wit_name))
    };
    let side = |made: &Option<Box<Made>>, read: &Option<Type>| match (made, read) {
        (None, None) => true,
        (Some(made), Some(read)) => same(made, read),
        _ => false,
    };
    match (made, read) {
        (Made::Primitive(name), read) => *name == read.kind(),
        (Made::List(made), Type::List(read)) | (Made::Option(made), Type::Option(read)) => {
            same(made, read)
        }
        (Made::Result(ok, err), Type::Result(read)) => side(ok, &read.ok) && side(err, &read.err),
        (Made::Tuple(made), Type::Tuple(read)) => {
            made.len() == read.len() && made.iter().zip(read.iter()).all(|(a, b)| same(a, b))
        }
        (Made::Record(made), Type::Record(read)) => {
            made.len() == read.fields.len()
                && read.wit_name.starts_with('t')
                && made
                    .iter()
                    .zip(&read.fields)
                    .enumerate()
                    .all(|(index, (made, field))| {
                        member(index, &field.name, &field.wit_name) && same(made, &field.ty)
                    })
        }
        (Made::Variant(made), Type::Variant(read)) => {
            made.len() == read.cases.len()
                && made
                    .iter()
                    .zip(&read.cases)
                    .enumerate()
                    .all(|(index, (made, case))| {
                        let made = made.clone().map(Box::new);
                        member(index, &case.name, &case.wit_name) && side(&made, &case.ty)
                    })
        }
        (Made::Enum(count), Type::Enum(read)) | (Made::Flags(count), Type::Flags(read)) => {
            all(&read.labels, *count)
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_type_that_wit_can_say_is_read_as_it_was_written(param in made(), result in made()) {
        let mut declarations = Vec::new();
        let takes = declare(&param, &mut declarations);
        let gives = declare(&result, &mut declarations);
        // A list keeps a top-level result whole.
        let wit = format!(
            "package local:test; interface api {{ {} f: func(it: {takes}) -> list<{gives}>; }} world skill {{ export api; }}",
            declarations.join(" ")
        );
        let package = SkillPackage::read(&component(&wit)).unwrap();
        let f = package.operation("f").unwrap();
        prop_assert_eq!(&f.unsupported, &None);
        prop_assert!(same(&param, &f.params.first().unwrap().ty), "{}", wit);
        prop_assert!(same(&Made::List(Box::new(result)), f.result.ok.as_ref().unwrap()), "{}", wit);
        prop_assert!(f.input_schema().is_object() && f.output_schema().is_object());
    }
}
