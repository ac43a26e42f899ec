//! The data file contains everything that was acknowledged, whatever happens to the process and to
//! the disk.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::binary::{PATH, Program};
use crate::client::{AGENT, Reply};

/// How many times the program is killed.
const ROUNDS: u32 = 30;

/// The number of concurrent clients.
const CLIENTS: usize = 4;

/// The number of objects of each client.
const OBJECTS: u32 = 5;

/// The value of each object that a client has written, or `None` if it has deleted the object.
type Objects = BTreeMap<String, Option<u32>>;

/// One of several clients, with its own objects.
#[derive(Default)]
struct Writer {
    name: String,
    /// How many writes it has sent.
    count: u32,
    /// What the emulator has acknowledged.
    acknowledged: Objects,
    /// The write without an answer, which may have been applied or not.
    open: Option<(String, Option<u32>)>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_writes_survive_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.redb");
    let start = || Program::start(&["--data", file.to_str().unwrap()]);
    let mut writers: Vec<Writer> = (0..CLIENTS).map(Writer::new).collect();
    let mut total = 0;
    for round in 0..ROUNDS {
        let program = start();
        let service = Service::of(&program);
        for writer in &mut writers {
            writer.finds_acknowledged_writes(&service).await;
        }
        // In each round, the program is killed after another number of writes, while other writes
        // are in progress.
        let wanted = 1 + round * 7 % 23;
        let (sender, mut acknowledged) = watch::channel(0);
        let sender = Arc::new(sender);
        let mut writing: JoinSet<Writer> = JoinSet::new();
        for mut writer in writers.drain(..) {
            let (service, sender) = (service.clone(), Arc::clone(&sender));
            writing.spawn(async move {
                while writer.writes(&service).await {
                    sender.send_modify(|count| *count += 1);
                }
                writer
            });
        }
        acknowledged
            .wait_for(|count| *count >= wanted)
            .await
            .unwrap();
        program.kill();
        writers.extend(writing.join_all().await);
        total += *acknowledged.borrow();
        is_whole(&file);
        // A kill during the start does no harm either.
        starting(&file);
    }
    assert!(total >= ROUNDS * 12, "{total} writes were acknowledged");
    let program = start();
    for writer in &mut writers {
        writer
            .finds_acknowledged_writes(&Service::of(&program))
            .await;
    }
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn full_disk_is_reported_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.redb");
    // Without the signal, a write past the limit fails like on a full disk.
    let program = Program::spawn(
        Command::new("sh")
            .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh", PATH, "--data"])
            .arg(&file)
            .env("RUST_LOG", "off"),
    );
    let service = Service::of(&program);
    let mut writer = Writer::new(0);
    for _ in 0..10 {
        assert!(writer.writes(&service).await);
    }

    limit_files(&program, Some(std::fs::metadata(&file).unwrap().len()));
    let refusal = loop {
        assert!(writer.count < 2000, "the disk does not get full");
        writer.count += 1;
        let path = format!("{AGENT}-{}", writer.count);
        let body = json!({ "location": "swedencentral", "tags": {
            "n": writer.count.to_string(), "room": "x".repeat(20_000),
        } });
        let reply = service.send(Method::PUT, &path, &body).await.unwrap();
        match reply.status {
            201 => writer.acknowledged.insert(path, Some(writer.count)),
            _ => break reply,
        };
    };
    assert_eq!(refusal.status, StatusCode::INSUFFICIENT_STORAGE);
    assert_eq!(refusal.code(), "InsufficientStorage");
    assert!(
        refusal.body.to_string().contains("File too large"),
        "{refusal:?}"
    );
    // Everything can still be read, repeatedly, and after other writes that fail.
    for _ in 0..3 {
        let mut writes = JoinSet::new();
        for n in 0..CLIENTS {
            let service = service.clone();
            writes.spawn(async move {
                let body = json!({ "location": "swedencentral", "tags": {
                    "room": "x".repeat(200_000),
                } });
                service
                    .send(Method::PUT, &format!("{AGENT}-big-{n}"), &body)
                    .await
            });
        }
        writer.finds_acknowledged_writes(&service).await;
        for reply in writes.join_all().await {
            assert_eq!(reply.unwrap().status, StatusCode::INSUFFICIENT_STORAGE);
        }
    }
    is_whole(&file);

    // When there is space again, the emulator continues without a restart.
    limit_files(&program, None);
    for _ in 0..10 {
        assert!(writer.writes(&service).await);
    }
    writer.finds_acknowledged_writes(&service).await;
    program.kill();
    is_whole(&file);
    let program = Program::start(&["--data", file.to_str().unwrap()]);
    writer
        .finds_acknowledged_writes(&Service::of(&program))
        .await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn full_disk_at_the_start_is_reported_and_leaves_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.redb");
    let output = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 128; exec \"$@\"", "sh"])
        .args([PATH, "--listen", "127.0.0.1:0", "--data"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    for text in ["cannot open the data file", "data.redb", "File too large"] {
        assert!(said.contains(text), "no {text:?} in {said}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let program = Program::start(&["--data", file.to_str().unwrap()]);
    assert!(Writer::new(0).writes(&Service::of(&program)).await);
}

/// The emulator as its clients know it.
#[derive(Clone)]
struct Service {
    url: String,
    token: String,
    http: reqwest::Client,
}

impl Service {
    fn of(program: &Program) -> Self {
        let text = |name: &str| program.addresses[name].as_str().unwrap().to_owned();
        Self {
            url: text("arm_endpoint"),
            token: text("token"),
            http: reqwest::Client::new(),
        }
    }

    /// Returns the answer, if there is one.
    async fn send(&self, method: Method, path: &str, body: &Value) -> reqwest::Result<Reply> {
        let url = format!("{}{path}?api-version=2025-05-01-preview", self.url);
        let request = self.http.request(method, url).json(body);
        let response = request.bearer_auth(&self.token).send().await?;
        Ok(Reply::of(response).await)
    }
}

impl Writer {
    fn new(number: usize) -> Self {
        Self {
            name: format!("{AGENT}-{number}"),
            ..Self::default()
        }
    }

    /// Creates, changes or deletes an object. Returns `false` if there was no answer.
    async fn writes(&mut self, service: &Service) -> bool {
        self.count += 1;
        let path = format!("{}-{}", self.name, self.count % OBJECTS);
        let value = (!self.count.is_multiple_of(7)).then_some(self.count);
        let sent = match value {
            Some(n) => {
                let body = json!({ "location": "swedencentral", "tags": { "n": n.to_string() } });
                service.send(Method::PUT, &path, &body).await
            }
            None => service.send(Method::DELETE, &path, &json!({})).await,
        };
        match sent {
            Ok(reply) => {
                assert!((200..300).contains(&reply.status), "{reply:?}");
                self.acknowledged.insert(path, value);
                true
            }
            Err(_) => {
                self.open = Some((path, value));
                false
            }
        }
    }

    /// Asserts that every object has its acknowledged state, or that of the write without an
    /// answer.
    async fn finds_acknowledged_writes(&mut self, service: &Service) {
        let open = self.open.take();
        for (path, value) in &mut self.acknowledged {
            let reply = service.send(Method::GET, path, &json!({})).await.unwrap();
            let found = match reply.status {
                404 => None,
                _ => {
                    let n = reply.body["tags"]["n"].as_str();
                    Some(
                        n.unwrap_or_else(|| panic!("{path}: {reply:?}"))
                            .parse()
                            .unwrap(),
                    )
                }
            };
            let may_be = open.as_ref().filter(|(open, _)| open == path);
            assert!(
                found == *value || may_be.is_some_and(|(_, open)| *open == found),
                "{path} is {found:?}, {value:?} was acknowledged, {open:?} was sent"
            );
            *value = found;
        }
    }
}

/// Asserts that a copy of the file passes an integrity check.
fn is_whole(file: &Path) {
    let copy = file.with_extension("copy");
    std::fs::copy(file, &copy).unwrap();
    let mut builder = Database::builder();
    let database = builder
        .set_check_integrity_on_open(true)
        .open(&copy)
        .unwrap();
    let documents: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("documents");
    let table = database.begin_read().unwrap();
    for entry in table.open_table(documents).unwrap().iter().unwrap() {
        serde_json::from_slice::<Value>(entry.unwrap().1.value()).unwrap();
    }
}

/// Starts the program, and kills it before it listens.
fn starting(file: &Path) {
    let mut child = Command::new(PATH)
        .args(["--listen", "127.0.0.1:0", "--data"])
        .arg(file)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Limits the size of the program's files.
#[cfg(target_os = "linux")]
fn limit_files(program: &Program, bytes: Option<u64>) {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};

    let id = Pid::from_raw(i32::try_from(program.id()).unwrap());
    let limit = Rlimit {
        current: bytes,
        maximum: None,
    };
    prlimit(id, Resource::Fsize, limit).unwrap();
}
