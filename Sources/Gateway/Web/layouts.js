// The form of a layout: its buttons and dragging move tiles here, without asking the server; what is saved is their order.
const form = document.getElementById("form");
const said = document.getElementById("layout-said");
const lists = [...form.querySelectorAll(".layout-tiles")];

const nameOf = (tile) => tile.querySelector(".layout-name").textContent.trim();
const sectionOf = (tile) => tile.closest("[data-section]");
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);

/** Says where a tile stands now. */
function tell(tile) {
  const section = sectionOf(tile);
  const isHidden = section.dataset.section === "hidden";
  const tiles = [...tile.parentElement.children];
  said.textContent = fill(isHidden ? form.dataset.hidden : form.dataset.moved, {
    name: nameOf(tile), section: section.querySelector("h2").textContent, n: tiles.indexOf(tile) + 1, of: tiles.length,
  });
}

form.addEventListener("click", (event) => {
  const button = event.target.closest("button[name=move]");
  if (!button) return;
  event.preventDefault();
  const tile = button.closest(".layout-tile");
  const where = button.value.split(":")[0];
  if (where === "up") tile.previousElementSibling?.before(tile);
  else if (where === "down") tile.nextElementSibling?.after(tile);
  else form.querySelector(`[data-section="${where}"] .layout-tiles`).append(tile);
  // The button may not be there in the other list.
  const next = button.offsetParent ? button : [...tile.querySelectorAll("button")].find((other) => other.offsetParent);
  next.focus();
  tell(tile);
});

// Dragging by the name, with mouse, pen or finger; Escape puts it back.
let drag = null;

function drop(isMeant) {
  if (!drag) return;
  const { tile, home, hasMoved } = drag;
  drag = null;
  tile.classList.remove("is-dragged");
  document.removeEventListener("keydown", cancel, true);
  if (!hasMoved) return;
  if (isMeant) return tell(tile);
  home.next ? home.next.before(tile) : home.list.append(tile);
  said.textContent = fill(form.dataset.cancelled, { name: nameOf(tile) });
}

function cancel(event) {
  if (event.key !== "Escape") return;
  event.preventDefault();
  drop(false);
}

form.addEventListener("pointerdown", (event) => {
  const handle = event.target.closest(".layout-name");
  if (!handle || event.button !== 0) return;
  const tile = handle.closest(".layout-tile");
  event.preventDefault();
  handle.setPointerCapture(event.pointerId);
  drag = { tile, home: { list: tile.parentElement, next: tile.nextElementSibling }, hasMoved: false };
  tile.classList.add("is-dragged");
  document.addEventListener("keydown", cancel, true);
});

form.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const list = lists.find((one) => {
    const box = one.closest("[data-section]").getBoundingClientRect();
    return event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
  });
  if (!list) return;
  const below = [...list.children].find((other) => {
    const box = other.getBoundingClientRect();
    return other !== drag.tile && event.clientY < box.top + box.height / 2;
  });
  if (below ? below.previousElementSibling === drag.tile : list.lastElementChild === drag.tile) return;
  drag.hasMoved = true;
  below ? below.before(drag.tile) : list.append(drag.tile);
});
form.addEventListener("pointerup", () => drop(true));
form.addEventListener("pointercancel", () => drop(false));
form.classList.add("can-drag");
