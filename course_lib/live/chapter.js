// On a chapter: a button at each cell to edit and run it in place, and one to write the function
// that the chapter asks for. Everything else is loaded at the first press.
const script = document.querySelector("script[data-live]");
let opened;
const page = () => (opened ??= import("./in_place.js").then(({ open }) => open(script.dataset.live)));

function offer(text, label, box, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "fbu-button fbu-live";
  button.textContent = text;
  button.setAttribute("aria-label", label);
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await act(await page());
      button.remove();
    } catch (error) {
      opened = undefined;
      button.disabled = false;
      button.textContent = "Not loaded; try again";
      button.removeAttribute("aria-label");
      console.warn(error);
    }
  });
  box.append(button);
}

const cells = [...document.querySelectorAll("article .cell_input")];
cells.forEach((cell, at) => {
  offer("Edit and run", `Edit and run code cell ${at + 1} of ${cells.length}`, cell, (live) => live.cell(cell, at));
});
for (const box of document.querySelectorAll(".fbu-write")) {
  const name = box.dataset.write;
  offer("Write it here", `Write it here: ${name}`, box.querySelector(".highlight-python"), (live) => live.write(box));
}
