//! An allocator that counts, so that "does not allocate" is measured and not believed.

use mimalloc::MiMalloc;
use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;

struct Counted;

thread_local! {
    static MADE: Cell<u64> = const { Cell::new(0) };
}

#[global_allocator]
static ALLOCATOR: Counted = Counted;

// SAFETY: every call goes to the allocator that the `guildhall` binary has, as it came.
#[allow(unsafe_code)]
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { MiMalloc.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { MiMalloc.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        unsafe { MiMalloc.dealloc(place, layout) }
    }

    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { MiMalloc.realloc(place, layout, size) }
    }
}

fn count() {
    // A thread that is ending has no counter any more.
    let _ = MADE.try_with(|made| made.set(made.get().wrapping_add(1)));
}

/// Allocations of this thread so far.
pub fn allocations() -> u64 {
    MADE.with(Cell::get)
}
