// Chips, one for each field of the filters in which something is chosen. One stays as long as that is so: what was pressed is
// still there when it is let go.
const box = document.getElementById("chips");
const made = (id) => document.getElementById(id).content.firstElementChild.cloneNode(true);
const chips = new WeakMap(); // of each field
const clear = made("chip-clear");
let leave = () => {};

function chip({ field, text }) {
  let one = chips.get(field);
  if (!one) {
    one = made("chip");
    one.addEventListener("click", () => leave(field));
    chips.set(field, one);
  }
  const said = one.firstElementChild;
  if (said.textContent !== text) said.textContent = text;
  return one;
}

/** Shows the chips of fields, each with its text. False where one had the focus and no other could take it. */
export function show(chosen) {
  const focused = [...box.children].indexOf(document.activeElement);
  const wanted = chosen.map(chip);
  const all = wanted.length > 1 ? [...wanted, clear] : wanted;
  for (const one of [...box.children]) if (!all.includes(one)) one.remove();
  all.forEach((one, place) => {
    if (box.children[place] !== one) box.insertBefore(one, box.children[place] ?? null);
  });
  if (focused < 0 || box.contains(document.activeElement)) return true;
  const next = wanted[focused] ?? wanted.at(-1);
  next?.focus();
  return Boolean(next);
}

/** `handler` is called with the field whose chip was clicked, and with none to clear all. */
export function begin(handler) {
  leave = handler;
  clear.addEventListener("click", () => leave());
  // The focus stays in a field that is written in: leaving it makes it a chip, which would push away the one that is pressed.
  box.addEventListener("mousedown", (event) => event.preventDefault());
}
