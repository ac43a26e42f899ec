//! Reading data sources.

use super::table::DataSourceEntry;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::provider::ReadDataRequest;
use crate::value::Value;

/// Reads one data source. Configured values are returned unchanged.
pub(super) async fn read_data_source(
    entry: DataSourceEntry,
    request: ReadDataRequest,
) -> Result<Value, Diagnostics> {
    let config = request.config.clone();
    let mut state = entry.source.read(request).await?;
    for name in entry.schema.attributes.keys() {
        let configured = config.get(name);
        let value = if configured.is_null() {
            state.get(name)
        } else {
            configured
        };
        state.set(name, value.clone());
    }
    if state.is_known() && state.is_wholly_known() {
        return Ok(state);
    }
    Err(Diagnostic::error(
        "The provider read an unknown value",
        "The result of a data source must be known. This is a bug in the provider; please report it.",
    )
    .into())
}
