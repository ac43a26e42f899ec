//! The instructions that a plugin in debug mode prints for hosts.

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value as Json;

use super::transport::Address;

/// A running plugin to attach to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reattach {
    /// Its process id.
    pub pid: u32,
    /// Its address, for plain text.
    pub address: Address,
}

impl Reattach {
    /// Parses the value of `TF_REATTACH_PROVIDERS`. If it lists several providers, they must be the
    /// same process.
    pub fn parse(json: &str) -> Result<Self> {
        let providers: serde_json::Map<String, Json> =
            serde_json::from_str(json).context("reattach information is not a JSON object")?;
        let mut found = providers.iter().map(|(name, entry)| {
            Self::from_entry(entry).with_context(|| format!("reattach information of {name}"))
        });
        let first = found
            .next()
            .context("reattach information names no provider")??;
        for other in found {
            ensure!(
                other? == first,
                "reattach information names different processes"
            );
        }
        Ok(first)
    }

    fn from_entry(entry: &Json) -> Result<Self> {
        ensure!(
            entry["Protocol"] == "grpc",
            "Protocol is {}, not grpc",
            entry["Protocol"]
        );
        let version = &entry["ProtocolVersion"];
        ensure!(*version == 6, "ProtocolVersion is {version}, not 6");
        // Hosts crash on `false` here.
        ensure!(entry["Test"] == true, "Test is {}, not true", entry["Test"]);
        let pid = entry["Pid"]
            .as_u64()
            .and_then(|pid| u32::try_from(pid).ok());
        let address = entry["Addr"]["String"]
            .as_str()
            .context("Addr.String is not text")?;
        let address = match entry["Addr"]["Network"].as_str() {
            Some("unix") => Address::Unix(address.into()),
            Some("tcp") => Address::Tcp(address.parse().context("Addr.String is no address")?),
            other => bail!("Addr.Network is {other:?}, neither unix nor tcp"),
        };
        Ok(Self {
            pid: pid.context("Pid is not a process id")?,
            address,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_registry_addresses_may_name_one_process() {
        let entry = r#"{"Protocol":"grpc","ProtocolVersion":6,"Pid":7,"Test":true,
            "Addr":{"Network":"unix","String":"/tmp/plugin1"}}"#;
        let json = format!(
            r#"{{"registry.terraform.io/a/b":{entry},"registry.opentofu.org/a/b":{entry}}}"#
        );
        let expected = Reattach {
            pid: 7,
            address: Address::Unix("/tmp/plugin1".into()),
        };
        assert_eq!(Reattach::parse(&json).unwrap(), expected);
        let crashing = json.replace("true", "false");
        assert!(format!("{:#}", Reattach::parse(&crashing).unwrap_err()).contains("Test is false"));
    }
}
