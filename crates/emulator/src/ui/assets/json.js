// Documents as text, and the differences between two of them.

import { el } from "./dom.js";

/** The maximum length of texts that are compared line by line. */
const LINES = 3000;

export function pretty(value) {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

/** Returns a document as a block of text, in which masked values are marked. */
export function block(value, label) {
  const lines = pretty(value).split("\n");
  const marked = lines.map((line, index) => {
    const end = index + 1 < lines.length ? "\n" : "";
    return line.includes("••••") ? el("span", { class: "masked" }, line + end) : line + end;
  });
  return el("pre", { tabindex: "0", "aria-label": label, class: "document" }, joined(marked));
}

/** Returns the changes of a document, line by line. */
export function difference(before, after) {
  const [old, now] = [before, after].map((value) => (value === null ? [] : pretty(value).split("\n")));
  const lines = compare(old, now).map(([sign, line]) => {
    const name = { "+": "added", "-": "removed", " ": "same" }[sign];
    return el("span", { class: name }, `${sign} ${line}\n`);
  });
  return el(
    "pre",
    { tabindex: "0", "aria-label": "What differs since your last look", class: "document" },
    lines,
  );
}

/** Returns the paths of members that are set in one document, and null or absent in another. */
export function lost(stored, shown, path = "") {
  if (stored === null || stored === undefined) return [];
  if (shown === null || shown === undefined) return isEmpty(stored) ? [] : [path || "everything"];
  if (typeof stored !== "object" || Array.isArray(stored)) return [];
  return Object.keys(stored).flatMap((name) =>
    lost(stored[name], shown?.[name], path ? `${path}.${name}` : name),
  );
}

function isEmpty(value) {
  return value === "" || (typeof value === "object" && Object.keys(value).length === 0);
}

/** Joins consecutive texts, so that long documents have few nodes. */
function joined(parts) {
  const all = [];
  for (const part of parts) {
    if (typeof part === "string" && typeof all.at(-1) === "string") all[all.length - 1] += part;
    else all.push(part);
  }
  return all;
}

/** Returns lines with signs, from the longest common subsequence. */
function compare(old, now) {
  let start = 0;
  while (start < old.length && start < now.length && old[start] === now[start]) start += 1;
  let end = 0;
  const room = Math.min(old.length, now.length) - start;
  while (end < room && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  const [a, b] = [old.slice(start, old.length - end), now.slice(start, now.length - end)];
  const same = (lines) => lines.map((line) => [" ", line]);
  const context = 3;
  return [
    ...same(old.slice(Math.max(0, start - context), start)),
    ...middle(a, b),
    ...same(end === 0 ? [] : old.slice(old.length - end).slice(0, context)),
  ];
}

function middle(a, b) {
  if (a.length * b.length > LINES * LINES) {
    return [...a.map((line) => ["-", line]), ...b.map((line) => ["+", line])];
  }
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        a[i] === b[j]
          ? lengths[(i + 1) * width + j + 1] + 1
          : Math.max(lengths[(i + 1) * width + j], lengths[i * width + j + 1]);
    }
  }
  const lines = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push([" ", a[i]]);
      i += 1;
      j += 1;
    } else if (
      j < b.length &&
      (i === a.length || lengths[i * width + j + 1] > lengths[(i + 1) * width + j])
    ) {
      lines.push(["+", b[j]]);
      j += 1;
    } else {
      lines.push(["-", a[i]]);
      i += 1;
    }
  }
  return lines;
}
