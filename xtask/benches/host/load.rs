//! Loading a skill whose code was compiled before, against the engine reading that code from its file.

use crate::floor;
use crate::guests;
use crate::table::{Line, Table, Times};
use guildhall_host::Host;
use std::path::Path;
use wasmtime::component::Component;

const TIMES: usize = 60;

/// The peer maps a file that it trusts; ours hashes what it loads and compares that with the journal.
pub async fn load(table: &mut Table, folder: &Path) {
    let mut lines = Vec::new();
    for (name, bytes) in guests::skills() {
        let engine = floor::engine();
        let file = folder.join("floor.cwasm");
        let code = engine.precompile_component(&bytes).expect("it compiles");
        std::fs::write(&file, &code).expect("it is written");
        let state = folder.join(format!("load-{name}"));
        let host = Host::builder()
            .state_dir(&state)
            .build()
            .await
            .expect("the host starts");
        let kept = host.load(&bytes).await.expect("it loads");
        let mut times: [Times; 3] = Default::default();
        let [raw, again, from_disk] = &mut times;
        for _ in 0..TIMES {
            raw.measure(1, || async {
                // SAFETY: this process wrote the file a moment ago.
                #[allow(unsafe_code)]
                let component = unsafe { Component::deserialize_file(&engine, &file) };
                drop(component.expect("it loads"));
            })
            .await;
            again
                .measure(1, || async {
                    drop(host.load(&bytes).await.expect("it loads"));
                })
                .await;
        }
        drop(kept);
        for _ in 0..TIMES {
            from_disk
                .measure(1, || async {
                    drop(host.load(&bytes).await.expect("it loads"));
                })
                .await;
        }
        host.shutdown().await;
        let base = times[0].at(0.5);
        let size = |bytes: &[u8]| bytes.len() / 1_000;
        lines.push(Line::new(
            format!(
                "{name}, {} kB, its code {} kB: deserialize_file",
                size(&bytes),
                size(&code)
            ),
            base,
            "µs",
        ));
        lines.push(
            Line::new("  load, in use already", times[1].at(0.5), "µs").against(base, "at most 2"),
        );
        lines.push(
            Line::new(
                "  load, code on the disk, read and checked",
                times[2].at(0.5),
                "µs",
            )
            .against(base, "stated"),
        );
    }
    table.section("Loading a skill that was compiled before, p50", lines);
}
