// Reads ECS documents against the field list of @elastic/ecs.
// usage: node ecs.js FILE; ends with 1 if a field is unknown, of the wrong type, or has a value that is not allowed.
"use strict";
const fs = require("fs");
let flat;
try {
  ({ EcsFlat: flat } = require(require.resolve("@elastic/ecs", { paths: [process.cwd(), __dirname] })));
} catch {
  console.log("ecs: skipped: no @elastic/ecs");
  process.exit(process.env.KEYSIEVE_OUTSIDE === "required" ? 1 : 0);
}
const byName = new Map(Object.values(flat).map((field) => [field.flat_name, field]));
const faults = new Set();
const check = (name, value) => {
  if (name.startsWith("labels.")) return typeof value === "string" || faults.add(`${name}: not a string`);
  const field = byName.get(name);
  if (!field) {
    if (value !== null && typeof value === "object" && !Array.isArray(value)) {
      return Object.entries(value).forEach(([key, inner]) => check(name ? `${name}.${key}` : key, inner));
    }
    return faults.add(`${name}: no such field`);
  }
  if (field.type === "object") return Object.entries(value).forEach(([key, inner]) => check(`${name}.${key}`, inner));
  const allowed = new Set((field.allowed_values || []).map((entry) => entry.name));
  const wants = { long: "number", date: "string", keyword: "string", wildcard: "string", match_only_text: "string" };
  if (field.normalize.includes("array") !== Array.isArray(value)) faults.add(`${name}: array or not`);
  for (const one of [].concat(value)) {
    if (wants[field.type] && typeof one !== wants[field.type]) faults.add(`${name}: not of type ${field.type}`);
    if (field.type === "date" && Number.isNaN(Date.parse(one))) faults.add(`${name}: no date`);
    if (allowed.size && !allowed.has(one)) faults.add(`${name}: ${one} is not allowed`);
  }
};
const documents = fs.readFileSync(process.argv[2], "utf8").split("\n").filter(Boolean);
documents.forEach((line) => check("", JSON.parse(line)));
console.log(`ecs: ${documents.length} read`);
faults.forEach((fault) => console.log(fault));
process.exit(faults.size ? 1 : 0);
