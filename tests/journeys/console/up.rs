//! The console as its owner starts and ends it.

use guildhall_tests::Home;
use guildhall_tests::console::Up;
use rustix::process::Signal;

#[test]
fn a_console_is_made_with_the_printed_link_ends_well_and_knows_its_owner_at_the_next_start() {
    let home = Home::new();
    let up = Up::start(&home);
    assert!(up.path().starts_with("/start?key="), "{}", up.url);
    let mut ann = up.owner();
    let welcome = ann.get("/welcome");
    assert_eq!(welcome.status, 200);
    assert!(welcome.text().contains("This console is yours"));
    // From now on the command line approves nothing, and says where it is done.
    let config = std::fs::read_to_string(home.home().join("config.toml")).unwrap();
    assert_eq!(config, "approvals = \"console\"\n");
    let ran = home.guildhall(["approvals", "approve", "0198c0de"]);
    assert_eq!(ran.code, Some(4), "{}", ran.stderr);
    assert!(ran.stderr.contains("guildhall up"), "{}", ran.stderr);
    // A second one is told that the address is taken, and where the first is.
    let again = home.guildhall(["up", "--listen", &up.address]);
    assert_eq!(again.code, Some(2), "{}", again.stderr);
    assert!(again.stderr.contains("is taken"), "{}", again.stderr);
    assert_eq!(up.end(Signal::INT), Some(0));
    let up = Up::start(&home);
    assert_eq!(up.path(), "/");
    // The session outlives the process.
    let mut later = up.browser();
    later.cookie = ann.cookie;
    assert_eq!(later.get("/settings").status, 200);
    assert_eq!(up.browser().get("/settings").status, 303);
    assert_eq!(up.end(Signal::TERM), Some(0));
}
