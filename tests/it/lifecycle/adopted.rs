//! Adopts all objects by import blocks alone, without any other configuration.

use std::fs;

use serde_json::{Value as Json, json};
use test_support::{Action, Workspace, binaries};

use super::fixture::Fixture;
use crate::change::Change;

impl Fixture {
    /// Imports every object of this workspace into another one that only has import blocks. The
    /// host generates the configuration, which must plan no change.
    pub(super) fn adopts(&self) {
        let state = self.workspace.show().unwrap();
        let blocks = self.instances.iter().map(|instance| {
            let values = state.values(&instance.address()).unwrap();
            json!({
                "to": instance.address(),
                "id": values["id"],
                "provider": format!("azuresre.{}", instance.plane),
            })
        });
        let blocks = json!({ "import": blocks.collect::<Vec<Json>>() });

        let provider = binaries::provider_binary().unwrap();
        let mut workspace = Workspace::with_provider(self.workspace.host(), &provider).unwrap();
        workspace.env("AZURESRE_EMULATOR", self.service.emulator.url());
        workspace.require_provider().unwrap();
        let block = "provider.tf.json";
        let providers = fs::read_to_string(self.workspace.dir().join(block)).unwrap();
        workspace.write(block, providers).unwrap();
        workspace
            .write("import.tf.json", blocks.to_string())
            .unwrap();
        workspace.init().unwrap();

        let generate = [
            "plan",
            "-input=false",
            "-no-color",
            "-generate-config-out=adopted.tf",
        ];
        workspace.run(generate).unwrap().success().unwrap();
        let plan = workspace.plan().unwrap();
        let written = fs::read_to_string(workspace.dir().join("adopted.tf")).unwrap();
        assert_eq!(
            plan.actions().len(),
            self.instances.len(),
            "{}",
            plan.output
        );
        for instance in &self.instances {
            let address = instance.address();
            let change = Change::of(&plan, &address);
            assert!(
                change.json.get("importing").is_some(),
                "{address}: {}",
                plan.output
            );
            assert_eq!(
                plan.action(&address),
                Some(Action::NoOp),
                "{address} changes at {:?}: {}\n{written}",
                change.paths(),
                plan.output
            );
        }
        workspace.apply().unwrap();
        workspace.plan().unwrap().expect_empty().unwrap();
    }
}
