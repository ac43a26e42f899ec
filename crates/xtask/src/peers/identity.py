"""azure-identity: every credential that works without a browser, for both planes."""

import os
import tempfile

from azure.identity import (
    CertificateCredential,
    ClientAssertionCredential,
    ClientSecretCredential,
    CredentialUnavailableError,
    DefaultAzureCredential,
    DeviceCodeCredential,
    ManagedIdentityCredential,
)
from azure.core.exceptions import ClientAuthenticationError

from steps import emulator, expect, pipeline_token, register_certificate, step

PLANES = ["https://management.azure.com/.default", "https://azuresre.dev/.default"]
addresses = emulator()
tenant, client = addresses["tenant_id"], addresses["client_id"]
secret = addresses["client_secret"]


def tokens(credential):
    for scope in PLANES:
        expect(credential.get_token(scope).token.count(".") == 2, "no token")


def refused(work, kinds):
    try:
        work()
    except kinds:
        return
    raise AssertionError("nothing was refused")


step("client secret", lambda: tokens(ClientSecretCredential(tenant, client, secret)))
step(
    "wrong client secret",
    lambda: refused(
        lambda: tokens(ClientSecretCredential(tenant, client, "wrong")), ClientAuthenticationError
    ),
)
with tempfile.TemporaryDirectory() as folder:
    step(
        "certificate",
        lambda: tokens(CertificateCredential(tenant, client, register_certificate(folder))),
    )
step(
    "federated token",
    lambda: tokens(ClientAssertionCredential(tenant, client, pipeline_token)),
)
step(
    "device code",
    lambda: tokens(DeviceCodeCredential(tenant_id=tenant, prompt_callback=lambda *_: None)),
)

os.environ["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = addresses["imds_endpoint"]
step("managed identity of a virtual machine", lambda: tokens(ManagedIdentityCredential()))
user_assigned = "7e57ab1e-0000-4000-8000-000000000005"
step(
    "user-assigned identity",
    lambda: tokens(ManagedIdentityCredential(client_id=user_assigned)),
)
os.environ["IDENTITY_ENDPOINT"] = addresses["identity_endpoint"]
os.environ["IDENTITY_HEADER"] = addresses["identity_header"]
step("managed identity of App Service", lambda: tokens(ManagedIdentityCredential()))
step(
    "unknown identity of App Service",
    lambda: refused(
        lambda: tokens(ManagedIdentityCredential(client_id="00000000-0000-0000-0000-000000000000")),
        (ClientAuthenticationError, CredentialUnavailableError),
    ),
)
for name in ["IDENTITY_ENDPOINT", "IDENTITY_HEADER", "AZURE_POD_IDENTITY_AUTHORITY_HOST"]:
    del os.environ[name]
os.environ.update(AZURE_TENANT_ID=tenant, AZURE_CLIENT_ID=client, AZURE_CLIENT_SECRET=secret)
step("default credential from the environment", lambda: tokens(DefaultAzureCredential()))
