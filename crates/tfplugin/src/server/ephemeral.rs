//! Opening, renewing and closing ephemeral resources.

use std::time::Duration;

use jiff::Timestamp;
use tfplugin6::tfplugin6 as tf;

use super::dispatch::unknown;
use super::secrets::Secrets;
use super::table::EphemeralEntry;
use super::{Server, call, wire};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::provider::{CloseRequest, OpenRequest, OpenResponse, RenewRequest, RenewResponse};
use crate::schema::validate;
use crate::value::Value;

/// Hosts renew in a loop without a pause if the time has passed.
const SOONEST: Duration = Duration::from_secs(10);

impl Server {
    fn ephemeral(&self, name: &str) -> Result<EphemeralEntry, Diagnostic> {
        let entry = self.table.ephemeral_resources.get(name).cloned();
        entry.ok_or_else(|| unknown("ephemeral resource", name))
    }

    pub(super) async fn validate_ephemeral(
        &self,
        request: tf::validate_ephemeral_resource_config::Request,
    ) -> Result<Diagnostics, Diagnostic> {
        let entry = self.ephemeral(&request.type_name)?;
        let config = wire::read(request.config.as_ref(), &entry.ty, "configuration")?;
        let capabilities = self.capabilities();
        let name = "ValidateEphemeralResourceConfig";
        call::run(&self.stop, name, &request.type_name, |_| async move {
            let attributes = &entry.schema.attributes;
            let mut diagnostics = Diagnostics::new();
            validate(attributes, &config, capabilities, &mut diagnostics);
            entry.resource.validate(&config, &mut diagnostics);
            Secrets::of(attributes, &[&config]).hide(&mut diagnostics);
            diagnostics
        })
        .await
    }

    pub(super) async fn open(
        &self,
        request: tf::open_ephemeral_resource::Request,
    ) -> Result<tf::open_ephemeral_resource::Response, Diagnostics> {
        let entry = self.ephemeral(&request.type_name)?;
        let config = wire::read(request.config.as_ref(), &entry.ty, "configuration")?;
        let opened = {
            let entry = entry.clone();
            let name = "OpenEphemeralResource";
            call::run(&self.stop, name, &request.type_name, |cancel| async move {
                let secrets = Secrets::of(&entry.schema.attributes, &[&config]);
                let given = config.clone();
                let opened = entry.resource.open(OpenRequest { config, cancel }).await;
                match opened.and_then(|opened| finish(&entry, &given, opened)) {
                    Ok(mut opened) => {
                        secrets.hide(&mut opened.diagnostics);
                        Ok(opened)
                    }
                    Err(mut errors) => {
                        secrets.hide(&mut errors);
                        Err(errors)
                    }
                }
            })
            .await??
        };
        Ok(tf::open_ephemeral_resource::Response {
            result: Some(wire::write(&opened.result, &entry.ty, "result")?),
            private: opened.private,
            renew_at: opened.renew_at.map(renewal),
            diagnostics: wire::diagnostics(opened.diagnostics),
            deferred: None,
        })
    }

    pub(super) async fn renew(
        &self,
        request: tf::renew_ephemeral_resource::Request,
    ) -> Result<tf::renew_ephemeral_resource::Response, Diagnostics> {
        let entry = self.ephemeral(&request.type_name)?;
        let before = request.private.clone();
        let private = request.private.unwrap_or_default();
        let name = "RenewEphemeralResource";
        let renewed = call::run(&self.stop, name, &request.type_name, |cancel| async move {
            entry.resource.renew(RenewRequest { private, cancel }).await
        });
        let RenewResponse {
            private,
            renew_at,
            diagnostics,
        } = renewed.await??;
        Ok(tf::renew_ephemeral_resource::Response {
            private: private.or(before),
            renew_at: renew_at.map(renewal),
            diagnostics: wire::diagnostics(diagnostics),
        })
    }

    pub(super) async fn close(
        &self,
        request: tf::close_ephemeral_resource::Request,
    ) -> Result<Diagnostics, Diagnostic> {
        let entry = self.ephemeral(&request.type_name)?;
        let private = request.private.unwrap_or_default();
        let name = "CloseEphemeralResource";
        call::run(&self.stop, name, &request.type_name, |cancel| async move {
            entry.resource.close(CloseRequest { private, cancel }).await
        })
        .await
    }
}

/// Returns the result as hosts require it: with configured values unchanged, and nothing unknown.
fn finish(
    entry: &EphemeralEntry,
    config: &Value,
    mut opened: OpenResponse,
) -> Result<OpenResponse, Diagnostics> {
    let members = entry.schema.attributes.iter().map(|(name, attribute)| {
        let value = match config.get(name) {
            Value::Null if attribute.is_computed() => opened.result.get(name),
            configured => configured,
        };
        (name.as_str(), value.clone())
    });
    let result = Value::map(members);
    if !result.is_wholly_known() {
        return Err(Diagnostic::error(
            "The provider opened an unknown value",
            "The result of an ephemeral resource must be known. This is a bug in the provider; please \
             report it.",
        )
        .into());
    }
    opened.result = result;
    Ok(opened)
}

/// Returns a time that is still in the future when the host reads it.
fn renewal(at: Timestamp) -> prost_types::Timestamp {
    let soonest = Timestamp::now() + SOONEST;
    let at = at.max(soonest);
    prost_types::Timestamp {
        seconds: at.as_second(),
        nanos: at.subsec_nanosecond(),
    }
}
