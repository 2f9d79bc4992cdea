// On a chapter: a button at each cell to edit and run it in place, and one to write the function
// that the chapter asks for. Everything else is loaded at the first press.
const script = document.querySelector("script[data-live]");
let opened;
const EDITS = `course-cells ${new URL(script.dataset.live, location.href).pathname}`;
const page = () => (opened ??= import("./in_place.js").then(({ open }) => open(script.dataset.live, EDITS)));

// Returns what opens it.
function offer(text, label, box, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "fbu-button fbu-live";
  button.textContent = text;
  button.setAttribute("aria-label", label);
  const open = async (focus = true) => {
    button.disabled = true;
    try {
      await act(await page(), focus);
      button.remove();
    } catch (error) {
      opened = undefined;
      button.disabled = false;
      button.textContent = "Not loaded; try again";
      button.removeAttribute("aria-label");
      console.warn(error);
    }
  };
  button.addEventListener("click", () => open());
  box.append(button);
  return open;
}

const cells = [...document.querySelectorAll("article .cell_input")];
const opens = cells.map((cell, at) => {
  const label = `Edit and run code cell ${at + 1} of ${cells.length}`;
  return offer("Edit and run", label, cell, (live, focus) => live.cell(cell, at, focus));
});
for (const box of document.querySelectorAll(".fbu-write")) {
  const name = box.dataset.write;
  offer("Write it here", `Write it here: ${name}`, box.querySelector(".highlight-python"), (live) => live.write(box));
}

// Cells that were edited before are open again.
let edited = null;
try {
  edited = localStorage.getItem(EDITS);
} catch { /* storage is not allowed: nothing is kept */ }
if (edited) {
  page().then(
    (live) => live.edited.forEach((at) => opens[at](false)),
    () => (opened = undefined),
  );
}
