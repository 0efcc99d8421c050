// How an answer replaces tiles: one by one, only those that changed, so that nothing jumps, flickers or loses its place.
import { fillTables } from "./tables.js";

const sources = new WeakMap();
// The view whose figures a tile shows, where its panel names one.
const views = new WeakMap();
// What is to take a tile's place as soon as nobody has its menu open.
const held = new WeakMap();

function replacement(old, fresh) {
  // Where everything stands is read before anything leaves.
  const positions = [...old.querySelectorAll(".scroll")].map((box) => [box.scrollLeft, box.scrollTop]);
  const focused = old.contains(document.activeElement) ? path(old, document.activeElement) : null;
  // A chart's canvas lives on; its data beside it are new.
  for (const kept of old.querySelectorAll("[data-keep]")) {
    const slot = fresh.querySelector(`#${CSS.escape(kept.id)}`);
    if (slot) slot.replaceWith(kept);
  }
  for (const details of old.querySelectorAll("details[id][open]")) {
    const twin = fresh.querySelector(`#${CSS.escape(details.id)}`);
    if (twin) twin.open = true;
  }
  old.replaceWith(fresh);
  fillTables(fresh);
  fresh.querySelectorAll(".scroll").forEach((box, index) => {
    if (positions[index]) [box.scrollLeft, box.scrollTop] = positions[index];
  });
  if (focused) focused.reduce((node, index) => node?.children[index], fresh)?.focus({ preventScroll: true });
}

// Where an element stands inside its tile, to find its successor again.
function path(tile, element) {
  const steps = [];
  for (let node = element; node !== tile; node = node.parentElement) {
    steps.unshift([...node.parentElement.children].indexOf(node));
  }
  return steps;
}

// One that waits says only that there is such a tile, and where: what is shown of the same view stays.
function stays(tile, fresh, view) {
  if (!fresh.hasAttribute("data-waiting")) return sources.get(tile) === fresh.outerHTML;
  return tile.hasAttribute("data-waiting") || views.get(tile) === view;
}

// Behind the one before it; one that stands there already is not touched, as moving it would lose its focus.
function stand(tile, previous, panel) {
  let next = previous ? previous.nextElementSibling : panel.firstElementChild;
  while (next && !next.matches("[data-tile]")) next = next.nextElementSibling;
  if (next === tile) return;
  if (previous) previous.after(tile);
  else panel.prepend(tile);
}

// A new one would tear what is open of the menu out of the hand.
const isInHand = (tile) => tile.querySelector(".tile-menu[open]") !== null;

function change(tile, fresh, view) {
  const source = fresh.outerHTML;
  if (tile) replacement(tile, fresh);
  sources.set(fresh, source);
  if (!fresh.hasAttribute("data-waiting")) views.set(fresh, view);
}

/** Gives a tile's place to what came while its menu was open, if anything did, and gives that; else null. */
export function release(tile) {
  const one = held.get(tile);
  if (!one || !tile.isConnected || isInHand(tile)) return null;
  held.delete(tile);
  change(tile, one.fresh, one.view);
  return one.fresh;
}

/** What the latest answer came to. */
export let placed = { changed: [], answered: [] };

/**
 * Puts the tiles of an answer into a panel, in its order; those it does not name leave.
 *
 * Gives those that are others now as `changed`, and those that the answer is about as `answered`.
 */
export function place(panel, answer) {
  const tiles = [...answer.children].filter((one) => one.matches("[data-tile]"));
  const names = new Set(tiles.map((one) => one.id));
  for (const tile of panel.querySelectorAll(":scope > [data-tile]")) {
    if (!names.has(tile.id)) tile.remove();
  }
  const view = panel.dataset.view;
  const changed = [];
  const answered = [];
  let previous = null;
  for (const fresh of tiles) {
    let tile = panel.querySelector(`:scope > #${CSS.escape(fresh.id)}`);
    if (tile && stays(tile, fresh, view)) {
      if (tile.className !== fresh.className) tile.className = fresh.className;
      if (!fresh.hasAttribute("data-waiting")) {
        held.delete(tile);
        views.set(tile, view);
      }
    } else if (tile && isInHand(tile)) {
      held.set(tile, { fresh, view });
    } else {
      change(tile, fresh, view);
      tile = fresh;
      changed.push(tile);
    }
    if (!fresh.hasAttribute("data-waiting")) answered.push(tile);
    stand(tile, previous, panel);
    previous = tile;
  }
  placed = { changed, answered };
  return placed;
}

htmx.defineExtension("tiles", {
  isInlineSwap: (style) => style === "tiles",
  handleSwap: (style, target, fragment) => style === "tiles" && place(target, fragment).changed,
});
