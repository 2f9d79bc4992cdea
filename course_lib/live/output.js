// What a cell prints and draws, on the pages of exercises and of chapters.
import { make } from "./dom.js";

// Adds to `text`, which has what was printed, whatever else `answer` says; figures come after it.
export function fill(out, text, answer) {
  const parts = [];
  if (answer.stopped) parts.push("Stopped.");
  if (answer.ended) parts.push(`This cell does not run to its end: ${answer.text}. Python was started again.`);
  if (answer.error) parts.push(answer.error);
  if (answer.value) parts.push(answer.value);
  if (answer.dropped) parts.push(`… and ${answer.dropped} more characters, which are not shown.`);
  if (parts.length) text.append(text.textContent && !text.textContent.endsWith("\n") ? "\n" : "", parts.join("\n"));
  text.hidden = !text.textContent;
  for (const image of answer.images ?? []) {
    out.append(make("img", { src: `data:image/png;base64,${image}`, alt: "The figure that this cell draws" }));
  }
}
