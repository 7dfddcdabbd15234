// validate.js MODULES LIST: every item of a Kubernetes List against the published schema (npm's kubernetes-models). Prints each fault.
const fs = require("fs");
const path = require("path");

const [modules, file] = process.argv.slice(2);
let faults = 0;
for (const item of JSON.parse(fs.readFileSync(file)).items) {
  const models = require(path.join(modules, "kubernetes-models", item.apiVersion));
  try {
    new models[item.kind](item).validate();
  } catch (error) {
    console.log(`${item.kind} ${item.metadata.name}: ${error.message}`);
    ++faults;
  }
}
process.exit(faults === 0 ? 0 : 1);
