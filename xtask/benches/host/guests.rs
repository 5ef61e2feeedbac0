//! Guests that are measured: small components in text form, so that what is timed can be read, and a few as authors make them.

use serde_json::{Value, json};
use wasmtime::component::Val;

/// Adds two numbers: the cheapest call there is, which shows what the host adds.
///
/// `number` makes the bytes, and so the digest, differ.
pub fn sum(number: usize) -> Vec<u8> {
    component(&format!(
        r#"(component
            (@custom "number" "{number}")
            (core module $m
                (memory (export "memory") 2)
                (func (export "sum") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
            (core instance $i (instantiate $m))
            (func (export "sum") (param "a" u32) (param "b" u32) (result u32) (canon lift (core func $i "sum"))))"#
    ))
}

/// Goes round a loop so often as it is told, with a multiplication each time: work of a known length.
pub fn rounds() -> Vec<u8> {
    component(
        r#"(component
            (core module $m
                (memory (export "memory") 2)
                (func (export "rounds") (param $n i32) (param $x i32) (result i32)
                    (loop $again
                        local.get $x
                        i32.const 1664525
                        i32.mul
                        i32.const 1013904223
                        i32.add
                        local.set $x
                        local.get $n
                        i32.const 1
                        i32.sub
                        local.tee $n
                        br_if $again)
                    local.get $x))
            (core instance $i (instantiate $m))
            (func (export "rounds") (param "count" u32) (param "seed" u32) (result u32)
                (canon lift (core func $i "rounds"))))"#,
    )
}

/// Writes a byte into each of so many pages of 4 kB.
pub fn touches() -> Vec<u8> {
    component(
        r#"(component
            (core module $m
                (memory (export "memory") 4)
                (func (export "touch") (param $pages i32) (result i32)
                    (local $at i32)
                    (loop $again
                        (i32.store8 (i32.mul (local.get $at) (i32.const 4096)) (i32.const 1))
                        (local.set $at (i32.add (local.get $at) (i32.const 1)))
                        (br_if $again (i32.lt_u (local.get $at) (local.get $pages))))
                    local.get $pages))
            (core instance $i (instantiate $m))
            (func (export "touch") (param "pages" u32) (result u32) (canon lift (core func $i "touch"))))"#,
    )
}

fn component(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("the component is well formed")
}

/// Takes a list of records, as an interface of a document has it. Never called: only its types are of use here.
pub fn lines() -> Vec<u8> {
    component(
        r#"(component
            (type $result (result u32 (error string)))
            (type $line' (record
                (field "name" string) (field "quantity" u32) (field "price" float64) (field "hs-code" string)
                (field "tags" (list string)) (field "weight" $result) (field "note" (option string))))
            (import "types" (instance $types
                (alias outer 1 $line' (type $l))
                (export "line" (type $line (eq $l)))))
            (alias export $types "line" (type $line))
            (core module $m
                (memory (export "memory") 2)
                (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
                (func (export "check") (param i32 i32) (result i32) unreachable))
            (core instance $i (instantiate $m))
            (func (export "check") (param "lines" (list $line)) (result u32)
                (canon lift (core func $i "check") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"#,
    )
}

/// Skills as they are built for the tests, by name and bytes: `cargo xtask guests` has put them there.
pub fn skills() -> Vec<(String, Vec<u8>)> {
    ["vat-report", "pay-supplier"]
        .iter()
        .map(|name| ((*name).to_owned(), built(name)))
        .collect()
}

/// The Rust skill `tests/guests/totals`.
pub fn totals() -> Vec<u8> {
    built("totals")
}

/// What `totals` is given: an invoice of so many lines.
pub fn invoice_json(lines: u32) -> Value {
    let lines: Vec<Value> = (0..lines)
        .map(|n| json!({ "description": description(n), "quantity": n + 1, "price_minor": 12_550, "vat_rate": 1_900 }))
        .collect();
    json!({ "currency": "EUR", "lines": lines })
}

/// The same as values of the engine.
pub fn invoice_values(lines: u32) -> Vec<Val> {
    let field = |name: &str, value| (name.to_owned(), value);
    let lines = (0..lines)
        .map(|n| {
            Val::Record(vec![
                field("description", Val::String(description(n))),
                field("quantity", Val::U32(n + 1)),
                field("price-minor", Val::S64(12_550)),
                field("vat-rate", Val::U32(1_900)),
            ])
        })
        .collect();
    vec![Val::String("EUR".to_owned()), Val::List(lines)]
}

fn description(line: u32) -> String {
    format!("Hydraulic pump, position {line}")
}

/// A skill as it is built for the tests.
pub fn built(name: &str) -> Vec<u8> {
    let folder = std::env::var_os("GUILDHALL_GUESTS").map(std::path::PathBuf::from);
    let folder = folder.expect("GUILDHALL_GUESTS names the folder of built skills");
    std::fs::read(folder.join(format!("{name}.wasm"))).expect("run `cargo xtask guests` first")
}

/// Hands one order to `payments.stage` and gives back what it answers.
pub fn pays() -> Vec<u8> {
    component(
        r#"(component
            (import "guildhall:skill/types@1.0.0" (instance $types
                (type $k' (enum "denied" "invalid" "limit-reached" "not-found" "conflict" "unavailable" "failed"))
                (export "refusal-kind" (type $k (eq $k')))
                (type $r' (record (field "kind" $k) (field "rule" string) (field "message" string)))
                (export "refusal" (type $r (eq $r')))
                (type $m' (record (field "minor" s64) (field "currency" string)))
                (export "money" (type $m (eq $m')))
                (type $e' u32)
                (export "effect" (type $e (eq $e')))))
            (alias export $types "effect" (type $effect))
            (alias export $types "money" (type $money))
            (alias export $types "refusal" (type $refusal))
            (import "guildhall:skill/payments@1.0.0" (instance $payments
                (alias outer 1 $effect (type $e'))
                (export "effect" (type $e (eq $e')))
                (alias outer 1 $money (type $m'))
                (export "money" (type $m (eq $m')))
                (alias outer 1 $refusal (type $r'))
                (export "refusal" (type $r (eq $r')))
                (type $a' (record (field "scheme" string) (field "id" string)))
                (export "account" (type $a (eq $a')))
                (type $date (option string))
                (type $effects (list $e))
                (type $o' (record (field "payee" $a) (field "payee-name" string) (field "amount" $m) (field "document" string)
                    (field "requested-date" $date) (field "reason" string) (field "requires" $effects)))
                (export "order" (type $o (eq $o')))
                (type $answer (result $e (error $r)))
                (export "stage" (func (param "order" $o) (result $answer)))))
            (alias export $payments "order" (type $order))
            (alias export $payments "stage" (func $stage))
            (core module $memory
                (memory (export "memory") 2)
                (global $next (mut i32) (i32.const 1024))
                (func (export "realloc") (param i32 i32 i32) (param $size i32) (result i32)
                    (local $place i32)
                    global.get $next
                    i32.const 7
                    i32.add
                    i32.const -8
                    i32.and
                    local.tee $place
                    local.get $size
                    i32.add
                    global.set $next
                    local.get $place))
            (core instance $m (instantiate $memory))
            (core func $lowered (canon lower (func $stage) (memory (core memory $m "memory")) (realloc (core func $m "realloc"))))
            (core module $code
                (import "payments" "stage" (func $stage (param i32 i32)))
                (func (export "pay") (param $order i32) (result i32)
                    local.get $order
                    i32.const 512
                    call $stage
                    i32.const 512))
            (core instance $c (instantiate $code
                (with "payments" (instance (export "stage" (func $lowered))))))
            (type $answer (result $effect (error $refusal)))
            (func (export "pay") (param "order" $order) (result $answer)
                (canon lift (core func $c "pay") (memory (core memory $m "memory")) (realloc (core func $m "realloc")))))"#,
    )
}
