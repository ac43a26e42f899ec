//! Names, connections, TLS, and pages instead of the API.

use anyhow::{Result, ensure};
use emulator::{Fault, Plane};

use crate::fixture::{Fixture, Report, examine};
use crate::tls;

/// Runs the doctor with another address for ARM and Entra ID.
async fn with_azure_at(address: &str) -> Result<Report> {
    let options = [
        "--resource-manager-endpoint",
        address,
        "--active-directory-authority-host",
        address,
        "--tenant-id",
        "t",
        "--client-id",
        "c",
    ];
    examine(&options, &[("ARM_CLIENT_SECRET", "s")]).await
}

#[tokio::test]
async fn tls_interceptor_is_named_by_its_authority() -> Result<()> {
    let address = tls::interceptor().await?;
    let report = with_azure_at(&address).await?;
    report.ensure(
        "reach-arm",
        "failed",
        &[tls::AUTHORITY, "does not trust", "SSL_CERT_FILE"],
    )?;
    report.ensure("reach-entra", "failed", &[tls::AUTHORITY])?;
    report.ensure("subscription", "skipped", &["reach-arm"])?;
    ensure!(
        report.asked().contains(tls::AUTHORITY),
        "{:#}",
        report.document
    );
    Ok(())
}

#[tokio::test]
async fn reset_during_the_handshake_suggests_a_firewall() -> Result<()> {
    let address = tls::raw_server(b"").await?;
    let report = with_azure_at(&format!("https://{address}")).await?;
    report.ensure("reach-arm", "failed", &["TLS handshake", "firewall"])?;
    ensure!(
        report.asked().contains("TLS to 127.0.0.1"),
        "{:#}",
        report.document
    );
    Ok(())
}

#[tokio::test]
async fn closed_port_is_reported() -> Result<()> {
    let report = with_azure_at("https://127.0.0.1:1").await?;
    report.ensure(
        "reach-arm",
        "failed",
        &["cannot connect to 127.0.0.1 on port 1"],
    )
}

#[tokio::test]
async fn unresolvable_name_is_reported() -> Result<()> {
    let report = with_azure_at("https://arm.azuresre-doctor.invalid").await?;
    report.ensure(
        "reach-arm",
        "failed",
        &["does not resolve", "arm.azuresre-doctor.invalid"],
    )
}

#[tokio::test]
async fn page_instead_of_arm_is_reported() -> Result<()> {
    let fixture = Fixture::new().await?;
    let fault = Fault::on("GET", "/metadata/endpoints").forever();
    fixture
        .emulator()
        .fault(fault.html(200, "<html>Please log in.</html>"))?;
    let report = fixture.examine(&[]).await?;
    report.ensure_only("reach-arm", &["a web page", "allow traffic to"])
}

#[tokio::test]
async fn page_instead_of_the_data_plane_is_reported() -> Result<()> {
    let fixture = Fixture::new().await?;
    let fault = Fault::on("GET", "/api/v2/")
        .plane(Plane::DataPlane)
        .forever();
    fixture
        .emulator()
        .fault(fault.html(200, "<html><title>Blocked</title></html>"))?;
    let report = fixture.examine(&[]).await?;
    report.ensure_only("data-plane", &["HTML", "azuresre.ai"])?;
    ensure!(report.asked().contains("firewall"), "{:#}", report.document);
    Ok(())
}

#[tokio::test]
async fn reset_of_a_data_plane_is_reported() -> Result<()> {
    let fixture = Fixture::new().await?;
    fixture.emulator().fault(
        Fault::on("GET", "/api/v2/")
            .plane(Plane::DataPlane)
            .forever()
            .reset(),
    )?;
    let report = fixture.examine(&[]).await?;
    report.ensure_only("data-plane", &["connection"])?;
    report.ensure("rights-data-plane", "skipped", &["data-plane"])
}
