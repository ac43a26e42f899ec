//! `terraform test` with a mocked provider.

use rstest::rstest;
use test_support::{Host, Workspace, binaries, workspace_dir};

use crate::world::On;

fn workspace(host: &Host) -> Workspace {
    let provider = binaries::provider_binary().unwrap();
    let workspace = Workspace::with_provider(host, &provider).unwrap();
    workspace
        .copy_from(&workspace_dir().join("examples/testing"))
        .unwrap();
    workspace
}

#[rstest]
fn tests_of_the_example_pass_with_a_bare_mock(#[values(On::Installed, On::Newest)] on: On) {
    for host in on.hosts() {
        let workspace = workspace(&host);
        workspace.init().unwrap();
        let run = workspace.run(["test", "-no-color"]).unwrap();
        let output = run.success().unwrap().output();
        assert!(output.contains("3 passed, 0 failed"), "{output}");
    }
}
