"""azure-cli: signing in, resources of any type, and `az rest` with the requests of the API reference."""

import base64
import json
import os
import subprocess
import sys
import tempfile

from steps import emulator, expect, pipeline_token, register_certificate, step

AZ = os.environ["AZ"]
SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
GROUP = "rg-peer"
VERSION = "2025-05-01-preview"
AGENT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.App/agents/shop"
LONG = "Look at the metrics of the last hour first, then at the logs, and say what has changed."
addresses = emulator()
tenant, client = addresses["tenant_id"], addresses["client_id"]
principal = ["login", "--service-principal", "--username", client, "--tenant", tenant]


def az(*arguments, **environment):
    """Returns the parsed JSON output of `az`, or None if there is no output."""
    ended = subprocess.run(
        [AZ, *arguments, "--output", "json", "--only-show-errors"],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )
    if ended.returncode != 0:
        said = ended.stderr.strip().splitlines() or ["nothing"]
        print(ended.stderr, file=sys.stderr)
        raise AssertionError(f"az {arguments[0]} ended with {ended.returncode}: {said[0]}")
    try:
        return json.loads(ended.stdout)
    except json.JSONDecodeError:
        return ended.stdout or None


def fails(*arguments, **environment):
    try:
        az(*arguments, **environment)
    except AssertionError:
        return
    raise AssertionError(f"az {arguments[0]} should have failed")


def tokens():
    for resource in ["https://management.azure.com", "https://azuresre.dev"]:
        token = az("account", "get-access-token", "--resource", resource)
        expect(token["tokenType"] == "Bearer", token)


def signed_in(*arguments, **environment):
    """Signs in, gets tokens for both planes, and signs out."""
    accounts = az(*arguments, **environment)
    expect(accounts[0]["id"] == SUBSCRIPTION, accounts)
    for resource in ["https://management.azure.com", "https://azuresre.dev"]:
        az("account", "get-access-token", "--resource", resource, **environment)
    az("account", "clear")


def sign_in():
    with tempfile.TemporaryDirectory() as folder:
        certificate = register_certificate(folder)
        step(
            "login with a certificate",
            lambda: signed_in(*principal, "--certificate", certificate),
        )
    step(
        "login with a federated token",
        lambda: signed_in(*principal, "--federated-token", pipeline_token()),
    )
    step("login with a device code", lambda: signed_in("login", "--use-device-code"))
    machine = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": addresses["imds_endpoint"]}
    step(
        "login with the identity of a virtual machine",
        lambda: signed_in("login", "--identity", **machine),
    )
    user_assigned = "7e57ab1e-0000-4000-8000-000000000005"
    step(
        "login with a user-assigned identity",
        lambda: signed_in("login", "--identity", "--client-id", user_assigned, **machine),
    )
    service = {
        "IDENTITY_ENDPOINT": addresses["identity_endpoint"],
        "IDENTITY_HEADER": addresses["identity_header"],
    }
    step(
        "login with the identity of App Service",
        lambda: signed_in("login", "--identity", **service),
    )
    step(
        "login with an unknown identity fails",
        lambda: fails("login", "--identity", "--client-id", SUBSCRIPTION, **service),
    )
    step(
        "login with a wrong secret fails", lambda: fails(*principal, "--password", "wrong")
    )
    step(
        "login with a secret",
        lambda: az(*principal, "--password", addresses["client_secret"]),
    )
    step("account show", lambda: expect(az("account", "show")["id"] == SUBSCRIPTION, "other"))
    step("account get-access-token", tokens)


def resources():
    named = ["--resource-group", GROUP, "--name", "shop", "--resource-type", "Microsoft.App/agents"]
    step(
        "group create",
        lambda: az("group", "create", "--name", GROUP, "--location", "swedencentral"),
    )
    step(
        "group list",
        lambda: expect(GROUP in [group["name"] for group in az("group", "list")], "not listed"),
    )
    properties = {"actionConfiguration": {"mode": "Review", "accessLevel": "Low"}}
    step(
        "resource create",
        lambda: az(
            *["resource", "create", *named, "--location", "swedencentral"],
            *["--properties", json.dumps(properties)],
        ),
    )
    step(
        "resource show",
        lambda: expect(
            az("resource", "show", *named)["properties"]["provisioningState"] == "Succeeded",
            "not ready",
        ),
    )
    step(
        "resource update",
        lambda: az(
            *["resource", "update", *named, "--api-version", VERSION],
            *["--set", "properties.monthlyAgentUnitLimit=500"],
        ),
    )
    step("resource tag", lambda: az("resource", "tag", *named, "--tags", "env=dev"))
    step(
        "resource list",
        lambda: expect(
            [item["name"] for item in az("resource", "list", "--resource-group", GROUP)] == ["shop"],
            "not listed",
        ),
    )
    step("provider show", lambda: az("provider", "show", "--namespace", "Microsoft.App"))
    return named


def rest(method, url, body=None, audience=None, headers=()):
    arguments = ["rest", "--method", method, "--url", url]
    if body is not None:
        arguments += ["--body", body if isinstance(body, str) else json.dumps(body)]
    if audience:
        arguments += ["--resource", audience]
    if headers:
        arguments += ["--headers", *headers]
    return az(*arguments)


def control_plane():
    def call(method, suffix="", body=None):
        return rest(method, f"{AGENT}{suffix}?api-version={VERSION}", body)

    agent = {"location": "swedencentral", "identity": {"type": "SystemAssigned"}, "properties": {}}
    step("rest PUT agent", lambda: call("put", "", agent))
    step("rest GET agent", lambda: call("get"))
    for action in ["stop", "start"]:
        step(f"rest POST {action}", lambda: call("post", f"/{action}"))
    for usage in ["usages", "dailyusages"]:
        step(f"rest GET {usage}", lambda: call("get", f"/{usage}"))
    connector = {"properties": {"name": "logs", "dataConnectorType": "Kusto", "dataSource": "https://x", "identity": "system"}}
    specs = {
        "skills": {"name": "one", "description": "d", "skillContent": LONG},
        "subagents": {"name": "one", "instructions": LONG, "handoffs": []},
        "tools": {"name": "one", "type": "LinkTool", "description": "d", "template": "https://x"},
        "scheduledTasks": {"name": "one", "cronExpression": "0 8 * * *", "agentPrompt": "Report."},
        "hooks": {"eventType": "Stop", "hook": {"type": "Prompt", "prompt": "Is it done?"}},
        "commonPrompts": {"prompt": "Be brief."},
    }
    platform = {"properties": {"incidentManagementConfiguration": {"type": "AzMonitor"}}}
    step("rest PATCH agent", lambda: call("patch", "", platform))
    specs["incidentFilters"] = {"incidentPlatform": "AzMonitor", "priorities": ["Sev0"]}
    bodies = {"DataConnectors": connector}
    for kind, spec in specs.items():
        encoded = base64.encodebytes(json.dumps(spec).encode()).decode()
        bodies[kind] = {"properties": {"value": encoded}}
    for kind, body in bodies.items():
        name = "logs" if kind == "DataConnectors" else "one"
        step(f"rest PUT {kind}", lambda: call("put", f"/{kind}/{name}", body))
        step(f"rest GET {kind}", lambda: call("get", f"/{kind}/{name}"))
        step(f"rest DELETE {kind}", lambda: call("delete", f"/{kind}/{name}"))


def data_plane():
    shown = rest("get", f"{AGENT}?api-version={VERSION}")
    endpoint = shown["properties"]["agentEndpoint"]

    def call(method, path, body=None, headers=()):
        return rest(method, f"{endpoint}/api/{path}", body, "https://azuresre.dev", headers)

    started = step(
        "rest POST thread",
        lambda: call("post", "v1/threads", {"startMessage": {"text": "Please restart orders-api."}}),
    )
    thread = (started or {}).get("id")
    step("rest GET threads", lambda: call("get", "v1/threads"))
    step("rest GET thread", lambda: call("get", f"v1/threads/{thread}"))
    step("rest GET messages", lambda: call("get", f"v1/threads/{thread}/messages"))
    step(
        "rest POST message",
        lambda: call("post", f"v1/threads/{thread}/messages", {"text": "And now?"}),
    )
    pending = step("rest GET approvals", lambda: call("get", f"v1/approvals/{thread}"))
    approval = ((pending or {}).get("value") or [{}])[0].get("id")
    step(
        "rest POST decision",
        lambda: call("post", f"v1/approvals/{thread}/{approval}/decision", {"decision": "Approved"}),
    )
    # The body from the API reference: the properties without an envelope.
    repository = {"properties": {"url": "https://github.com/contoso/shop", "type": "GitHub"}}
    for method, path, body in [
        ("put", "v2/repos/shop", repository),
        ("get", "v2/repos", None),
        ("get", "v2/repos/shop", None),
        ("post", "v2/repos/shop/test", None),
        ("delete", "v2/repos/shop", None),
    ]:
        step(f"rest {method.upper()} {path}", lambda: call(method, path, body))
    # az treats a body that begins with hyphens as an option, even from a file. The empty line avoids that.
    form = (
        '\r\n--peer\r\nContent-Disposition: form-data; name="files"; filename="runbook.md"\r\n'
        "Content-Type: text/markdown\r\n\r\nDrain the queue.\r\n--peer--\r\n"
    )
    multipart = ["Content-Type=multipart/form-data; boundary=peer"]
    step("rest POST upload", lambda: call("post", "v1/agentmemory/upload", form, multipart))
    for method, path in [
        ("get", "v1/agentmemory/status"),
        ("get", "v1/agentmemory/indexer-status"),
        ("delete", "v1/agentmemory/document/runbook.md"),
        ("delete", "v1/agentmemory/documents"),
    ]:
        step(f"rest {method.upper()} {path}", lambda: call(method, path))
    trigger = {"name": "pr", "agentPrompt": "Review.", "agentMode": "Review"}
    made = step("rest POST trigger", lambda: call("post", "v1/httptriggers/create", trigger))
    identifier = (made or {}).get("triggerId")
    step("rest GET triggers", lambda: call("get", "v1/httptriggers"))
    step(
        "rest POST execute", lambda: call("post", f"v1/httptriggers/{identifier}/execute", {})
    )
    step(
        "rest POST webhook", lambda: call("post", f"v1/httptriggers/trigger/{identifier}", {})
    )
    specs = {
        "hooks": ("GlobalHook", {"eventType": "Stop", "hook": {"prompt": "Is it done?"}}),
        "agents": ("ExtendedAgent", {"instructions": LONG, "handoffs": []}),
        "tools": ("ExtendedAgentTool", {"type": "LinkTool", "template": "https://x"}),
        "connectors": ("AgentConnector", {"dataConnectorType": "Kusto", "dataSource": "https://x"}),
        "skills": ("Skill", {"skillContent": LONG}),
        "commonprompts": ("CommonPrompt", {"prompt": "Be brief."}),
        "scheduledtasks": ("ScheduledTask", {"cronExpression": "0 8 * * *", "agentPrompt": "Report."}),
        "plugins": ("Plugin", {"enabled": True}),
    }
    for kind, (envelope, properties) in specs.items():
        path = f"v2/extendedAgent/{kind}"
        body = {"name": "one", "type": envelope, "properties": properties}
        change = {"properties": {"description": "changed"}}
        step(f"rest PUT {kind}, data plane", lambda: call("put", f"{path}/one", body))
        step(f"rest GET {kind}, data plane", lambda: call("get", f"{path}/one"))
        step(f"rest list {kind}, data plane", lambda: call("get", path))
        step(f"rest PATCH {kind}, data plane", lambda: call("patch", f"{path}/one", change))
        step(f"rest DELETE {kind}, data plane", lambda: call("delete", f"{path}/one"))


sign_in()
named = resources()
control_plane()
data_plane()
step("resource delete", lambda: az("resource", "delete", *named))
step("group delete", lambda: az("group", "delete", "--name", GROUP, "--yes"))
