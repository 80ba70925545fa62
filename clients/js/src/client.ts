import { ConflictError, SandboxGoneError } from "./errors.js";
import { Hub } from "./hub.js";
import { randomId, randomSecret } from "./ids.js";
import type { FileContent } from "./file-options.js";
import type { AttachOptions, CallOptions, ConnectOptions, CreateOptions, ImportOptions, ImportTemplateOptions } from "./options.js";
import { streamOf } from "./parts.js";
import { checkSize } from "./request-size.js";
import { Sandbox } from "./sandbox.js";
import { hubUrl } from "./url.js";
import { buildTemplate, type BuildTemplateOptions, type Recipe } from "./templates.js";
import type { BuiltTemplate, CreatedSandbox, SandboxInfo, Snapshot, Template } from "./wire.js";

/** Which sandboxes to list. */
export interface ListOptions extends CallOptions {
  /** Only those that carry all of these. */
  labels?: Record<string, string>;
  /** Only those after this id. */
  after?: string;
  /** How many to ask for at once, 1 to 1,000. Default 100. */
  pageSize?: number;
}

/** A connection to a server, shared by any number of sandboxes. */
export class SandboxClient {
  readonly #hub: Hub;

  /** Connects when it is first used. */
  constructor(url: string | URL, options: ConnectOptions = {}) {
    this.#hub = new Hub(hubUrl(url), options);
  }

  /** Connects now, so that a wrong address or key shows at once. */
  static async connect(url: string | URL, options: ConnectOptions & CallOptions = {}): Promise<SandboxClient> {
    const client = new SandboxClient(url, options);
    try {
      await client.#hub.connection.connected(options.signal);
      return client;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /** Creates a sandbox, or gives the one that the same request created before. */
  create(options: CreateOptions = {}): Promise<Sandbox> {
    return this.#create(options, noRelease);
  }

  /** Takes up a sandbox that exists, by its token or this connection's key. */
  attach(id: string, options: AttachOptions = {}): Promise<Sandbox> {
    return this.#attach(id, options, noRelease);
  }

  /** The owner's sandboxes, page by page as they are taken. */
  async *list(options: ListOptions = {}): AsyncGenerator<SandboxInfo, undefined, undefined> {
    let after = options.after;
    do {
      const page: { sandboxes: SandboxInfo[]; next?: string | null } = await this.#hub.invoke(
        "ListSandboxes", { after, limit: options.pageSize, labels: options.labels }, { signal: options.signal, onLoss: "repeat" });
      yield* page.sandboxes;
      after = page.next ?? undefined;
    } while (after !== undefined);
  }

  /** The owner's snapshots, page by page as they are taken. */
  async *snapshots(options: ListOptions = {}): AsyncGenerator<Snapshot, undefined, undefined> {
    let after = options.after;
    do {
      const page: { snapshots: Snapshot[]; next?: string | null } = await this.#hub.invoke(
        "ListSnapshots", { after, limit: options.pageSize, labels: options.labels }, { signal: options.signal, onLoss: "repeat" });
      yield* page.snapshots;
      after = page.next ?? undefined;
    } while (after !== undefined);
  }

  /** One snapshot, with its layers. */
  snapshot(name: string, options: CallOptions = {}): Promise<Snapshot> {
    return this.#snapshot("DescribeSnapshot", { name }, options, "repeat");
  }

  /** Gives a snapshot other labels in the place of all that it has. */
  labelSnapshot(name: string, labels: Record<string, string>, options: CallOptions = {}): Promise<Snapshot> {
    return this.#snapshot("LabelSnapshot", { name, labels }, options, "repeat");
  }

  /** Gives a snapshot another name, which is to be free; what stands on it goes on standing on it. */
  renameSnapshot(name: string, to: string, options: CallOptions = {}): Promise<Snapshot> {
    return this.#snapshot("RenameSnapshot", { name, to }, options, "never");
  }

  /** Deletes a snapshot. One that something depends on is a `ConflictError`, unless the snapshots that stand on it shall go too. */
  async deleteSnapshot(name: string, options: CallOptions & { cascade?: boolean } = {}): Promise<void> {
    await this.#snapshot("DeleteSnapshot", { name, cascade: options.cascade }, options, "never");
  }

  /** A snapshot as an OCI image layout in a tar, as it comes: what came is of no use when it fails. It has no known length. */
  async exportSnapshot(name: string, options: CallOptions = {}): Promise<ReadableStream<Uint8Array>> {
    const response = await this.#hub.connection.http.send("GET", `v1/snapshots/${encodeURIComponent(name)}/export`, { signal: options.signal });
    return response.body ?? new ReadableStream();
  }

  /** Makes a snapshot of an OCI image layout in a tar, such as `skopeo copy ... oci-archive:FILE` writes. A browser sends none that is a stream. */
  async importSnapshot(name: string, archive: FileContent, options: ImportOptions = {}): Promise<Snapshot> {
    const { labels = {}, overwrite = false } = options;
    const query = new URLSearchParams({ overwrite: String(overwrite) });
    for (const [label, value] of Object.entries(labels)) query.append("label", `${label}=${value}`);
    return (await this.#import<{ snapshot: Snapshot }>(`v1/snapshots/${encodeURIComponent(name)}/import?${query}`, archive, options)).snapshot;
  }

  /** The templates that sandboxes may start from: the server's own first, then the owner's. */
  async *templates(options: Pick<ListOptions, "after" | "pageSize" | "signal"> = {}): AsyncGenerator<Template, undefined, undefined> {
    let after = options.after;
    do {
      const page: { templates: Template[]; next?: string | null } = await this.#hub.invoke(
        "ListTemplates", { after, limit: options.pageSize }, { signal: options.signal, onLoss: "repeat" });
      yield* page.templates;
      after = page.next ?? undefined;
    } while (after !== undefined);
  }

  /** One template, with what it says of its sandboxes. */
  async template(name: string, options: CallOptions = {}): Promise<Template> {
    return (await this.#hub.invoke<{ template: Template }>("DescribeTemplate", { name }, { signal: options.signal, onLoss: "repeat" })).template;
  }

  /**
   * Builds a template from a recipe, in a sandbox of its own on the server. A command that fails is an `InvalidRequestError` with the command and the end of
   * its output; a key that may not build is a `PermissionError`. A `signal` ends the build, of which nothing is left then.
   */
  buildTemplate(name: string, recipe: Recipe, options: BuildTemplateOptions = {}): Promise<BuiltTemplate> {
    return buildTemplate(this.#hub, name, recipe, options);
  }

  /**
   * Makes a template of an OCI image layout in a tar: of the image's files, and of its configuration the environment, the working directory, and whether programs are
   * root's. One of that name is replaced. A key that may not build is a `PermissionError`. A browser sends none that is a stream.
   */
  async importTemplate(name: string, archive: FileContent, options: ImportTemplateOptions = {}): Promise<Template> {
    return (await this.#import<{ template: Template }>(`v1/templates/${encodeURIComponent(name)}/import`, archive, options)).template;
  }

  /** Removes a template. One that something depends on is a `ConflictError`. */
  async removeTemplate(name: string, options: CallOptions = {}): Promise<void> {
    await this.#hub.invoke("RemoveTemplate", { name }, { signal: options.signal, onLoss: "never" });
  }

  /** Ends the connection; what waits on it fails. Sandboxes and their programs go on. */
  close(): Promise<void> {
    return this.#hub.connection.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Makes a sandbox object that owns this client. @internal */
  async owned(make: (client: { create: SandboxClient["create"]; attach: SandboxClient["attach"] }) => Promise<Sandbox>): Promise<Sandbox> {
    const release = (): Promise<void> => this.close();
    try {
      return await make({
        create: options => this.#create(options ?? {}, release),
        attach: (id, options) => this.#attach(id, options ?? {}, release),
      });
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async #import<T>(path: string, archive: FileContent, { signal, onProgress }: ImportTemplateOptions): Promise<T> {
    const body = archive instanceof Uint8Array ? archive as Uint8Array<ArrayBuffer> : streamOf(archive, onProgress);
    const response = await this.#hub.connection.http.send("POST", path, { body, signal });
    if (archive instanceof Uint8Array) onProgress?.({ done: archive.length, total: archive.length });
    return await response.json() as T;
  }

  async #snapshot(method: string, request: object, options: CallOptions, onLoss: "repeat" | "never"): Promise<Snapshot> {
    return (await this.#hub.invoke<{ snapshot: Snapshot }>(method, request, { signal: options.signal, onLoss })).snapshot;
  }

  async #create(options: CreateOptions, release: () => Promise<void>): Promise<Sandbox> {
    const { signal, id, token, template, snapshot, env, cwd, user, memoryBytes, diskBytes, processes, idleTimeout, onIdle, lifetime, labels, keepAlive } = options;
    const { checkpointInterval, keepCheckpoints, keepFiles } = options;
    const request = {
      template, snapshot, env, cwd, user, memoryBytes, diskBytes, processes, idleTimeout, onIdle, lifetime, checkpointInterval, keepCheckpoints, keepFiles, labels,
      keepAlive,
    };
    checkSize(request);
    for (;;) {
      let repeated = false;
      const create = async (chosen: string, secret: string | undefined, ours: boolean): Promise<Sandbox> => {
        const answer = await this.#hub.invoke<CreatedSandbox>("CreateSandbox", { id: chosen, token: secret, ...request }, {
          signal,
          onLoss: "repeat",
          onRepeat: () => {
            repeated = true;
          },
        });
        return new Sandbox({ hub: this.#hub, info: answer.sandbox, token: answer.token ?? undefined, created: answer.created || ours, release });
      };
      try {
        // Both are chosen here: a repeated request under no id would be another sandbox, and a token that the server draws is lost with its
        // answer. What has the secret that was drawn just now was created by this call.
        return await create(id ?? randomId("s"), token ?? randomSecret(), token === undefined);
      } catch (error) {
        // A server takes back what it was creating for a connection that is lost, and is just doing so.
        if (repeated && id === undefined && (error instanceof ConflictError || error instanceof SandboxGoneError)) continue;
        // Perhaps the same request created it before, with another secret.
        if (id !== undefined && token === undefined && error instanceof ConflictError) return await create(id, undefined, false);
        throw error;
      }
    }
  }

  async #attach(id: string, options: AttachOptions, release: () => Promise<void>): Promise<Sandbox> {
    const { token, signal } = options;
    const method = options.wake === false ? "DescribeSandbox" : "AttachSandbox";
    const answer = await this.#hub.invoke<{ sandbox: SandboxInfo }>(method, { id, token }, { signal, onLoss: "repeat" });
    return new Sandbox({ hub: this.#hub, info: answer.sandbox, token, created: false, release });
  }
}

/** For a sandbox on a shared connection, which is not its to end. */
function noRelease(): Promise<void> {
  return Promise.resolve();
}
