// A list of any length, in which only the visible rows are elements.

import { el } from "./dom.js";

/** The number of additional rows above and below the visible ones. */
const MARGIN = 8;

let lists = 0;

/**
 * A list in a scrolling box. `cells(item)` creates the cells of a row, `open(item)` is called when one
 * is clicked or opened with Enter, and `header` contains the titles of columns, if there are any.
 */
export class Rows {
  constructor({ label, header, cells, open, kind, height = 28 }) {
    this.cells = cells;
    this.open = open;
    this.kind = kind ?? (() => "");
    this.height = height;
    this.items = [];
    this.active = -1;
    this.isTable = Boolean(header);
    this.name = `rows-${(lists += 1)}`;
    this.space = el("div", { class: "space", role: this.isTable ? "rowgroup" : null });
    const titles = header?.map((title) => el("span", { role: "columnheader" }, title));
    this.header = titles && el("div", { class: "row header", role: "row", "aria-rowindex": 1 }, titles);
    this.box = el(
      "div",
      {
        class: "rows",
        tabindex: "0",
        role: this.isTable ? "grid" : "listbox",
        "aria-label": label,
        scroll: () => this.draw(),
        keydown: (event) => this.key(event),
      },
      this.header,
      this.space,
    );
    new ResizeObserver(() => this.draw()).observe(this.box);
  }

  get element() {
    return this.box;
  }

  /** Shows these items. A list that is scrolled to the end stays there. */
  show(items) {
    const atEnd = this.box.scrollTop + this.box.clientHeight >= this.box.scrollHeight - 2 * this.height;
    const active = this.items[this.active]?.id;
    const follows = this.follow && atEnd && items.length > this.items.length;
    this.items = items;
    this.active = active === undefined ? -1 : items.findIndex((item) => item.id === active);
    this.space.style.height = `${items.length * this.height}px`;
    if (this.isTable) this.box.setAttribute("aria-rowcount", String(items.length + 1));
    if (follows) this.box.scrollTop = this.box.scrollHeight;
    this.draw();
  }

  /** Creates the visible rows, and keeps existing ones. */
  draw() {
    const top = this.box.scrollTop;
    const first = Math.max(0, Math.floor(top / this.height) - MARGIN);
    const last = Math.min(this.items.length, Math.ceil((top + this.box.clientHeight) / this.height) + MARGIN);
    const rows = [];
    for (let index = first; index < last; index += 1) rows.push(this.row(index));
    this.space.replaceChildren(...rows);
    const active = this.active >= first && this.active < last;
    if (active) this.box.setAttribute("aria-activedescendant", `${this.name}-${this.active}`);
    else this.box.removeAttribute("aria-activedescendant");
  }

  row(index) {
    const item = this.items[index];
    const cells = this.cells(item);
    const isActive = index === this.active;
    const row = el(
      "div",
      {
        id: `${this.name}-${index}`,
        class: `row ${this.kind(item)}${isActive ? " active" : ""}`,
        role: this.isTable ? "row" : "option",
        "aria-rowindex": this.isTable ? index + 2 : null,
        "aria-posinset": this.isTable ? null : index + 1,
        "aria-setsize": this.isTable ? null : this.items.length,
        "aria-selected": isActive,
        click: () => this.choose(index),
      },
      this.isTable ? cells.map((cell) => el("span", { role: "gridcell" }, cell)) : cells,
    );
    row.style.transform = `translateY(${index * this.height}px)`;
    row.style.height = `${this.height}px`;
    return row;
  }

  choose(index) {
    this.active = index;
    this.draw();
    this.open(this.items[index]);
  }

  /** Marks the item with this id, without opening it. */
  mark(id) {
    this.active = this.items.findIndex((item) => item.id === id);
    this.draw();
  }

  key(event) {
    const page = Math.max(1, Math.floor(this.box.clientHeight / this.height) - 1);
    const steps = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -this.items.length,
      End: this.items.length,
    };
    if (event.key === "Enter" || event.key === " ") {
      if (this.items[this.active]) this.open(this.items[this.active]);
    } else if (event.key in steps && this.items.length > 0) {
      const next = this.active + steps[event.key];
      this.active = Math.min(this.items.length - 1, Math.max(0, next));
      this.reveal();
    } else {
      return;
    }
    event.preventDefault();
  }

  reveal() {
    const top = this.active * this.height;
    const header = this.header?.offsetHeight ?? 0;
    const room = this.box.clientHeight - header - this.height;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (top > this.box.scrollTop + room) this.box.scrollTop = top - room;
    this.draw();
  }
}
