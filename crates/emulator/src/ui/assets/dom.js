// Elements are created from names and texts, never from markup, so names of objects can only become
// text.

export const CONTROL = "/_emulator";

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "g", "path", "rect", "text", "title", "polyline", "defs", "marker", "a"]);

/** Creates an element. Functions become listeners, and `class`, `text` and `value` set properties. */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  if (!SVG_TAGS.has(tag)) throw new Error(`no element of a drawing: ${tag}`);
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) continue;
    // Screen readers need explicit false values.
    if (name.startsWith("aria-")) node.setAttribute(name, String(value));
    if (value === false || name.startsWith("aria-")) continue;
    if (typeof value === "function") node.addEventListener(name, value);
    else if (name === "value" || name === "checked" || name === "hidden") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** Returns a text in which the parts between backticks are code. */
export function words(text) {
  return text.split("`").map((part, index) => (index % 2 ? el("code", {}, part) : part));
}

/** Returns the answer of the emulator as JSON. An error has the message of the emulator. */
export async function ask(path, { method = "GET", body, headers } = {}) {
  const answer = await fetch(path, {
    method,
    headers: { Accept: "application/json", ...headers },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  let document = null;
  try {
    document = text === "" ? null : JSON.parse(text);
  } catch {
    document = text;
  }
  if (answer.ok) return document;
  const message = document?.error?.message ?? document?.title ?? text;
  throw new Error(`${answer.status}: ${message}`);
}

/** Announces an event, visibly and to screen readers. */
export function tell(text) {
  document.getElementById("status").textContent = text;
}

/** Runs the work of a control, and shows an error if it fails. */
export function doing(work) {
  return async (event) => {
    try {
      await work(event);
    } catch (error) {
      tell(error.message);
    }
  };
}

export function milliseconds(duration) {
  if (duration === null || duration === undefined) return "…";
  if (duration >= 10_000) return `${(duration / 1000).toFixed(0)} s`;
  if (duration >= 1000) return `${(duration / 1000).toFixed(1)} s`;
  return duration >= 10 ? `${duration.toFixed(0)} ms` : `${duration.toFixed(1)} ms`;
}

/** Calls a function once after the last of many calls in a short time. */
export function later(work, pause = 50) {
  let timer = null;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(work, pause);
  };
}
