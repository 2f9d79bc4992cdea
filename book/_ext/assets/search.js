// The search page: sections that have the words, best first. Nothing is loaded before a search.

const SHOWN = 12;
const LOOKED_AT = 24; // sections whose own words are compared with what was asked
const EXCERPT = 26; // words
// Words that a question has and an answer need not have.
const SMALL = new Set(("a an and are as at be by can do does for from how i in is it me my of on or so that the their them "
  + "then there this to together was we what when where which who why with work works you").split(" "));

const form = document.querySelector("form.fbu-search");
const status = document.getElementById("search-status");
const list = document.getElementById("search-results");
let engine = null;

async function load() {
  engine ??= import("../pagefind/pagefind.js").then(async (pagefind) => {
    await pagefind.options({ ranking: { pageLength: 0.6, termSaturation: 1.4, termSimilarity: 4 } });
    return pagefind;
  });
  return engine;
}

// How much a section counts by its page: what explains, what repeats or warns, what is looked up.
const BESIDE = [[/^(misreadings|notation|conventions|cheat_sheet|map|review_|index)/, 0.6],
  [/^(api|architecture|benchmarks|bibliography|for_teachers|large_classes|pages)/, 0.4]];
const HEADING = 5; // what is asked for is the whole heading

/** A text as words that can be compared: one spelling, no plural. */
function words(text) {
  const all = text.toLowerCase().replace(/[^\p{L}\p{N}∂⊙∇⁻]+/gu, " ").trim().split(" ");
  const large = all.filter((word) => word && !SMALL.has(word));
  return large.map((word) => word.replace(/(?<=\w{4})iz(?=e|ing|ation)/, "is").replace(/(?<=(ss|x|ch))es$/, "")
    .replace(/(?<=\w{2}[^sui])s$/, (s, at, whole) => (whole === "bias" ? s : "")));
}

/** How much of what was asked a term says, from 0 to 1 (it is exactly that). */
function agreement(asked, term) {
  const [a, b] = [new Set(asked), new Set(term)];
  const both = [...a].filter((word) => b.has(word)).length;
  if (both === a.size && both === b.size) return 1;
  return both === a.size || both === b.size ? (0.2 * both) / Math.max(a.size, b.size) : 0;
}

/** Sections by score: pagefind's (all words together count most, then each by itself), then the
 * words that a section was given. */
export async function find(text) {
  const pagefind = await load();
  const asked = words(text);
  const queries = [[text, 1.5], ...(asked.length ? [[asked.join(" "), 1.5]] : [])];
  if (asked.length > 1) queries.push(...asked.map((word) => [word, 1 / asked.length]));
  const scores = new Map();
  for (const [query, weight] of queries) {
    const { results } = await pagefind.search(query);
    const best = Math.max(...results.map(({ score }) => score), 1e-9);
    for (const result of results) {
      const known = scores.get(result.id) ?? { result, score: 0 };
      known.score += (weight * result.score) / best;
      scores.set(result.id, known);
    }
  }
  // Sections to which exactly these words lead are looked at in any case; search.py marks them.
  const exact = text.trim().toLowerCase().replace(/(?<!s|bia)s$/, "");
  const led = (await pagefind.search(null, { filters: { leads: exact } })).results;
  const first = led.map((result) => scores.get(result.id) ?? { result, score: 0 });
  const likely = [...scores.values()].sort((a, b) => b.score - a.score);
  const looked = await Promise.all([...new Set([...first, ...likely.slice(0, LOOKED_AT)])].map(async ({ result, score }) => {
    const section = await result.data();
    const { address } = section.meta;
    const given = Object.entries(JSON.parse(section.meta.words)).map(([term, weight]) => weight * agreement(asked, words(term)));
    const own = Math.max(0, ...given);
    const heading = HEADING * agreement(asked, words(section.meta.title));
    const beside = BESIDE.find(([pages]) => pages.test(address))?.[1] ?? 1;
    return { ...section, address, score: beside * (score + heading) + own };
  }));
  return { count: likely.length, sections: looked.sort((a, b) => b.score - a.score) };
}

/** The words of a section's text around the place that says most of what was asked for. */
function excerpt(content, asked) {
  const all = content.split("⁂")[1].trim().split(/\s+/);
  const hits = all.map((word) => words(word).find((one) => asked.includes(one)));
  let [best, start] = [-1, 0];
  for (let i = 0; i === 0 || i + EXCERPT <= all.length; i++) {
    const within = hits.slice(i, i + EXCERPT).filter(Boolean);
    const score = new Set(within).size + within.length / EXCERPT;
    if (score > best) [best, start] = [score, i];
  }
  const end = Math.min(all.length, start + EXCERPT);
  const nodes = all.slice(start, end).flatMap((word, i) => {
    if (!hits[start + i]) return [`${word} `];
    const mark = document.createElement("mark");
    mark.textContent = word;
    return [mark, " "];
  });
  return [start > 0 ? "… " : "", ...nodes, end < all.length ? "…" : ""];
}

async function show(query) {
  list.replaceChildren();
  status.textContent = "Searching …";
  const { count, sections } = await find(query);
  const asked = words(query);
  status.textContent = count ? `${count} ${count === 1 ? "section" : "sections"} found, best first.`
    : `Nothing was found for “${query}”. Try one word, or look into the index.`;
  list.replaceChildren(...sections.slice(0, SHOWN).map(({ address, meta, content }) => {
    const link = document.createElement("a");
    link.href = address;
    link.dataset.result = "";
    link.textContent = meta.title;
    const item = document.createElement("li");
    const where = document.createElement("span");
    where.className = "fbu-search-page";
    where.textContent = meta.page ?? "";
    const text = document.createElement("p");
    text.append(...excerpt(content, asked));
    item.append(link, " ", where, text);
    return item;
  }));
  document.documentElement.dataset.search = "ready";
}

const given = new URLSearchParams(location.search).get("q")?.trim() ?? "";
form.elements.q.value = given;
form.elements.q.focus();
if (given) show(given);
