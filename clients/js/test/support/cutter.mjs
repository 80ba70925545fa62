import { once } from "node:events";
import { connect, createServer } from "node:net";

/** A TCP proxy before a server, which cuts its connections after as many bytes as `budget` says, wherever in a frame that is. */
export async function cutter(url, budget, { upward = false } = {}) {
  const { hostname, port, protocol } = new URL(url);
  if (protocol !== "http:") throw new Error("The cutting proxy needs a server without TLS.");
  const open = new Set();
  const state = { cuts: 0, url: "", close: () => {} };
  const proxy = createServer(client => {
    const server = connect(Number(port || 80), hostname);
    let left = budget(state);
    for (const socket of [client, server]) {
      open.add(socket);
      socket.on("error", () => {}).on("close", () => {
        open.delete(socket);
        client.destroy();
        server.destroy();
      });
    }

    const [from, to] = upward ? [client, server] : [server, client];
    to.pipe(from);
    from.on("data", data => {
      left -= data.length;
      if (left >= 0) return void (to.write(data) || (from.pause(), to.once("drain", () => from.resume())));
      state.cuts++;
      to.write(data.subarray(0, data.length + left), () => to.destroy());
      from.destroy();
    });
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  state.url = `http://127.0.0.1:${proxy.address().port}`;
  state.close = () => {
    for (const socket of open) socket.destroy();
    proxy.close();
  };
  return state;
}
