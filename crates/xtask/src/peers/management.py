"""azure-mgmt-resource: groups, resources of any type, and long-running operations."""

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity import ClientSecretCredential
from azure.mgmt.resource.resources import ResourceManagementClient

from steps import emulator, expect, step

VERSION = "2025-05-01-preview"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
AGENT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-peer/providers/Microsoft.App/agents/shop"
addresses = emulator()
credential = ClientSecretCredential(
    addresses["tenant_id"], addresses["client_id"], addresses["client_secret"]
)
# The emulator asks for a pause of zero, which this client treats as missing.
client = ResourceManagementClient(credential, SUBSCRIPTION, polling_interval=1)


def create():
    agent = client.resources.begin_create_or_update_by_id(
        AGENT,
        {
            "location": "swedencentral",
            "identity": {"type": "SystemAssigned"},
            "properties": {"actionConfiguration": {"mode": "Review", "accessLevel": "Low"}},
        },
        api_version=VERSION,
    ).result()
    expect(agent.properties["provisioningState"] == "Succeeded", agent.properties)
    expect(agent.identity.principal_id, "no principal")


def update():
    agent = client.resources.begin_update_by_id(
        AGENT, {"tags": {"env": "dev"}}, api_version=VERSION
    ).result()
    expect(agent.tags == {"env": "dev"}, agent.tags)


def connector():
    url = f"{AGENT}/DataConnectors/logs"
    made = client.resources.begin_create_or_update_by_id(
        url,
        {"properties": {"dataConnectorType": "Kusto", "dataSource": "https://x", "identity": "system"}},
        api_version=VERSION,
    ).result()
    expect(made.name == "logs", made.name)


def versions():
    provider = client.providers.get("Microsoft.App")
    known = {kind.resource_type: kind.api_versions for kind in provider.resource_types}
    expect(VERSION in known["agents"], known)


def gone():
    client.resources.begin_delete_by_id(AGENT, api_version=VERSION).result()
    try:
        client.resources.get_by_id(AGENT, api_version=VERSION)
    except (ResourceNotFoundError, HttpResponseError) as error:
        expect(error.status_code == 404, error)
        return
    raise AssertionError("it is still there")


def names(items):
    return [item.name for item in items]


step(
    "create a group",
    lambda: client.resource_groups.create_or_update("rg-peer", {"location": "swedencentral"}),
)
step("see the group", lambda: expect(client.resource_groups.check_existence("rg-peer"), "none"))
step("list groups", lambda: expect("rg-peer" in names(client.resource_groups.list()), "none"))
step("versions of the provider", versions)
step("create an agent", create)
step("update an agent", update)
step("create a connector", connector)
step(
    "list resources",
    lambda: expect(
        names(client.resources.list(filter="resourceType eq 'Microsoft.App/agents'")) == ["shop"],
        "the agent is not listed",
    ),
)
step(
    "list resources of a group",
    lambda: expect(
        names(client.resources.list_by_resource_group("rg-peer")) == ["shop"], "not listed"
    ),
)
step("delete an agent", gone)
step("delete the group", lambda: client.resource_groups.begin_delete("rg-peer").result())
