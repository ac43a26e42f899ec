// The references between the objects of an agent, as a drawing and as a list.

import { ask, CONTROL, el, svg } from "./dom.js";

/** Kinds from left to right: what starts work, who does it, and what they use. */
const COLUMNS = [
  ["incidentFilters", "scheduledTasks", "triggers", "tasks", "agents"],
  ["subagents"],
  ["skills", "commonPrompts"],
  ["tools", "systemTools"],
  ["connectors", "repos"],
];
const NAMES = {
  agents: "agent",
  subagents: "subagent",
  skills: "skill",
  commonPrompts: "prompt",
  tools: "tool",
  systemTools: "tool of the service",
  connectors: "connector",
  repos: "repository",
  incidentFilters: "filter",
  scheduledTasks: "task",
  tasks: "task",
  triggers: "trigger",
};
const [WIDTH, HEIGHT, GAP_X, GAP_Y] = [170, 34, 90, 14];
/** With more nodes than this, only those with a reference are drawn. */
const MANY = 400;

export class Graph {
  constructor(section) {
    this.choice = el("select", { "aria-label": "Agent", change: () => this.draw() });
    this.about = el("p", { class: "count", role: "status" });
    this.picture = el("div", { class: "picture", tabindex: "0", "aria-label": "Drawing of the graph" });
    this.list = el("div", {});
    section.append(el("div", { class: "tools" }, this.choice, this.about), this.picture, this.list);
  }

  enter() {
    return this.refresh();
  }

  async refresh() {
    if (!this.isShown) return;
    this.graphs = await ask(`${CONTROL}/ui/graph`);
    const value = this.choice.value;
    this.choice.replaceChildren(
      ...this.graphs.map(({ agent, name }) => el("option", { value: agent }, name)),
    );
    if (this.graphs.some(({ agent }) => agent === value)) this.choice.value = value;
    this.draw();
  }

  draw() {
    const graph = this.graphs.find(({ agent }) => agent === this.choice.value);
    if (!graph) {
      this.about.textContent = "There is no agent.";
      this.picture.replaceChildren();
      this.list.replaceChildren();
      return;
    }
    const connected = new Set(graph.edges.flatMap(({ from, to }) => [from, to]));
    const isMany = graph.nodes.length > MANY;
    const nodes = graph.nodes.filter(({ id }) => !isMany || connected.has(id));
    const dangling = graph.nodes.filter((node) => node.dangling);
    const parts = [`${graph.nodes.length} objects, ${graph.edges.length} references`];
    if (nodes.length < graph.nodes.length)
      parts.push(`${nodes.length} drawn, those that refer or are referred to`);
    parts.push(
      dangling.length === 0
        ? "no name dangles"
        : `${dangling.length} names lead nowhere: ${dangling
            .map((node) => node.name)
            .slice(0, 20)
            .join(", ")}`,
    );
    this.about.textContent = parts.join("; ");
    this.about.classList.toggle("dangles", dangling.length > 0);
    this.picture.replaceChildren(drawing(nodes, graph.edges));
    this.list.replaceChildren(list(graph));
  }
}

function drawing(nodes, edges) {
  const places = new Map();
  const columns = COLUMNS.map((kinds) => nodes.filter((node) => kinds.includes(node.kind))).filter(
    (column) => column.length > 0,
  );
  const tallest = Math.max(0, ...columns.map((column) => column.length));
  columns.forEach((column, x) => {
    const top = ((tallest - column.length) * (HEIGHT + GAP_Y)) / 2;
    // Lines are short if a node is close to the nodes on the left that refer to it.
    const near = (node) => {
      const from = edges
        .filter(({ to }) => to === node.id)
        .map((edge) => places.get(edge.from)?.y)
        .filter((y) => y !== undefined);
      return from.length === 0 ? Infinity : from.reduce((sum, y) => sum + y, 0) / from.length;
    };
    const sorted =
      tallest > MANY
        ? column
        : column
            .map((node) => [near(node), node])
            .sort(([a], [b]) => (a === b ? 0 : a - b))
            .map(([, node]) => node);
    sorted.forEach((node, y) =>
      places.set(node.id, { x: 10 + x * (WIDTH + GAP_X), y: 10 + top + y * (HEIGHT + GAP_Y), node }),
    );
  });
  const width = 20 + columns.length * (WIDTH + GAP_X) - GAP_X;
  const height = 20 + tallest * (HEIGHT + GAP_Y);
  const gone = new Set(nodes.filter((node) => node.dangling).map((node) => node.id));
  const lines = edges.flatMap(({ from, to, says }) => {
    const [a, b] = [places.get(from), places.get(to)];
    if (!a || !b) return [];
    return [
      svg(
        "path",
        { d: line(a, b), class: gone.has(to) ? "edge dangling" : "edge", "marker-end": "url(#arrow)" },
        svg("title", {}, `${a.node.name} ${says} ${b.node.name}`),
      ),
    ];
  });
  const boxes = [...places.values()].map(({ x, y, node }) => box(x, y, node));
  const arrow = svg(
    "marker",
    { id: "arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: "auto" },
    svg("path", { d: "M0 0 8 4 0 8z", class: "arrow" }),
  );
  return svg(
    "svg",
    {
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: "group",
      "aria-label": "The same as in the list below",
    },
    svg("defs", {}, arrow),
    ...lines,
    ...boxes,
  );
}

function line(a, b) {
  if (a.x === b.x) {
    // Within a column, draw the line around the left side.
    const [from, to] = [a.y + HEIGHT / 2, b.y + HEIGHT / 2];
    return `M${a.x} ${from} C${a.x - 50} ${from} ${b.x - 50} ${to} ${b.x} ${to}`;
  }
  const [from, to] = a.x < b.x ? [a.x + WIDTH, b.x] : [a.x, b.x + WIDTH];
  const middle = (from + to) / 2;
  return `M${from} ${a.y + HEIGHT / 2} C${middle} ${a.y + HEIGHT / 2} ${middle} ${b.y + HEIGHT / 2} ${to} ${b.y + HEIGHT / 2}`;
}

function box(x, y, node) {
  const short = (text, length) => (text.length > length ? `${text.slice(0, length - 1)}…` : text);
  const kind = node.dangling ? `no such ${NAMES[node.kind] ?? node.kind}` : (NAMES[node.kind] ?? node.kind);
  const shape = svg(
    "g",
    { class: `node ${node.kind}${node.dangling ? " dangling" : ""}`, transform: `translate(${x} ${y})` },
    svg("rect", { width: WIDTH, height: HEIGHT, rx: 5 }),
    svg("text", { x: 8, y: 14 }, short(node.name, 24)),
    svg("text", { x: 8, y: 27, class: "kind" }, kind),
    svg("title", {}, `${node.name} (${kind})`),
  );
  return node.key
    ? svg("a", { href: `#agents/${encodeURIComponent(node.key)}`, tabindex: "-1" }, shape)
    : shape;
}

function list({ nodes, edges }) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const name = (id) => {
    const node = byId.get(id);
    const text = `${node.name} (${node.dangling ? "no such " : ""}${NAMES[node.kind] ?? node.kind})`;
    if (node.dangling) return el("strong", { class: "dangles" }, text);
    return node.key ? el("a", { href: `#agents/${encodeURIComponent(node.key)}` }, text) : text;
  };
  // Missing targets come first, because users look for them.
  const sorted = edges.toSorted((a, b) => Number(byId.get(b.to).dangling) - Number(byId.get(a.to).dangling));
  const items = sorted
    .slice(0, 2000)
    .map(({ from, to, says }) => el("li", {}, name(from), ` ${says} `, name(to)));
  return el(
    "details",
    { class: "part", open: items.length < 50 },
    el("summary", {}, `All ${edges.length} references as a list`),
    el("ul", {}, items),
  );
}
