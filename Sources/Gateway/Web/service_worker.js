// Shows a page of the site's own while the server cannot be reached. It keeps that page and the files it needs, and nothing else:
// no figure is ever older than its page says.
const { pathname, search } = self.location;
const base = pathname.slice(0, pathname.lastIndexOf("/") + 1);
const assets = new URLSearchParams(search).get("assets");
const page = `${base}offline`;
const files = ["camet.css", "icons.svg", "inter.woff2", "inter-semibold.woff2", "offline.js"].map((name) => `${assets}/${name}`);
const prefix = `camet ${base} `;
const kept = prefix + search; // another version, language or look is another worker

// It takes the place of the one before when that one's pages are closed, and no sooner: a page that is on its way through a worker
// whose place another takes never comes.
addEventListener("install", (event) => {
  event.waitUntil(caches.open(kept).then((cache) => cache.addAll([page, ...files])));
});

async function forgetOthers() {
  for (const name of await caches.keys()) if (name.startsWith(prefix) && name !== kept) await caches.delete(name);
}

// Pages that are being opened wait until their worker is active, so that is not put off by anything.
addEventListener("activate", () => {
  for (const work of [registration.navigationPreload?.enable(), clients.claim(), forgetOthers()]) work?.catch(() => {});
});

// The server is asked, and nothing else until it is known that it cannot be reached: nobody waits for what is kept here.
async function fromServer(answer, name) {
  try {
    return await answer();
  } catch (error) {
    const own = await caches.match(name, { cacheName: kept });
    if (!own) throw error;
    return own;
  }
}

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(fromServer(async () => (await event.preloadResponse) ?? fetch(request), page));
  } else if (files.includes(new URL(request.url).pathname)) {
    event.respondWith(fromServer(() => fetch(request), request));
  }
});
