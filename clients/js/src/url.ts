/** The hub's address for a server's: `http`, `https`, `ws` and `wss` will do, with or without `/hub` at the end. */
export function hubUrl(server: string | URL): string {
  let url: URL;
  try {
    url = new URL(server);
  } catch (error) {
    throw new TypeError(`'${server}' is no URL. Give the server's, such as http://127.0.0.1:8080.`, { cause: error });
  }

  const protocols: Record<string, string> = { "http:": "http:", "https:": "https:", "ws:": "http:", "wss:": "https:" };
  const protocol = protocols[url.protocol];
  if (protocol === undefined) throw new TypeError(`'${server}' is not an http, https, ws or wss URL.`);
  // Not by setting url.protocol, which ignores some changes.
  const path = url.pathname.replace(/\/+$/, "");
  return `${protocol}//${url.host}${path.endsWith("/hub") ? path : `${path}/hub`}${url.search}`;
}
