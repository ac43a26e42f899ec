// The page: which view is visible, and when to refresh it.

import { ask, CONTROL, tell } from "./dom.js";
import { Agents } from "./agents.js";
import { Conversations } from "./conversations.js";
import { Faults } from "./faults.js";
import { Graph } from "./graph.js";
import { Requests } from "./requests.js";

const section = (name) => document.getElementById(`view-${name}`);

const addresses = await ask(`${CONTROL}/`);
const agents = new Agents(section("agents"));
const views = {
  agents,
  requests: new Requests(section("requests")),
  faults: new Faults(section("faults")),
  conversations: new Conversations(section("conversations"), agents, addresses),
  graph: new Graph(section("graph")),
};

/** Decodes a part of the address. One with invalid escapes is returned unchanged. */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Shows the view of the address: its name, and the selected item after a slash. */
function route() {
  const [name, ...rest] = location.hash.slice(1).split("/").map(decoded);
  const shown = Object.hasOwn(views, name) ? name : "agents";
  for (const [other, view] of Object.entries(views)) {
    const isShown = other === shown;
    section(other).hidden = !isShown;
    view.isShown = isShown;
  }
  for (const link of document.querySelectorAll("nav a")) {
    const isCurrent = link.hash === `#${shown}`;
    if (isCurrent) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${section(shown).querySelector("h2").textContent} · azuresre-emulator`;
  views[shown].enter(rest.join("/"));
}

/** Refreshes views one after another, and again if it failed or if there was a change in the meantime. */
function serially(work) {
  let running = false;
  let again = false;
  return async () => {
    again = true;
    if (running) return;
    running = true;
    while (again) {
      again = false;
      try {
        await work();
      } catch (error) {
        tell(error.message);
        again = true;
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    }
    running = false;
  };
}

const documents = serially(async () => {
  await agents.refresh();
  await Promise.all([views.graph.refresh(), views.conversations.refresh()]);
});
const requests = serially(async () => {
  await views.requests.refresh();
  await views.faults.refresh();
});

let known = {};
const events = new EventSource(`${CONTROL}/ui/events`);
events.addEventListener("open", () => tell("Live"));
events.addEventListener("error", () => tell("The emulator does not answer; trying again…"));
events.addEventListener("message", (event) => {
  const now = JSON.parse(event.data);
  // A lower revision than before means that the emulator was restarted.
  if (now.documents < known.documents || now.requests < known.requests) location.reload();
  if (now.documents !== known.documents) documents();
  if (now.requests !== known.requests) requests();
  known = now;
});

addEventListener("hashchange", route);
route();
