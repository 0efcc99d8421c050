// A part of a page that is kept current: asked for when events come, and now and then; what cannot be had is said plainly.
import { age, serverTime, setServerTime, tick } from "./clock.js";
import "./page_session.js";
import { placed } from "./tiles.js";

const base = document.documentElement.dataset.base;
const live = document.getElementById("live");
const liveAge = document.getElementById("live-age");
const banners = Object.fromEntries([...document.querySelectorAll("[data-banner]")].map((e) => [e.dataset.banner, e]));

const quickest = 300; // between two refreshes, of the part that a single unit changes, that events ask for
const shortest = 2000; // between two of everything
const share = 15; // so many times what an answer took of the server's time is waited before the next
const scarce = 20; // seconds that an allowance takes to come back when it is left to others
const idle = 60000; // between two refreshes without events: planned time goes on
const stale = 180000;

let loadedAt = null; // of the data on the screen, by our own clock
let askedAt = 0;
let nextAt = 0; // when a part may be asked for again
let wholeAt = 0; // when everything may be
let isWhole = true; // what is on its way is everything
let isOwed = false; // of what events told only a part was asked for since
let timer = null;
let isAsking = false;
let isBehind = false; // events came while an answer was on its way
let isForced = false; // somebody asks for all there is, whatever is not to be asked for by itself
let isAtRest = false; // nothing of what is shown is kept current
let isUrgent = false; // what is on its way is known to be old
let failures = 0;
let problem = null;
let streamState = "connecting";
// Which panel is shown, where its content is asked for, and what is done once that is there.
let part = null;

function show() {
  const state = navigator.onLine ? streamState : "offline";
  if (live.dataset.state !== state) live.dataset.state = state;
  const old = loadedAt === null || isAtRest ? null : performance.now() - loadedAt;
  liveAge.hidden = old === null;
  if (old !== null) {
    const time = liveAge.querySelector("time");
    const text = age(old / 1000) ?? "> 48 h";
    if (time.textContent !== text) time.textContent = text;
  }
  const isStale = old !== null && old > stale;
  let banner = problem;
  if (!banner && state === "offline") banner = "offline";
  if (!banner && isStale) banner = "stale";
  for (const [name, element] of Object.entries(banners)) {
    if (element.hidden !== (name !== banner)) element.hidden = name !== banner;
  }
  const panel = part.panel();
  panel.toggleAttribute("data-stale", isStale || state === "offline" || problem === "failed");
  if (!document.hidden && old !== null && old < stale) tick(panel);
}

function schedule(milliseconds, isQuick = false) {
  clearTimeout(timer);
  timer = setTimeout(() => refresh(isQuick ? part.quickAddress() : null), milliseconds);
}

function refreshSoon() {
  if (problem === "signed-out" || document.hidden) return;
  isOwed = true;
  if (isAsking) {
    isBehind = true;
    return;
  }
  const now = performance.now();
  const isQuick = Math.max(now, nextAt) < wholeAt && Boolean(part.quickAddress?.());
  schedule((isQuick ? nextAt : wholeAt) - now, isQuick);
}

// What everybody who has such a page open would do at the same moment is done a little later by each.
const spread = (milliseconds) => Math.random() * milliseconds;

async function refresh(address = null) {
  if (!navigator.onLine || problem === "signed-out" || (document.hidden && loadedAt !== null)) return;
  clearTimeout(timer);
  const wanted = address ?? part.address(isForced);
  if (wanted === null) return rest();
  askedAt = performance.now();
  isAsking = true;
  isBehind = isUrgent = false;
  isWhole = !address;
  const panel = part.panel();
  if (isWhole) {
    isOwed = false;
    panel.setAttribute("aria-busy", "true");
  }
  // Of the panel and not of the form, whose fields would be sent beside the address. A rejected promise is reported by the
  // events below.
  await htmx.ajax("GET", `${base}${wanted}`, { source: panel, target: panel, swap: "tiles" }).catch(() => {});
}

// Nothing is to be asked for, so that nothing is old, and nothing is missing.
function rest() {
  isAtRest = true;
  isOwed = false;
  failures = 0;
  if (problem === "failed") problem = null;
  schedule(idle);
  show();
}

function failed(kind, retryAfter) {
  isAsking = false;
  failures += 1;
  problem = kind;
  if (kind === "failed") {
    const wait = retryAfter ? retryAfter * 1000 : Math.min(30000, 1000 * 2 ** failures);
    // Events that come meanwhile are no reason to ask sooner.
    wholeAt = nextAt = performance.now() + wait + spread(wait / 2);
    schedule(wholeAt - performance.now());
  }
  if (kind === "signed-out") {
    const here = location.pathname + location.search;
    const link = document.querySelector("[data-sign-in]");
    if (link) link.href = `${base}/login?next=${encodeURIComponent(here)}`;
  }
  show();
}

document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  if (!target?.classList.contains("panel") || xhr.status !== 200) return;
  // Whoever's session ended is sent to the sign-in page; that is no answer to put among the tiles.
  if (!xhr.responseText.includes("data-tile")) {
    event.detail.shouldSwap = false;
    failed("signed-out");
  }
});

document.addEventListener("htmx:afterSwap", (event) => {
  const panel = event.detail.target;
  if (!panel?.classList.contains("panel") || problem === "signed-out") return;
  const date = Date.parse(event.detail.xhr.getResponseHeader("Date") ?? "");
  // The header counts whole seconds; a smaller difference is not one of clocks.
  if (date && Math.abs(date - serverTime()) > 2000) setServerTime(date);
  isAsking = false;
  failures = 0;
  problem = null;
  loadedAt = performance.now();
  isAtRest = false;
  if (isWhole) isForced = false;
  panel.setAttribute("aria-busy", "false");
  part.shown(panel, placed);
  pace(event.detail.xhr);
  if (isUrgent) refresh();
  else if (isBehind) refreshSoon();
  else if (isOwed) schedule(wholeAt - performance.now());
  else schedule(idle);
  show();
});

// When the next may be asked for: neither takes more than about a fifteenth of the server's time, and what is left of the
// allowances is for others and for what people do.
function pace(xhr) {
  const took = Number(/dur=([\d.]+)/.exec(xhr.getResponseHeader("Server-Timing"))?.[1]) || 0;
  const rest = performance.now() + share * took;
  nextAt = isWhole ? askedAt + quickest : Math.max(askedAt + quickest, rest);
  if (isWhole) wholeAt = Math.max(askedAt + shortest, rest);
  const states = (xhr.getResponseHeader("RateLimit") ?? "").matchAll(/;t=(\d+)/g);
  const used = Math.max(0, ...Array.from(states, ([, seconds]) => Number(seconds)));
  if (used <= scarce) return;
  wholeAt = Math.max(wholeAt, askedAt + shortest * (used > 2 * scarce ? 4 : 1) + spread(shortest));
  nextAt = wholeAt;
}

document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  if (xhr.status === 401) failed("signed-out");
  else if (xhr.status === 400 || xhr.status === 422) failed("invalid");
  else failed("failed", Number(xhr.getResponseHeader("Retry-After")) || 0);
});
for (const name of ["htmx:sendError", "htmx:timeout", "htmx:swapError"]) {
  document.addEventListener(name, () => failed("failed"));
}
// A request that was given up, by a newer one or because the page is left, has not failed; what has failed is told by an event
// of its own after this one.
let isLeft = false;
addEventListener("beforeunload", () => { isLeft = true; });
document.addEventListener("htmx:beforeRequest", () => { isLeft = false; }); // it was only a download
htmx.logger = (element, name, detail) => {
  if (["htmx:afterRequest", "htmx:sendAbort"].includes(name) || (isLeft && name === "htmx:sendError")) delete detail.error;
};

// A page that was left may be kept for the way back, with its stream open; a browser has six connections to a server.
let stream = null;
htmx.createEventSource = (address) => {
  stream = new EventSource(address, { withCredentials: true });
  return stream;
};
addEventListener("pagehide", () => stream?.close());
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

document.addEventListener("htmx:sseOpen", () => {
  const wasLost = streamState === "reconnecting";
  streamState = "live";
  // A server that starts anew has all its pages back at once.
  if (wasLost && !isAsking && !document.hidden) schedule(spread(shortest));
  show();
});
document.addEventListener("htmx:sseError", () => {
  // An answer tells at once whether whoever looks still may; it is asked for once, however often the stream fails to come back.
  // A server that ends breaks the streams of all its pages at once.
  if (streamState !== "reconnecting") setTimeout(refreshSoon, spread(shortest));
  streamState = "reconnecting";
  show();
});
document.addEventListener("htmx:sseMessage", ({ detail }) => {
  streamState = "live";
  const { line_id: line } = JSON.parse(detail.data || "{}");
  if (line === undefined || !part.concerns || part.concerns(line)) refreshSoon();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-refresh]");
  if (!button || part.again?.(button)) return;
  isForced = true;
  refresh();
});
addEventListener("online", () => { show(); refresh(); });
addEventListener("offline", show);
document.addEventListener("visibilitychange", () => {
  if (document.hidden || isAsking) return;
  show();
  if (loadedAt === null || performance.now() - loadedAt > shortest) refresh();
  else refreshSoon();
});

/** Something was changed by whoever looks: what it came to is asked for at once, after an answer that is on its way. */
export function catchUp() {
  if (isAsking) isUrgent = true;
  else refresh();
}

/** Another view is shown: what went wrong with the one before says nothing of it. */
export function restart() {
  problem = null;
  isForced = false;
  refresh();
  show();
}

/**
 * Keeps a part of the page current from now on.
 *
 * - panel: gives the element it is in; address: where its content is asked for, below the site's own path, or null for
 *   nothing to ask for now; it is told whether somebody asks for all there is;
 * - quickAddress: where that part of it is asked for which a single unit changes; nothing where there is no such part;
 * - again: whether the button that asks for something anew is of a part that is asked for alone, and then does so;
 * - concerns: whether what happened on a line is a matter of the view;
 * - shown: is called with the panel, and what came of the answer, once new content is in it.
 */
export function keepCurrent(wanted) {
  part = wanted;
  setInterval(show, 1000);
  refresh();
}
