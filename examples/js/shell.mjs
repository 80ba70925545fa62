// A real terminal in a sandbox: colours, vim, Ctrl-C, resizing. Leave it with `exit`. Run: node shell.mjs http://127.0.0.1:8080 [key]
import { Sandbox } from "sandbox-client";

const [url = "http://127.0.0.1:8080", key = process.env.SANDBOX_KEY] = process.argv.slice(2);
const { stdin, stdout } = process;
const size = () => ({ rows: stdout.rows ?? 24, cols: stdout.columns ?? 80 });

const sandbox = await Sandbox.create(url, {
  ...(key && { key }),
  onConnection: ({ state }) => state === "connected" || stdout.write(`\r\n[connection ${state}]\r\n`),
});
try {
  const shell = await sandbox.spawn(["bash", "-i"], { terminal: { ...size(), term: process.env.TERM ?? "xterm-256color" } });
  const failed = error => stdout.write(`\r\n[${error.message}]\r\n`);
  const onResize = () => shell.resize(size()).catch(failed);
  const onData = data => shell.stdin.write(data).catch(() => {}); // A key after the shell's end has nowhere to go.
  stdin.setRawMode?.(true);
  stdout.on("resize", onResize);
  stdin.on("data", onData);
  stdin.on("end", () => shell.stdin.end().catch(() => {}));
  try {
    for await (const chunk of shell.terminal) stdout.write(chunk);
    process.exitCode = (await shell.wait()).code ?? 1;
  } finally {
    stdin.setRawMode?.(false);
    stdin.pause();
    stdin.off("data", onData);
    stdout.off("resize", onResize);
  }
} finally {
  await sandbox[Symbol.asyncDispose]();
}
