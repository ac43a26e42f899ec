//! The configuration that would make an object, for `-generate-config-out`.

use tfplugin6::tfplugin6 as tf;

use super::{Server, call, wire};
use crate::diagnostic::Diagnostics;
use crate::plan::configuration_of;
use crate::value::Value;

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
                // Terraform 1.14.0 sends none, and others where an object was not listed.
                if !state.is_known() {
                    return Value::Null;
                }
                let attributes = &entry.schema.attributes;
                // As if whatever may be left out were left out.
                let mut bare = state.clone();
                let optional = attributes
                    .iter()
                    .filter(|(_, attribute)| attribute.is_computed());
                optional.for_each(|(name, _)| bare.set(name, Value::Null));
                let defaults = entry.resource.defaults(&bare, &Value::Null);
                let mut config = configuration_of(attributes, &defaults, &state);
                entry.resource.generate(&mut config);
                config
            })
            .await?
        };
        Ok(wire::write(&config, &entry.ty, "generated configuration")?)
    }
}
