//! A reviewer that is a process of its own: a command that the embedder names, with no environment and no secrets of the
//! service. It is told its task in one line of JSON, and killed with all its children when its time is over.

use std::ffi::OsString;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use futures::future::BoxFuture;
use guildhall_package::market::ReviewReport;
use guildhall_package::market::limits::MAX_REPORT;
use guildhall_package::market::review::ReviewTask;
use guildhall_package::text::plain;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

use super::{ReviewError, ReviewRequest, Reviewer};

/// How much of what a worker complains about is read, in bytes.
const MAX_COMPLAINT: u64 = 8 << 10;
/// What a worker may take longer than it was told before it is killed.
const GRACE: Duration = Duration::from_secs(2);

/// Reviews by a command.
#[derive(Debug, Clone)]
pub struct ProcessReviewer {
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    scratch: PathBuf,
}

impl ProcessReviewer {
    /// A reviewer that runs `program` with `arguments`. It gets the variables of `environment` and no others. Its files are
    /// put into a new folder below `scratch`, which is removed afterwards.
    #[must_use]
    pub fn new(
        program: PathBuf,
        arguments: Vec<OsString>,
        environment: Vec<(OsString, OsString)>,
        scratch: PathBuf,
    ) -> Self {
        Self {
            program,
            arguments,
            environment,
            scratch,
        }
    }

    async fn run(&self, request: ReviewRequest) -> Result<ReviewReport, ReviewError> {
        let folder = tempfile::Builder::new()
            .prefix("review-")
            .tempdir_in(&self.scratch)
            .map_err(|error| ReviewError::Crashed(format!("no folder for its files: {error}")))?;
        let limit = request.limit;
        let path = folder.path().to_owned();
        let task = tokio::task::spawn_blocking(move || lay_out(&path, &request))
            .await
            .map_err(|error| ReviewError::Crashed(error.to_string()))?
            .map_err(|error| ReviewError::Crashed(format!("its files: {error}")))?;
        let child = self.start(folder.path())?;
        let group = Group(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?)));
        let ended = tokio::time::timeout(limit + GRACE, talk(child, task)).await;
        drop(group);
        match ended {
            Ok(report) => report,
            Err(_) => Err(ReviewError::TimedOut(limit)),
        }
    }

    fn start(&self, folder: &Path) -> Result<Child, ReviewError> {
        Command::new(&self.program)
            .args(&self.arguments)
            .env_clear()
            .envs(self.environment.iter().cloned())
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own, so that its children end with it.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| ReviewError::Crashed(format!("it can't be started: {error}")))
    }
}

impl Reviewer for ProcessReviewer {
    fn review(
        &self,
        request: ReviewRequest,
    ) -> BoxFuture<'_, Result<ReviewReport, ReviewError>> {
        Box::pin(self.run(request))
    }
}

/// Kills a worker and its children when it is dropped, also when the review is given up.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            // It may be gone already.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

/// Writes the files of a task, and says where they are.
fn lay_out(folder: &Path, request: &ReviewRequest) -> std::io::Result<ReviewTask> {
    let component_file = folder.join("component.wasm");
    write(&component_file, &request.component)?;
    let golden_file = match &request.golden {
        Some((_, bytes)) => {
            let path = folder.join("golden.tar");
            write(&path, bytes)?;
            Some(path)
        }
        None => None,
    };
    Ok(ReviewTask {
        name: request.name.clone(),
        version: request.version.clone(),
        component: request.digest,
        component_file,
        golden: request.golden.as_ref().map(|(digest, _)| *digest),
        golden_file,
        previous: request.previous.clone(),
        limit_ms: u64::try_from(request.limit.as_millis()).unwrap_or(u64::MAX),
    })
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    std::fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o400)
        .open(path)?
        .write_all(bytes)
}

/// Tells the worker its task and reads its report.
async fn talk(mut child: Child, task: ReviewTask) -> Result<ReviewReport, ReviewError> {
    let crashed = |error: std::io::Error| ReviewError::Crashed(error.to_string());
    let mut line = serde_json::to_vec(&task)
        .map_err(|error| ReviewError::Crashed(error.to_string()))?;
    line.push(b'\n');
    let (Some(mut stdin), Some(stdout), Some(stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(ReviewError::Crashed("it has no pipes".to_owned()));
    };
    let told = async move {
        // A worker that does not listen says why when it ends.
        let _ = stdin.write_all(&line).await;
        drop(stdin);
    };
    let ((), report, complaint) = tokio::join!(
        told,
        read(stdout, MAX_REPORT + 1),
        read(stderr, MAX_COMPLAINT)
    );
    let report = report.map_err(crashed)?;
    let complaint = complaint.map_err(crashed)?;
    if u64::try_from(report.len()).is_ok_and(|length| length > MAX_REPORT) {
        return Err(ReviewError::Report(format!(
            "it is longer than {MAX_REPORT} bytes"
        )));
    }
    let status = child.wait().await.map_err(crashed)?;
    if !status.success() {
        let said = plain(&String::from_utf8_lossy(&complaint), 300);
        return Err(ReviewError::Crashed(format!("{status}: {said}")));
    }
    serde_json::from_slice(&report)
        .map_err(|error| ReviewError::Report(plain(&error.to_string(), 300)))
}

/// Reads up to `limit` bytes, and lets go of the rest so that the writer is not held up for ever.
async fn read(mut from: impl AsyncRead + Unpin, limit: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    (&mut from).take(limit).read_to_end(&mut bytes).await?;
    drop(from);
    Ok(bytes)
}
