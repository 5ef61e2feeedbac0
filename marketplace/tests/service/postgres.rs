//! A PostgreSQL of this test process's own: one cluster, one database for each test. It ends with the process, however
//! that ends: a shell waits for the end of its standard input and then takes everything away.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

const BINARIES: &str = "/usr/lib/postgresql/15/bin";

/// `$1` is the folder of the binaries, `$2` that of the cluster; what follows are options of the server.
const SCRIPT: &str = r#"
set -e
"$1/initdb" --pgdata "$2/data" --username postgres --auth trust --no-sync --encoding UTF8 --locale C >"$2/initdb.log" 2>&1
"$1/postgres" -D "$2/data" -c listen_addresses= -c unix_socket_directories="$2" -c max_connections=600 -c fsync=off \
    -c shared_buffers=64MB -c full_page_writes=off "${@:3}" >"$2/server.log" 2>&1 </dev/null &
server=$!
for _ in $(seq 1 200); do
    if "$1/pg_isready" -q -h "$2" -U postgres; then echo ready; break; fi
    sleep 0.1
done
read -r _ || true
kill -QUIT "$server" || true
wait "$server" || true
rm -rf "$2"
"#;

struct Cluster {
    folder: PathBuf,
    _keeper: Child,
    // Closed when the process ends.
    _input: ChildStdin,
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();
static NUMBER: AtomicU32 = AtomicU32::new(0);

fn start(port: u16, files: &[(&str, &str)], options: &[&str]) -> Cluster {
    assert!(
        Path::new(BINARIES).join("postgres").exists(),
        "PostgreSQL 15 is not installed here; install it with `apt-get install postgresql-15`"
    );
    let folder = std::env::temp_dir().join(format!("guildhall-postgres-{}", uuid::Uuid::now_v7()));
    std::fs::create_dir(&folder).unwrap();
    for (name, content) in files {
        let path = folder.join(name);
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))
            .unwrap();
    }
    // PostgreSQL refuses to run as root.
    let root = rustix::process::geteuid().is_root();
    let mut command = if root {
        let owned = Command::new("chown")
            .args(["-R", "postgres"])
            .arg(&folder)
            .status();
        assert!(
            owned.unwrap().success(),
            "there is no user `postgres`; it comes with `apt-get install postgresql-15`"
        );
        let mut command = Command::new("runuser");
        command.args(["-u", "postgres", "--", "bash"]);
        command
    } else {
        Command::new("bash")
    };
    let mut keeper = command
        .args(["-c", SCRIPT, "postgres", BINARIES])
        .arg(&folder)
        .args(options)
        .env("PGPORT", port.to_string())
        .current_dir("/")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let input = keeper.stdin.take().unwrap();
    let mut line = String::new();
    BufReader::new(keeper.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let log = || std::fs::read_to_string(folder.join("server.log")).unwrap_or_default();
    assert_eq!(line.trim(), "ready", "PostgreSQL did not start: {}", log());
    Cluster {
        folder,
        _keeper: keeper,
        _input: input,
    }
}

/// A server that shows a certificate, at a port of this machine. It ends when it is dropped.
#[allow(dead_code, reason = "not every crate that has this file asks for it")]
pub struct Secured {
    _cluster: Cluster,
    /// Its port.
    pub port: u16,
}

#[allow(dead_code, reason = "not every crate that has this file asks for it")]
impl Secured {
    pub fn start(certificate: &str, key: &str) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let options = [
            "-clisten_addresses=127.0.0.1",
            "-cssl=on",
            "-cssl_cert_file=../cert.pem",
            "-cssl_key_file=../key.pem",
        ];
        let files = [("cert.pem", certificate), ("key.pem", key)];
        let cluster = start(port, &files, &options);
        Self {
            _cluster: cluster,
            port,
        }
    }
}

/// Address of a new, empty database.
pub fn database() -> String {
    let cluster = CLUSTER.get_or_init(|| start(5432, &[], &[]));
    let name = format!("t{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let made = Command::new(Path::new(BINARIES).join("createdb"))
        // Texts are in the order of a language, as with most operators: in it `~` comes before letters and digits.
        .args(["--template=template0", "--locale-provider=icu"])
        .args(["--icu-locale=en-US", "-U", "postgres", "-h"])
        .arg(&cluster.folder)
        .arg(&name)
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    format!(
        "postgres://postgres@localhost/{name}?host={}",
        cluster.folder.display()
    )
}
