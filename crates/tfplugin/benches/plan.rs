//! The cost of the framework for each object of a plan: decoding values, planning, and encoding
//! them.
//!
//! `cargo bench -p tfplugin` compares with the previous run.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use tfplugin::plan::{Defaults, plan};
use tfplugin::schema::attributes;
use tfplugin::value::{decode, encode};
use tfplugin::{Attribute, Nesting, Schema, Value};

/// Returns a schema with prose, lists and a nested list, as typical configuration objects have.
fn schema() -> Schema {
    let file = attributes([
        ("path", Attribute::string("The path.").required()),
        ("content", Attribute::string("The content.").required()),
        ("size", Attribute::number("The size.").computed()),
    ]);
    Schema::from([
        ("id", Attribute::string("The id.").computed().keep_state()),
        (
            "name",
            Attribute::string("The name.").required().requires_replace(),
        ),
        ("text", Attribute::string("The text.").required()),
        ("ratio", Attribute::number("A ratio.")),
        (
            "mode",
            Attribute::string("The mode.").default_value("Review"),
        ),
        (
            "files",
            Attribute::nested(Nesting::List, file.clone(), "Files."),
        ),
        ("more", Attribute::nested(Nesting::Set, file, "More files.")),
    ])
}

fn config(prose: &str) -> Value {
    let files = |kind: &str| {
        (0..20)
            .map(move |n| {
                Value::map([
                    ("path", Value::from(format!("{kind}/{n}.md"))),
                    ("content", Value::from("a line of text\n".repeat(20))),
                    ("size", Value::Null),
                ])
            })
            .collect::<Vec<_>>()
    };
    Value::map([
        ("id", Value::Null),
        ("name", Value::from("triage")),
        ("text", Value::from(prose.repeat(200))),
        (
            "ratio",
            Value::Number("0.1".parse().unwrap_or_else(|_| 0_i64.into())),
        ),
        ("mode", Value::Null),
        ("files", Value::list(files("files"))),
        ("more", Value::set_of(files("more"))),
    ])
}

fn benches(criterion: &mut Criterion) {
    let (schema, none) = (schema(), Defaults::new());
    let ty = schema.ty();
    let config = config("Compare the last hour with the same hour of the day before.\n");
    let prior = plan(&schema.attributes, &none, &config, &Value::Null).without_unknowns();
    let bytes = encode(&prior, &ty).unwrap_or_default();
    let mut group = criterion.benchmark_group("object");
    group.throughput(criterion::Throughput::Bytes(bytes.len() as u64));
    group.bench_function("decode", |bench| bench.iter(|| decode(&bytes, &ty)));
    group.bench_function("encode", |bench| bench.iter(|| encode(&prior, &ty)));
    group.bench_function("plan without change", |bench| {
        bench.iter(|| plan(&schema.attributes, &none, &config, &prior));
    });
    group.bench_function("plan with a change", |bench| {
        let changed = || {
            let mut config = config.clone();
            config.set("text", Value::from("other"));
            config
        };
        let run = |config| plan(&schema.attributes, &none, &config, &prior);
        bench.iter_batched(changed, run, BatchSize::SmallInput);
    });
    group.finish();
}

criterion_group!(all, benches);
criterion_main!(all);
