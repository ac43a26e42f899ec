"""pysignalr: the hub of an agent, including the slow and odd service."""

import asyncio
import json
import urllib.error
import urllib.request
import uuid

from pysignalr.client import SignalRClient

from steps import emulator, expect, step

LIMIT = 30
addresses = emulator()
TOKEN = {"Authorization": f"Bearer {addresses['token']}"}
AGENT = (
    addresses["arm_endpoint"]
    + "/subscriptions/s/resourceGroups/rg/providers/Microsoft.App/agents/hub?api-version=2025-05-01-preview"
)


def rest(method, url, body=None):
    """Sends a request, and retries it while the service is busy or starting."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    headers = {**TOKEN, "Content-Type": "application/json", "Accept": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    for _ in range(20):
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with direct.open(request) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code not in (403, 503):
                raise
    raise AssertionError(f"{method} {url} is refused")


def create_agent():
    rest("PUT", AGENT, {"location": "swedencentral"})
    for _ in range(20):
        properties = rest("GET", AGENT)["properties"]
        if properties["provisioningState"] == "Succeeded":
            # The data plane is ready once it has answered.
            rest("GET", properties["agentEndpoint"] + "/api/v1/threads")
            return properties["agentEndpoint"]
    raise AssertionError("the agent is not created")


class Talk:
    """A connection, and the messages that it receives."""

    def __init__(self, endpoint, headers):
        self.updates = asyncio.Queue()
        self.opened = asyncio.Event()
        # The client sends the token of its access_token_factory only when it reconnects.
        self.client = SignalRClient(endpoint + "/agentHub", headers=headers, retry_count=1)
        self.client.on("MessageUpdate", self.heard)
        self.client.on_open(self.open)
        self.client.on_error(self.failed)
        self.errors = asyncio.Queue()
        self.running = asyncio.create_task(self.client.run())

    async def open(self):
        self.opened.set()

    async def heard(self, arguments):
        await self.updates.put(arguments[0])

    async def failed(self, completion):
        await self.errors.put(completion.error)

    async def call(self, method, *arguments):
        """Calls a method, and waits for its result."""
        done = asyncio.get_running_loop().create_future()

        async def end(completion):
            done.set_result(completion)

        await self.client.send(method, list(arguments), end)
        await asyncio.wait_for(done, LIMIT)

    async def turn(self, thread):
        """Returns the messages of the agent up to the end of its turn, without late earlier ones."""
        said = {}
        while True:
            update = await asyncio.wait_for(self.updates.get(), LIMIT)
            about = update["additionalProperties"]
            if about["threadId"] != thread:
                continue
            if about["actionName"] == "SignalProcessingComplete" and said:
                return "\n".join(said.values())
            if update["role"] == "assistant" and about["streamMessageType"] is None:
                for content in update["contents"]:
                    if content["$type"] == "text":
                        said[about["messageId"]] = said.get(about["messageId"], "") + content["text"]

    async def stop(self):
        self.running.cancel()
        await asyncio.gather(self.running, return_exceptions=True)


def message(text):
    return {"text": text, "userId": "peer", "displayName": "Peer"}


def run(work):
    return asyncio.run(asyncio.wait_for(work, LIMIT * 4))


async def no_token(endpoint):
    talk = Talk(endpoint, {})
    done, _ = await asyncio.wait([talk.running], timeout=LIMIT)
    expect(done, "the connection is still tried")
    refused = repr(talk.running.exception())
    expect("AuthorizationError" in refused, refused)


async def conversation(endpoint):
    talk, thread = Talk(endpoint, dict(TOKEN)), str(uuid.uuid4())
    try:
        await asyncio.wait_for(talk.opened.wait(), LIMIT)
        for number, text in enumerate(["What has happened?", "And today?", "And now?"]):
            if number == 0:
                await talk.client.send("CreateThread", [thread, {"startMessage": message(text)}, False])
            else:
                await talk.call("CreateMessage", thread, message(text), False)
            said = await talk.turn(thread)
            expect(text in said, said)
    finally:
        await talk.stop()


async def by_rest(endpoint):
    talk = Talk(endpoint, dict(TOKEN))
    try:
        await asyncio.wait_for(talk.opened.wait(), LIMIT)
        url = endpoint + "/api/v1/threads"
        thread = await asyncio.to_thread(rest, "POST", url, {"startMessage": message("By REST.")})
        expect("By REST." in await talk.turn(thread["id"]), "another text")
    finally:
        await talk.stop()


async def unknown_method(endpoint):
    talk = Talk(endpoint, dict(TOKEN))
    try:
        await asyncio.wait_for(talk.opened.wait(), LIMIT)

        async def never(_):
            raise AssertionError("it was done")

        await talk.client.send("Frobnicate", [], never)
        error = await asyncio.wait_for(talk.errors.get(), LIMIT)
        expect("Method does not exist" in error, error)
    finally:
        await talk.stop()


endpoint = step("create an agent", create_agent)
step("no token is refused", lambda: run(no_token(endpoint)))
step("a conversation", lambda: run(conversation(endpoint)))
step("hear of a thread by REST", lambda: run(by_rest(endpoint)))
step("an unknown method fails", lambda: run(unknown_method(endpoint)))
