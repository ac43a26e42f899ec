//! The pages for the Terraform Registry.

use anyhow::{Result, bail};
use clap::Args;
use registry_docs::Pages;
use test_support::workspace_dir;

#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Change nothing, and fail if a page is out of date
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let pages = Pages::new(&workspace_dir())?;
    if !options.check {
        for path in pages.write()? {
            println!("{}", path.display());
        }
        return Ok(());
    }
    let differences = pages.differences()?;
    for path in &differences {
        println!("{}", path.display());
    }
    match differences.len() {
        0 => Ok(()),
        count => bail!("{count} files are not as they should be; `cargo xtask docs` makes them so"),
    }
}
