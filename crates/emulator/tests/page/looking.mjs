// Helpers of the script: a line of JSON for every step, and functions that wait.

import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const { EMULATOR_URL, TOKEN } = process.env;
const FAILED = fileURLToPath(new URL("failed.png", import.meta.url));
export const LIMIT = 60_000;

/** The page under test. If a step fails, a picture of it is taken. */
export const looked = { page: null };

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
export const say = (said) => process.stdout.write(`${JSON.stringify(said)}\n`);

/** Lets Terraform apply a configuration, and returns the result. The script can continue meanwhile. */
export async function apply(state) {
  say({ apply: state });
  return (await answers.next()).value;
}

export async function step(name, work) {
  let failure = null;
  try {
    await work();
  } catch (error) {
    console.error(error);
    failure = String(error.message ?? error).split("\n")[0];
    await looked.page?.screenshot({ path: FAILED }).catch(() => {});
  }
  say({ step: name, failure });
}

export function expect(condition, what) {
  if (!condition) throw new Error(what);
}

/** Waits for a condition. */
export async function until(what, condition) {
  const end = Date.now() + LIMIT;
  while (Date.now() < end) {
    const value = await condition();
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  throw new Error(`it never came to this: ${what}`);
}

/** Waits until a text contains another text. */
export async function told(text, expected) {
  let last;
  const has = async () => (last = await text()).includes(expected);
  await until(expected, has).catch(() => {
    throw new Error(`not "${expected}", but "${last}"`);
  });
}

export async function rest(method, url, body, headers = {}) {
  const all = { Authorization: `Bearer ${TOKEN}`, "Content-Type": "application/json", ...headers };
  const answer = await fetch(url, { method, headers: all, body: body && JSON.stringify(body) });
  const text = await answer.text();
  return {
    status: answer.status,
    body: text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text,
  };
}

export const control = async (method, path, body) =>
  (await rest(method, `${EMULATOR_URL}/_emulator${path}`, body)).body;
