import { createServer } from "node:http";
import { once } from "node:events";
import { WebSocketServer } from "ws";

const separator = "\x1e";

/** One connection of the scripted server: SignalR's JSON protocol over a WebSocket, which can be cut in the middle of a frame. */
export class Peer {
  /** After how many more sent bytes the connection is cut. */
  budget = Infinity;
  readers = new Map();
  #socket;
  #streams = new Map();
  #shaken = false;

  constructor(webSocket, hub, headers) {
    this.headers = headers;
    this.hub = hub;
    this.#socket = webSocket;
    webSocket.on("message", data => this.#receive(data.toString()));
    webSocket.on("close", () => {
      for (const stream of this.#streams.values()) stream.abort();
    });
    webSocket.on("error", () => {});
  }

  get open() {
    return this.#socket.readyState === 1;
  }

  send(message) {
    if (!this.open) return;
    const payload = Buffer.from(JSON.stringify(message) + separator);
    this.budget -= payload.length;
    if (this.budget < 0) this.cut(payload);
    else this.#socket.send(payload.toString());
  }

  /** Sends half of a frame and drops the connection, as a dying machine between would. */
  cut(payload = Buffer.alloc(0)) {
    if (!this.open) return;
    this.hub.cuts++;
    const header = payload.length < 126 ? Buffer.from([0x81, payload.length])
      : payload.length < 65_536 ? Buffer.from([0x81, 126, payload.length >> 8, payload.length & 255])
        : Buffer.concat([Buffer.from([0x81, 127, 0, 0, 0, 0]), uint32(payload.length)]);
    const raw = this.#socket._socket;
    raw.write(Buffer.concat([header, payload.subarray(0, payload.length / 2)]), () => raw.destroy());
    this.#socket.terminate = () => raw.destroy();
    for (const stream of this.#streams.values()) stream.abort();
    this.send = () => {};
  }

  #receive(text) {
    for (const part of text.split(separator)) {
      if (part === "") continue;
      const message = JSON.parse(part);
      if (!this.#shaken) {
        this.#shaken = true;
        this.#socket.send(`{}${separator}`);
        continue;
      }

      this.#handle(message).catch(error => {
        this.hub.faults.push(error);
      });
    }
  }

  async #handle(message) {
    switch (message.type) {
      case 1: return await this.#invoke(message);
      case 4: return await this.#stream(message);
      case 5:
        this.hub.cancels++;
        return this.#streams.get(message.invocationId)?.abort();
      default:
    }
  }

  async #invoke({ target, arguments: [request], invocationId }) {
    this.hub.calls.push({ method: target, request });
    let completion;
    try {
      const result = await this.hub.call(target, request, this);
      completion = { type: 3, invocationId, result };
    } catch (error) {
      completion = { type: 3, invocationId, error: errorText(target, error) };
    }

    if (invocationId === undefined) return;
    const drops = this.hub.lose[target] ?? 0;
    if (drops > 0) {
      this.hub.lose[target] = drops - 1;
      this.cut(Buffer.from(JSON.stringify(completion) + separator));
    } else if (completion.result !== this.hub.silence) {
      this.send(completion);
    }
  }

  async #stream({ target, arguments: [request], invocationId }) {
    this.hub.calls.push({ method: target, request });
    const stop = new AbortController();
    this.#streams.set(invocationId, stop);
    try {
      for await (const item of this.hub.stream(target, request, this, stop.signal)) {
        if (stop.signal.aborted) return;
        this.send({ type: 2, invocationId, item });
      }

      this.send({ type: 3, invocationId });
    } catch (error) {
      if (!stop.signal.aborted) this.send({ type: 3, invocationId, error: errorText(target, error) });
    } finally {
      this.#streams.delete(invocationId);
    }
  }
}

function uint32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function errorText(method, error) {
  if (error.wire === undefined) return `An unexpected error occurred invoking '${method}' on the server.`;
  return `An unexpected error occurred invoking '${method}' on the server. HubException: ${JSON.stringify(error.wire)}`;
}

/** Serves a hub on the loopback interface. */
export async function serve(hub) {
  const server = createServer((request, response) => {
    hub.negotiations.push(request.headers);
    const status = hub.negotiateStatus;
    if (status !== 200 || !request.url.startsWith("/hub/negotiate")) {
      response.writeHead(status === 200 ? 404 : status).end();
      return;
    }

    response.setHeader("Set-Cookie", "affinity=here; Path=/");
    response.setHeader("Content-Type", "application/json");
    response.end(JSON.stringify({
      negotiateVersion: 1, connectionId: "c", connectionToken: "t",
      availableTransports: [{ transport: "WebSockets", transferFormats: ["Text", "Binary"] }],
    }));
  });
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  const peers = new Set();
  sockets.on("connection", (webSocket, request) => {
    const peer = new Peer(webSocket, hub, request.headers);
    peers.add(peer);
    webSocket.on("close", () => peers.delete(peer));
    peer.socket = webSocket;
    hub.connected(peer);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    peers,
    async close() {
      hub.dispose();
      for (const { socket } of peers) socket.terminate();
      sockets.close();
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
