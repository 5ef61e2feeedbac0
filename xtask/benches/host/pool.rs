//! The sweep of the pool: what its settings cost a call of the raw engine, for a guest that touches little memory and one that
//! touches more.

use crate::floor::{Floor, POOL, Pool, engine_with};
use crate::guests;
use crate::table::{Line, Table, Times};
use wasmtime::Enabled;
use wasmtime::component::Val;

const TURNS: usize = 40;
const CALLS: usize = 50;

/// Rows are measured in turns, as everywhere.
pub async fn pool(table: &mut Table) {
    let settings: [(&str, Pool); 8] = [
        ("as the host has it", POOL),
        ("no memory kept", Pool { memory: 0, ..POOL }),
        (
            "64 kB kept",
            Pool {
                memory: 64 << 10,
                ..POOL
            },
        ),
        (
            "1 MB kept",
            Pool {
                memory: 1 << 20,
                ..POOL
            },
        ),
        ("no stack kept", Pool { stack: 0, ..POOL }),
        (
            "256 kB of stack kept",
            Pool {
                stack: 256 << 10,
                ..POOL
            },
        ),
        ("16 slots warm", Pool { warm: 16, ..POOL }),
        (
            "the kernel not asked",
            Pool {
                scan: Enabled::No,
                ..POOL
            },
        ),
    ];
    let mut lines = Vec::new();
    for touched in [1_u32, 32] {
        let mut base = f64::NAN;
        let floors: Vec<Floor> = settings
            .iter()
            .map(|(_, pool)| Floor::new(&engine_with(*pool), &guests::touches(), "touch"))
            .collect();
        let mut times: Vec<Times> = settings.iter().map(|_| Times::default()).collect();
        for turn in 0..TURNS {
            for (floor, times) in floors.iter().zip(&mut times) {
                times
                    .measure(CALLS, || async {
                        assert_eq!(floor.call(&[Val::U32(touched)]).await, Val::U32(touched));
                    })
                    .await;
                if turn == 0 {
                    times.clear();
                }
            }
        }
        for ((name, _), times) in settings.iter().zip(&times) {
            let middle = times.at(0.5);
            if base.is_nan() {
                base = middle;
            }
            let name = format!("{touched} pages of 4 kB written, {name}");
            lines.push(Line::new(name, middle, "µs").against(base, ""));
        }
    }
    table.section("The pool, raw engine, p50", lines);
}
