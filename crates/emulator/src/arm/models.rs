//! The models that agents can use in a region: the same sample in every region.

use serde_json::{Value, json};

use crate::context::Context;
use crate::http::{Answer, Handled};

/// The provider, its display name, the model, its display name, and its price.
const MODELS: [[&str; 5]; 3] = [
    [
        "MicrosoftFoundry",
        "Microsoft Foundry",
        "Automatic",
        "Automatic",
        "1x",
    ],
    [
        "MicrosoftFoundry",
        "Microsoft Foundry",
        "gpt-5",
        "GPT-5",
        "1x",
    ],
    [
        "Anthropic",
        "Anthropic",
        "claude-opus-4-5",
        "Claude Opus 4.5",
        "2x",
    ],
];

/// `GET …/locations/{location}/supportedAgentModels`.
pub(super) fn list(cx: Context<'_>, location: &str) -> Handled {
    let base = format!("/{}", cx.call.segments.join("/"));
    let models = MODELS.iter().enumerate().map(|(n, model)| {
        let [provider, provider_title, name, title, multiplier] = *model;
        json!({
            "id": format!("{base}/{provider}-{name}"),
            "name": format!("{provider}-{name}"),
            "type": "Microsoft.App/locations/supportedAgentModels",
            "location": location,
            "properties": {
                "provider": provider,
                "providerDisplayName": provider_title,
                "model": name,
                "modelDisplayName": title,
                "multiplier": multiplier,
                "default": n == 0,
            },
        })
    });
    let models: Vec<Value> = models.collect();
    Ok(Answer::ok(json!({ "value": models, "nextLink": null })))
}
