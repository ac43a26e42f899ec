// Faults, and the switches of the services.

import { ask, CONTROL, doing, el, tell, words } from "./dom.js";

/** Members of a fault that are not texts. */
const NUMBERS = new Set(["skip", "count", "delay_ms", "status", "truncate"]);
const FLAGS = new Set(["hold", "hold_applied", "apply", "reset"]);
const DOCUMENTS = new Set(["headers", "body", "operation_error"]);
const PLANES = ["arm", "data_plane", "entra", "other"];

export class Faults {
  constructor(section) {
    this.list = el("ul", { class: "cards" });
    this.none = el("p", {}, "No fault is set.");
    this.form = el("form", { class: "fields", submit: doing((event) => this.add(event)) });
    this.switches = el("div", { class: "fields" });
    section.append(
      el("h3", {}, "Faults in force"),
      this.none,
      this.list,
      el("h3", {}, "A new fault"),
      this.form,
      el("h3", {}, "Switches"),
      el("p", { class: "about" }, "A change takes effect with the next request."),
      this.switches,
    );
    this.ready = this.fill();
  }

  async enter(proposal) {
    await this.ready;
    await this.refresh();
    if (!proposal) return;
    for (const [name, value] of Object.entries(JSON.parse(proposal))) {
      const field = this.form.elements.namedItem(name);
      if (field) field.value = value;
    }
    this.form.elements.namedItem("status").focus();
  }

  async fill() {
    const { faults, switches } = await ask(`${CONTROL}/ui/words`);
    this.form.append(
      ...faults.map(({ name, meaning }) => field(name, meaning, input(name), "fault")),
      el("button", { type: "submit" }, "Set the fault"),
    );
    this.drawSwitches(switches);
  }

  async refresh() {
    if (!this.isShown) return;
    const look = (this.looks = (this.looks ?? 0) + 1);
    const faults = await ask(`${CONTROL}/faults`);
    // A late answer must not replace that of a later request.
    if (look !== this.looks) return;
    this.none.hidden = faults.length > 0;
    const json = JSON.stringify(faults);
    if (json === this.drawn) return;
    this.drawn = json;
    this.list.replaceChildren(...faults.map((fault) => this.card(fault)));
  }

  card({ id, fault, matched, hits, held }) {
    const set = Object.fromEntries(
      Object.entries(fault).filter(([, value]) => value && JSON.stringify(value) !== "{}"),
    );
    const act = (path, method, done) =>
      doing(async () => {
        await ask(`${CONTROL}/faults/${id}${path}`, { method });
        tell(done);
        await this.refresh();
      });
    return el(
      "li",
      { class: held > 0 ? "card holding" : "card" },
      el("h4", {}, `Fault ${id}`),
      el("pre", { class: "document" }, JSON.stringify(set, null, 2)),
      el("p", {}, `${matched} requests matched, ${hits} hit, ${held} held now`),
      held > 0
        ? el(
            "button",
            { type: "button", click: act("/release", "POST", `Fault ${id} lets go`) },
            `Release ${held}`,
          )
        : "",
      el("button", { type: "button", click: act("", "DELETE", `Fault ${id} is removed`) }, "Remove"),
    );
  }

  async add(event) {
    event.preventDefault();
    const fault = {};
    for (const { name, value, type, checked } of this.form.elements) {
      if (!name) continue;
      if (type === "checkbox") {
        if (checked) fault[name] = true;
      } else if (value !== "") {
        fault[name] = NUMBERS.has(name) ? Number(value) : DOCUMENTS.has(name) ? parse(name, value) : value;
      }
    }
    const { id } = await ask(`${CONTROL}/faults`, { method: "POST", body: fault });
    // One of the fields is called `reset`.
    HTMLFormElement.prototype.reset.call(this.form);
    tell(`Fault ${id} is set`);
    await this.refresh();
  }

  drawSwitches(switches) {
    this.switches.replaceChildren(
      ...switches.map((item) =>
        field(item.name, item.meaning ?? "", this.control(item), "switch", !same(item.value, item.default)),
      ),
    );
  }

  /** Returns the control that changes a switch, depending on its type. */
  control({ name, value, choices }) {
    const change = (read) =>
      doing(async ({ target }) => {
        try {
          await ask(`${CONTROL}/profile`, { method: "PUT", body: { [name]: read(target) } });
          tell(`${name} is changed`);
        } finally {
          this.drawSwitches((await ask(`${CONTROL}/ui/words`)).switches);
          document.getElementById(`switch-${name}`)?.focus();
        }
      });
    if (typeof value === "boolean")
      return el("input", { type: "checkbox", checked: value, change: change((target) => target.checked) });
    if (typeof value === "number")
      return el("input", { type: "number", min: 0, value, change: change((target) => Number(target.value)) });
    if (choices.length > 0) {
      const options = choices.map((choice) => el("option", { value: choice }, choice));
      const select = el("select", { change: change((target) => target.value) }, options);
      select.value = value;
      return select;
    }
    if (typeof value === "object" && value !== null) {
      return el("textarea", {
        rows: 3,
        value: JSON.stringify(value, null, 1),
        change: change((target) => parse(name, target.value)),
      });
    }
    return el("input", {
      type: "text",
      value: value ?? "",
      change: change((target) => target.value || null),
    });
  }
}

function field(name, meaning, control, group, isChanged) {
  const id = `${group}-${name}`;
  control.id = id;
  control.setAttribute("aria-describedby", `${id}-meaning`);
  return el(
    "div",
    { class: isChanged ? "field differs" : "field" },
    el("label", { for: id }, el("code", {}, name)),
    control,
    el("p", { id: `${id}-meaning` }, words(meaning)),
  );
}

function input(name) {
  if (FLAGS.has(name)) return el("input", { type: "checkbox", name });
  if (NUMBERS.has(name)) return el("input", { type: "number", min: 0, name });
  if (DOCUMENTS.has(name)) return el("textarea", { rows: 2, name, placeholder: "{ }" });
  if (name === "plane")
    return el(
      "select",
      { name },
      el("option", { value: "" }, "any"),
      PLANES.map((plane) => el("option", { value: plane }, plane)),
    );
  return el("input", { type: "text", name });
}

function parse(name, text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${name} is no JSON: ${error.message}`);
  }
}

function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}
