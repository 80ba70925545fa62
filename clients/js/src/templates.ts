import { packSources } from "#directories";
import { fromBase64, toBase64 } from "./base64.js";
import { ServerError, UnknownOutcomeError } from "./errors.js";
import { ConnectionLost } from "./failure.js";
import type { FileContent } from "./file-options.js";
import type { Hub } from "./hub.js";
import { randomId } from "./ids.js";
import type { CallOptions } from "./options.js";
import { partsOf } from "./parts.js";
import type { BuiltTemplate, TemplateProgress } from "./wire.js";

/** Bytes of one call: no more of the files is ever held. */
const PART = 1 << 20;

/** What a template is made of; docs/templates.md says what each member means. */
export interface Recipe {
  /** A template or a snapshot. Default `base`. */
  base?: string;
  network?: boolean;
  apt?: string[];
  pip?: string[];
  npm?: string[];
  files?: { from: string; to: string }[];
  run?: (string | { command: string; user?: "user" | "root" })[];
  env?: Record<string, string>;
  user?: "user" | "root";
  cwd?: string;
  start?: string[];
}

/** How a template is built. */
export interface BuildTemplateOptions extends CallOptions {
  /** Where the recipe's `files` lie: a local directory (Node only). Nothing outside of it is read; links out of it are refused. */
  folder?: string;
  /** In place of `folder`: a tar archive with names as `from` has them. */
  files?: FileContent;
  /** Whether it is built although there is one of the same recipe, base and files: for newer packages. */
  rebuild?: boolean;
  /** Told what happens, one after another. */
  onProgress?: (happened: TemplateProgress) => void;
}

type Item = Partial<BuiltTemplate> & { type: string; step?: number; steps?: number; command?: string; channel?: "stdout" | "stderr"; data?: string };

/** Uploads a recipe's files, and builds. @internal */
export async function buildTemplate(hub: Hub, name: string, recipe: Recipe, options: BuildTemplateOptions): Promise<BuiltTemplate> {
  const { rebuild, onProgress, signal } = options;
  const files = filesOf(recipe, options);
  const upload = files === undefined ? undefined : randomId("u").replace("-", "");
  if (files !== undefined) {
    let offset = 0;
    for await (const { data } of partsOf(files, PART)) {
      if (data.length === 0) continue;
      await hub.invoke("WriteTemplateFiles", { name, upload, offset, data: toBase64(data) }, { signal, onLoss: "repeat" });
      offset += data.length;
    }
  }

  const stream = await hub.subscribe<Item>("BuildTemplate", { name, recipe, upload, rebuild }, signal);
  try {
    for (let item = await stream.next(signal); item !== undefined; item = await stream.next(signal)) {
      if (item.type === "built") return { template: item.template!, cached: item.cached!, leftOut: item.leftOut! };
      onProgress?.(item.type === "step"
        ? { type: "step", step: item.step!, steps: item.steps!, command: item.command! }
        : { type: "output", channel: item.channel!, data: fromBase64(item.data!) });
    }
  } catch (error) {
    if (error instanceof ConnectionLost) throw new UnknownOutcomeError("The connection was lost before the template was built: a build that was not done has ended.", { cause: error });
    throw error;
  } finally {
    stream.cancel();
  }

  throw new ServerError("The server ended the build without a word.");
}

function filesOf(recipe: Recipe, { folder, files }: BuildTemplateOptions): FileContent | undefined {
  if (folder !== undefined && files !== undefined) throw new TypeError("Give either `folder` or `files`, not both.");
  const sources = (recipe.files ?? []).map(file => file.from);
  if (sources.length === 0 || files !== undefined) return files;
  if (folder === undefined) throw new TypeError("The recipe copies files: say in which `folder` they are, or give `files`.");
  return packSources(folder, sources);
}
