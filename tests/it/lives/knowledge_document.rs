//! The life of a document in an agent's memory.

use reqwest::Method;
use serde_json::{Value, json};

use super::life::{Life, Replacement, Vanish};
use crate::world::{AGENT, World};

const FULL: &str = r##"
  name           = "restart.md"
  content        = "# Restart\n\nFirst drain the queue.\n"
  wait_for_index = true
"##;
const BARE: &str = r##"
  name    = "restart.md"
  content = "# Restart\n\nFirst drain all queues.\n"
"##;

pub(super) fn life() -> Life {
    Life {
        kind: "knowledge_document",
        key: "/memory/restart.md",
        collection: "/api/v1/agentmemory/files",
        prepare: |_| {},
        full: FULL.to_owned(),
        update: (
            FULL.replace("the queue", "all queues"),
            &["content", "sha256"],
        ),
        writes: &[("POST", "/agentmemory/upload")],
        drift: |world| upload(world, "restart.md", "# Something else of another size\n"),
        seen: &["sha256"],
        repaired: vec![(
            "/size",
            json!("# Restart\n\nFirst drain all queues.\n".len()),
        )],
        bare: (BARE.to_owned(), &["wait_for_index"]),
        emptied: vec![("/problem", Value::Null)],
        replacement: Replacement::Of(FULL.replace("restart.md", "start.md"), &["name"]),
        unreadable: &["content", "sha256", "wait_for_index"],
        vanish: Vanish::By(|world| {
            let path = "/api/v1/agentmemory/document/start.md";
            let (status, answer) = world.data_plane("DELETE", path, &Value::Null);
            assert_eq!(status, 204, "{answer}");
        }),
        left: vec![],
    }
}

/// Uploads a document as another client does.
pub(crate) fn upload(world: &World, name: &str, content: &str) {
    let form = format!(
        "--part\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\
         Content-Type: text/markdown\r\n\r\n{content}\r\n--part--\r\n"
    );
    let path = "/api/v1/agentmemory/upload?triggerIndexing=true";
    let form = ("multipart/form-data; boundary=part", form.into_bytes());
    world.send_bytes(Method::POST, AGENT, path, form);
}
