// What a cell prints and draws, on the pages of exercises and of chapters.
import { make, one } from "./dom.js";

const THERE = "Python's own modules, NumPy, Matplotlib and course_lib without its widgets";
const UNDRAWN =
  "Figures are not drawn: Matplotlib could not be loaded (the first time it needs the network). What is computed and printed is as usual.";

// Adds to `text`, which has what was printed, whatever else `answer` says; figures come after it.
export function fill(out, text, answer) {
  const parts = [];
  if (answer.stopped) parts.push("Stopped.");
  if (answer.ended) parts.push(`This cell does not run to its end: ${answer.text}. Python was started again.`);
  if (answer.absent) parts.push(`${answer.absent} is not on this page; ${THERE} are. On your own computer this cell can run.`);
  else if (answer.error) parts.push(answer.error);
  if (answer.value) parts.push(answer.value);
  if (answer.dropped) parts.push(`… and ${answer.dropped} more characters, which are not shown.`);
  if (parts.length) text.append(text.textContent && !text.textContent.endsWith("\n") ? "\n" : "", parts.join("\n"));
  text.hidden = !text.textContent;
  if (answer.undrawn) out.append(make("p", {}, UNDRAWN));
  for (const drawing of answer.drawings ?? []) {
    const picture = make("div", { class: "fbu-drawing" });
    picture.append(one("svg", new DOMParser().parseFromString(drawing, "text/html")));
    out.append(picture);
  }
  for (const image of answer.images ?? []) {
    out.append(make("img", { src: `data:image/png;base64,${image}`, alt: "The figure that this cell draws" }));
  }
}
