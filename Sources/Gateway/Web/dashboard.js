// The dashboard asks for its tiles, keeps them current, and says plainly when it cannot.
import { age, serverTime, setServerTime, tick } from "./clock.js";
import { fillTables } from "./tables.js";
import "./tiles.js";
import { query, tab, watch } from "./filters.js";

const base = document.documentElement.dataset.base;
const live = document.getElementById("live");
const liveAge = document.getElementById("live-age");
const panels = { produccion: document.getElementById("panel-produccion"), oee: document.getElementById("panel-oee") };
const banners = Object.fromEntries([...document.querySelectorAll("[data-banner]")].map((e) => [e.dataset.banner, e]));

const shortest = 2000; // between two refreshes that events ask for
const idle = 60000; // between two refreshes without events: planned time goes on
const stale = 180000;

let loadedAt = null; // of the data on the screen, by our own clock
let askedAt = 0;
let timer = null;
let isAsking = false;
let isBehind = false; // events came while an answer was on its way
let failures = 0;
let problem = null;
let streamState = "connecting";

function show() {
  const state = navigator.onLine ? streamState : "offline";
  if (live.dataset.state !== state) live.dataset.state = state;
  const old = loadedAt === null ? null : performance.now() - loadedAt;
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
  const panel = panels[tab()];
  panel.toggleAttribute("data-stale", isStale || state === "offline" || problem === "failed");
  if (!document.hidden && old !== null && old < stale) tick(panel);
}

function schedule(milliseconds) {
  clearTimeout(timer);
  timer = setTimeout(refresh, milliseconds);
}

function refreshSoon() {
  if (problem === "signed-out" || document.hidden) return;
  if (isAsking) {
    isBehind = true;
    return;
  }
  schedule(Math.max(0, askedAt + shortest - performance.now()));
}

async function refresh() {
  if (!navigator.onLine || problem === "signed-out") return;
  clearTimeout(timer);
  askedAt = performance.now();
  isAsking = true;
  isBehind = false;
  const items = query();
  const address = `${base}/dashboard/tiles${items ? `?${items}` : ""}`;
  const panel = panels[tab()];
  panel.setAttribute("aria-busy", "true");
  // Of the panel and not of the form, whose fields would be sent beside the address. A rejected promise is reported by the
  // events below.
  await htmx.ajax("GET", address, { source: panel, target: panel, swap: "tiles" }).catch(() => {});
}

function failed(kind, retryAfter) {
  isAsking = false;
  failures += 1;
  problem = kind;
  if (kind === "failed") {
    schedule(retryAfter ? retryAfter * 1000 : Math.min(30000, 1000 * 2 ** failures));
  }
  if (kind === "signed-out") {
    const here = location.pathname + location.search;
    document.querySelector("[data-sign-in]").href = `${base}/login?next=${encodeURIComponent(here)}`;
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
  panel.setAttribute("aria-busy", "false");
  fillTables(panel);
  if (panel.querySelector("[data-chart]")) {
    import("./charts.js").then((charts) => charts.draw(panel)).catch(() => {
      for (const note of panel.querySelectorAll(".chart-failed")) note.hidden = false;
      for (const wait of panel.querySelectorAll(".chart-wait")) wait.hidden = true;
    });
  }
  if (isBehind) refreshSoon();
  else schedule(idle);
  show();
});

document.addEventListener("htmx:responseError", (event) => {
  const { xhr } = event.detail;
  if (xhr.status === 401) failed("signed-out");
  else if (xhr.status === 400 || xhr.status === 422) failed("invalid");
  else failed("failed", Number(xhr.getResponseHeader("Retry-After")) || 0);
});
for (const name of ["htmx:sendError", "htmx:timeout", "htmx:swapError"]) {
  document.addEventListener(name, () => failed("failed"));
}

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
  if (wasLost) refreshSoon();
  show();
});
document.addEventListener("htmx:sseError", () => {
  streamState = "reconnecting";
  show();
});
document.addEventListener("htmx:sseMessage", () => {
  streamState = "live";
  refreshSoon();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-refresh]")) refresh();
});
addEventListener("online", () => { show(); refresh(); });
addEventListener("offline", show);
document.addEventListener("visibilitychange", () => {
  if (document.hidden || isAsking) return;
  show();
  if (loadedAt === null || performance.now() - loadedAt > shortest) refreshSoon();
});

watch(() => {
  for (const [name, panel] of Object.entries(panels)) panel.hidden = name !== tab();
  problem = null;
  refresh();
  show();
});
setInterval(show, 1000);
refresh();
