//! The agent's memory.

use emulator::Profile;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::{Value, json};

use crate::client::{AGENT, Client, Reply};

fn file(name: &str, content: impl Into<Vec<u8>>) -> Part {
    Part::bytes(content.into()).file_name(name.to_owned())
}

async fn upload(client: &Client, query: &str, form: Form) -> Reply {
    let url = client
        .data_plane(&format!("/api/v1/agentmemory/upload{query}"))
        .await;
    let request = client.request(Method::POST, &url).multipart(form);
    Reply::of(request.send().await.unwrap()).await
}

async fn memory(client: &Client, path: &str) -> Reply {
    let url = client
        .data_plane(&format!("/api/v1/AgentMemory/{path}"))
        .await;
    client.get(&url).await
}

async fn delete(client: &Client, path: &str) -> Reply {
    let url = client
        .data_plane(&format!("/api/v1/agentmemory/{path}"))
        .await;
    client.delete(&url).await
}

/// Returns the files: name, whether each is indexed, and why not.
async fn files(client: &Client) -> Vec<(String, bool, Value)> {
    let listed = memory(client, "files").await.expect(StatusCode::OK);
    let files = listed["files"].as_array().unwrap().iter();
    files
        .map(|file| {
            (
                file["name"].as_str().unwrap().to_owned(),
                file["isIndexed"].as_bool().unwrap(),
                file["errorReason"].clone(),
            )
        })
        .collect()
}

#[tokio::test]
async fn uploads_are_listed_replaced_searched_and_deleted() {
    let client = Client::with_agent(Profile::default()).await;
    let form = Form::new()
        .part("files", file("runbook.md", "Restart the pool."))
        .part("files", file("Notes.txt", "pool sizes"));
    upload(&client, "", form).await.expect(StatusCode::OK);
    let listed = memory(&client, "files").await.body;
    assert_eq!(listed["continuationToken"], "");
    let runbook = &listed["files"][1];
    assert_eq!(
        (&runbook["name"], &runbook["size"], &runbook["isIndexed"]),
        (&json!("runbook.md"), &json!(17), &json!(true))
    );
    let status = memory(&client, "status").await.expect(StatusCode::OK);
    assert_eq!(
        status,
        json!({"enabled": true, "documentRetrievalEnabled": true})
    );

    let form = Form::new().part("files", file("runbook.md", "Drain the queue."));
    upload(&client, "", form).await.expect(StatusCode::OK);
    assert_eq!(files(&client).await.len(), 2);
    let search = async |query: &str| {
        let found = memory(&client, &format!("documents?k=1&query={query}")).await;
        let results = found.body["results"].as_array().unwrap().clone();
        results
            .iter()
            .map(|result| serde_json::from_str(result.as_str().unwrap()).unwrap())
            .collect::<Vec<Value>>()
    };
    assert!(search("restart").await.is_empty(), "the old text is gone");
    assert_eq!(
        search("the+queue+pool").await,
        [
            json!({"Id": "runbook.md", "Title": "runbook.md", "Type": "Document", "Filter": "", "Contents": "Drain the queue."})
        ]
    );

    assert_eq!(
        delete(&client, "document/notes.txt").await.status,
        404,
        "names have case"
    );
    assert_eq!(delete(&client, "document/Notes.txt").await.status, 204);
    assert_eq!(
        delete(&client, "document/Notes.txt").await.code(),
        "NotFound"
    );
    let form = Form::new().part("files", file("other.md", "x"));
    upload(&client, "", form).await.expect(StatusCode::OK);
    let named = client.data_plane("/api/v1/agentmemory/documents").await;
    let request = client
        .request(Method::DELETE, &named)
        .json(&json!({"fileNames": ["other.md", "unheard.md"]}));
    let deleted = Reply::of(request.send().await.unwrap()).await;
    assert_eq!(deleted.body, json!({"deletedCount": 1}));
    assert_eq!(files(&client).await.len(), 1);
    delete(&client, "documents").await.expect(StatusCode::OK);
    assert!(files(&client).await.is_empty());
    let state = Value::Object(client.emulator.state().unwrap()).to_string();
    assert!(
        !state.contains("Drain the queue."),
        "nothing is left behind"
    );
}

#[tokio::test]
async fn documents_are_indexed_after_some_reads_or_never() {
    let client = Client::with_agent(Profile {
        index_polls: 2,
        ..Profile::default()
    })
    .await;
    let form = Form::new()
        .part("files", file("a.md", "text"))
        .part("files", file("b.md", ""))
        .part("files", file("c.md", [0xff, 0xfe]))
        .part("files", file("d.exe", "x"));
    upload(&client, "", form).await.expect(StatusCode::OK);
    for _ in 0..2 {
        let seen = files(&client).await;
        assert!(
            seen.iter()
                .all(|(_, indexed, reason)| !indexed && reason.is_null()),
            "{seen:?}"
        );
    }
    let seen = files(&client).await;
    assert_eq!(seen[0], ("a.md".to_owned(), true, Value::Null));
    for (name, indexed, reason) in &seen[1..] {
        assert!(!indexed && reason.is_string(), "{name}");
    }
    let status = memory(&client, "indexer-status")
        .await
        .expect(StatusCode::OK);
    assert_eq!(status["status"], "Running");
    let last = &status["lastExecution"];
    assert_eq!(
        (
            &last["status"],
            &last["documentsProcessed"],
            &last["documentsFailed"]
        ),
        (&json!("Success"), &json!(4), &json!(3))
    );
    assert_eq!(last["itemErrors"][0]["key"], "b.md");
    let rebuild = client.data_plane("/api/v1/agentmemory/rebuildIndex").await;
    client
        .post(&rebuild, json!({}))
        .await
        .expect(StatusCode::OK);
    assert!(!files(&client).await[0].1, "indexed anew");
}

#[tokio::test]
async fn the_index_waits_until_it_is_triggered() {
    let client = Client::with_agent(Profile::default()).await;
    let form = Form::new().part("files", file("a.md", "text"));
    upload(&client, "?triggerIndexing=false", form)
        .await
        .expect(StatusCode::OK);
    assert!(!files(&client).await[0].1);
    let form = Form::new()
        .text("triggerIndexing", "true")
        .part("files", file("b.md", "text"));
    upload(&client, "", form).await.expect(StatusCode::OK);
    assert!(files(&client).await.iter().all(|(_, indexed, _)| *indexed));
}

#[rstest]
#[case::other_field("file", "a.md", 400)]
#[case::space("files", "a b.md", 400)]
#[case::folder("files", "a/b.md", 400)]
#[case::umlaut("files", "ä.md", 400)]
#[tokio::test]
async fn bad_uploads_are_refused(#[case] field: &str, #[case] name: &str, #[case] status: u16) {
    let client = Client::with_agent(Profile::default()).await;
    let form = Form::new().part(field.to_owned(), file(name, "x"));
    let reply = upload(&client, "", form).await;
    assert_eq!((reply.status, reply.code()), (status, "ValidationFailure"));
    assert!(files(&client).await.is_empty());
}

#[tokio::test]
async fn a_file_has_at_most_16_mb_and_its_neighbors_are_not_stored_either() {
    let client = Client::with_agent(Profile::default()).await;
    let form = Form::new()
        .part("files", file("a.txt", "x"))
        .part("files", file("b.txt", vec![b'x'; 16 * 1024 * 1024 + 1]));
    let reply = upload(&client, "", form).await;
    assert_eq!((reply.status, reply.code()), (413, "PayloadTooLarge"));
    assert!(files(&client).await.is_empty());
    let url = client.data_plane("/api/v1/agentmemory/upload").await;
    assert_eq!(client.post(&url, json!({})).await.status, 415);
}

#[tokio::test]
async fn some_builds_refuse_deletion_and_list_pages() {
    let client = Client::with_agent(Profile {
        memory_delete_405: true,
        memory_page_size: 2,
        ..Profile::default()
    })
    .await;
    let form = ["a.md", "b.md", "c.md"]
        .into_iter()
        .fold(Form::new(), |form, name| {
            form.part("files", file(name, "x"))
        });
    upload(&client, "", form).await.expect(StatusCode::OK);
    assert_eq!(delete(&client, "document/a.md").await.status, 405);
    let first = memory(&client, "files").await.body;
    assert_eq!(first["files"].as_array().unwrap().len(), 2);
    let token = first["continuationToken"].as_str().unwrap();
    let second = memory(&client, &format!("files?continuationToken={token}"))
        .await
        .body;
    assert_eq!(second["files"][0]["name"], "c.md");
    assert_eq!(second["continuationToken"], "");
}

async fn knowledge(client: &Client, name: &str, extended: Value) -> String {
    let url = client
        .data_plane(&format!("/api/v2/extendedAgent/connectors/{name}"))
        .await;
    let body = json!({"name": name, "type": "KnowledgeItem", "properties": {"dataConnectorType": "KnowledgeFile",
        "dataSource": name, "extendedProperties": extended}});
    client.put(&url, body).await.expect(StatusCode::OK);
    url
}

#[tokio::test]
async fn knowledge_files_are_indexed_unless_they_have_no_name() {
    let client = Client::with_agent(Profile {
        index_polls: 1,
        ..Profile::default()
    })
    .await;
    let named = json!({"displayName": "Runbook", "fileName": "Runbook.md", "contentType": "text/markdown", "fileContent": "SGk="});
    let url = knowledge(&client, "runbook-md", named).await;
    let nameless = json!({"displayName": "Other", "fileContent": "SGk="});
    let bin = knowledge(&client, "other", nameless).await;
    assert!(files(&client).await.iter().all(|(_, indexed, _)| !indexed));
    let seen = files(&client).await;
    assert_eq!(
        (seen[0].0.as_str(), seen[0].1),
        ("knowledge_other.bin", false)
    );
    assert_eq!(
        (seen[1].0.as_str(), seen[1].1),
        ("knowledge_Runbook.md", true)
    );
    let read = client.get(&bin).await.body;
    assert!(read["properties"]["extendedProperties"]["errorReason"].is_string());

    let content = client.get(&format!("{url}/content")).await;
    assert_eq!(content.header("content-type").unwrap(), "text/markdown");
    assert_eq!(content.body, "Hi");
    assert_eq!(client.delete(&url).await.status, 204);
    assert_eq!(files(&client).await.len(), 1);
    assert_eq!(
        client.get(&format!("{url}/content")).await.code(),
        "NotFound"
    );
}

#[tokio::test]
async fn wrapped_content_is_decoded_and_a_web_page_is_listed() {
    let client = Client::with_agent(Profile::default()).await;
    // 60 bytes, wrapped by `base64` after 76 characters.
    let wrapped =
        "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2\nNzg5\n";
    let extended = json!({"fileName": "notes.md", "fileContent": wrapped});
    let url = knowledge(&client, "notes", extended).await;
    let content = client
        .get(&format!("{url}/content"))
        .await
        .expect(StatusCode::OK);
    assert_eq!(content, "0123456789".repeat(6));

    let page = client
        .data_plane("/api/v2/extendedAgent/connectors/page")
        .await;
    let body = json!({"type": "KnowledgeItem", "properties": {"dataConnectorType": "KnowledgeWebPage",
        "extendedProperties": {"url": "https://contoso.com/runbook"}}});
    client.put(&page, body).await.expect(StatusCode::OK);
    let files = files(&client).await;
    assert_eq!(
        (files[1].0.as_str(), files[1].1),
        ("knowledge_page.html", true)
    );
}

#[tokio::test]
async fn a_connection_is_tested_before_the_connector_exists() {
    let client = Client::with_agent(Profile::default()).await;
    let url = client
        .data_plane("/api/v2/extendedAgent/connectors/dynatrace/testconnection")
        .await;
    let body = |extended: Value| json!({"name": "dynatrace", "properties": {"dataConnectorType": "Mcp", "extendedProperties": extended}});
    let good = client
        .post(
            &url,
            body(json!({"endpoint": "https://m", "selectedTools": ["dql"]})),
        )
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        (
            &good["success"],
            &good["tools"][0]["name"],
            &good["totalCount"]
        ),
        (&json!(true), &json!("dynatrace_dql"), &json!(1))
    );
    for extended in [
        json!({}),
        json!({"endpoint": "https://mcp.contoso.invalid"}),
    ] {
        let bad = client.post(&url, body(extended)).await;
        let bad = bad.expect(StatusCode::OK);
        assert_eq!(bad["success"], false);
        assert!(bad["errorMessage"].is_string());
    }
}

#[tokio::test]
async fn mcp_server_connector_is_accepted_but_loses_its_endpoint() {
    let client = Client::with_agent(Profile::default()).await;
    let body = json!({"properties": {"dataConnectorType": "McpServer", "dataSource": "x", "extendedProperties": {"endpoint": "https://m"}}});
    let created = client.put(&format!("{AGENT}/connectors/mcp"), body).await;
    assert_eq!(created.status, 201);
    let url = client
        .data_plane("/api/v2/extendedAgent/connectors/mcp")
        .await;
    assert_eq!(
        client.get(&url).await.body["properties"]["extendedProperties"],
        json!({"endpoint": null})
    );
}
