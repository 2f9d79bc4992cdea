// What the scripts of the pages share: finding and making elements, saying points.

export const one = (selector, inside = document) => inside.querySelector(selector);
export const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
export const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
};
export const button = (text, act) => {
  const made = make("button", { type: "button" }, text);
  made.addEventListener("click", act);
  return made;
};
export const of = (score, most) => `${+score.toFixed(2)} of ${+most.toFixed(2)} point${most === 1 ? "" : "s"}`;

// Sentences for the reader in one place, by what they are about; an empty text takes one away.
export function notices(node) {
  const said = new Map();
  return (about, text, ...more) => {
    if (text) said.set(about, make("p", {}, text, ...more));
    else said.delete(about);
    node.replaceChildren(...said.values());
  };
}

// What is wider than its box scrolls, also by the keyboard.
export function reach(boxes) {
  for (const box of boxes) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
