//! What a method lacks on this machine, as far as that is visible without a request.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{CredentialSettings, Method};

/// Returns why this machine cannot provide a token, as a sentence, or `None` if only a request can
/// tell.
pub(super) fn lack(method: &Method, settings: &CredentialSettings) -> Option<String> {
    match method {
        Method::AzureCli => {
            let mut given = settings.cli_environment.iter();
            let path = given.rfind(|(name, _)| name == "PATH");
            let path = path.map(|(_, path)| OsString::from(path));
            let path = path.or_else(|| env::var_os("PATH")).unwrap_or_default();
            let is_there = env::split_paths(&path).any(|folder| holds_cli(&folder));
            (!is_there).then(|| {
                "No other sign-in method is configured, so the provider uses the Azure CLI, but \
                 `az` is not in the PATH."
                    .to_owned()
            })
        }
        Method::OidcTokenFile { path, .. } => without_file(path),
        Method::WorkloadIdentity { token_file, .. } => {
            let pod = || env::var_os("AZURE_FEDERATED_TOKEN_FILE").map(PathBuf::from);
            without_file(&token_file.clone().or_else(pod)?)
        }
        _ => None,
    }
}

fn holds_cli(folder: &Path) -> bool {
    let names: &[&str] = match cfg!(windows) {
        true => &["az.cmd", "az.bat", "az.exe"],
        false => &["az"],
    };
    names.iter().any(|name| folder.join(name).is_file())
}

fn without_file(path: &Path) -> Option<String> {
    (!path.exists()).then(|| format!("The token file {path:?} does not exist."))
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;
    use crate::cloud::Cloud;

    fn settings(path: &Path) -> CredentialSettings {
        let mut settings = CredentialSettings::for_cloud(&Cloud::Public);
        settings.authority_host = Url::parse("https://login.example").unwrap();
        settings.cli_environment = vec![("PATH".to_owned(), path.display().to_string())];
        settings
    }

    #[test]
    fn missing_cli_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let settings = settings(folder.path());
        let told = lack(&Method::AzureCli, &settings).unwrap();
        assert!(told.contains("`az` is not in the PATH"), "{told}");
        for name in ["az", "az.cmd"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        assert_eq!(lack(&Method::AzureCli, &settings), None);
    }

    #[test]
    fn missing_token_file_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let method = Method::OidcTokenFile {
            client_id: "app".to_owned(),
            path: path.clone(),
        };
        let settings = settings(folder.path());
        assert!(lack(&method, &settings).unwrap().contains("does not exist"));
        std::fs::write(path, "x").unwrap();
        assert_eq!(lack(&method, &settings), None);
    }
}
