// Compiled, never run: what a program in TypeScript may rely on.
import { ProcessTimeoutError, RewoundError, Sandbox, SandboxError, type Checkpoint, type ErrorCode, type Exit, type Process, type SandboxClient } from "sandbox-client";

export async function program(url: string): Promise<Exit> {
  await using sandbox = await Sandbox.create(url, { key: async () => "key", idleTimeout: 60, labels: { team: "a" }, onIdle: "delete" });
  await using process: Process = await sandbox.spawn(["cat"], { stdin: true, terminal: { rows: 24 }, signal: AbortSignal.timeout(1000) });
  await new Blob(["x"]).stream().pipeTo(process.stdin);
  for await (const chunk of process.stdout) chunk satisfies Uint8Array;
  for await (const line of process.output("stderr", { offset: 5, follow: false, onGap: gap => gap.lostBytes }).lines()) line satisfies string;
  for await (const event of sandbox.events({ since: 3 })) {
    if (event.type === "process_exited") event.exit satisfies Exit;
    if (event.type === "gap") event.to satisfies number;
  }

  const { stdout } = await (await sandbox.exec("python", "print(1)")).result({ check: true });
  stdout satisfies string;
  // @ts-expect-error There is no such language.
  await sandbox.exec("cobol", "");
  // @ts-expect-error It is a list.
  await sandbox.spawn("ls -l");
  return await process.wait({ timeout: 3 });
}

export async function sleeping(sandbox: Sandbox): Promise<Sandbox[]> {
  const checkpoint: Checkpoint = await sandbox.checkpoint({ label: "clean" });
  await sandbox.suspend();
  (await sandbox.restore()).epoch satisfies number;
  if (sandbox.info.status === "suspended") await sandbox.rewind(checkpoint, { signal: AbortSignal.timeout(1000) });
  const { checkpoints, current } = await sandbox.checkpoints();
  for (const { id, parent } of checkpoints) if (id !== current && parent === undefined) await sandbox.deleteCheckpoint(id);
  for await (const event of sandbox.events()) {
    if (event.type === "rewound") event.since satisfies string;
    if (event.type === "forked") event.sandboxId satisfies string;
  }

  await Sandbox.create("http://localhost", { onIdle: "suspend" });
  return await sandbox.fork(2);
}

export async function many(client: SandboxClient): Promise<string[]> {
  const ids: string[] = [];
  for await (const info of client.list({ labels: { a: "b" } })) ids.push(info.id);
  return ids;
}

export function explain(error: unknown): ErrorCode | undefined {
  if (error instanceof ProcessTimeoutError) error.exit satisfies Exit;
  if (error instanceof RewoundError) error.rewind.timeline satisfies number;
  return error instanceof SandboxError ? error.code : undefined;
}
