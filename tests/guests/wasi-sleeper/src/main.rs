//! A stranger's program that waits for an hour.

fn main() {
    std::thread::sleep(std::time::Duration::from_secs(3_600));
}
