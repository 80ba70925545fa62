import assert from "node:assert/strict";
import test from "node:test";
import { Backoff } from "../dist/backoff.js";
import { fromBase64, toBase64 } from "../dist/base64.js";
import { classify, ConnectionLost, NotSent } from "../dist/failure.js";
import { randomId } from "../dist/ids.js";
import { parseServerError } from "../dist/server-errors.js";
import { hubUrl } from "../dist/url.js";

test("waits double up to their most, by a random half", () => {
  const backoff = new Backoff(20, 100, () => 1);
  assert.deepEqual([1, 2, 3, 4, 5].map(() => backoff.next()), [20, 40, 80, 100, 100]);
  backoff.reset();
  assert.equal(backoff.next(), 20);
  assert.equal(new Backoff(20, 100, () => 0).next(), 10);
});

test("bytes survive base64, in Node's way and in a browser's", async t => {
  const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7 + (index >> 8)) & 255);
  const text = Buffer.from(bytes).toString("base64");
  assert.equal(toBase64(bytes), text);
  assert.equal(toBase64(bytes.subarray(3, 10)), Buffer.from(bytes.subarray(3, 10)).toString("base64"));
  assert.deepEqual(fromBase64(text), bytes);
  assert.equal(fromBase64("YWJj").buffer.byteLength, 3);

  const { Buffer: node } = globalThis;
  t.after(() => {
    globalThis.Buffer = node;
  });
  delete globalThis.Buffer;
  const browser = await import("../dist/base64.js?browser");
  assert.equal(browser.toBase64(bytes), text);
  assert.deepEqual(browser.fromBase64(text), bytes);
});

test("ids are such as sandboxes and processes may have, and differ", () => {
  const ids = Array.from({ length: 1_000 }, () => randomId("s"));
  for (const id of ids) assert.match(id, /^[a-z0-9][a-z0-9-]{0,39}$/);
  assert.equal(new Set(ids).size, ids.length);
});

test("addresses lead to the hub", () => {
  assert.equal(hubUrl("http://a:1"), "http://a:1/hub");
  assert.equal(hubUrl("wss://a/base/"), "https://a/base/hub");
  assert.equal(hubUrl("https://a/hub/"), "https://a/hub");
});

test("an error's text counts from its first brace, and what is none of the server's is left alone", () => {
  assert.equal(parseServerError('HubException: {"code":"not_found","message":"no {x}"}').message, "no {x}");
  assert.equal(parseServerError('{"code":"of_the_future","message":"m"}').code, "internal");
  for (const text of ["plain", "{", "{}", "a {b} c", "[1]", "{\"code\":1}"]) assert.equal(parseServerError(text), undefined);
});

test("what failed with its connection is told from what the server refused", () => {
  assert.equal(classify(new Error("x {\"code\":\"gone\",\"message\":\"m\"}"), "M", false).code, "gone");
  assert.ok(classify(new Error("WebSocket closed"), "M", false) instanceof ConnectionLost);
  assert.ok(classify(new TypeError("fetch failed"), "M", true) instanceof ConnectionLost);
  assert.ok(classify("WebSocket is not in the OPEN state", "M", true) instanceof NotSent);
  assert.equal(classify(new Error("An unexpected error occurred"), "M", true).code, "internal");
});
