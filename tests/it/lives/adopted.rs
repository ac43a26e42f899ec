//! Adopts all objects by import blocks alone, without any other configuration.

use std::fs;

use serde_json::{Value as Json, json};
use test_support::{Action, Workspace, binaries};

use super::stage::Stage;
use crate::change::Change;

impl Stage {
    /// Imports every object of this workspace into another one that only has import blocks. The
    /// host generates the configuration, which must plan no change.
    pub(super) fn adopts(&self) {
        let state = self.workspace.show().unwrap();
        let blocks = self.lives.iter().map(|life| {
            let values = state.values(&life.address()).unwrap();
            json!({
                "to": life.address(),
                "id": values["id"],
                "provider": format!("azuresre.{}", life.plane),
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
        assert_eq!(plan.actions().len(), self.lives.len(), "{}", plan.output);
        for life in &self.lives {
            let address = life.address();
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
