//! The line with which errors end that the subcommand `doctor` can explain.

use azure::ErrorKind;

/// The line, for what stands between a user and the service rather than in a configuration.
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
