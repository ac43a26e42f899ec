//! The JSON encoding of states.

use plugin_host::value as host;
use proptest::prelude::*;
use tfplugin::Type;
use tfplugin::value::{Surplus, from_json, to_json};

use crate::typed::{typed, types};
use crate::{config, regressions};

proptest! {
    #![proptest_config(config(300, regressions!("json")))]

    /// Known values round-trip through their JSON, also as text.
    #[test]
    fn known_values_round_trip((ty, value) in typed(false)) {
        let text = to_json(&value, &ty).unwrap().to_string();
        let json = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(from_json(&json, &ty, Surplus::Refuse).unwrap(), value);
    }

    /// `plugin-host` writes the same state.
    #[test]
    fn plugin_host_writes_the_same_json((ty, value) in typed(false)) {
        let json = to_json(&value, &ty).unwrap();
        let host_ty = host::Type::from_json(&ty.to_json()).unwrap();
        let judged = host::json::from_state_json(&json, &host_ty).unwrap();
        let json = host::json::to_state_json(&judged, &host_ty).unwrap();
        prop_assert_eq!(from_json(&json, &ty, Surplus::Refuse).unwrap(), value);
    }

    /// Unknown values are an error, whatever surrounds them.
    #[test]
    fn unknown_values_have_no_json((ty, value) in typed(true)) {
        prop_assert_eq!(to_json(&value, &ty).is_ok(), value.is_wholly_known());
    }

    /// JSON of another type is an error or a value, never a panic.
    #[test]
    fn json_of_another_type_does_not_panic((ty, value) in typed(false), (other, _) in typed(false)) {
        let json = to_json(&value, &ty).unwrap();
        for surplus in [Surplus::Ignore, Surplus::Refuse] {
            if let Ok(value) = from_json(&json, &other, surplus) {
                to_json(&value, &other).unwrap();
            }
        }
    }

    /// Types round-trip through their JSON.
    #[test]
    fn types_round_trip(ty in types(4)) {
        prop_assert_eq!(Type::from_json(&ty.to_json()).unwrap(), ty);
    }
}
