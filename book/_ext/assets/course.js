// Questions, predictions and blanks. The pages are readable lists without this file; it turns
// them into native inputs that answer at once. Nothing is sent; which chapters were read to their
// end, and what was answered, is kept in this browser alone.
"use strict";
(() => {
  let serial = 0;

  const make = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    node.append(...children);
    return node;
  };

  // A number as people type it: 0,5 and −3 and 1/4 and 2e-3 are numbers; words are not.
  const read = (text) => {
    const plain = text.trim().replace(/[−–]/g, "-").replace(",", ".").replace(/\s+/g, "");
    const form = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i;
    const [top, bottom, more] = plain.split("/");
    if (!form.test(top) || more !== undefined) return NaN;
    if (bottom === undefined) return Number(top);
    return form.test(bottom) && Number(bottom) !== 0 ? Number(top) / Number(bottom) : NaN;
  };
  const near = (given, value, tolerance) => Math.abs(given - value) <= tolerance * (1 + 1e-9);
  const decimals = (digits) => (digits === 0 ? "a whole number" : digits === 1 ? "1 decimal" : `${digits} decimals`);

  // What can be said of a number that no listed mistake gives.
  const guess = (given, value, tolerance) => {
    if (near(-given, value, tolerance)) return "The size is right, the sign is not.";
    if (near(given, value, 10 * tolerance)) return "Close: check the rounding.";
    return "";
  };

  const status = () => make("div", { class: "fbu-status", role: "status", "aria-live": "polite" });
  // "right" and "wrong" are told by a mark and a word, not by colour alone.
  const tell = (place, state, verdict, ...nodes) => {
    place.className = `fbu-status fbu-${state}`;
    place.replaceChildren(make("strong", {}, verdict), " ", ...nodes);
  };
  const copy = (node) => {
    const clone = node.cloneNode(true);
    clone.hidden = false;
    clone.removeAttribute("id");
    for (const inner of clone.querySelectorAll("[id]")) inner.removeAttribute("id");
    return clone;
  };

  // What is remembered: the pages that were read to their end, and for each page its answers.
  const READ = "fbu-read";
  const ANSWERS = "fbu-answers";
  const here = location.pathname.split("/").pop() || "index.html";
  const kept = (key, empty) => {
    try {
      const found = JSON.parse(localStorage.getItem(key));
      return found && Array.isArray(found) === Array.isArray(empty) ? found : empty;
    } catch {
      return empty; // storage that is closed or holds something else
    }
  };
  const keep = (key, value) => {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch { /* nothing is remembered then */ }
  };
  const ASKED = ".fbu-question, .fbu-prediction, .fbu-blank";
  // An answer belongs to what was asked: when the question's text changes, it is forgotten.
  const named = (node) => {
    const text = node.querySelector(".fbu-prompt")?.textContent
      ?? `${node.dataset.what} ${[...document.querySelectorAll(".fbu-blank")].indexOf(node)}`;
    let sum = 5381;
    for (const letter of text.replace(/\s+/g, " ").trim()) sum = (33 * sum + letter.codePointAt(0)) % 4294967296;
    return sum.toString(36);
  };
  const recall = (node) => kept(ANSWERS, {})[here]?.given?.[node.dataset.asked];
  const remember = (node, answer) => {
    const all = kept(ANSWERS, {});
    const given = { ...all[here]?.given, [node.dataset.asked]: answer };
    keep(ANSWERS, { ...all, [here]: { given, of: document.querySelectorAll(ASKED).length } });
    tick();
  };

  const labelPrompt = (box) => {
    const prompt = box.querySelector(".fbu-prompt");
    prompt.id ||= `fbu-prompt-${++serial}`;
    return prompt.id;
  };

  const radios = (box) => {
    const name = `fbu-${++serial}`;
    const list = box.querySelector(".fbu-choices");
    list.setAttribute("role", "radiogroup");
    list.setAttribute("aria-labelledby", labelPrompt(box));
    for (const item of list.children) {
      item.setAttribute("role", "presentation");
      const choice = item.querySelector(".fbu-choice");
      const input = make("input", { type: "radio", name });
      if (choice.dataset.spoken) input.setAttribute("aria-label", choice.dataset.spoken);
      const label = make("label", { class: "fbu-label" }, input);
      choice.replaceWith(label);
      label.append(choice);
      const details = item.querySelector("details");
      if (details) details.hidden = true;
    }
    const text = (item) => item.querySelector(".fbu-choice").textContent.trim();
    return {
      list, text, chosen: () => list.querySelector("input:checked")?.closest("li"),
      choose(answer) {
        const item = [...list.children].find((one) => text(one) === answer);
        if (item) item.querySelector("input").checked = true;
        return Boolean(item);
      },
    };
  };

  const numberBox = (box, label) => {
    const input = make("input", {
      type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false", size: "12",
    });
    const words = make("label", { class: "fbu-number" }, label, " ", input);
    input.setAttribute("aria-describedby", labelPrompt(box));
    return { input, words };
  };

  const form = (box, before, ...children) => {
    const made = make("form", { class: "fbu-form", novalidate: "" }, ...children);
    box.insertBefore(made, before);
    return made;
  };
  const button = (text, type = "submit") => make("button", { type, class: "fbu-button" }, text);

  const choiceQuestion = (box) => {
    const { list, chosen, choose, text } = radios(box);
    const place = status();
    const made = form(box, null, button("Check"), place);
    made.prepend(list);
    made.addEventListener("submit", (event) => {
      event.preventDefault();
      const item = chosen();
      if (!item) return tell(place, "hint", "Choose one of the answers first.");
      for (const other of list.children) other.classList.remove("fbu-is-right", "fbu-is-wrong");
      remember(box, text(item));
      const right = "right" in item.dataset;
      item.classList.add(right ? "fbu-is-right" : "fbu-is-wrong");
      tell(place, right ? "right" : "wrong", right ? "✓ Right." : "✗ Not this one.",
        copy(item.querySelector(".fbu-feedback")));
    });
    if (choose(recall(box))) made.requestSubmit();
  };

  const numberQuestion = (box) => {
    const { value, digits, tolerance } = box.dataset;
    const answer = box.querySelector(".fbu-answer");
    const known = box.querySelector(".fbu-known");
    const { input, words } = numberBox(box, `Your answer (${decimals(Number(digits))}):`);
    const place = status();
    known.hidden = true;
    const made = form(box, answer, words, button("Check"), place);
    made.addEventListener("submit", (event) => {
      event.preventDefault();
      const given = read(input.value);
      if (Number.isNaN(given)) return tell(place, "hint", "Write a number, such as -0.25 or 1/4.");
      remember(box, input.value);
      const is = (target) => near(given, Number(target), Number(tolerance));
      if (is(value)) {
        return tell(place, "right", "✓ Right.", copy(answer.querySelector(".fbu-feedback")));
      }
      const items = [...known.querySelectorAll(".fbu-feedback")];
      const met = items.find((item) => item.dataset.value && is(item.dataset.value));
      const more = met ? "" : guess(given, Number(value), Number(tolerance));
      const other = items.find((item) => "other" in item.dataset);
      tell(place, "wrong", "✗ Not yet.", more ? `${more} ` : "", copy(met ?? other));
    });
    input.value = recall(box) ?? "";
    if (input.value) made.requestSubmit();
  };

  const prediction = (box) => {
    const reveal = box.querySelector(".fbu-answer");
    const place = status();
    const isChoice = box.dataset.kind === "choice";
    const options = isChoice ? radios(box) : null;
    const number = isChoice
      ? null : numberBox(box, `Your guess (${decimals(Number(box.dataset.digits))}):`);
    const skip = button("Skip", "button");
    const made = form(box, reveal, number ? number.words : options.list, button("Predict"), skip, place);
    reveal.hidden = true;
    const open = (words, answer) => {
      remember(box, answer);
      tell(place, "hint", words, copy(reveal.querySelector(".fbu-feedback")));
    };
    skip.addEventListener("click", () => open("What happens:", ""));
    made.addEventListener("submit", (event) => {
      event.preventDefault();
      if (options) {
        const item = options.chosen();
        if (!item) return tell(place, "hint", "Choose one, or skip.");
        const met = "right" in item.dataset;
        return open(met ? "As you predicted:" : "It turns out otherwise:", options.text(item));
      }
      const given = read(number.input.value);
      if (Number.isNaN(given)) return tell(place, "hint", "Write a number such as -0.25, or skip.");
      const { value, tolerance } = box.dataset;
      const met = near(given, Number(value), Number(tolerance));
      open(met ? "As you predicted:" : "It turns out otherwise:", number.input.value);
    });
    const before = recall(box);
    if (before === "") skip.click();
    else if (options ? options.choose(before) : before) {
      if (number) number.input.value = before;
      made.requestSubmit();
    }
  };

  const faded = (box) => {
    const place = status();
    const blanks = [...box.querySelectorAll(".fbu-blank")];
    const answer = box.querySelector(":scope > .fbu-answer");
    box.insertBefore(place, answer);
    const right = new Set();
    blanks.forEach((blank, index) => {
      const { value, digits, tolerance, what, hint } = blank.dataset;
      const known = JSON.parse(blank.dataset.known ?? "[]");
      const input = make("input", {
        type: "text", inputmode: "decimal", autocomplete: "off", spellcheck: "false", size: "7",
        "aria-label": `Blank ${index + 1}: ${what}, ${decimals(Number(digits))}`,
      });
      const mark = make("span", { class: "fbu-mark", "aria-hidden": "true" });
      const check = () => {
        if (!input.value.trim()) return;
        remember(blank, input.value);
        const given = read(input.value);
        const met = near(given, Number(value), Number(tolerance));
        blank.classList.toggle("fbu-is-right", met);
        blank.classList.toggle("fbu-is-wrong", !met);
        input.setAttribute("aria-invalid", String(!met));
        mark.textContent = met ? "✓" : "✗";
        if (met) {
          right.add(blank);
          const left = blanks.length - right.size;
          const rest = left === 0 ? "All blanks are filled." : `${left} to go.`;
          return tell(place, "right", `✓ ${what}: right.`, rest);
        }
        right.delete(blank);
        if (Number.isNaN(given)) return tell(place, "wrong", `✗ ${what}:`, "write a number.");
        const found = known.find(([at]) => near(given, at, Number(tolerance)));
        const words = found ? found[1] : `${guess(given, Number(value), Number(tolerance))} ${hint}`;
        tell(place, "wrong", `✗ ${what}: not yet.`, words.trim());
      };
      input.addEventListener("change", check);
      input.addEventListener("keydown", (event) => {
        if (event.key === "Enter") check();
      });
      blank.replaceChildren(input, mark);
      input.value = recall(blank) ?? "";
      check();
    });
  };

  // What scrolls sideways in its box must be within reach of the keyboard.
  const SCROLLING = "article div.math, article mjx-container, .fbu-drawing, .fbu-scroll, "
    + "article .pst-scrollable-table-container";
  const reach = () => {
    for (const box of document.querySelectorAll(SCROLLING)) {
      const scrolls = box.scrollWidth > box.clientWidth + 1
        && getComputedStyle(box).overflowX !== "visible";
      if (scrolls) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };

  // The contents show what was read and how much was answered.
  const tick = () => {
    const read = new Set(kept(READ, []));
    const answers = kept(ANSWERS, {});
    document.querySelectorAll(".fbu-tick").forEach((node) => node.remove());
    for (const link of document.querySelectorAll(".bd-links a.reference.internal")) {
      const page = link.getAttribute("href").split("#")[0] || here;
      const { given, of } = answers[page] ?? {};
      const count = Object.keys(given ?? {}).length;
      if (count) {
        const title = `${count} of ${of} questions and blanks answered`;
        link.append(make("span", { class: "fbu-tick fbu-answered", title }, ` ${count}/${of}`));
      }
      if (read.has(page)) link.append(make("span", { class: "fbu-tick", title: "read" }, " ✓"));
    }
    const contents = document.querySelector(".bd-links");
    const anything = read.size || Object.keys(answers).length;
    if (!contents || !anything || contents.querySelector(".fbu-forget")) return;
    const forget = make("button", { type: "button", class: "fbu-forget" }, "Clear ticks and answers");
    forget.addEventListener("click", () => {
      [READ, ANSWERS].forEach((key) => localStorage.removeItem(key));
      document.querySelectorAll(".fbu-tick, .fbu-forget").forEach((node) => node.remove());
    });
    contents.append(forget);
  };
  const noticeTheEnd = () => {
    const end = document.querySelector(".prev-next-footer");
    if (!end || !/^\d\d_/.test(here)) return;
    new IntersectionObserver(([seen], observer) => {
      if (!seen.isIntersecting || scrollY < innerHeight) return;
      observer.disconnect();
      keep(READ, [...new Set([...kept(READ, []), here])]);
      tick();
    }).observe(end);
  };

  const start = () => {
    for (const node of document.querySelectorAll(ASKED)) node.dataset.asked = named(node);
    tick();
    noticeTheEnd();
    for (const box of document.querySelectorAll(".fbu-question")) {
      (box.dataset.kind === "choice" ? choiceQuestion : numberQuestion)(box);
    }
    document.querySelectorAll(".fbu-prediction").forEach(prediction);
    document.querySelectorAll(".fbu-faded").forEach(faded);
    addEventListener("load", () => {
      document.fonts.ready.then(reach);
      addEventListener("resize", reach);
    });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
