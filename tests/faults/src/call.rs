//! What a call that was handed over means: which file or name it is about, as this process can reach it.

use crate::filter::Notice;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Longest path of the kernel.
const PATH_MAX: usize = 4096;

/// Where in a file something is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// Where the descriptor stands.
    Here,
    /// At this offset.
    Offset(u64),
}

/// A call, as far as a disk has to know it.
#[derive(Debug)]
pub(crate) enum Call {
    /// Bytes are written. `from` is where they are in the program's memory, if they are in one piece.
    Write {
        descriptor: u64,
        at: At,
        length: u64,
        from: Option<u64>,
    },
    /// A file gets another size; none: it only may.
    Resize { descriptor: u64, size: u64 },
    /// The same by name.
    ResizeName { path: PathBuf, size: u64 },
    /// A file or a folder is synced.
    Sync { descriptor: u64 },
    /// A file is opened to be written to; it may come to be, or be emptied.
    Open {
        path: PathBuf,
        creates: bool,
        empties: bool,
        writes: bool,
    },
    /// A folder or a symbolic link comes to be.
    Make { path: PathBuf, what: &'static str },
    /// A second name.
    Link { from: PathBuf, to: PathBuf },
    /// A name goes.
    Remove { path: PathBuf, folder: bool },
    /// A name becomes another one.
    Rename {
        from: PathBuf,
        to: PathBuf,
        flags: u32,
    },
    /// Can't be followed here, so it is not to be had.
    Unsupported,
    /// Nothing that lasts.
    Other,
}

impl Notice {
    /// A descriptor of the program as a path of this process.
    pub(crate) fn descriptor(&self, descriptor: u64) -> PathBuf {
        let number = i32::try_from(descriptor & 0xffff_ffff).unwrap_or(-1);
        PathBuf::from(format!("/proc/{}/fd/{number}", self.thread))
    }

    /// What the call means.
    pub(crate) fn meaning(&self) -> io::Result<Call> {
        let [a, b, c, d, ..] = self.arguments;
        let cwd = u64::from(libc::AT_FDCWD.cast_unsigned());
        let offset = |value: u64| At::Offset(value);
        Ok(match self.call {
            libc::SYS_write => self.write(a, At::Here, c, Some(b)),
            libc::SYS_pwrite64 => self.write(a, offset(d), c, Some(b)),
            libc::SYS_writev => self.write(a, At::Here, self.vectors(b, c)?, None),
            libc::SYS_pwritev | libc::SYS_pwritev2 => {
                self.write(a, offset(d), self.vectors(b, c)?, None)
            }
            libc::SYS_sendfile => self.write(a, At::Here, d, None),
            libc::SYS_copy_file_range => {
                let at = if d == 0 {
                    At::Here
                } else {
                    offset(self.number(d)?)
                };
                self.write(c, at, self.arguments[4], None)
            }
            libc::SYS_ftruncate => Call::Resize {
                descriptor: a,
                size: b,
            },
            libc::SYS_truncate => Call::ResizeName {
                path: self.place(cwd, a)?,
                size: b,
            },
            libc::SYS_fsync | libc::SYS_fdatasync => Call::Sync { descriptor: a },
            libc::SYS_open => self.opening(self.place(cwd, a)?, b),
            libc::SYS_creat => Call::Open {
                path: self.place(cwd, a)?,
                creates: true,
                empties: true,
                writes: true,
            },
            libc::SYS_openat => self.opening(self.place(a, b)?, c),
            // The first word of its settings are the flags.
            libc::SYS_openat2 => self.opening(self.place(a, b)?, self.number(c)?),
            libc::SYS_mkdir => self.making(cwd, a, "mkdir")?,
            libc::SYS_mkdirat => self.making(a, b, "mkdir")?,
            libc::SYS_symlink => self.making(cwd, b, "symlink")?,
            libc::SYS_symlinkat => self.making(b, c, "symlink")?,
            libc::SYS_unlink => self.removing(cwd, a, false)?,
            libc::SYS_rmdir => self.removing(cwd, a, true)?,
            libc::SYS_unlinkat => {
                let folder = c & u64::from(libc::AT_REMOVEDIR.cast_unsigned()) != 0;
                self.removing(a, b, folder)?
            }
            libc::SYS_link => self.linking((cwd, a), (cwd, b))?,
            libc::SYS_linkat => self.linking((a, b), (c, d))?,
            libc::SYS_rename => self.renaming((cwd, a), (cwd, b), 0)?,
            libc::SYS_renameat => self.renaming((a, b), (c, d), 0)?,
            libc::SYS_renameat2 => self.renaming((a, b), (c, d), self.arguments[4])?,
            libc::SYS_fallocate | libc::SYS_splice | libc::SYS_io_uring_setup => Call::Unsupported,
            _ => Call::Other,
        })
    }

    const fn write(&self, descriptor: u64, at: At, length: u64, from: Option<u64>) -> Call {
        let _ = self;
        Call::Write {
            descriptor,
            at,
            length,
            from,
        }
    }

    fn opening(&self, path: PathBuf, flags: u64) -> Call {
        let _ = self;
        let has = |flag: i32| flags & u64::from(flag.cast_unsigned()) != 0;
        if !has(libc::O_CREAT | libc::O_TRUNC | libc::O_WRONLY | libc::O_RDWR) {
            return Call::Other;
        }
        Call::Open {
            path,
            creates: has(libc::O_CREAT),
            empties: has(libc::O_TRUNC),
            writes: has(libc::O_WRONLY | libc::O_RDWR),
        }
    }

    fn making(&self, folder: u64, name: u64, what: &'static str) -> io::Result<Call> {
        Ok(Call::Make {
            path: self.place(folder, name)?,
            what,
        })
    }

    fn removing(&self, from: u64, name: u64, folder: bool) -> io::Result<Call> {
        Ok(Call::Remove {
            path: self.place(from, name)?,
            folder,
        })
    }

    fn linking(&self, from: (u64, u64), to: (u64, u64)) -> io::Result<Call> {
        Ok(Call::Link {
            from: self.place(from.0, from.1)?,
            to: self.place(to.0, to.1)?,
        })
    }

    fn renaming(&self, from: (u64, u64), to: (u64, u64), flags: u64) -> io::Result<Call> {
        Ok(Call::Rename {
            from: self.place(from.0, from.1)?,
            to: self.place(to.0, to.1)?,
            flags: u32::try_from(flags & 0xffff_ffff).unwrap_or(0),
        })
    }

    /// A path of the program, seen from here.
    fn place(&self, folder: u64, name: u64) -> io::Result<PathBuf> {
        let name = self.text(name)?;
        let name = Path::new(&name);
        if let Ok(own) = name.strip_prefix("/proc/self") {
            return Ok(PathBuf::from(format!("/proc/{}", self.thread)).join(own));
        }
        if name.is_absolute() {
            return Ok(name.to_owned());
        }
        let base = if folder & 0xffff_ffff == u64::from(libc::AT_FDCWD.cast_unsigned()) {
            PathBuf::from(format!("/proc/{}/cwd", self.thread))
        } else {
            self.descriptor(folder)
        };
        Ok(base.join(name))
    }

    fn memory(&self) -> io::Result<File> {
        File::open(format!("/proc/{}/mem", self.thread))
    }

    /// Bytes of the program's memory.
    pub(crate) fn bytes(&self, at: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.memory()?.read_exact_at(&mut bytes, at)?;
        Ok(bytes)
    }

    fn number(&self, at: u64) -> io::Result<u64> {
        let bytes = self.bytes(at, 8)?;
        let eight = bytes.first_chunk().copied().unwrap_or_default();
        Ok(u64::from_le_bytes(eight))
    }

    fn text(&self, at: u64) -> io::Result<String> {
        let mut bytes = vec![0; PATH_MAX];
        // The text can end right before memory that is not there.
        let read = self.memory()?.read_at(&mut bytes, at)?;
        bytes.truncate(read);
        let end = bytes.iter().position(|byte| *byte == 0);
        bytes.truncate(end.ok_or(io::ErrorKind::InvalidInput)?);
        String::from_utf8(bytes).map_err(|_| io::ErrorKind::InvalidInput.into())
    }

    /// How much several pieces are together.
    fn vectors(&self, at: u64, count: u64) -> io::Result<u64> {
        let mut sum = 0;
        for index in 0..count {
            sum += self.number(at + 16 * index + 8)?;
        }
        Ok(sum)
    }
}
