// A client of a SignalR hub: negotiation, WebSocket, and the JSON protocol.

const SEPARATOR = "\u001e";
const KEEP_ALIVE = 10_000;
const [INVOCATION, COMPLETION, PING, CLOSE] = [1, 3, 6, 7];

export class Hub {
  /** Connects to the hub at a path. `told(target, argument)` is called for every call of the hub. */
  constructor(path, token, { told, ended }) {
    Object.assign(this, { path, token, told, ended });
    this.waiting = new Map();
    this.last = 0;
  }

  async connect() {
    const headers = { Authorization: `Bearer ${this.token}` };
    const answer = await fetch(`${this.path}/negotiate?negotiateVersion=1`, { method: "POST", headers });
    const agreed = await answer.json();
    if (!answer.ok) throw new Error(`${answer.status}: ${agreed.error?.message}`);
    const url = new URL(this.path, location.href);
    url.protocol = url.protocol.replace("http", "ws");
    url.searchParams.set("id", agreed.connectionToken);
    url.searchParams.set("access_token", this.token);
    await new Promise((resolve, reject) => {
      this.socket = new WebSocket(url);
      this.socket.addEventListener("open", () => this.send({ protocol: "json", version: 1 }));
      this.socket.addEventListener("message", ({ data }) => {
        for (const record of data.split(SEPARATOR).filter(Boolean))
          this.read(JSON.parse(record), resolve, reject);
      });
      this.socket.addEventListener("close", () => {
        reject(new Error("The hub has closed the connection."));
        this.close();
      });
    });
    this.timer = setInterval(() => this.send({ type: PING }), KEEP_ALIVE);
  }

  /** Calls a method, and waits for its result. */
  call(target, ...args) {
    const invocationId = String((this.last += 1));
    this.send({ type: INVOCATION, invocationId, target, arguments: args });
    return new Promise((resolve, reject) => this.waiting.set(invocationId, { resolve, reject }));
  }

  close() {
    clearInterval(this.timer);
    this.socket.close();
    for (const { reject } of this.waiting.values()) reject(new Error("The hub is gone."));
    this.waiting.clear();
    this.ended(this.error);
  }

  read(record, resolve, reject) {
    if (record.type === undefined) {
      if (record.error) reject(new Error(record.error));
      else resolve();
    } else if (record.type === INVOCATION) {
      this.told(record.target, record.arguments[0]);
    } else if (record.type === COMPLETION) {
      const call = this.waiting.get(record.invocationId);
      this.waiting.delete(record.invocationId);
      if (record.error) call?.reject(new Error(record.error));
      else call?.resolve(record.result);
    } else if (record.type === CLOSE) {
      this.error = record.error;
    }
  }

  send(record) {
    this.socket.send(JSON.stringify(record) + SEPARATOR);
  }
}
