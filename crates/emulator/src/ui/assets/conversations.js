// Conversations with the scripted agent, over its hub.

import { ask, doing, el, tell } from "./dom.js";
import { label } from "./agents.js";
import { Hub } from "./signalr.js";

export class Conversations {
  constructor(section, agents, { token }) {
    this.agents = agents;
    this.token = token;
    this.choice = el("select", { "aria-label": "Agent", change: () => this.leave() });
    this.button = el("button", { type: "button", click: doing(() => this.toggle()) }, "Connect");
    this.threads = el("ul", { class: "threads", "aria-label": "Threads" });
    this.log = el("div", { class: "log", role: "log", "aria-label": "Conversation", tabindex: "0" });
    this.text = el("textarea", {
      rows: 2,
      "aria-label": "Message",
      placeholder: "Say something, such as: Checkout is slow. Please restart orders-api.",
      keydown: (event) => event.key === "Enter" && !event.shiftKey && this.form.requestSubmit(),
    });
    this.form = el(
      "form",
      { class: "say", submit: doing((event) => this.say(event)) },
      this.text,
      el("button", { type: "submit" }, "Send"),
    );
    this.setEnabled(false);
    section.append(
      el(
        "p",
        { class: "about" },
        "While you are connected, the emulator has one client more: what it says is streamed to you, and your requests are recorded like all others.",
      ),
      el(
        "div",
        { class: "tools" },
        this.choice,
        this.button,
        el("button", { type: "button", click: () => this.open(null) }, "New thread"),
      ),
      el("div", { class: "split talk" }, this.threads, el("div", {}, this.log, this.form)),
    );
  }

  enter() {
    this.refresh();
  }

  /** Updates the list of agents, and the threads of the selected one. */
  async refresh() {
    if (!this.isShown) return;
    const agents = [...this.agents.objects.values()].filter(
      ({ kind, document }) => kind === "agents" && document?.ready,
    );
    const key = agents.map((agent) => agent.key).join();
    if (key !== this.offered) {
      this.offered = key;
      const value = this.choice.value;
      this.choice.replaceChildren(
        ...agents.map((agent) =>
          el(
            "option",
            { value: `/data-plane/${encodeURIComponent(`${agent.document.name}--${agent.agent}`)}` },
            agent.name,
          ),
        ),
      );
      if (agents.some((agent) => value.endsWith(agent.agent))) this.choice.value = value;
    }
    this.button.disabled = agents.length === 0;
    const uid = this.choice.value.split("--").at(-1);
    const threads = [...this.agents.objects.values()].filter(
      ({ kind, agent, document }) => kind === "threads" && agent === uid && document,
    );
    threads.sort((a, b) => b.document.sequence - a.document.sequence);
    this.threads.replaceChildren(...threads.map((thread) => this.link(thread)));
  }

  link(thread) {
    const { document } = thread;
    const isOpen = document.id === this.thread;
    return el(
      "li",
      {},
      el(
        "button",
        {
          type: "button",
          "aria-current": isOpen ? "true" : null,
          click: doing(() => this.open(document.id)),
        },
        label(thread),
      ),
    );
  }

  async toggle() {
    if (this.hub) return this.hub.close();
    const hub = new Hub(`${this.choice.value}/agentHub`, this.token, {
      told: (target, update) => this.heard(update),
      ended: (error) => {
        this.hub = null;
        this.button.textContent = "Connect";
        this.setEnabled(false);
        tell(error ?? "Disconnected");
      },
    });
    await hub.connect();
    this.hub = hub;
    this.button.textContent = "Disconnect";
    this.setEnabled(true);
    tell("Connected to the hub");
    this.text.focus();
  }

  leave() {
    this.hub?.close();
    this.open(null);
  }

  setEnabled(isEnabled) {
    for (const control of this.form.elements) control.disabled = !isEnabled;
  }

  /** Shows a thread with its messages, or an empty one. */
  async open(thread) {
    this.thread = thread;
    this.messages = new Map();
    this.log.replaceChildren();
    this.refresh();
    if (!thread) return;
    const { value } = await this.rest("GET", `/api/v1/threads/${encodeURIComponent(thread)}/messages`);
    for (const { id, author, text, azCliExecution } of value) {
      this.bubble(id, author.role === "SREAgent" ? "agent" : "user").append(text);
      if (azCliExecution) this.command(`${id} command`, azCliExecution);
    }
  }

  async say(event) {
    event.preventDefault();
    const text = this.text.value.trim();
    if (!text) return;
    const message = { text, userId: "page", displayName: "The page" };
    this.text.value = "";
    if (this.thread) return this.hub.call("CreateMessage", this.thread, message, false);
    await this.open(null);
    this.thread = identifier();
    await this.hub.call("CreateThread", this.thread, { startMessage: message }, false);
  }

  /** Shows a part of a message. */
  heard({ role, contents, additionalProperties: about }) {
    if (about.threadId !== this.thread) return;
    if (about.actionName === "SignalProcessingComplete") return tell("The agent has answered");
    for (const { $type: type, text, name, additionalProperties } of contents) {
      if (type === "functionCall") {
        this.bubble(about.messageId, "tool").append(
          `${additionalProperties?.userDescription ?? ""} (${name})`,
        );
      } else if (type === "text" && about.streamMessageType === "AzCli") {
        const joined = (this.messages.get(about.messageId)?.raw ?? "") + text;
        this.messages.set(about.messageId, { raw: joined });
        try {
          this.command(about.messageId, JSON.parse(joined));
        } catch {
          // More parts follow.
        }
      } else if (type === "text" && text) {
        const kind =
          role === "user" ? "user" : about.streamMessageType === "Reasoning" ? "reasoning" : "agent";
        this.bubble(about.messageId, kind).append(text);
      }
    }
    this.log.scrollTop = this.log.scrollHeight;
  }

  bubble(id, kind) {
    const known = this.messages.get(id);
    if (known?.node) return known.node;
    const names = {
      user: "You",
      agent: "Agent",
      reasoning: "The agent thinks",
      tool: "The agent uses a tool",
    };
    const node = el("p", {});
    this.messages.set(id, { node });
    this.log.append(el("div", { class: `bubble ${kind}` }, el("span", { class: "who" }, names[kind]), node));
    return node;
  }

  /** Shows a command, and asks for approval if needed. */
  command(id, { id: execution, command, status }) {
    const decide = (action) =>
      doing(async () => {
        await this.rest(
          "POST",
          `/api/v1/azCliExecution/${encodeURIComponent(this.thread)}/${execution}/action`,
          { action, user: "The page" },
        );
        for (const buttons of this.log.querySelectorAll(`[data-execution="${CSS.escape(execution)}"]`))
          buttons.remove();
        if (!this.hub) await this.open(this.thread);
      });
    const buttons =
      status === "Pending" &&
      el(
        "div",
        { class: "tools", "data-execution": execution },
        el("button", { type: "button", click: decide("run") }, "Approve"),
        el("button", { type: "button", click: decide("cancel") }, "Reject"),
      );
    this.log.append(
      el(
        "div",
        { class: "bubble command" },
        el("span", { class: "who" }, `Command: ${status}`),
        el("code", {}, command),
        buttons || "",
      ),
    );
  }

  rest(method, path, body) {
    return ask(`${this.choice.value}${path}`, {
      method,
      body,
      headers: { Authorization: `Bearer ${this.token}` },
    });
  }
}

/** Returns an id for a thread. On pages over plain HTTP, `randomUUID` is not available. */
function identifier() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.*)$/, "$1-$2-$3-$4-$5");
}
