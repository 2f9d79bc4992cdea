// Lets the exercise pages work without a network. Python's files have names that change with them
// and are taken from the cache first; everything else is asked of the network first.
const FIXED = "__FIXED__";
const CHANGING = "__CHANGING__";
// Several courses may share an address: each keeps its own.
const NAME = `course ${registration.scope} `;
const PYTHON = `${NAME}python`;
const PAGES = `${NAME}pages __VERSION__`;
const here = (name) => new URL(name, registration.scope).href;
const fixed = new Set(FIXED.map(here));

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const python = await caches.open(PYTHON);
      for (const address of fixed) if (!(await python.match(address))) await python.add(address);
      const pages = await caches.open(PAGES);
      await pages.addAll(CHANGING.map((name) => new Request(here(name), { cache: "no-cache" })));
      await self.skipWaiting();
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) {
        if (name.startsWith(NAME) && name !== PYTHON && name !== PAGES) await caches.delete(name);
      }
      const python = await caches.open(PYTHON);
      for (const asked of await python.keys()) {
        const drawing = asked.url.startsWith(here(FIXED[0]).replace(/[^/]*$/, ""));
        if (!fixed.has(asked.url) && !drawing) await python.delete(asked);
      }
      await self.clients.claim();
    })(),
  );
});

const plain = (address) => address.split("#")[0];
const ours = (address) => address.startsWith(registration.scope);
const ofPython = (address) => address.startsWith(here(FIXED[0]).replace(/[^/]*$/, "")) || fixed.has(address);

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = plain(request.url);
  if (request.method !== "GET" || !ours(address)) return;
  event.respondWith(ofPython(address) ? cacheFirst(request) : networkFirst(request));
});

// What a page has loaded before it had this worker.
self.addEventListener("message", (event) => {
  const missing = async (address) => {
    const cache = await caches.open(PAGES);
    const request = new Request(address, { cache: "no-cache" });
    if (!(await cache.match(request))) await cache.add(request).catch(() => {});
  };
  const asked = new Set(event.data.keep.map(plain).filter((address) => ours(address) && !ofPython(address)));
  event.waitUntil(Promise.all([...asked].map(missing)));
});

async function cacheFirst(request) {
  const cache = await caches.open(PYTHON);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  await keep(cache, request, answer);
  return answer;
}

// A storage that is full keeps nobody from what the network has.
async function keep(cache, request, answer) {
  if (answer.ok) await cache.put(request, answer.clone()).catch(() => {});
}

async function networkFirst(request) {
  const cache = await caches.open(PAGES);
  try {
    const answer = await fetch(request);
    await keep(cache, request, answer);
    return answer;
  } catch (error) {
    const kept = await cache.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}
