// The requests of all clients, as a table and as a timeline.

import { ask, CONTROL, doing, el, later, milliseconds, svg } from "./dom.js";
import { block } from "./json.js";
import { Rows } from "./rows.js";

/** A run ends when no client sends a request for this many milliseconds. */
const SILENCE = 3000;
/** The paths at which services report the status of operations. */
const OPERATION = /\/operation(status|result)/i;
const HEADER = ["Method", "Path", "Plane", "Status", "Time", "Client", "When"];
const PLANES = { arm: "ARM", data_plane: "data plane", entra: "Entra ID", other: "other" };

export class Requests {
  constructor(section) {
    this.rows = new Map();
    this.revision = 0;
    this.filter = el("input", {
      type: "search",
      placeholder: "Filter: words in method, path, status, client",
      "aria-label": "Filter requests",
      input: later(() => this.draw()),
    });
    this.run = el("select", { "aria-label": "Which run", change: () => this.draw() });
    this.count = el("p", { class: "count", role: "status" });
    this.chart = el("div", { class: "chart" });
    this.list = new Rows({
      label: "Requests",
      header: HEADER,
      cells: (item) => this.cells(item),
      kind: (item) => kind(item),
      open: (item) => (location.hash = `#requests/${item.id}`),
    });
    this.list.follow = true;
    this.list.element.classList.add("requests");
    this.detail = el(
      "div",
      { class: "detail" },
      el("p", {}, "Choose a request to see its headers and bodies."),
    );
    section.append(
      el(
        "div",
        { class: "tools" },
        this.filter,
        this.run,
        el(
          "button",
          { type: "button", click: doing(() => ask(`${CONTROL}/requests`, { method: "DELETE" })) },
          "Forget all",
        ),
        this.count,
      ),
      this.chart,
      el("div", { class: "split stacked" }, this.list.element, this.detail),
    );
  }

  enter(n) {
    this.draw();
    if (!n || Number.isNaN(Number(n))) return;
    this.n = Number(n);
    this.secrets = false;
    this.list.mark(this.n);
    this.view();
  }

  async refresh() {
    const news = await ask(`${CONTROL}/ui/requests?since=${this.revision}`);
    this.revision = news.revision;
    if (news.reset) this.rows.clear();
    for (const row of news.rows) this.rows.set(row.n, { ...row, id: row.n });
    for (const n of this.rows.keys()) {
      if (n >= (news.first ?? Infinity)) break;
      this.rows.delete(n);
    }
    this.draw();
    if (this.isShown && news.rows.some((row) => row.n === this.n)) this.view();
  }

  draw() {
    if (!this.isShown) return;
    const all = [...this.rows.values()].sort((a, b) => a.n - b.n);
    annotate(all);
    const runs = split(all);
    this.offer(runs);
    const chosen = this.run.value === "all" ? all : (runs[Number(this.run.value)] ?? all);
    const words = this.filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (row) => {
      if (words.length === 0) return true;
      const text =
        `${row.method} ${row.path}?${row.query} ${PLANES[row.plane]} ${row.status ?? ""} ${row.client} ${row.note ?? ""}`.toLowerCase();
      return words.every((word) => text.includes(word));
    };
    const shown = chosen.filter(fits);
    this.from = chosen[0]?.started ?? 0;
    this.until = Math.max(this.from + 1, ...spread(chosen, 1).map(end));
    this.list.show(shown);
    this.list.mark(this.n);
    const parts = [`${shown.length} of ${all.length} requests`];
    const { most, points } = concurrency(chosen, this.from, this.until);
    if (chosen.length > 0) parts.push(`${milliseconds(this.until - this.from)}, up to ${most} at once`);
    for (const [name, note] of [
      ["retries", "retry"],
      ["polls", "poll"],
    ]) {
      const count = chosen.filter((row) => row.note?.startsWith(note)).length;
      if (count > 0) parts.push(`${count} ${name}`);
    }
    this.count.textContent = parts.join("; ");
    this.chart.replaceChildren(...(chosen.length > 1 ? [chart(points, most)] : []));
  }

  /** Updates the list of runs. The last one stays selected while it grows. */
  offer(runs) {
    const key = runs.map((run) => run[0].n).join();
    const value = this.run.value || "all";
    const last = this.runs?.length - 1;
    const wasLast = value !== "all" && Number(value) === last;
    if (this.offered !== `${key} ${runs.at(-1)?.length}`) {
      const options = runs.map((run, index) => {
        const time = new Date(run[0].started).toLocaleTimeString();
        return el("option", { value: String(index) }, `Run ${index + 1}: ${time}, ${run.length} requests`);
      });
      this.run.replaceChildren(el("option", { value: "all" }, "All requests"), ...options.reverse());
      this.run.value = wasLast && runs.length > 0 ? String(runs.length - 1) : value;
      if (this.run.selectedIndex < 0) this.run.value = "all";
      this.offered = `${key} ${runs.at(-1)?.length}`;
    }
    this.runs = runs;
  }

  cells(row) {
    const status = row.duration === null ? "…" : (row.status ?? "closed");
    const note = row.note && el("span", { class: "note" }, ` ${row.note}`);
    const path = el(
      "span",
      { class: "path", title: `${row.path}${row.query && `?${row.query}`}` },
      short(row.path),
    );
    return [
      row.method,
      el(
        "span",
        { class: "where" },
        path,
        note,
        (row.fault !== null && el("span", { class: "note fault" }, ` fault ${row.fault}`)) || "",
      ),
      PLANES[row.plane],
      String(status),
      milliseconds(row.duration),
      el("span", { title: row.client }, row.client.split(" ")[0]),
      this.bar(row),
    ];
  }

  /** Returns when a request ran, and how long its client had waited before it retried. */
  bar(row) {
    const share = (time) => `${(100 * (time - this.from)) / (this.until - this.from)}%`;
    const bar = el("span", { class: "bar", "aria-hidden": "true" });
    if (row.waited) {
      const wait = el("span", { class: "wait", title: `waited ${milliseconds(row.waited)}` });
      wait.style.left = share(row.started - row.waited);
      wait.style.width = share(this.from + row.waited);
      bar.append(wait);
    }
    const run = el("span", { class: "run" });
    run.style.left = share(row.started);
    run.style.width = share(this.from + (end(row) - row.started));
    bar.append(run);
    return bar;
  }

  async view() {
    const n = this.n;
    const { row, request, answer, fault, forgotten } = await ask(
      `${CONTROL}/ui/requests/${n}?secrets=${Boolean(this.secrets)}`,
    );
    if (n !== this.n) return;
    const line = `${row.method} ${row.path}${row.query && `?${row.query}`}`;
    const command = el("textarea", {
      readonly: true,
      rows: 8,
      "aria-label": "As a curl command",
      hidden: true,
    });
    const curl = doing(async () => {
      command.value = (await ask(`${CONTROL}/ui/requests/${n}?secrets=true`)).curl;
      command.hidden = false;
      command.select();
      await navigator.clipboard?.writeText(command.value);
    });
    this.detail.replaceChildren(
      el("h3", {}, line),
      el(
        "p",
        { class: "about" },
        `${PLANES[row.plane]}; ${row.status ?? (row.duration === null ? "running" : "connection closed")}; ${milliseconds(row.duration)}${row.fault === null ? "" : `; hit by fault ${row.fault}`}`,
      ),
      el(
        "p",
        { class: "tools" },
        el(
          "button",
          { type: "button", "aria-pressed": Boolean(this.secrets), click: doing(() => this.reveal()) },
          this.secrets ? "Hide secrets" : "Show secrets",
        ),
        el("button", { type: "button", click: curl }, "As curl, with secrets"),
        el(
          "a",
          { class: "button", href: `#faults/${encodeURIComponent(JSON.stringify(fault))}` },
          "As a fault",
        ),
      ),
      command,
      forgotten ? el("p", {}, "The bodies are not remembered any more.") : "",
      el(
        "div",
        { class: "documents" },
        message("Request", request),
        answer ? message("Answer", answer) : el("p", {}, "No answer."),
      ),
    );
  }

  async reveal() {
    this.secrets = !this.secrets;
    await this.view();
    this.detail.querySelector("button")?.focus();
  }
}

/** Returns the distinctive part of a path, without the common prefix of a service. */
function short(path) {
  return path.replace(/^\/data-plane\/[^/]+\//, "").replace(/^.*\/providers\/Microsoft\.App\//i, "");
}

function message(name, { headers, body }) {
  const list = Object.entries(headers).map(([header, value]) =>
    el("tr", {}, el("th", { scope: "row" }, header), el("td", {}, value)),
  );
  return el(
    "details",
    { open: true, class: "part" },
    el("summary", {}, name),
    el("table", { class: "headers" }, el("tbody", {}, list)),
    body === null || body === undefined
      ? el("p", { class: "about" }, "No body.")
      : block(body, `Body of the ${name.toLowerCase()}`),
  );
}

function kind(row) {
  if (row.duration === null) return "running";
  if (row.status === null || row.status >= 500) return "broken";
  return row.status >= 400 ? "refused" : "";
}

function end(row) {
  return row.started + (row.duration ?? Math.max(0, Date.now() - row.started));
}

/** Returns some of the items, so that they fit into the arguments of a call. Keeps the last ones. */
function spread(rows, least) {
  return rows.length < 10_000 ? rows : rows.slice(-10_000 * least);
}

/** Marks the requests that are retries, and those that are polls. */
function annotate(rows) {
  const before = new Map();
  for (const row of rows) {
    const key = `${row.client} ${row.method} ${row.path}?${row.query}`;
    const last = before.get(key);
    before.set(key, row);
    row.note = undefined;
    row.waited = undefined;
    row.attempt = 0;
    if (!last || last.duration === null || end(last) > row.started || row.started - end(last) > 60_000)
      continue;
    const failed = last.status === null || last.status === 429 || last.status >= 500 || last.status === 409;
    const looks = row.method === "GET" && !failed;
    if (!failed && !looks) continue;
    row.attempt = (last.failed === failed ? last.attempt : 0) + 1;
    row.failed = failed;
    const again = OPERATION.test(row.path) ? "poll" : "again";
    row.note = `${failed ? "retry" : again} ${row.attempt}`;
    row.waited = row.started - end(last);
  }
}

/** Groups requests into runs, which are separated by pauses. */
function split(rows) {
  const runs = [];
  let until = -Infinity;
  for (const row of rows) {
    if (row.started - until > SILENCE) runs.push([]);
    runs.at(-1).push(row);
    until = Math.max(until, end(row));
  }
  return runs;
}

/** Returns the number of concurrent requests over time. */
function concurrency(rows, from, until) {
  const steps = rows.flatMap((row) => [
    [row.started, 1],
    [end(row), -1],
  ]);
  steps.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const points = [[0, 0]];
  let [now, most] = [0, 0];
  for (const [time, step] of steps) {
    const x = (time - from) / (until - from);
    points.push([x, now]);
    now += step;
    points.push([x, now]);
    most = Math.max(most, now);
  }
  return { most, points };
}

function chart(points, most) {
  // As many points as there are pixels are enough.
  const every = Math.max(1, Math.floor(points.length / 4000));
  const kept = points.filter((_, index) => index % every === 0);
  const line = kept.map(
    ([x, y]) => `${(x * 1000).toFixed(1)},${(38 - (36 * y) / Math.max(1, most)).toFixed(1)}`,
  );
  return svg(
    "svg",
    {
      viewBox: "0 0 1000 40",
      preserveAspectRatio: "none",
      role: "img",
      "aria-label": `Requests at once over time, at most ${most}`,
    },
    svg("polyline", { points: `0,38 ${line.join(" ")} 1000,38` }),
  );
}
