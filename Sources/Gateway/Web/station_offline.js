// Shows a station's page also where it is loaded without a connection: the page as it was last, with its files: the
// causes there are to choose from, and no stop, figure or person. Nothing is kept once the tablet is none any more.
const name = "camet-station";
const page = new URL(registration.scope).pathname;

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

async function keep(request, answer) {
  const cache = await caches.open(name);
  await cache.put(request, answer);
  return cache;
}

/** The page, and then no files but those it loads. */
async function keepPage(answer) {
  const cache = await keep(page, answer.clone());
  const base = (await answer.text()).match(/data-assets="([^"]+)"/)?.[1] ?? "/static/";
  for (const request of await cache.keys()) {
    const { pathname } = new URL(request.url);
    if (pathname !== page && !pathname.startsWith(base)) await cache.delete(request);
  }
}

async function askPage(event) {
  try {
    const answer = await fetch(event.request);
    if (answer.ok) event.waitUntil(keepPage(answer.clone()));
    else if (answer.status === 401) event.waitUntil(caches.delete(name));
    return answer;
  } catch (error) {
    const kept = await caches.match(page, { cacheName: name });
    if (kept) return kept;
    throw error;
  }
}

/** A file never changes under its name. */
async function askFile(event) {
  const kept = await caches.match(event.request, { cacheName: name });
  if (kept) return kept;
  const answer = await fetch(event.request);
  if (answer.ok) event.waitUntil(keep(event.request, answer.clone()));
  return answer;
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (pathname === page) event.respondWith(askPage(event));
  else if (pathname.includes("/static/")) event.respondWith(askFile(event));
});
