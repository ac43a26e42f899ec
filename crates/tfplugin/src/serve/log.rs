//! Logs in the form that hosts read from standard error: one JSON object per line.
//!
//! Every value is a string, because the host panics on other types in some places. No line is
//! longer than what the host reads at once.

use std::fmt;
use std::io::Write as _;

use jiff::Timestamp;
use serde_json::{Map, Value as Json};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::Info;

/// The host reads 64 KiB at a time, and treats the rest of a longer line as another one.
const MAX_LINE: usize = 60 << 10;

/// The maximum length of the value of one field.
const MAX_VALUE: usize = 8 << 10;

/// Starts logging at the level that the user requested, if any.
pub(super) fn init(info: &Info) {
    let level = level(|name| std::env::var(name).ok());
    if level == LevelFilter::OFF {
        return;
    }
    let layer = Hclog {
        module: format!("provider.{}", info.name),
        level,
    };
    // If a subscriber is already set, it belongs to the program that embeds the server.
    let _ = tracing_subscriber::registry().with(layer).try_init();
}

/// Returns the level from `TF_LOG_PROVIDER`, else `TF_LOG`. `JSON` means all levels, and no value
/// means none.
fn level(get: impl Fn(&str) -> Option<String>) -> LevelFilter {
    let wish = ["TF_LOG_PROVIDER", "TF_LOG"]
        .into_iter()
        .find_map(|name| get(name).filter(|value| !value.is_empty()));
    match wish.map(|wish| wish.to_ascii_uppercase()).as_deref() {
        Some("TRACE" | "JSON") => LevelFilter::TRACE,
        Some("DEBUG") => LevelFilter::DEBUG,
        Some("INFO") => LevelFilter::INFO,
        Some("WARN") => LevelFilter::WARN,
        Some("ERROR") => LevelFilter::ERROR,
        _ => LevelFilter::OFF,
    }
}

struct Hclog {
    module: String,
    level: LevelFilter,
}

/// The fields of a span, kept for the events inside it.
struct SpanFields(Map<String, Json>);

impl<S> Layer<S> for Hclog
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        // The transport's own messages would hide everything else, and contain message bodies.
        const NOISE: [&str; 6] = ["h2", "hyper", "hyper_util", "rustls", "tonic", "tower"];
        let source = metadata.target().split("::").next().unwrap_or_default();
        *metadata.level() <= self.level && !NOISE.contains(&source)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(SpanFields(fields.fields));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        for span in context.event_scope(event).into_iter().flatten() {
            if let Some(SpanFields(outer)) = span.extensions().get() {
                for (name, value) in outer {
                    fields
                        .fields
                        .entry(name.clone())
                        .or_insert_with(|| value.clone());
                }
            }
        }
        let mut line = self.line(event.metadata(), fields);
        line.push('\n');
        // A host that no longer reads is not an error.
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }
}

impl Hclog {
    fn line(&self, metadata: &Metadata<'_>, fields: Fields) -> String {
        let level = match *metadata.level() {
            Level::TRACE => "trace",
            Level::DEBUG => "debug",
            Level::INFO => "info",
            Level::WARN => "warn",
            Level::ERROR => "error",
        };
        let mut line = Map::new();
        let mut put = |name: &str, value: String| line.insert(name.to_owned(), Json::String(value));
        put("@level", level.to_owned());
        put("@message", fields.message);
        put("@module", self.module.clone());
        // The second must have exactly six fractional digits, or the host treats the line as plain
        // text.
        put(
            "@timestamp",
            Timestamp::now()
                .strftime("%Y-%m-%dT%H:%M:%S.%6fZ")
                .to_string(),
        );
        let mut length = Json::Object(line.clone()).to_string().len();
        for (name, value) in fields.fields {
            length += name.len() + value.to_string().len() + 4;
            if length > MAX_LINE {
                break;
            }
            line.entry(name).or_insert(value);
        }
        Json::Object(line).to_string()
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    fields: Map<String, Json>,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        let value = shortened(value);
        if field.name() == "message" {
            self.message = value;
        } else {
            self.fields
                .insert(field.name().to_owned(), Json::String(value));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

/// Cuts long values at a character boundary. A control character takes six bytes in JSON, so even a
/// message of them stays below the limit of a line.
fn shortened(text: &str) -> String {
    if text.len() <= MAX_VALUE {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(MAX_VALUE);
    format!("{}… ({} bytes)", &text[..end], text.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(None, None, LevelFilter::OFF)]
    #[case(None, Some("debug"), LevelFilter::DEBUG)]
    #[case(Some("ERROR"), Some("TRACE"), LevelFilter::ERROR)]
    #[case(Some("OFF"), Some("TRACE"), LevelFilter::OFF)]
    #[case(None, Some("JSON"), LevelFilter::TRACE)]
    #[case(Some(""), Some("INFO"), LevelFilter::INFO)]
    fn more_specific_variable_takes_precedence(
        #[case] provider: Option<&str>,
        #[case] all: Option<&str>,
        #[case] expected: LevelFilter,
    ) {
        let get = |name: &str| {
            let value = if name == "TF_LOG_PROVIDER" {
                provider
            } else {
                all
            };
            value.map(str::to_owned)
        };
        assert_eq!(level(get), expected);
    }

    #[test]
    fn long_values_are_cut_at_a_character_boundary() {
        let short = shortened(&"é".repeat(MAX_VALUE));
        assert!(short.len() < MAX_VALUE + 40);
        assert!(short.ends_with(&format!("({} bytes)", 2 * MAX_VALUE)));
    }
}
