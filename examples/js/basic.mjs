// A sandbox, some code, a file that stays, and an error. Run: node basic.mjs http://127.0.0.1:8080 [key]
import { ProcessFailedError, Sandbox } from "sandbox-client";

const [url = "http://127.0.0.1:8080", key = process.env.SANDBOX_KEY] = process.argv.slice(2);
const sandbox = await Sandbox.create(url, { ...(key && { key }), idleTimeout: 60 });
try {
  const hello = await sandbox.exec("python", "print('Hello from', 6 * 7)");
  for await (const line of hello.stdout.lines()) console.log(line);

  await (await sandbox.exec("bash", "echo kept > note")).wait({ check: true });
  const note = await (await sandbox.spawn(["cat", "note"])).result();
  console.log("A later program reads:", note.stdout.trim());

  const sorter = await sandbox.spawn(["sort"], { stdin: true });
  await sorter.stdin.write("pear\napple\n");
  await sorter.stdin.end("fig\n");
  console.log("Sorted:", (await sorter.stdout.readAll()).trim().split("\n").join(", "));

  try {
    await (await sandbox.exec("python", "raise SystemExit(3)")).wait({ check: true });
  } catch (error) {
    if (!(error instanceof ProcessFailedError)) throw error;
    console.log("As expected:", error.exit.reason, error.exit.code);
  }
} finally {
  await sandbox[Symbol.asyncDispose](); // With `await using` (TypeScript, Node 24) this comes by itself.
}
