//! The checked-in code equals the code generated from the `.proto` files.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

const FILES: [&str; 2] = ["tfplugin6.rs", "plugin.rs"];

#[test]
fn checked_in_code_equals_generated_code() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    let checked_in = manifest.join("src/gen");
    let fresh = tempfile::tempdir().unwrap();
    generate(&manifest.join("../../proto"), fresh.path()).unwrap();

    let update = env::var_os("UPDATE_GENERATED").is_some();
    let mut outdated: Vec<PathBuf> = Vec::new();
    for file in FILES {
        let expected = fs::read_to_string(fresh.path().join(file)).unwrap();
        let path = checked_in.join(file);
        if fs::read_to_string(&path).is_ok_and(|found| found == expected) {
            continue;
        }
        if update {
            fs::write(&path, expected).unwrap();
        } else {
            outdated.push(path);
        }
    }
    assert!(
        outdated.is_empty(),
        "{outdated:?} differ from what proto/ gives; run `UPDATE_GENERATED=1 cargo test -p tfplugin6` and commit",
    );
}

fn generate(proto: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let descriptors = protox::compile(["tfplugin6.proto", "plugin.proto"], [proto])?;
    tonic_prost_build::configure()
        .build_client(true)
        .build_transport(false)
        .build_server(true)
        .generate_default_stubs(true)
        .out_dir(out)
        .compile_fds(descriptors)?;
    Ok(())
}
