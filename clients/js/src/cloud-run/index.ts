export type { SandboxOptions } from "./options.js";
export { ProcessStream, SandboxProcess } from "./process.js";
export { Sandbox, SandboxError } from "./sandbox.js";
