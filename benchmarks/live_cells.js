// Evaluated on a page of the book: runs the cells of the page `name` in their order, each after
// those above it, and resolves to [answer, output, seconds] of each. Starting Python is not timed.
async (name) => {
  const folder = document.querySelector("script[data-live]").src.replace(/[^/]*$/, "");
  const { pythonOf } = await import(`${folder}loading.js`);
  const { cells, place } = await (await fetch(`live/cells/${name}.json`)).json();
  const root = new URL("./", location.href).href;
  window.python ??= pythonOf(place, root, document.createElement("div"), () => {});
  await window.python.request({ kind: "cells", sources: ["1"] });
  const found = [];
  for (let upto = 1; upto <= cells.length; upto += 1) {
    let output = "";
    const sources = cells.slice(0, upto).map((cell) => cell.source);
    const options = { output: (more) => (output += more) };
    const began = performance.now();
    const answer = await window.python.request({ kind: "cells", sources }, options);
    found.push([answer, output, (performance.now() - began) / 1000]);
  }
  return found;
}
