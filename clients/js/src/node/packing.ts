import { createReadStream, type Stats } from "node:fs";
import { open, readlink } from "node:fs/promises";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pack, type Headers, type Pack } from "tar-stream";

/** What of a mode goes into an archive. */
export const RIGHTS = 0o777;

/** A file, directory or symbolic link that goes into an archive. */
export interface Entry {
  readonly path: string;
  /** Its name in the archive. */
  readonly name: string;
  readonly stats: Stats;
}

/** A tar archive, made as it is read; nothing is read any more once nobody does. */
export async function* packEntries(entries: Iterable<Entry> | AsyncIterable<Entry>): AsyncGenerator<Uint8Array, void, undefined> {
  const archive = pack();
  const packing = packAll(archive, entries).then(() => archive.finalize(), (error: unknown) => archive.destroy(error as Error));
  try {
    for await (const piece of archive) yield piece as Uint8Array;
  } finally {
    archive.destroy();
    await packing;
  }
}

async function packAll(archive: Pack, entries: Iterable<Entry> | AsyncIterable<Entry>): Promise<void> {
  for await (const { path, name, stats } of entries) {
    const { mode, mtime } = stats;
    if (stats.isSymbolicLink()) await add(archive, { name, type: "symlink", linkname: await readlink(path), mtime });
    else if (stats.isDirectory()) await add(archive, { name, type: "directory", mode: mode & RIGHTS, mtime });
    else await addFile(archive, path, { name, mode: mode & RIGHTS, mtime });
  }
}

function add(archive: Pack, header: Headers): Promise<void> {
  return new Promise((done, failed) => archive.entry(header, error => error ? failed(error) : done()));
}

async function addFile(archive: Pack, path: string, header: Headers): Promise<void> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    // A file that grows meanwhile is as long as it was.
    const content = size === 0 ? Readable.from([]) : createReadStream(path, { fd: file.fd, autoClose: false, end: size - 1 });
    await pipeline(content, archive.entry({ ...header, size }) as unknown as Writable);
  } finally {
    await file.close();
  }
}
