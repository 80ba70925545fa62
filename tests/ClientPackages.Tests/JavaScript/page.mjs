// What the page of BrowserTests runs: it creates a sandbox, runs code, types into a program, and deletes the sandbox again.
import { Sandbox } from "sandbox-client";

let sockets = 0;
globalThis.WebSocket = class extends WebSocket {
  constructor(...given) {
    super(...given);
    sockets++; // Proof that the page did not have to fall back to something else.
  }
};

async function run(server, key) {
  const sandbox = await Sandbox.create(server, { key, idleTimeout: 60 });
  try {
    const python = await (await sandbox.exec("python", "print(6 * 7)")).result({ check: true });
    const program = await sandbox.exec("python", "print('Hello', input('Name: '))", { terminal: true });
    let typed = "";
    for await (const chunk of program.terminal) {
      const asked = typed.includes("Name: ");
      typed += new TextDecoder().decode(chunk);
      if (!asked && typed.includes("Name: ")) await program.stdin.write("Ann\n");
    }

    const { code } = await program.wait();
    await sandbox.delete();
    const client = await Sandbox.connect(server, { key });
    const afterwards = await client.attach(sandbox.id).then(() => "still there", error => error.code);
    await client.close();
    return { python: python.stdout, typed, exit: code, sockets, afterwards };
  } finally {
    await sandbox.close();
  }
}

const parameters = new URLSearchParams(location.search);
const report = await run(parameters.get("server"), parameters.get("key")).catch(error => ({ error: `${error.stack ?? error}` }));
await fetch("/report", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(report) });
