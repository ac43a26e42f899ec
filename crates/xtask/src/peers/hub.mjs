// @microsoft/signalr: the hub of an agent, as the service's own clients use it.

import {
  HttpTransportType,
  HubConnectionBuilder,
  HubConnectionState,
  LogLevel,
} from "@microsoft/signalr";
import { randomUUID } from "node:crypto";

const addresses = JSON.parse(process.env.EMULATOR);
const { arm_endpoint: arm, token } = addresses;
const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
const agent = `${arm}/subscriptions/s/resourceGroups/rg/providers/Microsoft.App/agents/hub?api-version=2025-05-01-preview`;
const command = "Checkout is slow. Please restart orders-api.";

async function step(name, work) {
  let failure = null;
  try {
    await work();
  } catch (error) {
    console.error(error);
    failure = `${error.name}: ${error.message}`.split("\n")[0];
  }
  console.log(JSON.stringify({ step: name, failure }));
}

function expect(condition, what) {
  if (!condition) throw new Error(what);
}

async function rest(method, url, body) {
  const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  expect(answer.ok, `${method} ${url}: ${answer.status}`);
  return answer.status === 204 ? null : answer.json();
}

// A client with the messages that it receives, by thread: texts joined by message, up to the end of a turn.
function listen(endpoint, options = {}) {
  const connection = new HubConnectionBuilder()
    .withUrl(`${endpoint}/agentHub`, { accessTokenFactory: () => token, ...options })
    .configureLogging(LogLevel.None)
    .build();
  const turns = new Map();
  const waiting = new Map();
  const heard = ({ role, contents, additionalProperties: about }) => {
    const turn = turns.get(about.threadId) ?? { texts: new Map(), commands: new Map() };
    turns.set(about.threadId, turn);
    for (const { $type: type, text } of contents) {
      const into = about.streamMessageType === "AzCli" ? turn.commands : turn.texts;
      const joins = type === "text" && role === "assistant" && about.streamMessageType !== "Reasoning";
      if (joins) into.set(about.messageId, (into.get(about.messageId) ?? "") + text);
    }
    if (about.actionName !== "SignalProcessingComplete") return;
    turns.delete(about.threadId);
    const commands = [...turn.commands.values()].map((text) => JSON.parse(text));
    const ended = { text: [...turn.texts.values()].join("\n"), commands };
    const [first, ...others] = waiting.get(about.threadId) ?? [];
    waiting.set(about.threadId, others);
    first?.(ended);
  };
  connection.on("MessageUpdate", heard);
  connection.on("messageupdate", heard);
  const turn = (thread) =>
    new Promise((resolve, reject) => {
      waiting.set(thread, [...(waiting.get(thread) ?? []), resolve]);
      setTimeout(() => reject(new Error("the turn does not end")), 30_000).unref();
    });
  return { connection, turn };
}

async function error(work) {
  try {
    await work();
  } catch (error) {
    return error.message;
  }
  throw new Error("nothing was refused");
}

const message = (text) => ({ text, userId: "peer", displayName: "Peer" });
let endpoint;
await step("create an agent", async () => {
  const made = await rest("PUT", agent, { location: "swedencentral" });
  const looks = async () => (await rest("GET", agent)).properties;
  let seen = made.properties;
  while (seen.provisioningState !== "Succeeded") seen = await looks();
  endpoint = (await looks()).agentEndpoint;
});

const first = listen(endpoint);
const second = listen(endpoint, { transport: HttpTransportType.WebSockets });
const thread = randomUUID();
await step("connect by the transport that was agreed on", () => first.connection.start());
await step("connect by WebSockets", () => second.connection.start());
await step("start a thread", async () => {
  const turns = [first.turn(thread), second.turn(thread)];
  await first.connection.invoke("CreateThread", thread, { startMessage: message(command) }, false);
  for (const { text, commands } of await Promise.all(turns)) {
    expect(text.includes("ask for approval"), text);
    expect(commands[0].status === "Pending", JSON.stringify(commands));
  }
});
await step("decide by REST", async () => {
  const pending = await rest("GET", `${endpoint}/api/v1/approvals/${thread}`);
  const turns = [first.turn(thread), second.turn(thread)];
  const url = `${endpoint}/api/v1/azCliExecution/${thread}/${pending.value[0].id}/action`;
  await rest("POST", url, { action: "run", user: "peer" });
  for (const { text, commands } of await Promise.all(turns)) {
    expect(text.includes("I have run"), text);
    expect(commands[0].status === "Completed", JSON.stringify(commands));
  }
});
await step("post a message", async () => {
  const turns = [first.turn(thread), second.turn(thread)];
  await second.connection.invoke("CreateMessage", thread, message("And now?"), false);
  for (const { text } of await Promise.all(turns)) expect(text.includes("And now?"), text);
});
await step("hear of a message by REST", async () => {
  const turns = [first.turn(thread), second.turn(thread)];
  await rest("POST", `${endpoint}/api/v1/threads/${thread}/messages`, message("By REST."));
  for (const { text } of await Promise.all(turns)) expect(text.includes("By REST."), text);
});
await step("an unknown method fails", async () => {
  const refused = await error(() => first.connection.invoke("Frobnicate"));
  expect(refused.includes("Method does not exist"), refused);
});
await step("an unknown thread fails", async () => {
  const refused = await error(() =>
    first.connection.invoke("CreateMessage", randomUUID(), message("Hello"), false),
  );
  expect(refused.includes("Not Found"), refused);
});
await step("a stream fails", async () => {
  const refused = await error(
    () =>
      new Promise((next, error) =>
        first.connection.stream("CreateThread").subscribe({ next, error, complete: next }),
      ),
  );
  expect(refused.includes("non-streaming"), refused);
});
await step("connect without negotiation", async () => {
  const options = { transport: HttpTransportType.WebSockets, skipNegotiation: true };
  const { connection } = listen(endpoint, options);
  await connection.start();
  await connection.stop();
});
await step("a wrong token is refused", async () => {
  const { connection } = listen(endpoint, { accessTokenFactory: () => "wrong" });
  const refused = await error(() => connection.start());
  expect(refused.includes("401"), refused);
});
await step("no token is refused, and one is taken afterwards", async () => {
  let sent = "";
  const { connection } = listen(endpoint, { accessTokenFactory: () => sent });
  const refused = await error(() => connection.start());
  expect(refused.includes("401"), refused);
  sent = token;
  await connection.start();
  await connection.stop();
});
await step("disconnect", async () => {
  for (const { connection } of [first, second]) {
    await connection.stop();
    expect(connection.state === HubConnectionState.Disconnected, connection.state);
  }
});
