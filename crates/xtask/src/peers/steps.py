"""Helpers for the scripts of peers, which print a line of JSON for every step."""

import json
import os
import sys
import traceback
import urllib.request


def step(name, work):
    """Runs one step. Later steps run even if it fails."""
    try:
        result = work()
        print(json.dumps({"step": name, "failure": None}), flush=True)
        return result
    except Exception as error:  # whatever a library raises is the outcome of the step
        traceback.print_exc()
        failure = f"{type(error).__name__}: {error}".splitlines()[0]
        print(json.dumps({"step": name, "failure": failure}), flush=True)
        return None


def expect(condition, what):
    """Fails the step unless the condition holds."""
    if not condition:
        raise AssertionError(what)


def emulator():
    """Returns the addresses of the emulator, from its first line."""
    return json.loads(os.environ["EMULATOR"])


def pipeline_token():
    """Returns a token of the emulated GitHub Actions."""
    addresses = emulator()
    url = addresses["github_oidc_url"] + "&audience=api://AzureADTokenExchange"
    token = addresses["oidc_request_token"]
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return json.load(direct.open(request))["value"]


def register_certificate(folder):
    """Creates a certificate, registers it with the application, and returns the path of it with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    import datetime

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "peers")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    path = os.path.join(folder, "peer.pem")
    with open(path, "w") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ).decode()
        )
        file.write(pem)
    addresses = emulator()
    application = {
        "client_id": addresses["client_id"],
        "client_secret": addresses["client_secret"],
        "certificates": [{"pem": pem}],
        "federated_credentials": [
            {
                "issuer": "https://token.actions.githubusercontent.com",
                "subject": "repo:contoso/infrastructure:ref:refs/heads/main",
            }
        ],
    }
    change = json.dumps({"entra": {"applications": [application]}}).encode()
    request = urllib.request.Request(
        addresses["control"] + "/profile",
        change,
        {"Content-Type": "application/json"},
        method="PUT",
    )
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).close()
    return path


if __name__ == "__main__":
    # `steps.py certificate FOLDER` and `steps.py token` are for peers in other languages.
    print(register_certificate(sys.argv[2]) if sys.argv[1] == "certificate" else pipeline_token())
