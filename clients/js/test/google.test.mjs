import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import test from "node:test";
import { Sandbox } from "sandbox-client";
import { ScriptedHub } from "./support/scripted-hub.mjs";
import { serve } from "./support/signalr-server.mjs";

/** An ID token that lasts an hour, as far as anyone who does not check its signature can see. */
function idToken(audience) {
  const part = value => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ aud: audience, exp: Math.floor(Date.now() / 1000) + 3600 })}.x`;
}

test("with useGoogleAuth Google's own library fetches an ID token for the server's origin", { timeout: 30_000 }, async t => {
  const hub = new ScriptedHub();
  const server = await serve(hub);
  const asked = [];
  const given = [];
  // What a machine at Google has: the metadata server, which gives out ID tokens.
  const metadata = createServer((request, response) => {
    const url = new URL(request.url, "http://metadata");
    response.setHeader("Metadata-Flavor", "Google");
    if (url.pathname.endsWith("/identity")) {
      asked.push(url.searchParams.get("audience"));
      given.push(idToken(url.searchParams.get("audience")));
      response.end(given.at(-1));
    } else if (url.pathname.endsWith("/token")) {
      response.setHeader("Content-Type", "application/json");
      response.end(JSON.stringify({ access_token: "a", expires_in: 3600, token_type: "Bearer" }));
    } else {
      response.end("a-project");
    }
  }).listen(0, "127.0.0.1");
  await once(metadata, "listening");
  process.env.GCE_METADATA_HOST = `127.0.0.1:${metadata.address().port}`;
  process.env.METADATA_SERVER_DETECTION = "assume-present";
  process.env.GOOGLE_APPLICATION_CREDENTIALS = "";
  process.env.CLOUDSDK_CONFIG = "/nowhere";
  t.after(async () => {
    await server.close();
    metadata.closeAllConnections();
    metadata.close();
  });

  const client = await Sandbox.connect(server.url, { useGoogleAuth: true });
  assert.ok(given.some(token => hub.negotiations[0].authorization === `Bearer ${token}`));
  assert.equal(asked[0], server.url);
  await client.close();
  assert.throws(() => new (client.constructor)(server.url, { useGoogleAuth: true, key: "k" }), TypeError);
});
