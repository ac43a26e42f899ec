//! An ordinary resource with every kind of attribute.

use std::sync::Arc;

use async_trait::async_trait;
use tfplugin::schema::{Validator, attributes};
use tfplugin::{
    ApplyResponse, Attribute, Attributes, CreateRequest, DeleteRequest, Diagnostics,
    IdentityAttribute, IdentitySchema, ImportRequest, ImportResponse, MoveRequest, MoveResponse,
    Nesting, PlanRequest, ReadRequest, ReadResponse, Resource, Schema, Type, UpdateRequest, Value,
};

use super::{Shared, filled};

pub(super) struct Thing(pub(super) Arc<Shared>);

#[async_trait]
impl Resource for Thing {
    fn name(&self) -> &str {
        "conformance_thing"
    }

    fn schema(&self) -> Schema {
        let nested = |nesting, attributes| Attribute::nested(nesting, attributes, "Objects.");
        let set_element = attributes([
            ("key", Attribute::string("Text.").required()),
            ("revision", Attribute::string("Made.").computed()),
        ]);
        Schema::from([
            ("id", Attribute::string("The id.").computed().keep_state()),
            ("revision", Attribute::string("Changes always.").computed()),
            (
                "name",
                Attribute::string("The name.").required().requires_replace(),
            ),
            (
                "mode",
                Attribute::string("Kept in capitals.").semantic_equality(ignore_case),
            ),
            ("enabled", Attribute::bool("A default.").default_value(true)),
            ("size", Attribute::number("A number.")),
            ("chosen", Attribute::string("Chosen.").optional_computed()),
            (
                "channel",
                Attribute::string("Chosen once.")
                    .optional_computed()
                    .keep_state(),
            ),
            ("tags", Attribute::new(Type::map(Type::String), "Texts.")),
            ("names", Attribute::new(Type::list(Type::String), "Texts.")),
            ("labels", Attribute::new(Type::set(Type::String), "Texts.")),
            ("any", Attribute::new(Type::Dynamic, "Anything.")),
            ("password", Attribute::string("A secret.").sensitive()),
            ("password_wo", Attribute::string("A secret.").write_only()),
            ("password_wo_version", Attribute::number("Its version.")),
            (
                "secret_length",
                Attribute::number("How long the secrets are.").computed(),
            ),
            (
                "parent",
                Attribute::string("The id of another.")
                    .validator(Validator::pattern("^thing/", "the id of a thing").of_reference()),
            ),
            ("old", Attribute::string("Old.").deprecated("Use `name`.")),
            ("single", nested(Nesting::Single, element())),
            ("list", nested(Nesting::List, element())),
            ("map", nested(Nesting::Map, element())),
            ("set", nested(Nesting::Set, set_element)),
            (
                "open",
                nested(Nesting::Single, element()).optional_computed(),
            ),
            ("settings", settings()),
        ])
    }

    fn identity(&self) -> Option<IdentitySchema> {
        let attribute = |required_for_import| IdentityAttribute {
            ty: Type::String,
            required_for_import,
            description: "A part of the name.".into(),
        };
        Some(IdentitySchema {
            version: IdentitySchema::FIRST,
            attributes: [
                ("name".into(), attribute(true)),
                ("zone".into(), attribute(false)),
            ]
            .into(),
        })
    }

    fn plan(&self, request: &mut PlanRequest, _: &mut Diagnostics) {
        if request.private.is_empty() {
            request.private = b"planned".to_vec();
        }
    }

    async fn read(&self, request: ReadRequest) -> ReadResponse {
        self.0.remote.note("thing read");
        let id = request.state.get("id").as_str().unwrap_or_default();
        match self.0.remote.get(id) {
            Some(state) => ReadResponse::found(state).with_identity(identity(id)),
            None => ReadResponse::gone(),
        }
    }

    async fn create(&self, request: CreateRequest) -> ApplyResponse {
        self.0.remote.note("thing created");
        let id = id(request.planned.get("name"));
        self.write(&id, request.planned, &request.config, request.private)
    }

    async fn update(&self, request: UpdateRequest) -> ApplyResponse {
        self.0.remote.note("thing updated");
        let id = id(request.prior.get("name"));
        self.write(&id, request.planned, &request.config, request.private)
    }

    async fn delete(&self, request: DeleteRequest) -> ApplyResponse {
        let private = String::from_utf8_lossy(&request.private).into_owned();
        self.0.remote.note(&format!("thing deleted with {private}"));
        self.0
            .remote
            .remove(request.prior.get("id").as_str().unwrap_or_default());
        ApplyResponse::gone()
    }

    async fn import(&self, request: ImportRequest) -> Result<ImportResponse, Diagnostics> {
        let id = match request {
            ImportRequest::Identity(identity) => id(identity.get("name")),
            ImportRequest::Id(id) => id,
            other => return Err(super::data::refused(format!("{other:?}"))),
        };
        let identity = identity(&id);
        // The framework removes what does not belong in a state.
        let state = [("id", Value::from(id)), ("password_wo", "imported".into())];
        Ok(ImportResponse::new(Value::map(state), Some(identity)))
    }

    /// Takes over `other_thing` of a provider `other`.
    fn take_over(&self, request: MoveRequest) -> Result<MoveResponse, Diagnostics> {
        let title = request
            .state
            .get("title")
            .and_then(serde_json::Value::as_str);
        let (Some(title), "other", "other_thing") =
            (title, request.provider_name(), request.type_name.as_str())
        else {
            return Err(request
                .unsupported("An `other_thing` of `other` can.")
                .into());
        };
        let id = id(&Value::from(title));
        let state = [
            ("id", Value::from(id.as_str())),
            ("name", title.into()),
            ("password_wo", "moved".into()),
            (
                "size",
                match title {
                    "unknown" => Value::Unknown,
                    _ => 1.into(),
                },
            ),
        ];
        Ok(MoveResponse::new(Value::map(state), Some(identity(&id))))
    }
}

impl Thing {
    /// Creates or updates an object. The service spells modes in capitals.
    fn write(
        &self,
        id: &str,
        planned: Value,
        config: &Value,
        mut private: Vec<u8>,
    ) -> ApplyResponse {
        let remote = &self.0.remote;
        let mut state = planned;
        if state.get("id").is_unknown() {
            state.set("id", id.into());
        }
        if state.get("secret_length").is_unknown() {
            state.set("secret_length", secret_length(config).into());
        }
        if state.get("open").is_unknown() {
            let members = element().into_keys();
            state.set("open", Value::map(members.map(|name| (name, Value::Null))));
        }
        let mut state = filled(state, remote);
        if let Some(mode) = state.get("mode").as_str() {
            state.set("mode", mode.to_uppercase().into());
        }
        remote.put(id, state.clone());
        // Neither may reach the state.
        state.set("password_wo", config.get("password_wo").clone());
        state.set("settings", config.get("settings").clone());
        if !private.ends_with(b"applied") {
            private.extend_from_slice(b" and applied");
        }
        let mut response = ApplyResponse::done(state).with_identity(identity(id));
        response.private = Some(private);
        response
    }
}

fn element() -> Attributes {
    attributes([
        ("key", Attribute::string("Text.").required()),
        (
            "value",
            Attribute::string("A default.").default_value("default"),
        ),
        ("revision", Attribute::string("Made.").computed()),
        ("fixed", Attribute::string("Replaces.").requires_replace()),
        ("secret_wo", Attribute::string("A secret.").write_only()),
    ])
}

fn settings() -> Attribute {
    let token = attributes([("token", Attribute::string("A secret.").write_only())]);
    Attribute::nested(Nesting::Single, token, "Secrets.").write_only()
}

fn id(name: &Value) -> String {
    format!("thing/{}", name.as_str().unwrap_or_default())
}

fn identity(id: &str) -> Value {
    let name = id.trim_start_matches("thing/");
    Value::map([("name", Value::from(name)), ("zone", "main".into())])
}

fn secret_length(config: &Value) -> i64 {
    let secrets = [
        config.get("password_wo"),
        config.get("settings").get("token"),
        config.get("single").get("secret_wo"),
    ];
    let length = |secret: &Value| secret.as_str().map_or(0, str::len);
    i64::try_from(secrets.map(length).iter().sum::<usize>()).unwrap_or(i64::MAX)
}

fn ignore_case(one: &Value, other: &Value) -> bool {
    let texts = one.as_str().zip(other.as_str());
    texts.is_some_and(|(one, other)| one.eq_ignore_ascii_case(other))
}
