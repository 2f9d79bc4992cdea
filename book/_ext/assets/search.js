// The search page: sections that have the words, best first. Nothing is loaded before a search.

const SHOWN = 12;
// Words that a question has and an answer need not have.
const SMALL = new Set(("a an and are as at be by can do does for from how i in is it me my of on or so that the their them "
  + "then there this to together was we what when where which who why with work works you").split(" "));

const form = document.querySelector("form.fbu-search");
const status = document.getElementById("search-status");
const list = document.getElementById("search-results");
let engine = null;

async function load() {
  engine ??= import("../pagefind/pagefind.js").then(async (pagefind) => {
    await pagefind.options({ ranking: { pageLength: 0.6, termSaturation: 1.4, termSimilarity: 4 }, excerptLength: 24 });
    return pagefind;
  });
  return engine;
}

/** Sections by score: all words together count most, then each word by itself. */
async function find(text) {
  const pagefind = await load();
  const words = text.toLowerCase().split(/[\s,.;:?!/]+/u).filter(Boolean);
  const large = words.filter((word) => !SMALL.has(word));
  const asked = [...new Set([text, ...(large.length ? [large.join(" ")] : [])])].map((query) => [query, 3]);
  if (large.length > 1) asked.push(...large.map((word) => [word, 1 / large.length]));
  const scores = new Map();
  for (const [query, weight] of asked) {
    const { results } = await pagefind.search(query);
    const best = Math.max(...results.map(({ score }) => score), 1e-9);
    for (const result of results) {
      const known = scores.get(result.id) ?? { result, score: 0 };
      // Excerpts come from the first query that found the section: the one with most of the words.
      known.score += (weight * result.score) / best;
      scores.set(result.id, known);
    }
  }
  return [...scores.values()].sort((a, b) => b.score - a.score).map(({ result }) => result);
}

async function show(text) {
  list.replaceChildren();
  status.textContent = "Searching …";
  const found = await find(text);
  const shown = await Promise.all(found.slice(0, SHOWN).map((result) => result.data()));
  status.textContent = found.length ? `${found.length} ${found.length === 1 ? "section" : "sections"} found, best first.`
    : `Nothing was found for “${text}”. Try one word, or look into the index.`;
  list.replaceChildren(...shown.map(({ url, raw_url, meta, excerpt }) => {
    const link = document.createElement("a");
    link.href = (raw_url ?? url).replace(/^\//, "");
    link.dataset.result = "";
    link.textContent = meta.title;
    const item = document.createElement("li");
    const where = document.createElement("span");
    where.className = "fbu-search-page";
    where.textContent = meta.page ?? "";
    const words = document.createElement("p");
    // Of the excerpt's marks only <mark> is kept; everything else is text.
    for (const part of excerpt.split(/(<mark>.*?<\/mark>)/)) {
      const marked = /^<mark>(.*)<\/mark>$/.exec(part);
      const node = marked ? document.createElement("mark") : document.createTextNode("");
      node.textContent = new DOMParser().parseFromString(`<p>${marked ? marked[1] : part}`, "text/html").body.textContent;
      words.append(node);
    }
    item.append(link, " ", where, words);
    return item;
  }));
  document.documentElement.dataset.search = "ready";
}

const query = new URLSearchParams(location.search).get("q")?.trim() ?? "";
form.elements.q.value = query;
form.elements.q.focus();
if (query) show(query);
