import type { FileProgress } from "./file-options.js";

/** A local directory as the pieces of a tar archive, made as they are read; nothing is read any more once nobody does. */
export function packDirectory(directory: string): AsyncGenerator<Uint8Array, void, undefined> {
  throw new TypeError(`There are no directories here, such as '${directory}': this needs Node.`);
}

/** What a recipe copies from a local folder, as the pieces of a tar archive. Nothing outside of the folder is read. */
export function packSources(folder: string, sources: readonly string[]): AsyncGenerator<Uint8Array, void, undefined> {
  void sources;
  throw new TypeError(`There are no directories here, such as '${folder}': this needs Node. Give the files as a tar archive.`);
}

/** Unpacks what a sandbox sent into a local directory, and gives the links that were left out since they would lead out of it. */
export function unpackDirectory(archive: ReadableStream<Uint8Array>, directory: string, onProgress?: (progress: FileProgress) => void): Promise<string[]> {
  void [archive, onProgress];
  throw new TypeError(`There are no directories here, such as '${directory}': this needs Node.`);
}
