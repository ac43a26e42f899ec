//! The last line of errors that the subcommand `doctor` can explain.

use azure::ErrorKind;

/// Returns the line for errors that concern the connection to the service, and not the
/// configuration.
pub(crate) fn doctor(kind: ErrorKind) -> Option<&'static str> {
    let is_explained = matches!(
        kind,
        ErrorKind::Credential
            | ErrorKind::Forbidden
            | ErrorKind::HostRefused
            | ErrorKind::Network
            | ErrorKind::NotJson
            | ErrorKind::NotReady
            | ErrorKind::TenantRestricted
            | ErrorKind::Unauthorized
    );
    is_explained.then_some(
        "To find the cause, run `terraform-provider-azuresre doctor`. See the guide \
         \"Troubleshooting\".",
    )
}
