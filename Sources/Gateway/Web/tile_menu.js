// What can be done with a tile: how often it is refreshed, its table, its file, the whole screen. Tiles are replaced by new
// ones while they are looked at, so what was chosen is kept here and put on them again.
import { serverTime } from "./clock.js";
import { hasFile, save } from "./tile_file.js";

const owner = document.getElementById("content").dataset.owner;
// The terms of the equation are asked for together, and have one interval.
const key = (tile) => `camet.interval ${owner} ${tile.closest(".equation") ? "equation" : tile.dataset.widget}`;
const asTable = new Set(); // ids of tiles that show their table
const answered = new Map(); // when each tile was last answered, and with which view
const chosen = new Map(); // intervals, where the browser keeps nothing
const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
let full = null; // the id of the tile that has the whole screen
let timer = null;
let refresh = () => {};
let tilesShown = () => [];

/** `live`, `off`, or seconds: what was chosen for a tile. */
function interval(tile) {
  try {
    return chosen.get(key(tile)) ?? localStorage.getItem(key(tile)) ?? "live";
  } catch {
    return "live";
  }
}

function choose(tile, value) {
  try {
    if (value === "live") localStorage.removeItem(key(tile));
    else localStorage.setItem(key(tile), value);
    chosen.delete(key(tile));
  } catch {
    // It lives as long as the page.
    chosen.set(key(tile), value);
  }
}

// When a tile that was answered is to be asked for again because of its interval; never where it has none.
function next(tile, view) {
  const last = answered.get(tile.id);
  const seconds = Number(interval(tile));
  return last?.view === view && seconds ? last.at + seconds * 1000 : Infinity;
}

// Whether a tile has nothing to show of a view, or what it shows is to be asked for again.
function isDue(tile, view) {
  const isShown = answered.get(tile.id)?.view === view && !tile.matches("[data-waiting]") && !tile.querySelector(".tile-failure");
  return !isShown || isLive(tile) || next(tile, view) <= Date.now();
}

/** Whether a tile is refreshed with every event. */
export const isLive = (tile) => interval(tile) === "live";

const parts = (tile) => (tile.dataset.widget ? [tile] : [...tile.querySelectorAll("[data-widget]")]);

/** Those of some tiles, the equation as one of them, that are to be refreshed now. */
export const due = (tiles, view) => tiles.filter((tile) => parts(tile).some((part) => isDue(part, view)));

/** Notes that tiles were answered, and has those of an interval asked for again. */
export function note(tiles, view) {
  for (const part of tiles.flatMap(parts)) answered.set(part.id, { at: Date.now(), view });
  plan(view);
}

/** What some tiles were asked for did not come: they are due, whatever their interval. */
export function forget(tiles) {
  for (const part of tiles.flatMap(parts)) answered.delete(part.id);
}

/** Has the tiles of an interval that are shown asked for when it is over. */
export function plan(view) {
  clearTimeout(timer);
  const first = Math.min(...tilesShown().flatMap(parts).map((part) => next(part, view)));
  if (!Number.isFinite(first)) return;
  timer = setTimeout(() => {
    const tiles = tilesShown().filter((tile) => parts(tile).some((part) => next(part, view) <= Date.now()));
    if (tiles.length && !document.hidden) refresh(tiles);
    else plan(view);
  }, Math.max(1000, first - Date.now()));
}

function button(tile, name) {
  return tile.querySelector(`[data-tile-do="${name}"]`);
}

function showTable(tile) {
  const isTable = asTable.has(tile.id);
  tile.toggleAttribute("data-as-table", isTable);
  button(tile, "table")?.setAttribute("aria-pressed", isTable);
  const details = tile.querySelector("details[data-table]");
  if (details && isTable) details.open = true;
}

function showFull(tile) {
  const isFull = full === tile.id;
  tile.toggleAttribute("data-full", isFull);
  button(tile, "full")?.querySelectorAll("span").forEach((text, index) => { text.hidden = isFull !== (index === 1); });
}

// Of what is live the page says how old it is.
function showTime(tile) {
  const note = tile.querySelector(".tile-updated");
  const last = answered.get(tile.id);
  note.hidden = isLive(tile) || !last;
  if (note.hidden) return;
  note.querySelector("time").textContent = clock.format(last.at - Date.now() + serverTime());
}

function showMenu(tile) {
  const select = tile.querySelector("[data-tile-interval]");
  if (!select) return;
  select.value = interval(tile);
  for (const name of ["table", "file"]) {
    const one = button(tile, name);
    if (one) one.hidden = !hasFile(tile);
  }
  showTime(tile);
  showTable(tile);
  showFull(tile);
}

/** Puts on tiles what was chosen for them. */
export function apply(tiles) {
  for (const part of tiles.flatMap(parts)) showMenu(part);
  document.body.toggleAttribute("data-has-full", Boolean(full && document.getElementById(full)?.checkVisibility()));
}

// The whole screen is the page's, whose tiles may be replaced; the tile fills the page. Where there is no such thing to be
// had, the tile fills the window.
function enter(tile) {
  full = tile.id;
  apply([tile]);
  document.documentElement.requestFullscreen?.().catch(() => {});
  tile.querySelector(".tile-menu > summary").focus();
}

function leave() {
  const tile = document.getElementById(full);
  full = null;
  apply(tile ? [tile] : []);
  if (document.fullscreenElement) document.exitFullscreen();
  tile?.querySelector(".tile-menu > summary")?.focus();
}

function close(menu, isKept) {
  menu.open = false;
  if (isKept) menu.querySelector("summary").focus();
}

document.addEventListener("click", (event) => {
  const inside = event.target.closest(".tile-menu");
  for (const menu of document.querySelectorAll(".tile-menu[open]")) if (menu !== inside) close(menu);
  if (inside && event.target.closest('a[href^="#explain="]')) close(inside);
  const one = event.target.closest("[data-tile-do]");
  if (!one) return;
  const tile = one.closest("[data-widget]");
  close(inside, true);
  switch (one.dataset.tileDo) {
    case "table":
      if (!asTable.delete(tile.id)) asTable.add(tile.id);
      else tile.querySelector("details[data-table]").open = false;
      showTable(tile);
      break;
    case "file": return save(tile);
    case "full": return full === tile.id ? leave() : enter(tile);
    case "refresh": return refresh([tile.closest(".equation") ?? tile]);
  }
});
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-tile-interval]")) return;
  const tile = event.target.closest("[data-widget]");
  choose(tile, event.target.value);
  apply([tile.closest(".equation") ?? tile]);
  const view = answered.get(tile.id)?.view;
  if (view !== undefined) plan(view);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  const menu = document.querySelector(".tile-menu[open]");
  if (menu) close(menu, true);
  else if (full) leave();
});
// The browser leaves the whole screen by itself, with Escape.
document.addEventListener("fullscreenchange", () => { if (!document.fullscreenElement && full) leave(); });

/** `ask` is called with tiles that are to be refreshed; `shown` gives those that are shown, or nearly so. */
export function begin(ask, shown) {
  refresh = ask;
  tilesShown = shown;
}
