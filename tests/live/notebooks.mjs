// Does with notebooks what the page does: reads {notebook, names, written} and prints the results.
import { readFileSync } from "node:fs";
import { sources, withSources } from "../../course_lib/live/notebook.js";

const cases = JSON.parse(readFileSync(0, "utf-8"));
const made = cases.map(({ notebook, names, written }) => {
  const after = withSources(notebook, names, written);
  return { before: sources(notebook, names), after, again: sources(after, names) };
});
process.stdout.write(JSON.stringify(made));
