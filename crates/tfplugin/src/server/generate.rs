//! Generates the configuration that would create an object, for `-generate-config-out`.

use tfplugin6::tfplugin6 as tf;

use super::{Server, call, wire};
use crate::diagnostic::Diagnostics;
use crate::plan::generated;

impl Server {
    pub(super) async fn generate(
        &self,
        request: tf::generate_resource_config::Request,
    ) -> Result<tf::DynamicValue, Diagnostics> {
        let entry = self.resource(&request.type_name)?;
        let state = wire::read(request.state.as_ref(), &entry.ty, "state")?;
        let config = {
            let entry = entry.clone();
            let name = "GenerateResourceConfig";
            call::run(&self.stop, name, &request.type_name, |_| async move {
                let resource = entry.resource.as_ref();
                generated(resource, &entry.schema.attributes, &state)
            })
            .await?
        };
        Ok(wire::write(&config, &entry.ty, "generated configuration")?)
    }
}
