use serde_json::Value;

/// A state as `show -json` prints it.
#[derive(Clone, Debug)]
pub struct State {
    /// The whole document.
    pub json: Value,
}

impl State {
    /// Returns every resource and data source in the state, including those of child modules.
    pub fn resources(&self) -> Vec<&Value> {
        let mut found = Vec::new();
        collect(&self.json["values"]["root_module"], &mut found);
        found
    }

    /// Returns the addresses of [`Self::resources`].
    pub fn addresses(&self) -> Vec<&str> {
        self.resources()
            .into_iter()
            .filter_map(|found| found["address"].as_str())
            .collect()
    }

    /// Returns the complete entry of one address, with `values`, `tainted`, `identity` and others.
    pub fn resource(&self, address: &str) -> Option<&Value> {
        self.resources()
            .into_iter()
            .find(|found| found["address"] == address)
    }

    /// Returns the attributes of the object at one address.
    pub fn values(&self, address: &str) -> Option<&Value> {
        Some(&self.resource(address)?["values"])
    }

    /// Returns the value of an output.
    pub fn output(&self, name: &str) -> Option<&Value> {
        self.json["values"]["outputs"]
            .get(name)
            .map(|output| &output["value"])
    }
}

fn collect<'a>(module: &'a Value, found: &mut Vec<&'a Value>) {
    let list = |name: &str| {
        module[name]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
    };
    found.extend(list("resources"));
    for child in list("child_modules") {
        collect(child, found);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn state_lists_resources_of_child_modules() {
        let state = State {
            json: json!({"values": {"outputs": {"o": {"value": 1}}, "root_module": {
                "resources": [{"address": "a.x", "values": {"id": "1"}}],
                "child_modules": [{"resources": [{"address": "module.m.a.y", "values": {"id": "2"}}]}],
            }}}),
        };
        assert_eq!(state.addresses(), ["a.x", "module.m.a.y"]);
        assert_eq!(state.values("module.m.a.y"), Some(&json!({"id": "2"})));
        assert_eq!(state.output("o"), Some(&json!(1)));
        assert_eq!(state.values("a.z"), None);
    }

    #[test]
    fn empty_state_has_no_resources() {
        let state = State {
            json: json!({"format_version": "1.0"}),
        };
        assert!(state.resources().is_empty());
    }
}
