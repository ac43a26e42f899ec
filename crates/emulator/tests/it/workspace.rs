//! Archives in the agent's workspace.

use std::collections::BTreeMap;
use std::io::Read as _;

use emulator::Profile;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use reqwest::{Method, StatusCode};
use rstest::rstest;
use serde_json::json;

use crate::client::{Client, Reply};

fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        // Written directly, so that invalid paths can be sent too.
        header.as_gnu_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(content.len() as u64);
        header.set_cksum();
        builder.append(&header, content.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

async fn url(client: &Client, path: &str) -> String {
    client
        .data_plane(&format!("/api/v1/WorkspaceMemory/{path}"))
        .await
}

async fn upload(client: &Client, path: &str, body: Vec<u8>) -> Reply {
    let request = client
        .request(Method::POST, &url(client, path).await)
        .header("content-type", "application/gzip")
        .body(body);
    Reply::of(request.send().await.unwrap()).await
}

/// Returns the files of an archive, or the status of the refusal.
async fn download(client: &Client, path: &str) -> Result<BTreeMap<String, String>, u16> {
    let request = client.request(Method::GET, &url(client, path).await);
    let response = request.send().await.unwrap();
    if !response.status().is_success() {
        return Err(response.status().as_u16());
    }
    assert_eq!(response.headers()["content-type"], "application/gzip");
    let bytes = response.bytes().await.unwrap();
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(GzDecoder::new(bytes.as_ref()))
        .entries()
        .unwrap()
    {
        let mut entry = entry.unwrap();
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut content = String::new();
        entry.read_to_string(&mut content).unwrap();
        files.insert(path, content);
    }
    Ok(files)
}

async fn with_repository() -> Client {
    let client = Client::with_agent(Profile::default()).await;
    let repository = client.data_plane("/api/v2/repos/Shop").await;
    let body = json!({"properties": {"url": "https://github.com/contoso/shop", "type": "GitHub"}});
    client
        .put(&repository, body)
        .await
        .expect(StatusCode::CREATED);
    client
}

#[tokio::test]
async fn instructions_are_a_set_that_is_replaced_as_a_whole() {
    let client = with_repository().await;
    let path = "repo-instructions?repo=shop";
    assert_eq!(download(&client, path).await, Err(404));
    let first = archive(&[("./build.md", "make"), ("docs/run.md", "run")]);
    upload(&client, path, first).await.expect(StatusCode::OK);
    let files = download(&client, path).await.unwrap();
    assert_eq!(
        files,
        BTreeMap::from([
            ("build.md".to_owned(), "make".to_owned()),
            ("docs/run.md".to_owned(), "run".to_owned())
        ])
    );
    let second = archive(&[("build.md", "make all")]);
    upload(&client, path, second).await.expect(StatusCode::OK);
    assert_eq!(download(&client, path).await.unwrap().len(), 1);
    let list = url(&client, "list?type=repo-instructions&repo=SHOP").await;
    let listed = client.get(&list).await.expect(StatusCode::OK);
    assert_eq!(
        (&listed["files"][0]["path"], &listed["files"][0]["size"]),
        (&json!("build.md"), &json!(8))
    );
    upload(&client, path, archive(&[]))
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        download(&client, path).await,
        Err(404),
        "an empty archive clears"
    );
    assert_eq!(client.get(&list).await.body, json!({"files": []}));
}

#[tokio::test]
async fn instructions_can_precede_their_repository_and_are_deleted_with_it() {
    let client = with_repository().await;
    let path = "repo-instructions?repo=shop";
    let body = || archive(&[("build.md", "make")]);
    upload(&client, "repo-instructions?repo=later", body())
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        upload(&client, "repo-instructions", body()).await.code(),
        "ValidationFailure"
    );
    upload(&client, path, body()).await.expect(StatusCode::OK);
    let repository = client.data_plane("/api/v2/repos/shop").await;
    let shown = client.get(&repository).await.body;
    assert_eq!(client.delete(&repository).await.status, 204);
    assert_eq!(download(&client, path).await, Err(404));
    client
        .put(&repository, shown)
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(
        download(&client, path).await,
        Err(404),
        "a successor starts without"
    );
}

#[rstest]
#[case::empty(Vec::new())]
#[case::text(b"build.md".to_vec())]
#[case::outside(archive(&[("../build.md", "make")]))]
#[case::absolute(archive(&[("/build.md", "make")]))]
#[tokio::test]
async fn bodies_that_are_not_archives_are_refused(#[case] body: Vec<u8>) {
    let client = with_repository().await;
    let path = "repo-instructions?repo=shop";
    let reply = upload(&client, path, body).await;
    assert_eq!((reply.status, reply.code()), (400, "InvalidArchive"));
    assert_eq!(download(&client, path).await, Err(404));
}

#[tokio::test]
async fn synthesized_knowledge_is_one_set() {
    let client = Client::with_agent(Profile::default()).await;
    let path = "synthesized-knowledge";
    assert_eq!(download(&client, path).await, Err(404));
    upload(&client, path, archive(&[("a.md", "x")]))
        .await
        .expect(StatusCode::OK);
    assert_eq!(download(&client, path).await.unwrap()["a.md"], "x");
    let list = url(&client, "list").await;
    assert_eq!(client.get(&list).await.body["files"][0]["path"], "a.md");
    let other = url(&client, "list?type=repo-instructions").await;
    assert_eq!(client.get(&other).await.body["files"], json!([]));
}
