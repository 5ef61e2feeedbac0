//! File systems that hold no files: what is read there is the state of the machine or of this very process (its memory, its
//! environment), and what is written there changes it.

use cap_std::fs::Dir;
use std::io;

/// Their magic numbers (`linux/magic.h`) with names for people.
const KINDS: [(u32, &str); 16] = [
    (0x9fa0, "procfs"),
    (0x6265_6572, "sysfs"),
    (0x0027_e0eb, "a cgroup file system"),
    (0x6367_7270, "a cgroup file system"),
    (0x6462_6720, "debugfs"),
    (0x7472_6163, "tracefs"),
    (0x7363_6673, "securityfs"),
    (0x6265_6570, "configfs"),
    (0xcafe_4a11, "bpffs"),
    (0x6165_676c, "pstore"),
    (0xde5e_81e4, "efivarfs"),
    (0xf97c_ff8c, "selinuxfs"),
    (0x4341_5d53, "smackfs"),
    (0x4249_4e4d, "binfmt_misc"),
    (0x1cd1, "devpts"),
    (0x6e73_6673, "nsfs"),
];

/// The file system of an open folder by name, if it is one of these.
pub(super) fn kind_of(folder: &Dir) -> io::Result<Option<&'static str>> {
    let facts = rustix::fs::fstatfs(folder)?;
    // Its type differs between machines; the numbers have 32 bits.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let magic = facts.f_type as u32;
    Ok(kind(magic))
}

fn kind(magic: u32) -> Option<&'static str> {
    let found = KINDS.iter().find(|(number, _)| *number == magic);
    found.map(|(_, name)| *name)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use cap_std::ambient_authority;

    fn of(path: &str) -> Option<&'static str> {
        let folder = Dir::open_ambient_dir(path, ambient_authority()).unwrap();
        kind_of(&folder).unwrap()
    }

    #[test]
    fn the_state_of_the_machine_is_told_from_files() {
        assert_eq!(of("/proc"), Some("procfs"));
        assert_eq!(of("/proc/self"), Some("procfs"));
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(of(folder.path().to_str().unwrap()), None);
        assert_eq!(kind(0x6265_6572), Some("sysfs"));
        assert_eq!(kind(0xef53), None, "ext4");
    }
}
