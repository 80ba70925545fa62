// Twenty programs at once over one connection. Run: node parallel.mjs http://127.0.0.1:8080 [key]
import { Sandbox } from "sandbox-client";

const [url = "http://127.0.0.1:8080", key = process.env.SANDBOX_KEY] = process.argv.slice(2);
const client = await Sandbox.connect(url, { ...(key && { key }) });
const sandbox = await client.create({ idleTimeout: 60, labels: { example: "parallel" } });
try {
  const squares = await Promise.all(Array.from({ length: 20 }, async (_, number) => {
    const program = await sandbox.exec("bash", `sleep 0.$((RANDOM % 5)); echo $((${number} * ${number}))`);
    const { stdout } = await program.result({ check: true });
    console.log(`${number} squared is ${stdout.trim()}`);
    return Number(stdout);
  }));
  console.log("Sum:", squares.reduce((sum, square) => sum + square, 0));
  console.log("Processes known to the sandbox:", (await sandbox.processes()).length);
} finally {
  await sandbox.delete();
  await client.close();
}
