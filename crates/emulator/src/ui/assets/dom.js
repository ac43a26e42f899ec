// Elements are made of names and texts, never of markup: nothing that an object is called can
// become anything but text.

export const CONTROL = "/_emulator";

const SVG = "http://www.w3.org/2000/svg";
const SVG_TAGS = new Set(["svg", "g", "path", "rect", "text", "title", "polyline", "defs", "marker", "a"]);

/** An element with attributes; functions listen, and `class`, `text` and `value` are what they say. */
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
    // What is false for a screen reader has to be said.
    if (name.startsWith("aria-")) node.setAttribute(name, String(value));
    if (value === false || name.startsWith("aria-")) continue;
    if (typeof value === "function") node.addEventListener(name, value);
    else if (name === "value" || name === "checked" || name === "hidden") node[name] = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

/** A text in which what is between backticks is code. */
export function words(text) {
  return text.split("`").map((part, index) => (index % 2 ? el("code", {}, part) : part));
}

/** The answer of the emulator as JSON; an error has its words. */
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

/** Says something that has just happened, to eyes and screen readers. */
export function tell(text) {
  document.getElementById("status").textContent = text;
}

/** Does something on behalf of a control, and says what went wrong. */
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
