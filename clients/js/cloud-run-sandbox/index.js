// For `npm install clients/js/cloud-run-sandbox`, once clients/js was built.
export * from "../dist/cloud-run/index.js";
