// A program outlives its client: the first one starts it and goes, the second one finds it by its id and reads on at the byte where the
// first one stopped. (A connection that is merely lost needs nothing of this: the streams go on by themselves.)
// Run: node reconnect.mjs http://127.0.0.1:8080 [key]
import { Sandbox } from "sandbox-client";

const [url = "http://127.0.0.1:8080", key = process.env.SANDBOX_KEY] = process.argv.slice(2);
const access = { ...(key && { key }), onConnection: ({ state, reconnects }) => console.log(`[${state}, ${reconnects} before]`) };

const first = await Sandbox.create(url, { ...access, idleTimeout: 60 });
const { id, token } = first;
const counter = await first.exec("bash", "for i in $(seq 1 20); do echo line $i; sleep 0.1; done", { id: "counter" });
let offset = 0;
for await (const chunk of counter.stdout) {
  process.stdout.write(chunk);
  offset += chunk.length;
  if (offset > 20) break;
}

await first.close();
console.log(`-- gone after ${offset} bytes; the program runs on --`);

const second = await Sandbox.attach(url, id, { ...access, ...(token && { token }) });
try {
  const again = await second.process("counter");
  for await (const chunk of again.output("stdout", { offset })) process.stdout.write(chunk);
  console.log("Exit code:", (await again.wait()).code);
} finally {
  await second.delete();
  await second.close();
}
