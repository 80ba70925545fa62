export * from "sandbox-client/cloud-run";
