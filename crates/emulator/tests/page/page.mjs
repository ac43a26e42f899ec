// Uses the page like a person, while Terraform runs. Every step is a line of JSON.

import { chromium } from "playwright-core";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { apply, control, expect, LIMIT, looked, rest, say, step, told, until } from "./looking.mjs";

const { PAGE, EMULATOR_URL, EMULATOR_ID, TOKEN, PICTURES, BROWSER } = process.env;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const ARM = `${EMULATOR_URL}/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg-sre/providers/Microsoft.App/agents`;
const VIEWS = ["agents", "requests", "faults", "conversations", "graph"];
const MARKUP = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'"&`;

const browser = await chromium.launch({ executablePath: BROWSER, args: ["--no-sandbox"] });
const context = await browser.newContext({ viewport: { width: 1080, height: 600 } });
const page = await context.newPage();
looked.page = page;
const complaints = [];
const elsewhere = [];
page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
page.on("pageerror", (error) => complaints.push(error.message));
page.on("dialog", (dialog) => complaints.push(dialog.message()) && dialog.dismiss());
page.on("request", (request) => {
  if (!request.url().startsWith(EMULATOR_URL)) elsewhere.push(request.url());
});
mkdirSync(PICTURES, { recursive: true });

const go = (view) => page.getByRole("navigation").getByRole("link", { name: view, exact: true }).click();
const picture = (name) => page.screenshot({ path: `${PICTURES}/emulator-${name}.png` });
const count = () => page.locator("#view-agents .count").first().innerText();
const detail = (view) => page.locator(`#view-${view} .detail`);
const filter = async (text, expected) => {
  await page.getByRole("searchbox", { name: "Filter requests" }).fill(text);
  const rows = page.locator(".requests .space .row");
  await until(
    `rows are left by "${text}"`,
    async () => (await rows.allInnerTexts()).every((row) => expected.test(row)) && (await rows.count()) > 0,
  );
};
const endpoint = async () => {
  const shop = await rest("GET", `${ARM}/shop-agent?api-version=2025-05-01-preview`);
  return shop.body.properties.agentEndpoint;
};

await step("the page is there, and empty", async () => {
  await page.goto(PAGE);
  await page.getByRole("heading", { name: "Agents", exact: true }).waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
  await until("nothing is counted", async () => (await count()).startsWith("0 objects"));
});

await step("objects appear while Terraform applies", async () => {
  const { id } = await control("POST", "/faults", { method: "PUT", path: "/skills/triage-3", hold: true });
  const applied = apply("first");
  await page.getByRole("option", { name: "new shop-agent" }).waitFor({ timeout: LIMIT });
  await told(count, "12 new");
  expect((await page.getByRole("option", { name: "new triage-3" }).count()) === 0, "what is held is there");
  await control("DELETE", `/faults/${id}`);
  expect((await applied) === "applied", "the apply has failed");
  await told(count, "13 new");
  await page.getByRole("option", { name: "new triage-3" }).waitFor();
});

await step("only what has changed since the last look differs", async () => {
  const revision = async () => String((await control("GET", "/ui/state?since=1")).revision);
  await until(
    "the page is up to date",
    async () =>
      (await page.locator("#view-agents .count").first().getAttribute("data-revision")) ===
      (await revision()),
  );
  await page.getByRole("button", { name: "I have looked" }).click();
  await until("nothing differs", async () => (await count()).includes("0 new, 0 changed, 0 gone"));
  expect((await apply("second")) === "applied", "the apply has failed");
  await told(count, "0 new, 8 changed, 0 gone");
  await page.getByLabel("Only what differs").check();
  await page.locator(".row.object.changed", { hasText: "triage-5" }).click();
  const removed = detail("agents").locator(".removed", { hasText: "requests are slow" });
  await removed.first().waitFor();
  await detail("agents").locator(".added", { hasText: "requests have become slow" }).first().waitFor();
  await picture("difference");
  await page.getByLabel("Only what differs").uncheck();
});

await step("secrets are hidden until somebody asks, and masking is visible", async () => {
  await page.locator(".row.object", { hasText: "tickets" }).click();
  const text = () => detail("agents").innerText();
  await until(
    "both planes answer",
    async () =>
      (await text()).includes("Azure Resource Manager: 200") && (await text()).includes("Data plane: 200"),
  );
  expect(!(await page.content()).includes("s3cret"), "the secret is in the page");
  expect((await text()).includes("•••• (17 characters)"), "nothing is masked");
  expect(
    /Stored, and not shown here: .*\bdataSource\b/.test(await text()),
    "the masking of Azure Resource Manager is not told",
  );
  await page.getByRole("button", { name: "Show secrets" }).click();
  await until("the secret is shown", async () => (await text()).includes("s3cret-of-tickets"));
  await page.getByRole("button", { name: "Hide secrets" }).click();
  await until("it is hidden again", async () => !(await text()).includes("s3cret"));
});

await step("requests are shown by time, with polls and how many at once", async () => {
  await go("Requests");
  const counted = () => page.locator("#view-requests .count").first().innerText();
  const recorded = (await control("GET", "/requests")).length;
  await told(counted, `${recorded} of ${recorded} requests`);
  const [, most] = (await counted()).match(/up to (\d+) at once/);
  expect(Number(most) > 1, `up to ${most} at once`);
  expect(/\d+ polls/.test(await counted()), await counted());
  expect((await page.getByLabel("Which run").locator("option").count()) >= 2, "there is no run to choose");
  await page.getByLabel("Which run").selectOption({ index: 1 });
  await page.locator(".bar .run").first().waitFor();
  await filter("poll", /poll \d/);
  await page.locator(".bar .wait").first().waitFor({ state: "attached" });
  await page.getByRole("searchbox", { name: "Filter requests" }).fill("");
  await page.getByLabel("Which run").selectOption("all");
  await page.locator("#view-requests .rows").evaluate((box) => (box.scrollTop = 0));
  await until("the first is in sight", () => page.locator(".requests .space .row").first().isVisible());
  await picture("requests");
});

await step("a request opens to headers and decoded bodies, and can be repeated", async () => {
  await filter("put skills/triage-1", /PUT[^]*skills\/triage-1/);
  await page.locator(".requests .space .row").last().click();
  const text = () => detail("requests").innerText();
  await until("it is open", async () => (await text()).includes("authorization"));
  expect((await text()).includes('"base64"'), "what is in base64 is not decoded");
  expect((await text()).includes("Finds out why requests"), "the description is not there");
  expect(!(await text()).includes(TOKEN), "the token is shown");
  await page.getByRole("button", { name: "As curl" }).click();
  const command = await until("there is a command", () => page.getByLabel("As a curl command").inputValue());
  expect(command.startsWith("curl -X PUT"), command);
  const code = execFileSync("sh", ["-c", `${command} -s -o /dev/null -w '%{http_code}'`], {
    env: { ...process.env, TOKEN },
  });
  expect(/^20[0-2]$/.test(code.toString()), `the command is answered with ${code}`);
});

await step("a fault is made of a request, hits, and is removed", async () => {
  await page.getByRole("link", { name: "As a fault" }).click();
  await page.getByLabel("status", { exact: true }).fill("503");
  await page.getByLabel("count", { exact: true }).fill("2");
  expect(
    (await page.getByLabel("method", { exact: true }).inputValue()) === "PUT",
    "the method is not taken over",
  );
  await page.getByRole("button", { name: "Set the fault" }).click();
  const card = page.locator(".card");
  await page.getByText(/^Fault \d is set$/).waitFor();
  expect((await page.getByLabel("status", { exact: true }).inputValue()) === "", "the form is not emptied");
  await card.getByText("0 requests matched").waitFor();
  expect((await apply("first")) === "applied", "the apply has failed");
  await card.getByText("2 hit").waitFor();
  await card.getByRole("button", { name: "Remove" }).click();
  await page.getByText("No fault is set.").waitFor();
  await go("Requests");
  await page.getByRole("searchbox", { name: "Filter requests" }).fill("retry 503");
  await page
    .locator(".note.fault", { hasText: /fault \d/ })
    .first()
    .waitFor();
  await page.getByRole("searchbox", { name: "Filter requests" }).fill("");
});

await step("what a fault holds is seen and released", async () => {
  await go("Faults and switches");
  await page.getByLabel("path", { exact: true }).fill("/skills/triage-2");
  await page.getByLabel("method", { exact: true }).fill("PUT");
  await page.getByLabel("hold", { exact: true }).check();
  await page.getByRole("button", { name: "Set the fault" }).click();
  const applied = apply("second");
  await page.locator(".card.holding").getByText("1 held now").waitFor({ timeout: LIMIT });
  await page.getByRole("button", { name: "Release 1" }).click();
  expect((await applied) === "applied", "the apply has failed");
  await page.locator(".card").getByRole("button", { name: "Remove" }).click();
});

await step("switches have words, and are changed", async () => {
  const words = page.locator("#switch-tenant-meaning");
  expect((await words.innerText()).startsWith("external: ARM refuses children"), await words.innerText());
  await page.getByLabel("tenant", { exact: true }).selectOption("external");
  await until("the tenant is external", async () => (await control("GET", "/profile")).tenant === "external");
  await page.getByLabel("agent_polls", { exact: true }).fill("0");
  await page.getByLabel("agent_polls", { exact: true }).press("Enter");
  await until("nothing is polled", async () => (await control("GET", "/profile")).agent_polls === 0);
  await page.getByLabel("starting_status", { exact: true }).fill("200");
  await page.getByLabel("starting_status", { exact: true }).press("Enter");
  await page.getByText("which is no status of an error").waitFor();
  await page.getByLabel("tenant", { exact: true }).selectOption("internal");
});

await step("a conversation is streamed, and a command approved", async () => {
  await go("Conversations");
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await page.getByText("Connected to the hub").waitFor();
  await page.getByLabel("Message").fill("Checkout is slow. Please restart orders-api.");
  await page.getByRole("button", { name: "Send" }).click();
  const log = page.getByRole("log");
  await log.getByText("and ask for approval").waitFor();
  await log.getByText("Command: Pending").waitFor();
  await picture("conversation");
  await log.getByRole("button", { name: "Approve" }).click();
  await log.getByText("I have run").waitFor();
  await log.getByText("Command: Completed").waitFor();
  await page.getByLabel("Message").fill("And delete the queue.");
  await page.getByLabel("Message").press("Enter");
  await log.getByRole("button", { name: "Reject" }).click();
  await log.getByText("it was rejected").waitFor();
  // Messages from other clients appear too.
  const thread = await rest("POST", `${await endpoint()}/api/v1/threads`, {
    startMessage: { text: "From elsewhere" },
  });
  expect(thread.status === 201, `a thread by REST: ${thread.status}`);
  await page.getByRole("button", { name: "From elsewhere" }).click();
  await log.getByText('I have read "From elsewhere"').waitFor();
  await page.getByRole("button", { name: "Disconnect" }).click();
});

await step("the graph shows what refers to what, and dangling names in red", async () => {
  await go("Graph");
  await page.getByText("1 names lead nowhere: no_such_tool").waitFor();
  // The drawing may be replaced at any moment.
  const color = await until("a name is drawn as dangling", () =>
    page.evaluate(() => {
      const name = document.querySelector(".node.dangling text");
      return name && getComputedStyle(name).fill;
    }),
  );
  const [red, green, blue] = color.match(/\d+/g).map(Number);
  expect(red > 150 && red > 2 * green && red > 2 * blue, `the color is ${color}`);
  const list = await page.locator("#view-graph li").allInnerTexts();
  for (const reference of [
    "database (subagent) hands over to network (subagent)",
    "nightly (task) is done by database (subagent)",
    "database (subagent) uses tickets (connector)",
  ]) {
    expect(list.includes(reference), `not in the list: ${reference}`);
  }
  await picture("graph");
});

await step("markup in every field stays text", async () => {
  const url = await endpoint();
  const put = (kind, type, properties) =>
    rest(
      "PUT",
      `${url}/api/v2/extendedAgent/${kind}/${encodeURIComponent(MARKUP)}`,
      { name: MARKUP, type, tags: [MARKUP], owner: MARKUP, properties },
      { "User-Agent": MARKUP, "X-Markup": MARKUP },
    );
  const long = MARKUP.repeat(3);
  const made = [
    await put("skills", "Skill", { description: MARKUP, skillContent: long, tools: [MARKUP] }),
    await put("agents", "ExtendedAgent", {
      instructions: long,
      handoffs: [],
      tools: [MARKUP],
      allowedSkills: [MARKUP],
    }),
    await put("commonprompts", "CommonPrompt", { prompt: long }),
    await put("scheduledtasks", "ScheduledTask", {
      agentPrompt: long,
      cronExpression: "0 3 * * *",
      agent: MARKUP,
      description: MARKUP,
    }),
    await rest("POST", `${url}/api/v1/httptriggers/create?x=${encodeURIComponent(MARKUP)}`, {
      name: MARKUP,
      agentPrompt: MARKUP,
      agent: MARKUP,
      description: MARKUP,
    }),
    await rest("POST", `${url}/api/v1/threads`, {
      title: MARKUP,
      startMessage: { text: MARKUP, userId: MARKUP, displayName: MARKUP },
    }),
    await rest("PUT", `${ARM}/markup?api-version=2025-05-01-preview`, {
      location: "swedencentral",
      tags: { markup: MARKUP, [MARKUP]: MARKUP },
    }),
  ];
  const statuses = made.map(({ status }) => status);
  expect(
    statuses.every((status) => status < 300),
    `statuses ${statuses}`,
  );
  await control("POST", "/faults", {
    path: "never",
    text: MARKUP,
    headers: { "X-Markup": "x" },
    body: { markup: MARKUP },
  });
  for (const view of VIEWS) await page.evaluate((name) => (location.hash = name), view);
  await go("Agents");
  for (const row of await page.locator(".row.object", { hasText: "<img" }).all()) {
    await row.click();
    await detail("agents").getByText("As it is stored").waitFor();
  }
  await go("Requests");
  await filter("put %3Cimg", /%3Cimg/);
  await page.locator(".requests .space .row").first().click();
  await detail("requests").getByText("x-markup").first().waitFor();
  await page.getByRole("searchbox", { name: "Filter requests" }).fill("");
  await go("Conversations");
  await page.getByRole("button", { name: MARKUP, exact: true }).first().click();
  await page.getByRole("log").getByText(`I have read "${MARKUP}"`).waitFor();
  await go("Graph");
  await page.locator(".node", { hasText: "<img" }).first().waitFor();
  await go("Faults and switches");
  await page.locator(".card", { hasText: "<img" }).getByRole("button", { name: "Remove" }).click();
  const foreign = await page.evaluate(() => [
    window.pwned,
    document.querySelectorAll("main img, main script, main iframe").length,
  ]);
  expect(foreign[0] === undefined && foreign[1] === 0, `markup has become elements: ${foreign}`);
});

await step("nothing but the keyboard is needed", async () => {
  await go("Agents");
  await page.reload();
  await page.locator(".row.object").first().waitFor();
  const focused = () =>
    page.evaluate(
      () =>
        document.activeElement.textContent.trim().slice(0, 40) ||
        document.activeElement.getAttribute("aria-label"),
    );
  await page.keyboard.press("Tab");
  expect((await focused()) === "Skip to the content", await focused());
  await page.keyboard.press("Enter");
  await until("the list has the focus", async () => {
    await page.keyboard.press("Tab");
    return page.evaluate(() => document.activeElement.getAttribute("role") === "listbox");
  });
  for (const key of ["ArrowDown", "ArrowUp", "Enter"]) await page.keyboard.press(key);
  await detail("agents").getByText("As it is stored").waitFor();
  const active = await page.evaluate(() =>
    document
      .getElementById(document.activeElement.getAttribute("aria-activedescendant"))
      ?.getAttribute("aria-selected"),
  );
  expect(active === "true", "the active row is not told to screen readers");
});

await step("it is readable narrow and wide, light and dark, and has no barriers", async () => {
  const problems = [];
  for (const [width, colorScheme] of [
    [360, "light"],
    [360, "dark"],
    [1600, "light"],
    [1600, "dark"],
  ]) {
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme });
    for (const view of VIEWS) {
      await page.evaluate((name) => (location.hash = name), view);
      await page.locator(`#view-${view}`).waitFor();
      const over = await page.evaluate(
        () => document.scrollingElement.scrollWidth - document.documentElement.clientWidth,
      );
      if (over > 0) problems.push(`${view} is ${over} pixels too wide at ${width}`);
      const { violations } = await page.evaluate(
        `${AXE}; axe.run(document, { resultTypes: ["violations"] })`,
      );
      for (const { id, nodes } of violations)
        problems.push(`${view}, ${width} ${colorScheme}: ${id} at ${nodes[0].target}`);
    }
  }
  await page.setViewportSize({ width: 1080, height: 600 });
  await page.emulateMedia({ colorScheme: "light" });
  expect(problems.length === 0, problems.join("; "));
});

await step("the page of another origin reaches nothing", async () => {
  const server = createServer((_, answer) =>
    answer.setHeader("Content-Type", "text/html").end("<p>elsewhere</p>"),
  );
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const other = await browser.newPage();
  await other.goto(`http://127.0.0.1:${server.address().port}/`);
  const reached = await other.evaluate(async (base) => {
    const tries = {
      read: () => fetch(`${base}/_emulator/state`).then((answer) => answer.text()),
      blind: () => fetch(`${base}/_emulator/reset`, { method: "POST", mode: "no-cors" }).then(() => "sent"),
      events: () =>
        new Promise((resolve, reject) => {
          const source = new EventSource(`${base}/_emulator/ui/events`);
          source.onmessage = resolve;
          source.onerror = reject;
        }),
      script: () =>
        new Promise((resolve, reject) => {
          const script = Object.assign(document.createElement("script"), {
            src: `${base}/_emulator/ui/assets/dom.js`,
            onload: resolve,
            onerror: reject,
          });
          document.head.append(script);
        }),
      frame: () =>
        new Promise((resolve, reject) => {
          const frame = Object.assign(document.createElement("iframe"), { src: `${base}/_emulator/ui/` });
          frame.onload = () =>
            setTimeout(() => (frame.contentWindow.length === 0 ? reject(new Error("empty")) : resolve()), 0);
          document.body.append(frame);
        }),
    };
    const all = Object.entries(tries).map(async ([name, attempt]) => [
      name,
      await attempt().then(
        () => true,
        () => false,
      ),
    ]);
    return Object.fromEntries(await Promise.all(all));
  }, EMULATOR_URL);
  // A no-cors request is sent and refused, so nothing was reset.
  expect(!reached.read && !reached.events && !reached.script && !reached.frame, JSON.stringify(reached));
  expect(
    (await rest("GET", `${ARM}/shop-agent?api-version=2025-05-01-preview`)).status === 200,
    "the agent is gone",
  );
  await other.close();
  server.close();
});

await step("10,000 requests and 5,000 objects stay smooth", async () => {
  const memory = () =>
    EMULATOR_ID
      ? Number(readFileSync(`/proc/${EMULATOR_ID}/status`, "utf8").match(/VmRSS:\s+(\d+)/)[1]) / 1024
      : NaN;
  await control("PUT", "/profile", { visibility_lag: 0 });
  await control("DELETE", "/requests");
  const url = await endpoint();
  const before = memory();
  let sent = 0;
  const send = async (total, work) => {
    let next = 0;
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        while (next < total) sent += await work(next++);
      }),
    );
  };
  await go("Agents");
  const started = Date.now();
  await send(5000, async (n) => {
    const body = { name: `prompt-${n}`, type: "CommonPrompt", properties: { prompt: `Prompt number ${n}.` } };
    await rest("PUT", `${url}/api/v2/extendedAgent/commonprompts/prompt-${n}`, body);
    return JSON.stringify(body).length * 2;
  });
  await send(
    5000,
    async (n) =>
      JSON.stringify((await rest("GET", `${url}/api/v2/extendedAgent/commonprompts/prompt-${n}`)).body)
        .length,
  );
  const took = Date.now() - started;
  await until("all objects are counted", async () => Number.parseInt(await count()) >= 5000);
  say({
    figure: `10,000 requests in ${took} ms while the page looked on; the emulator grew by ${(memory() - before).toFixed(0)} MiB for ${(sent / 2 ** 20).toFixed(1)} MiB of bodies, 5,000 objects and 10,000 records`,
  });
  for (const [view, list] of [
    ["Agents", "#view-agents .rows"],
    ["Requests", "#view-requests .rows"],
  ]) {
    await go(view);
    const counted = () => page.locator(`#view-${view.toLowerCase()} .count`).first().innerText();
    if (view === "Requests")
      await until("all requests are counted", async () => Number.parseInt(await counted()) >= 10_000).catch(
        async (error) => {
          throw new Error(`${error.message}, but "${await counted()}"`);
        },
      );
    const seen = await page.locator(list).evaluate(async (box) => {
      const frames = [];
      const height = box.scrollHeight - box.clientHeight;
      let last = performance.now();
      for (let step = 0; step <= 100; step += 1) {
        box.scrollTop = (height * step) / 100;
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        frames.push(now - last);
        last = now;
      }
      frames.sort((a, b) => a - b);
      return { rows: box.querySelectorAll(".row").length, median: frames[50], worst: frames.at(-1), height };
    });
    expect(seen.height > 100_000, `the list is ${seen.height} pixels high`);
    expect(seen.rows < 100, `${seen.rows} rows are elements`);
    say({
      figure: `${view}: ${seen.rows} rows are elements; a frame while scrolling takes ${seen.median.toFixed(1)} ms, ${seen.worst.toFixed(1)} ms at most`,
    });
  }
  const typed = Date.now();
  await page.getByRole("searchbox", { name: "Filter requests" }).fill("prompt-4999");
  await until("two are left", async () =>
    (await page.locator("#view-requests .count").first().innerText()).startsWith("2 of"),
  );
  say({ figure: `Requests: two of 10,000 are found in ${Date.now() - typed} ms` });
});

await step("nothing was loaded from elsewhere, and the browser has not complained", async () => {
  // The browser reports requests that were refused on purpose.
  const others = complaints.filter((text) => !text.startsWith("Failed to load resource"));
  expect(others.length === 0, others.join("; "));
  expect(elsewhere.length === 0, elsewhere.join(", "));
});

await browser.close();
process.exit(0);
