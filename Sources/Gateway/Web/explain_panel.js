// What a figure is made of, in a sheet beside the tiles. The address says what it shows: `#explain=KpiOee`, with `&line=3` of one
// line; so a copied link opens the same.
import { query } from "./filters.js";
import { session } from "./page_session.js";

const root = document.documentElement;
const panel = document.getElementById("explain");
const content = document.getElementById("explain-content");
const title = document.getElementById("explain-title");
const back = panel.querySelector("[data-all-lines]");
const made = (id) => document.getElementById(id).content.cloneNode(true);

const patience = 20000; // milliseconds that an answer may take

let shown = null; // which figure, of which line
let opener = null; // the tile it was opened from
let asking = null; // the request that is on its way

function wanted(hash) {
  const found = /^#explain=([A-Za-z]+)(?:&line=(\d+))?$/.exec(hash);
  return found && { widget: found[1], line: found[2] ?? null };
}

const hash = ({ widget, line }) => `#explain=${widget}${line ? `&line=${line}` : ""}`;

// Filters write the address anew when the page begins.
const first = wanted(location.hash);

async function ask(address) {
  asking?.abort();
  asking = new AbortController();
  const answer = await fetch(address, {
    signal: AbortSignal.any([asking.signal, AbortSignal.timeout(patience)]), headers: { "HX-Request": "true", ...session },
  });
  const text = await answer.text();
  if (answer.status === 401 || answer.redirected) return { isSignedOut: true };
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return { body: new DOMParser().parseFromString(text, "text/html").body };
}

async function fill() {
  const { widget, line } = shown;
  back.hidden = !line;
  back.firstElementChild.href = hash({ widget });
  title.textContent = document.getElementById(`tile-${widget}-title`)?.textContent ?? "";
  content.replaceChildren(made("explain-loading"));
  const items = new URLSearchParams(query());
  for (const name of ["tab", "interval", "curve_type", "show_downtime", "highlight_peaks", "search"]) items.delete(name);
  items.set("widget_id", widget);
  if (line) items.set("of_line", line);
  try {
    const { body, isSignedOut } = await ask(`${root.dataset.base}/dashboard/explanation?${items}`);
    const explanation = body?.querySelector("[data-explanation]");
    if (isSignedOut || !explanation) return content.replaceChildren(made("explain-signed-out"));
    title.textContent = explanation.dataset.title;
    content.replaceChildren(explanation);
  } catch (error) {
    if (error.name !== "AbortError") content.replaceChildren(made("explain-failed"));
  }
}

// `slot` gets the page of detections, or why there is none.
async function fillDetections(slot, address) {
  slot.replaceChildren(made("explain-loading"));
  try {
    const { body, isSignedOut } = await ask(address);
    const page = body?.querySelector(".explained-detections");
    if (isSignedOut || !page) return slot.replaceChildren(made("explain-signed-out"));
    slot.replaceChildren(page);
    page.querySelector(".scroll")?.focus({ preventScroll: true });
  } catch (error) {
    if (error.name === "AbortError") return;
    slot.replaceChildren(made("explain-detections-failed"));
    slot.querySelector("[data-detections-retry]").dataset.detectionsRetry = address;
  }
}

function show(next) {
  shown = next;
  if (!panel.open) panel.showModal();
  panel.scrollTop = 0;
  title.focus();
  fill();
}

/** Opens the panel on the figure of a tile. */
export function open(widget) {
  opener = `tile-${widget}`;
  history.pushState(null, "", hash({ widget }));
  show({ widget, line: null });
}

document.addEventListener("click", (event) => {
  // The figure of a tile leads where the first entry of its menu does.
  const link = event.target.closest('a[href^="#explain="]')
    ?? event.target.closest(".figure")?.closest(".tile")?.querySelector('a[href^="#explain="]');
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const next = wanted(link.getAttribute("href"));
  if (!panel.open) return open(next.widget);
  // One step back leaves the panel, however far it was gone down in it.
  history.replaceState(null, "", hash(next));
  show(next);
});

panel.addEventListener("click", (event) => {
  if (event.target === panel || event.target.closest("[data-close]")) return panel.close();
  if (event.target.closest("[data-retry]")) return fill();
  const slot = document.getElementById("explain-detections-list");
  const { detections, detectionsRetry, older } = event.target.closest("button")?.dataset ?? {};
  if (older) {
    const next = document.createElement("div");
    event.target.closest("button").replaceWith(next);
    return fillDetections(next, older);
  }
  if (detectionsRetry) return fillDetections(event.target.closest(".notice").parentElement, detectionsRetry);
  if (detections) {
    fillDetections(slot, detections);
    document.getElementById("explain-detections").scrollIntoView({ block: "start" });
  }
});

panel.addEventListener("close", () => {
  asking?.abort();
  shown = null;
  content.replaceChildren();
  if (wanted(location.hash)) history.replaceState(null, "", location.pathname + location.search);
  // The tile may have been replaced since.
  document.getElementById(opener)?.querySelector(".tile-head :is(summary, a, button)")?.focus({ preventScroll: true });
});

addEventListener("popstate", () => {
  const next = wanted(location.hash);
  if (!next) panel.close();
  else if (!shown || hash(next) !== hash(shown)) show(next);
});

/** Opens what the page's address names, once its filters are known. */
export function begin() {
  if (!first) return;
  opener = `tile-${first.widget}`;
  history.replaceState(null, "", hash(first));
  show(first);
}
