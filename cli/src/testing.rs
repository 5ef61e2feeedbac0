//! Values for tests.

use guildhall_host::{FolderIdentity, GrantLocation};
use guildhall_package::Access;

/// Some place.
#[allow(clippy::unwrap_used)]
pub fn location() -> GrantLocation {
    GrantLocation {
        name: "reports".parse().unwrap(),
        access: Access::Write,
        folder: "/out".into(),
        identity: FolderIdentity {
            device: 1,
            inode: 2,
        },
        file: None,
    }
}
