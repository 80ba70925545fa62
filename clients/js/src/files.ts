import { packDirectory, unpackDirectory } from "#directories";
import { CallTimeoutError, ConflictError, NotFoundError, UnavailableError } from "./errors.js";
import { ConnectionLost } from "./failure.js";
import { sleep, within } from "./abort.js";
import { Backoff } from "./backoff.js";
import type {
  ArchiveOptions, CopyOptions, FileCallOptions, FileContent, FileReadOptions, FileWriteOptions, FindOptions, ListFilesOptions, MakeDirectoryOptions, RemoveOptions,
  RenameOptions, SearchOptions, WatchOptions,
} from "./file-options.js";
import { Follower } from "./follower.js";
import type { Hub } from "./hub.js";
import { randomId } from "./ids.js";
import { partsOf } from "./parts.js";
import type { CallOptions } from "./options.js";
import type { FileEntry, FileHappening, FileMatch } from "./wire.js";

/** Bytes of one call: no more of a file is ever held. */
const PART = 1 << 20;

/** How often it is tried again without a byte, or with a part. */
const MOST_TRIES = 10;

interface Download {
  readonly tag: string | undefined;
  readonly size: number;
  /** The next bytes; undefined at the end. */
  read(): Promise<Uint8Array | undefined>;
  close(): Promise<void>;
}

interface Item {
  readonly type: string;
  readonly entry?: FileEntry;
  readonly path?: string;
  readonly line?: number;
  readonly text?: string;
  readonly directory?: boolean;
  readonly move?: number;
  readonly cut?: boolean;
}

/**
 * The files of a sandbox. Errors have `file`, the word of docs/http.md. Content goes and comes over HTTP, a mebibyte at a time, and goes on by itself
 * where a connection is lost. Paths are absolute.
 */
export class Files {
  readonly #hub: Hub;
  readonly #address: { readonly sandboxId: string; readonly token?: string | undefined };

  /** @internal */
  constructor(hub: Hub, address: { sandboxId: string; token?: string | undefined }) {
    this.#hub = hub;
    this.#address = address;
  }

  /** What is at a path; of a link, the link. */
  async stat(path: string, options: FileCallOptions = {}): Promise<FileEntry> {
    const { items } = await this.#query({ query: "stat", path, user: options.user }, options);
    return items[0]!.entry!;
  }

  /** Whether there is something at a path. */
  async exists(path: string, options: FileCallOptions = {}): Promise<boolean> {
    try {
      await this.stat(path, options);
      return true;
    } catch (error) {
      const missing = (error instanceof NotFoundError && error.file === "no_such_file") || (error instanceof ConflictError && error.file === "not_a_directory");
      if (missing) return false;
      throw error;
    }
  }

  /** A file's bytes, piece by piece: all of one state of it, or it fails as `changed`. */
  async *read(path: string, options: FileReadOptions = {}): AsyncGenerator<Uint8Array, undefined, undefined> {
    let { offset = 0, tag } = options;
    const { length, signal, onProgress } = options;
    const end = length === undefined ? undefined : offset + length;
    const backoff = new Backoff();
    for (let tries = 0; end === undefined || offset < end; tries++) {
      let opened: Download | undefined;
      try {
        const answer = await this.#open(path, { offset, end, tag }, options);
        if (answer === undefined) return;
        tag = answer.tag;
        opened = answer;
        const last = Math.min(end ?? answer.size, answer.size);
        if (offset >= last) onProgress?.({ done: offset, total: answer.size });
        for (let piece = await answer.read(); piece !== undefined && offset < last; piece = await answer.read()) {
          offset += piece.length;
          tries = 0;
          onProgress?.({ done: offset, total: answer.size });
          yield piece;
        }

        if (offset >= last) return;
        throw new UnavailableError("unavailable", "The answer broke off.");
      } catch (error) {
        if (!(error instanceof UnavailableError) || tries >= MOST_TRIES) throw error;
      } finally {
        await opened?.close().catch(() => undefined); // Of one that broke off there is nothing to end.
      }

      // It broke off. The hub waits until the server is there again, or gives up.
      await sleep(backoff.next(), signal);
      await this.stat(path, options);
    }
  }

  /** The bytes from an offset on as an answer has them; undefined when there are none. */
  async #open(
    path: string, wanted: { offset: number; end: number | undefined; tag: string | undefined }, call: FileCallOptions,
  ): Promise<Download | undefined> {
    const [{ offset, end, tag }, { user, signal }] = [wanted, call];
    const headers: Record<string, string> = {};
    if (offset > 0 || end !== undefined) headers["Range"] = `bytes=${offset}-${end === undefined ? "" : end - 1}`;
    if (tag !== undefined) headers["If-Match"] = `"${tag}"`;
    const { sandboxId, token } = this.#address;
    const query = new URLSearchParams({ path, ...(user === undefined ? {} : { user }) });
    const response = await this.#hub.connection.http.send("GET", `v1/sandboxes/${sandboxId}/files?${query}`, { token, signal, headers, also: 416 });
    if (response.status === 416) return void await response.body?.cancel();
    const size = response.headers.get("Content-Range")?.split("/")[1] ?? response.headers.get("Content-Length") ?? 0;
    const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
    const read = async (): Promise<Uint8Array | undefined> => {
      try {
        return (await reader.read()).value;
      } catch (error) {
        signal?.throwIfAborted();
        throw new UnavailableError("unavailable", `The answer broke off: ${(error as Error).message}`, undefined, { cause: error });
      }
    };
    return { tag: response.headers.get("ETag")?.slice(1, -1), size: Number(size), read, close: () => reader.cancel() };
  }

  /** A whole file in memory. */
  async readBytes(path: string, options: FileReadOptions = {}): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of this.read(path, options)) {
      pieces.push(piece);
      length += piece.length;
    }

    const bytes = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      bytes.set(piece, at);
      at += piece.length;
    }

    return bytes;
  }

  /** A whole file as UTF-8 text. */
  async readText(path: string, options: FileReadOptions = {}): Promise<string> {
    return new TextDecoder().decode(await this.readBytes(path, options));
  }

  /** Writes a file, which appears whole when its last part has come; until then the path has what it had. */
  async write(path: string, content: FileContent, options: FileWriteOptions = {}): Promise<FileEntry> {
    return (await this.#send(path, content, options, {})).entry!;
  }

  /**
   * Unpacks a tar archive into a directory, which is made where it is missing, as the archive comes. Names that lead out of the directory are refused
   * as `bad_archive`.
   */
  async unpack(path: string, archive: FileContent, options: ArchiveOptions = {}): Promise<void> {
    await this.#send(path, archive, options, { unpack: true });
  }

  /**
   * Sends a local directory (Node only): files, directories, and links as links; `onProgress` tells bytes of the archive. What is in the sandbox's directory
   * stays, but for what has the same names; nothing of it is setuid there.
   */
  async uploadDirectory(localPath: string, path: string, options: ArchiveOptions = {}): Promise<void> {
    await this.unpack(path, packDirectory(localPath), options);
  }

  /**
   * Fetches a directory into a local one (Node only). Whatever the sandbox sends, nothing outside of `localPath` is touched: entries that lead out and what is neither
   * file, directory nor link are refused, nothing is written through a link, and nothing is setuid. It is as large as the sandbox makes it.
   * @returns The links that would lead out of the directory, which were left out.
   */
  async downloadDirectory(path: string, localPath: string, options: ArchiveOptions = {}): Promise<{ leftOut: string[] }> {
    return { leftOut: await unpackDirectory(await this.pack(path, options), localPath, options.onProgress) };
  }

  /** A directory as a tar archive, as it comes. The sandbox made it: whoever unpacks it checks it, as `downloadDirectory` does. */
  async pack(path: string, options: FileCallOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const { sandboxId, token } = this.#address;
    const query = new URLSearchParams({ path, ...(options.user === undefined ? {} : { user: options.user }) });
    const response = await this.#hub.connection.http.send("GET", `v1/sandboxes/${sandboxId}/files/archive?${query}`, { token, signal: options.signal });
    return response.body ?? new ReadableStream();
  }

  async #send(path: string, content: FileContent, options: FileWriteOptions, more: object): Promise<{ entry?: FileEntry }> {
    const { upload = randomId("u"), offset: start = 0, onProgress, signal, mode, uid, gid, parents, keepExisting, user } = options;
    const total = typeof content === "string" || content instanceof Uint8Array
      ? start + (typeof content === "string" ? new TextEncoder().encode(content) : content).length : undefined;
    let offset = start;
    for await (const { data, last } of partsOf(content, PART)) {
      const query = { path, upload, offset, finish: last, mode, uid, gid, parents, keepExisting, user, ...more };
      const answer = await this.#sendPart(query, data, signal);
      offset += data.length;
      onProgress?.({ done: offset, total });
      if (last) return answer;
    }

    throw new TypeError("content without a last part");
  }

  /** Sends a part, and again where the connection breaks or the sandbox is away for a moment: one that comes twice is taken once. */
  async #sendPart(
    query: Record<string, string | number | boolean | undefined>, data: Uint8Array<ArrayBuffer>, given: AbortSignal | undefined, onRepeat?: () => void,
  ): Promise<{ entry?: FileEntry }> {
    const { sandboxId, token } = this.#address;
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.set(name, String(value));
    const late = (): Error => new CallTimeoutError(`A part of a file was not taken within ${this.#hub.callTimeout} s.`);
    return await within(this.#hub.callTimeout, given, late, async signal => {
      const backoff = new Backoff();
      for (let tries = 1; ; tries++) {
        try {
          const call = { token, signal, body: data, type: "application/octet-stream" };
          return await this.#hub.connection.http.ask<{ entry?: FileEntry }>("PATCH", `v1/sandboxes/${sandboxId}/files?${parameters}`, call);
        } catch (error) {
          if (!(error instanceof UnavailableError) || tries > MOST_TRIES) throw error;
        }

        onRepeat?.();
        await sleep(backoff.next(), signal);
        await this.#hub.connection.connected(signal);
      }
    });
  }

  /** Throws an upload away that is not to be gone on with. */
  async abandon(path: string, upload: string, options: CallOptions = {}): Promise<void> {
    await this.#sendPart({ path, upload, offset: 0, abandon: true }, new Uint8Array(0), options.signal);
  }

  /** Appends to a file, once: where an answer is lost, the file's length tells whether it happened. For one writer at a time. */
  async append(path: string, content: FileContent, options: FileCallOptions = {}): Promise<FileEntry> {
    let offset = await this.exists(path, options) ? (await this.stat(path, options)).size : 0;
    for await (const { data, last } of partsOf(content, PART)) {
      let repeated = false;
      const onRepeat = (): void => {
        repeated = true;
      };
      try {
        await this.#sendPart({ path, user: options.user, append: true, offset }, data, options.signal, onRepeat);
      } catch (error) {
        const taken = repeated && error instanceof ConflictError && error.file === "other_offset" && error.expected === offset + data.length;
        if (!taken) throw error;
      }

      offset += data.length;
      if (last) break;
    }

    return await this.stat(path, options);
  }

  /** What is in a directory, in no order; `cut` says whether something was left out. */
  async list(path: string, options: ListFilesOptions = {}): Promise<{ entries: FileEntry[]; cut: boolean }> {
    const { depth, limit, user } = options;
    return entriesOf(await this.#query({ query: "list", path, depth, limit, user }, options));
  }

  /** What is below a directory and matches: `*` and `?` within a name, `**` for any number of directories. */
  async glob(path: string, pattern: string, options: FindOptions = {}): Promise<{ entries: FileEntry[]; cut: boolean }> {
    return entriesOf(await this.#query({ query: "glob", path, pattern, limit: options.limit, user: options.user }, options));
  }

  /** The lines of text files below a directory that hold a text (or match a POSIX extended regular expression). */
  async search(path: string, text: string, options: SearchOptions = {}): Promise<{ matches: FileMatch[]; cut: boolean }> {
    const { limit, user, expression, anyCase } = options;
    const { items, cut } = await this.#query({ query: "search", path, text, limit, user, expression, anyCase }, options);
    return { matches: items.map(item => ({ path: item.path!, line: item.line!, text: item.text! })), cut };
  }

  /**
   * What changes in a directory, as it happens, until it is gone. `ready` comes first: everything behind it is told; it comes again where the
   * connection was lost, when something may have been missed.
   */
  async *watch(path: string, options: WatchOptions = {}): AsyncGenerator<FileHappening, undefined, undefined> {
    const signal = options.signal ?? new AbortController().signal;
    const { recursive, user } = options;
    const follower = new Follower<Item>(this.#hub, "QueryFiles", () => ({ ...this.#address, query: "watch", path, recursive, user }));
    try {
      for (;;) {
        const item = await follower.next(signal);
        if (item === undefined || item.type === "end") return;
        const { type, directory = false, move } = item;
        yield { type: type as FileHappening["type"], path: item.path ?? path, directory, ...(move === undefined ? {} : { move }) };
      }
    } finally {
      follower.cancel();
    }
  }

  /** Makes a directory; with `parents` also those above, and one that is there is as well. */
  async makeDirectory(path: string, options: MakeDirectoryOptions = {}): Promise<void> {
    const { parents, mode, user } = options;
    await this.#change("make-directory", { path, parents, mode, user }, options, parents === true);
  }

  /** Gives a new path in one step. A lost answer is an `UnknownOutcomeError`. */
  async rename(path: string, to: string, options: RenameOptions = {}): Promise<void> {
    const { parents, keepExisting, user } = options;
    await this.#change("rename", { path, to, parents, keepExisting, user }, options, false);
  }

  /** Copies a file, or with `recursive` a directory. */
  async copy(path: string, to: string, options: CopyOptions = {}): Promise<void> {
    const { parents, keepExisting, recursive, user } = options;
    await this.#change("copy", { path, to, parents, keepExisting, recursive, user }, options, keepExisting !== true);
  }

  /** Removes a file or an empty directory; with `recursive` what it holds too. */
  async remove(path: string, options: RemoveOptions = {}): Promise<void> {
    const { recursive, missingIsFine, user } = options;
    await this.#change("remove", { path, recursive, missingIsFine, user }, options, missingIsFine === true);
  }

  /** Sets permissions, as octal text such as "0755". */
  async changeMode(path: string, mode: string, options: FileCallOptions = {}): Promise<void> {
    await this.#change("change-mode", { path, mode, user: options.user }, options, true);
  }

  async #change(change: string, request: object, options: CallOptions, repeat: boolean): Promise<void> {
    const call = { signal: options.signal, onLoss: repeat ? "repeat" as const : "never" as const };
    await this.#hub.invoke("ChangeFiles", { ...this.#address, ...request, change }, call);
  }

  /** All items of a query; where its connection is lost, it begins anew. */
  async #query(request: object, options: CallOptions): Promise<{ items: Item[]; cut: boolean }> {
    const signal = options.signal ?? new AbortController().signal;
    const pauses = new Follower<Item>(this.#hub, "QueryFiles", () => ({}));
    for (;;) {
      const items: Item[] = [];
      try {
        const subscription = await this.#hub.subscribe<Item>("QueryFiles", { ...this.#address, ...request }, signal, 100_002);
        try {
          for (let item = await subscription.next(signal); item !== undefined; item = await subscription.next(signal)) {
            if (item.type === "end") return { items, cut: item.cut ?? false };
            items.push(item);
          }
        } finally {
          subscription.cancel();
        }

        throw new ConnectionLost("a query without its end");
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ConnectionLost || error instanceof UnavailableError)) throw error;
        await pauses.pause(error, signal);
      }
    }
  }
}

function entriesOf(found: { items: Item[]; cut: boolean }): { entries: FileEntry[]; cut: boolean } {
  return { entries: found.items.map(item => item.entry!), cut: found.cut };
}
