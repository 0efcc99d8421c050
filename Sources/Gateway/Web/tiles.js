// How an answer replaces tiles: one by one, only those that changed, so that nothing jumps, flickers or loses its place.
const sources = new WeakMap();

function replacement(old, fresh) {
  // A chart's canvas lives on; its data beside it are new.
  for (const kept of old.querySelectorAll("[data-keep]")) {
    const slot = fresh.querySelector(`#${CSS.escape(kept.id)}`);
    if (slot) slot.replaceWith(kept);
  }
  for (const details of old.querySelectorAll("details[id][open]")) {
    const twin = fresh.querySelector(`#${CSS.escape(details.id)}`);
    if (twin) twin.open = true;
  }
  const positions = [...old.querySelectorAll(".scroll")].map((box) => [box.scrollLeft, box.scrollTop]);
  const focused = old.contains(document.activeElement) ? path(old, document.activeElement) : null;
  old.replaceWith(fresh);
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

htmx.defineExtension("tiles", {
  isInlineSwap: (style) => style === "tiles",
  handleSwap(style, target, fragment) {
    if (style !== "tiles") return false;
    const changed = [];
    const stays = new Set();
    let previous = null;
    for (const fresh of [...fragment.children]) {
      if (!fresh.matches("[data-tile]")) continue;
      stays.add(fresh.id);
      const source = fresh.outerHTML;
      let tile = target.querySelector(`:scope > #${CSS.escape(fresh.id)}`);
      if (tile && sources.get(tile) === source) {
        previous = tile;
        continue;
      }
      if (tile) replacement(tile, fresh);
      else if (previous) previous.after(fresh);
      else target.prepend(fresh);
      sources.set(fresh, source);
      changed.push(fresh);
      previous = fresh;
    }
    for (const tile of target.querySelectorAll(":scope > [data-tile]")) {
      if (!stays.has(tile.id)) tile.remove();
    }
    return changed;
  },
});
