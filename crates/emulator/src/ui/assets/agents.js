// Agents and their objects: as they are stored, as each plane returns them, and their changes.

import { ask, CONTROL, doing, el, later } from "./dom.js";
import { block, difference, lost } from "./json.js";
import { Rows } from "./rows.js";

/** Members in which the emulator counts reads and times. A change of them alone does not count. */
const BOOKKEEPING = new Set([
  "lag",
  "before",
  "settling",
  "looks",
  "starting",
  "forbidden",
  "late_conflicts",
  "platform_lag",
]);
const SIGNS = { new: "+", changed: "~", gone: "−" };
const TITLES = {
  agents: "Agent",
  resourceGroups: "Resource groups",
  connectors: "Connectors",
  incidentFilters: "Incident filters",
  skills: "Skills",
  subagents: "Subagents",
  tools: "Tools",
  scheduledTasks: "Scheduled tasks",
  hooks: "Hooks",
  commonPrompts: "Common prompts",
  pluginConfigs: "Plugin configurations",
  repos: "Repositories",
  triggers: "HTTP triggers",
  settings: "Settings",
  githubDomains: "GitHub domains",
  threads: "Threads",
};

export class Agents {
  constructor(section) {
    /** Everything that exists now or existed at the last look, by key. */
    this.objects = new Map();
    /** The known revision, null before the first load. */
    this.revision = null;
    this.filter = el("input", {
      type: "search",
      placeholder: "Filter by name or kind",
      "aria-label": "Filter objects",
      input: later(() => this.draw()),
    });
    this.only = el("input", { type: "checkbox", change: () => this.draw() });
    this.count = el("p", { class: "count", role: "status" });
    this.list = new Rows({
      label: "Objects",
      cells: (item) => cells(item),
      kind: (item) => `${item.row} ${item.change ?? ""}`,
      open: (item) => item.key && (location.hash = `#agents/${encodeURIComponent(item.key)}`),
    });
    this.detail = el(
      "div",
      { class: "detail", "aria-live": "off" },
      el("p", {}, "Choose an object to see its document."),
    );
    section.append(
      el(
        "div",
        { class: "tools" },
        this.filter,
        el("label", {}, this.only, " Only what differs since my last look"),
        el("button", { type: "button", click: () => this.look() }, "I have looked"),
        this.count,
      ),
      el("div", { class: "split" }, this.list.element, this.detail),
    );
  }

  /** Shows an object, by its key. */
  enter(key) {
    this.draw();
    this.key = key || this.key;
    if (!this.key) return;
    this.secrets = key && key !== this.shownKey ? false : this.secrets;
    this.shownKey = this.key;
    this.list.mark(this.key);
    this.view();
  }

  async refresh() {
    const news = await ask(`${CONTROL}/ui/state?since=${this.revision ?? 0}`);
    const isFirst = this.revision === null;
    this.revision = news.revision;
    const present = new Set(news.changed.map((object) => object.key));
    if (news.reset) {
      for (const [key, object] of this.objects) {
        if (!present.has(key)) this.take({ ...object, document: null });
      }
    }
    for (const object of news.changed) this.take(object, isFirst);
    this.draw();
    if (this.key && present.has(this.key) && this.isShown) this.view();
  }

  /** Updates an object with its current document. */
  take(object, isFirst) {
    const known = this.objects.get(object.key);
    if (object.document === null || object.document.deleted === true) {
      if (!known || known.seen === null) this.objects.delete(object.key);
      else this.objects.set(object.key, { ...known, document: null, change: "gone" });
      return;
    }
    const seen = isFirst ? core(object.document) : (known?.seen ?? null);
    const now = core(object.document);
    const change = seen === null ? "new" : same(seen, now) ? undefined : "changed";
    this.objects.set(object.key, { ...object, seen, change });
  }

  /** Marks the current state as seen, so that only later changes are shown. */
  look() {
    for (const [key, object] of this.objects) {
      if (object.document === null) this.objects.delete(key);
      else this.objects.set(key, { ...object, seen: core(object.document), change: undefined });
    }
    this.draw();
    this.view();
  }

  draw() {
    if (!this.isShown) return;
    const filter = this.filter.value.trim().toLowerCase();
    const fits = (object) =>
      (!this.only.checked || object.change) &&
      (!filter ||
        `${label(object)} ${object.name} ${object.kind} ${TITLES[object.kind] ?? ""}`
          .toLowerCase()
          .includes(filter));
    const all = [...this.objects.values()];
    const agents = all.filter((object) => object.kind === "agents");
    const byAgent = Map.groupBy(all, (object) => object.agent);
    const rows = [];
    for (const agent of agents.toSorted(byName)) {
      const own = byAgent.get(agent.agent).filter((object) => object !== agent && fits(object));
      if (own.length === 0 && !fits(agent)) continue;
      rows.push({ ...agent, id: agent.key, row: "agent" });
      rows.push(...grouped(own, agent.key));
    }
    const uids = new Set(agents.map((agent) => agent.agent));
    const others = all.filter((object) => !uids.has(object.agent) && fits(object));
    rows.push(...grouped(others, "others"));
    this.list.show(rows);
    this.list.mark(this.key);
    const changes = { new: 0, changed: 0, gone: 0 };
    for (const { change } of all) if (change) changes[change] += 1;
    const live = all.filter((object) => object.document !== null).length;
    this.count.dataset.revision = this.revision;
    this.count.textContent = `${live} objects; since your last look ${changes.new} new, ${changes.changed} changed, ${changes.gone} gone`;
  }

  async view() {
    const key = this.key;
    const object = this.objects.get(key);
    if (!key || !object) return;
    const parts = [
      el("h3", {}, label(object)),
      el(
        "p",
        { class: "about" },
        `${TITLES[object.kind] ?? object.kind}${object.store === "arm" ? ", in the store of Azure Resource Manager" : ""}`,
      ),
    ];
    if (object.change)
      parts.push(
        part("Since your last look", difference(object.seen, object.document && core(object.document))),
      );
    if (object.document === null) return this.detail.replaceChildren(...parts);
    let view;
    try {
      view = await ask(
        `${CONTROL}/ui/object?key=${encodeURIComponent(key)}&secrets=${Boolean(this.secrets)}`,
      );
    } catch (error) {
      return this.detail.replaceChildren(...parts, el("p", {}, error.message));
    }
    if (key !== this.key) return;
    const secrets = el(
      "button",
      { type: "button", "aria-pressed": Boolean(this.secrets), click: doing(() => this.reveal()) },
      this.secrets ? "Hide secrets" : "Show secrets",
    );
    const stored = part("As it is stored", block(view.stored, "As it is stored"));
    const planes = view.planes.map((plane) => {
      const shown = plane.body?.properties?.value?.base64 ?? plane.body?.properties ?? plane.body;
      const hidden = plane.status < 300 ? lost(view.stored.properties ?? view.stored.members, shown) : [];
      return part(
        `${title(plane.plane)}: ${plane.status}`,
        el("p", { class: "about" }, el("code", {}, plane.request)),
        hidden.length > 0 &&
          el(
            "p",
            { class: "hidden" },
            "Stored, and not shown here: ",
            hidden.flatMap((name, index) => [index ? ", " : "", el("code", {}, name)]),
          ),
        block(plane.body, `As ${plane.plane} answers`),
      );
    });
    if (view.planes.length === 0) planes.push(el("p", { class: "about" }, "No plane shows this by itself."));
    this.detail.replaceChildren(...parts, secrets, el("div", { class: "documents" }, stored, planes));
  }

  async reveal() {
    this.secrets = !this.secrets;
    await this.view();
    this.detail.querySelector("button")?.focus();
  }
}

/** Returns a collapsible section. */
function part(name, ...children) {
  return el("details", { open: true, class: "part" }, el("summary", {}, name), children.filter(Boolean));
}

/** Returns the displayed name of an object, because some ids have no meaning for users. */
export function label({ name, kind, document }) {
  if (kind === "triggers") return document?.members?.name ?? name;
  if (kind === "threads") return document?.title ?? document?.messages?.[0]?.text ?? name;
  return name;
}

function title(text) {
  return text[0].toUpperCase() + text.slice(1);
}

function cells(item) {
  const sign =
    item.change &&
    el("span", { class: "sign", title: item.change, "aria-label": item.change }, SIGNS[item.change]);
  return [
    sign,
    el("span", { class: "name" }, label(item)),
    item.store === "arm" && el("span", { class: "count" }, "Azure Resource Manager's own"),
    item.count && el("span", { class: "count" }, String(item.count)),
  ].filter(Boolean);
}

/** Returns objects below a heading for each kind. */
function grouped(objects, id) {
  const kinds = Map.groupBy(objects, (object) => object.kind);
  return [...kinds]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .flatMap(([kind, own]) => [
      { id: `${id} ${kind}`, row: "kind", name: TITLES[kind] ?? kind, count: own.length },
      ...own.toSorted(byName).map((object) => ({ ...object, id: object.key, row: "object" })),
    ]);
}

function byName(a, b) {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** Returns a document without the counters of the emulator. */
function core(document) {
  if (typeof document !== "object" || document === null || Array.isArray(document)) return document;
  return Object.fromEntries(Object.entries(document).filter(([name]) => !BOOKKEEPING.has(name)));
}

function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}
