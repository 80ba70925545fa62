import { chmod, lstat, mkdir, open, readdir, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { extract } from "tar-stream";
import type { FileProgress } from "../file-options.js";
import { ServerError } from "../errors.js";
import { packEntries, RIGHTS, type Entry } from "./packing.js";

export { packSources } from "./recipe-files.js";

export async function* packDirectory(directory: string): AsyncGenerator<Uint8Array, void, undefined> {
  if (!(await lstat(directory)).isDirectory()) throw new TypeError(`'${directory}' is no directory.`);
  yield* packEntries(below(directory, ""));
}

async function* below(directory: string, above: string): AsyncGenerator<Entry, void, undefined> {
  for (const child of await readdir(directory)) {
    const [path, name] = [join(directory, child), above + child];
    const stats = await lstat(path);
    if (!(stats.isFile() || stats.isDirectory() || stats.isSymbolicLink())) throw new TypeError(`'${path}' is neither a file, nor a directory, nor a link.`);
    yield { path, name, stats };
    if (stats.isDirectory()) yield* below(path, `${name}/`);
  }
}

/**
 * What a sandbox sends may be anything: names that lead out are refused, and so is all but files, directories and symbolic links. Links are made last, so that
 * nothing is written through one, and none that leads out is made; nothing gets more rights than reading, writing and running.
 */
export async function unpackDirectory(
  archive: ReadableStream<Uint8Array>, directory: string, onProgress?: (progress: FileProgress) => void,
): Promise<string[]> {
  await mkdir(directory, { recursive: true });
  const links = new Map<string, string>();
  const directories = new Map<string, number>();
  let last = "";
  let done = 0;
  const entries = extract();
  let goOn = (): void => {};
  for (const event of ["drain", "close"]) entries.on(event, () => goOn());
  const feed = async (): Promise<void> => {
    for await (const piece of archive) {
      done += piece.length;
      onProgress?.({ done, total: undefined });
      if (entries.destroyed) return;
      const room = new Promise<void>(resolve => {
        goOn = resolve;
      });
      if (!entries.write(piece)) await room;
    }

    entries.end();
  };
  const feeding = feed().catch((error: unknown) => entries.destroy(error as Error));
  try {
    for await (const entry of entries) {
      const { name, type, mode = 0, linkname, mtime } = entry.header;
      last = name;
      const parts = partsOf(name);
      const path = await pathOf(directory, name, parts);
      if (type === "directory") {
        await mkdir(path, { recursive: true });
        if (parts.length > 0) directories.set(path, mode & RIGHTS);
      } else if (type === "file" || type === "contiguous-file") {
        if (parts.length === 0) throw refused(name, "it names the directory itself");
        links.delete(parts.join("/"));
        await mkdir(dirname(path), { recursive: true });
        await rm(path, { force: true });
        const file = await open(path, "wx", 0o600);
        try {
          for await (const piece of entry) await file.writeFile(piece as Uint8Array);
          await file.chmod(mode & RIGHTS);
          if (mtime !== undefined) await file.utimes(mtime, mtime);
        } finally {
          await file.close();
        }
      } else if (type === "symlink") {
        if (parts.length === 0) throw refused(name, "it names the directory itself");
        links.set(parts.join("/"), linkname ?? "");
      } else {
        throw refused(name, "it is neither a file, nor a directory, nor a symbolic link");
      }

      entry.resume();
    }

    return await makeLinks(directory, links);
  } catch (error) {
    if (error instanceof ServerError || (error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    throw new ServerError(`The archive cannot be read, after the entry '${last}': ${(error as Error).message}`, undefined, { cause: error });
  } finally {
    entries.destroy();
    await feeding;
    // Last, and those below first: one that may not be written could not be filled.
    for (const [path, mode] of [...directories].reverse()) await chmod(path, mode);
  }
}

async function makeLinks(root: string, links: Map<string, string>): Promise<string[]> {
  const leftOut: string[] = [];
  for (const [name, target] of links) {
    const parts = partsOf(name);
    if (leadsOut(target, parts.length - 1)) {
      leftOut.push(name);
      continue;
    }

    // Again: a link that was made just now may be on the way.
    const path = await pathOf(root, name, parts);
    await mkdir(dirname(path), { recursive: true });
    if ((await found(path))?.isDirectory()) throw refused(name, "a directory has the link's name");
    await rm(path, { force: true });
    await symlink(target, path);
  }

  return leftOut;
}

function partsOf(name: string): string[] {
  if (name.startsWith("/")) throw refused(name, "its name is absolute");
  const parts = name.split("/").filter(part => part !== "" && part !== ".");
  if (parts.includes("..") || name.includes("\0")) throw refused(name, "its name leads out of the directory");
  return parts;
}

async function pathOf(root: string, name: string, parts: string[]): Promise<string> {
  let path = root;
  for (const part of parts) {
    if (path !== root && (await found(path))?.isSymbolicLink()) throw refused(name, "nothing is written through a link");
    path = join(path, part);
  }

  return path;
}

async function found(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

/**
 * Whether a link may lead out. `..` only counts at the target's beginning, where what it goes up are the directories that the link lies in: behind a
 * name it would go up from wherever that leads.
 */
function leadsOut(target: string, depth: number): boolean {
  const parts = target.split("/").filter(part => part !== "" && part !== ".");
  const ups = parts.findIndex(part => part !== "..");
  const rest = ups < 0 ? [] : parts.slice(ups);
  return target === "" || target.startsWith("/") || target.includes("\0") || rest.includes("..") || parts.length - rest.length > depth;
}

function refused(name: string, reason: string): ServerError {
  return new ServerError(`The archive's entry '${name}' is refused: ${reason}.`);
}
