// Google's own client against the tests' Cloud Storage: what it finds right there, ours may rely on.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { Storage } from "@google-cloud/storage";

const bucket = new Storage({ apiEndpoint: process.env.CLOUD_STORAGE, projectId: "tests" }).bucket(process.env.BUCKET);
const content = randomBytes(3 * 1024 * 1024 + 7);

/** What the client throws for a status: it has two kinds of errors. */
const failed = (status) => (error) => [error.code, error.status].includes(status);

/** Saves, checking checksums both ways as the client does by itself. */
const save = (name, bytes, options = {}) => bucket.file(name).save(bytes, { validation: "crc32c", ...options });

test("a simple upload comes back with its metadata", async () => {
  await save("simple", content, { resumable: false, metadata: { contentType: "text/plain", metadata: { colour: "blü" } } });
  const [metadata] = await bucket.file("simple").getMetadata();
  assert.equal(Number(metadata.size), content.length);
  assert.equal(metadata.contentType, "text/plain");
  assert.equal(metadata.metadata.colour, "blü");
  const [bytes] = await bucket.file("simple").download({ validation: "crc32c" });
  assert.deepEqual(bytes, content);
});

// Of the first chunk not all is kept: the client goes on from what the server says that it has.
test("a resumable upload in chunks, and one in one go, come back", async () => {
  const preconditionOpts = { ifGenerationMatch: 0 };
  await save("chunked", content, { resumable: true, chunkSize: 1024 * 1024, preconditionOpts });
  await save("resumable", content, { resumable: true, preconditionOpts });
  for (const name of ["resumable", "chunked"]) {
    const [bytes] = await bucket.file(name).download({ validation: "md5" });
    assert.deepEqual(bytes, content);
  }
});

test("a precondition that does not hold is a 412, and changes nothing", async () => {
  const file = bucket.file("conditional");
  await file.save("one", { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
  for (const resumable of [false, true]) {
    await assert.rejects(file.save("two", { resumable, preconditionOpts: { ifGenerationMatch: 0 } }), failed(412));
  }
  const [{ generation }] = await file.getMetadata();
  await file.save("three", { resumable: true, preconditionOpts: { ifGenerationMatch: generation } });
  await assert.rejects(file.delete({ ifGenerationMatch: generation }), failed(412));
  assert.equal((await file.download())[0].toString(), "three");
  await file.delete({ ifGenerationMatch: (await file.getMetadata())[0].generation });
  assert.equal((await file.exists())[0], false);
  await assert.rejects(file.download(), failed(404));
});

test("lists have a prefix, a delimiter, an order and pages", async () => {
  for (const name of ["list/b", "list/a", "list/c/1", "list/c/2", "list/d", "other"]) await save(name, "x", { resumable: false });
  const names = (files) => files.map((file) => file.name);
  assert.deepEqual(names((await bucket.getFiles({ prefix: "list/" }))[0]), ["list/a", "list/b", "list/c/1", "list/c/2", "list/d"]);
  const [files, , answer] = await bucket.getFiles({ prefix: "list/", delimiter: "/", autoPaginate: false });
  assert.deepEqual(names(files), ["list/a", "list/b", "list/d"]);
  assert.deepEqual(answer.prefixes, ["list/c/"]);
  assert.deepEqual(names((await bucket.getFiles({ prefix: "list/", startOffset: "list/c/2" }))[0]), ["list/c/2", "list/d"]);

  const pages = [];
  let query = { prefix: "list/", maxResults: 2, autoPaginate: false };
  while (query) {
    const [page, next] = await bucket.getFiles(query);
    pages.push(names(page));
    query = next;
  }
  assert.deepEqual(pages, [["list/a", "list/b"], ["list/c/1", "list/c/2"], ["list/d"]]);
});

test("a range is the bytes asked for", async () => {
  await save("range", "0123456789", { resumable: false });
  const read = async (options) => (await bucket.file("range").download(options))[0].toString();
  assert.equal(await read({ start: 3, end: 6 }), "3456");
  assert.equal(await read({ start: 8 }), "89");
  assert.equal(await read({ start: 5, end: 100 }), "56789");
});

// So the test of the server tells it.
test("bytes that arrive damaged are refused", async () => {
  await assert.rejects(save("damaged", content, { resumable: false }));
  assert.equal((await bucket.file("damaged").exists())[0], false);
});
