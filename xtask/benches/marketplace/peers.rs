//! nginx and docker-registry, each with a folder and a port of its own. They end when they are dropped.

use guildhall_tests::wire::ask;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A server that others wrote.
pub struct Peer {
    child: Child,
    folder: TempDir,
    pub address: String,
}

impl Drop for Peer {
    fn drop(&mut self) {
        // nginx ends its workers on SIGTERM only.
        let _ = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        let _ = self.child.wait();
    }
}

impl Peer {
    /// nginx over an empty folder: two workers, as our service has two threads here; open files are kept open, nothing is logged.
    pub fn nginx() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let address = free_address();
        let at = folder.path().display();
        std::fs::create_dir(folder.path().join("www")).expect("a folder");
        let config = format!(
            "daemon off; user root; worker_processes 2; pid {at}/pid; error_log {at}/error.log;\n\
             events {{ worker_connections 1024; }}\n\
             http {{\n  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; etag on;\n  \
             open_file_cache max=1000 inactive=1h; open_file_cache_valid 1h;\n  \
             client_body_temp_path {at}/a; proxy_temp_path {at}/b; fastcgi_temp_path {at}/c; uwsgi_temp_path {at}/d; scgi_temp_path {at}/e;\n  \
             server {{ listen {address}; root {at}/www; }}\n}}\n"
        );
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, config).expect("a file");
        let mut command = Command::new("/usr/sbin/nginx");
        command.arg("-c").arg(&file);
        Self::start(command, folder, address)
    }

    /// Gives nginx a file to serve.
    pub fn holds(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.folder.path().join("www").join(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, bytes).expect("a file");
        format!("http://{}/{name}", self.address)
    }

    /// Debian's docker-registry over files, as its package configures it, without a log of requests.
    pub fn registry() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let address = free_address();
        let config = format!(
            "version: 0.1\nlog:\n  accesslog:\n    disabled: true\n  level: error\nstorage:\n  cache:\n    blobdescriptor: inmemory\n  \
             filesystem:\n    rootdirectory: {}\nhttp:\n  addr: {address}\n",
            folder.path().join("data").display()
        );
        let file = folder.path().join("config.yml");
        std::fs::write(&file, config).expect("a file");
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(&file);
        Self::start(command, folder, address)
    }

    /// Pushes a blob to the registry.
    pub fn push_blob(&self, repository: &str, bytes: &[u8]) {
        let digest = guildhall_package::Digest::of(bytes);
        let begin = format!("POST /v2/{repository}/blobs/uploads/");
        let begun = ask(&self.address, &begin, &[], b"");
        let location = begun.header("location");
        let path = location
            .split_once(&self.address)
            .map_or(location, |(_, path)| path);
        let separator = if path.contains('?') { '&' } else { '?' };
        let line = format!("PUT {path}{separator}digest={digest}");
        let kind = [("content-type", "application/octet-stream")];
        let done = ask(&self.address, &line, &kind, bytes);
        assert_eq!(done.status, 201, "{}", done.text());
    }

    /// Pushes a manifest to the registry.
    pub fn push_manifest(&self, repository: &str, tag: &str, bytes: &[u8]) {
        let line = format!("PUT /v2/{repository}/manifests/{tag}");
        let kind = [("content-type", "application/vnd.oci.image.manifest.v1+json")];
        let done = ask(&self.address, &line, &kind, bytes);
        assert_eq!(done.status, 201, "{}", done.text());
    }

    fn start(mut command: Command, folder: TempDir, address: String) -> Self {
        let log = std::fs::File::create(folder.path().join("said")).expect("a file");
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let peer = Self {
            child,
            folder,
            address,
        };
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(&peer.address).is_err() {
            assert!(
                Instant::now() < deadline,
                "{command:?} does not listen: {}",
                said(peer.folder.path())
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        peer
    }
}

fn said(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("said")).unwrap_or_default()
}

fn free_address() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address").to_string()
}
