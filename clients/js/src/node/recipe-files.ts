import { lstat, readdir, readlink, stat } from "node:fs/promises";
import { join } from "node:path";
import { packEntries, type Entry } from "./packing.js";

/** What a recipe copies from its folder, as a tar archive: files, directories, and links among them. Nothing outside of the folder is ever read. */
export async function* packSources(folder: string, sources: readonly string[]): AsyncGenerator<Uint8Array, void, undefined> {
  // All of it is looked at first: what cannot be copied is said before anything is sent.
  const entries = new Map<string, Entry>();
  for (const source of sources) {
    if (source.startsWith("/") || source.split("/").includes(".."))
      throw new TypeError(`The recipe copies '${source}', which is not below its folder: give a relative path without '..'.`);
    const segments = source.split("/").filter(segment => segment !== "" && segment !== ".");
    for (let count = 1; count < segments.length; count++) {
      const above = segments.slice(0, count).join("/");
      const entry = await look(folder, above, entries);
      if (entry.stats.isSymbolicLink()) throw new TypeError(`The recipe copies '${source}', which is below a link: copy what it leads to.`);
    }

    await walk(folder, segments.join("/"), entries);
  }

  yield* packEntries(entries.values());
}

async function walk(folder: string, name: string, entries: Map<string, Entry>): Promise<void> {
  const isDirectory = name === "" ? (await stat(folder)).isDirectory() : (await look(folder, name, entries)).stats.isDirectory();
  if (!isDirectory) return;
  for (const below of (await readdir(join(folder, name))).sort()) await walk(folder, name === "" ? below : `${name}/${below}`, entries);
}

async function look(folder: string, name: string, entries: Map<string, Entry>): Promise<Entry> {
  const known = entries.get(name);
  if (known !== undefined) return known;
  const path = join(folder, name);
  const stats = await lstat(path).catch((error: unknown) => {
    throw (error as NodeJS.ErrnoException).code === "ENOENT" ? new TypeError(`The recipe copies '${name}', which is not in ${folder}.`) : error;
  });
  if (stats.isSymbolicLink() && leadsOut(name, await readlink(path)))
    throw new TypeError(`The recipe copies '${name}', which is a link out of its folder: copy what it leads to.`);
  if (!(stats.isFile() || stats.isDirectory() || stats.isSymbolicLink())) throw new TypeError(`The recipe copies '${name}', which is no file, directory or link.`);
  const entry = { path, name, stats };
  entries.set(name, entry);
  return entry;
}

/** Whether a link leaves the folder. It may go up at its beginning alone: behind another link, `..` leads elsewhere. */
function leadsOut(name: string, target: string): boolean {
  const segments = target.split("/").filter(segment => segment !== "" && segment !== ".");
  const up = segments.findIndex(segment => segment !== "..");
  const rest = up < 0 ? [] : segments.slice(up);
  return target.startsWith("/") || segments.length - rest.length > name.split("/").length - 1 || rest.includes("..");
}
