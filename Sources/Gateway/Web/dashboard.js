// The dashboard: the tiles of the tab that is shown. Those near the window are asked for together and kept current, each of the
// others when it comes near.
import * as explainPanel from "./explain_panel.js";
import { covers, query, tab, watch } from "./filters.js";
import { catchUp, keepCurrent, restart } from "./live.js";
import { session } from "./page_session.js";
import * as tileMenu from "./tile_menu.js";
import { place, release } from "./tiles.js";

const base = document.documentElement.dataset.base;
const panels = { produccion: document.getElementById("panel-produccion"), oee: document.getElementById("panel-oee") };
// The tiles that a single unit changes as soon as it is made.
const quick = ["KpiTotalProduction", "LineStatusIndicator"];
const margin = 600; // how far from the window is near
const patience = 20000; // milliseconds that an answer may take
// The tiles that were asked for with the view that is shown, and since the last time all near ones were.
let asked = new Set();
const onWay = new Map(); // the view that each tile is being asked for alone
let sent = { view: null, ids: new Set() }; // what is being asked for together
// Questions are counted, as one may be answered after a later one.
let questions = 0;
let together = 0; // the latest one of those that were asked together
const newest = new Map(); // of each tile, the latest question that was answered

const shownPanel = () => panels[tab()];
const tilesOf = (panel) => [...panel.querySelectorAll(":scope > :is([data-widget], .equation)")];

// A pixel further than the observer looks: what it was told is near is not told again.
function isNear(tile) {
  const { top, bottom } = tile.getBoundingClientRect();
  return bottom >= -margin - 1 && top <= innerHeight + margin + 1;
}

function address(tiles) {
  const widgets = tiles.flatMap((tile) => [tile, ...tile.querySelectorAll("[data-widget]")])
    .map((element) => element.dataset.widget).filter(Boolean);
  return `/dashboard/tiles?${query()}${widgets.length ? `&widget_ids=${widgets.join(",")}` : ""}`;
}

function draw(tile) {
  import("./charts.js").then((charts) => charts.draw(tile)).catch(() => {
    for (const note of tile.querySelectorAll(".chart-failed")) note.hidden = false;
    for (const wait of tile.querySelectorAll(".chart-wait")) wait.hidden = true;
  });
}

function shown(panel, { changed, answered }, question) {
  for (const tile of tilesOf(panel)) coming.observe(tile);
  for (const tile of answered) newest.set(tile.id, question);
  tileMenu.note(answered, panel.dataset.view);
  tileMenu.apply([...new Set([...changed, ...answered])]);
  for (const tile of changed) if (tile.querySelector("[data-chart]")) draw(tile);
}

const isOnWay = (tile, view) => onWay.get(tile.id) === view || (sent.view === view && sent.ids.has(tile.id));

// What comes near without having been asked for, together.
function askForNear() {
  askFor(tilesOf(shownPanel()).filter((tile) => isNear(tile) && !asked.has(tile.id)));
}

// Some tiles alone; the others stay as they are.
async function askFor(tiles) {
  const panel = shownPanel();
  const view = query();
  const wanted = tiles.filter((tile) => !isOnWay(tile, view));
  if (!wanted.length || !navigator.onLine) return tileMenu.plan(view);
  const question = ++questions;
  for (const tile of wanted) {
    asked.add(tile.id);
    onWay.set(tile.id, view);
  }
  try {
    const answer = await fetch(base + address(wanted), {
      headers: { "HX-Request": "true", ...session }, signal: AbortSignal.timeout(patience) });
    const text = await answer.text();
    if (query() !== view) return;
    if (!answer.ok || !text.includes("data-tile")) throw new Error(`status ${answer.status}`);
    const { body } = new DOMParser().parseFromString(text, "text/html");
    for (const { id } of wanted) {
      if (newest.get(id) > question) body.querySelector(`#${CSS.escape(id)}`)?.setAttribute("data-waiting", "");
    }
    shown(panel, place(panel, body), question);
  } catch {
    if (query() !== view) return;
    // Whoever keeps the panel current says what is wrong, and tries again.
    tileMenu.forget(wanted);
    catchUp();
  } finally {
    for (const { id } of wanted) if (onWay.get(id) === view) onWay.delete(id);
    tileMenu.plan(query());
  }
}

const coming = new IntersectionObserver((entries) => {
  const near = entries.filter((entry) => entry.isIntersecting);
  if (near.some((entry) => !asked.has(entry.target.id))) askForNear();
  if (near.length) tileMenu.plan(query());
}, { rootMargin: `${margin}px 0px` });

// What came while a menu was open is shown when that is closed.
document.addEventListener("toggle", ({ target }) => {
  if (!target.matches?.(".tile-menu:not([open])")) return;
  const tile = release(target.closest(".panel > [data-tile]"));
  if (!tile) return;
  shown(tile.parentElement, { changed: [tile], answered: [] });
  if (tile.hasAttribute("data-waiting")) askFor([tile]);
}, true);

tileMenu.begin(askFor, () => tilesOf(shownPanel()).filter(isNear));
watch(() => {
  for (const [name, panel] of Object.entries(panels)) panel.hidden = name !== tab();
  restart();
});
keepCurrent({
  panel: shownPanel,
  address(isForced) {
    const panel = shownPanel();
    const near = tilesOf(panel).filter(isNear);
    panel.dataset.view = query();
    asked = new Set(near.map((tile) => tile.id));
    const due = isForced ? near : tileMenu.due(near, query());
    sent = { view: query(), ids: new Set(due.map((tile) => tile.id)) };
    // Whoever looks wants nothing anew.
    if (near.length && !due.length) return null;
    together = ++questions;
    return address(due);
  },
  quickAddress() {
    const tiles = tilesOf(shownPanel())
      .filter((tile) => quick.includes(tile.dataset.widget) && isNear(tile) && tileMenu.isLive(tile));
    together = ++questions;
    return tiles.length ? address(tiles) : null;
  },
  again(button) {
    const tile = button.closest(".panel > [data-tile]");
    if (tile) askFor([tile]);
    return tile !== null;
  },
  concerns: covers,
  shown(panel, placed) {
    sent.ids.clear();
    shown(panel, placed, together);
  },
});
explainPanel.begin();
