//! Objects whose deletion is disturbed.

use anyhow::{Context as _, Result, ensure};
use rstest::rstest;

use super::Case;
use crate::kinds;

#[rstest]
#[case::skill_on_arm("skill", "arm")]
#[case::skill("skill", "data_plane")]
#[case::repo("repo", "data_plane")]
#[tokio::test(start_paused = true)]
async fn deletion_ends_when_the_object_is_no_longer_visible(
    #[case] kind: &str,
    #[case] plane: &str,
) -> Result<()> {
    let kind = kinds::named(kind);
    let mut case = Case::new(&kind, plane).await?;
    case.resource.apply(case.config.clone()).await?;
    case.resource.refresh().await?;
    case.world.take_requests();
    case.resource.destroy().await?;
    let taken = case.world.take_requests();
    let deleted = taken
        .iter()
        .position(|request| request.starts_with("DELETE"));
    let reads = taken.len() - 1 - deleted.context("nothing was deleted")?;
    ensure!(reads == 3, "{taken:?}");
    Ok(())
}
