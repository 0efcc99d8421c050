// A stop drawn along its time, with a mark where it is cut in two: dragged, moved by keys, or typed on the plant's clock.
import { serverTime } from "./clock.js";
import { instant, local } from "./plant_time.js";
import { duration, word } from "./words.js";

const cut = document.getElementById("cut");
const handle = cut?.querySelector(".cut-handle");
const parts = [...(cut?.querySelectorAll(".cut-part") ?? [])];
const input = document.getElementById("cut-time");
const minute = 60000;

let stop = null;
let changed = () => {};
/** Where it is cut, in milliseconds; null where what is typed lies outside. */
export let at = null;

const bounds = () => [Date.parse(stop.start), stop.end ? Date.parse(stop.end) : serverTime()];

function draw() {
  const [start, end] = bounds();
  const share = at === null ? 0.5 : (at - start) / (end - start);
  parts[0].style.width = `${share * 100}%`;
  parts[1].style.width = `${(1 - share) * 100}%`;
  handle.style.left = `${share * 100}%`;
  handle.setAttribute("aria-valuemin", "0");
  handle.setAttribute("aria-valuemax", String(Math.round((end - start) / 1000)));
  handle.setAttribute("aria-valuenow", String(Math.round(((at ?? start) - start) / 1000)));
  handle.setAttribute("aria-valuetext", at === null ? "" : local(at, stop.zone).slice(11));
  [at === null ? null : (at - start) / 1000, at === null ? null : (end - at) / 1000].forEach((seconds, index) => {
    document.querySelector(`[data-cut="${index ? "second" : "first"}"]`).textContent =
      word("part", { n: index + 1, duration: duration(seconds) });
  });
}

function move(wanted, isTyped = false) {
  const [start, end] = bounds();
  const whole = Math.round(wanted / 1000) * 1000;
  at = Math.min(end - 1, Math.max(start + 1, whole));
  if (at !== whole) at = whole <= start ? Math.floor(start / 1000) * 1000 + 1000 : Math.ceil(end / 1000) * 1000 - 1000;
  if (at <= start || at >= end) at = Math.round((start + end) / 2);
  if (!isTyped) input.value = local(at, stop.zone);
  draw();
  changed();
}

/** Where a pointer is, in whole minutes of the plant's clock where the stop is long enough for that. */
function pointed(event) {
  const [start, end] = bounds();
  const box = cut.getBoundingClientRect();
  const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  const place = start + share * (end - start);
  const grain = end - start > 10 * minute ? minute : 1000;
  return Math.round(place / grain) * grain;
}

/** Shows a stop, cut in the middle; calls a function whenever it is cut elsewhere. */
export function begin(wanted, listener) {
  stop = wanted;
  changed = listener;
  const [start, end] = bounds();
  input.min = local(start, stop.zone);
  input.max = local(end, stop.zone);
  const grain = end - start > 4 * minute ? minute : 1000;
  move(Math.round((start + end) / 2 / grain) * grain);
}

if (cut) {
  let isDragged = false;
  cut.addEventListener("pointerdown", (event) => {
    isDragged = true;
    cut.setPointerCapture(event.pointerId);
    event.preventDefault();
    handle.focus();
    move(pointed(event));
  });
  cut.addEventListener("pointermove", (event) => { if (isDragged) move(pointed(event)); });
  for (const name of ["pointerup", "pointercancel"]) cut.addEventListener(name, () => { isDragged = false; });
  handle.addEventListener("keydown", (event) => {
    const [start, end] = bounds();
    const small = end - start > 4 * minute ? minute : 1000;
    const step = { ArrowLeft: -small, ArrowDown: -small, ArrowRight: small, ArrowUp: small,
      PageDown: -5 * small, PageUp: 5 * small, Home: start - at, End: end - at }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    move(at + step);
  });
  input.addEventListener("input", () => {
    const [start, end] = bounds();
    const typed = input.value ? instant(input.value, stop.zone, start, end) : null;
    if (typed === null) {
      at = null;
      draw();
      changed();
    } else {
      move(typed, true);
    }
  });
  for (const button of document.querySelectorAll("[data-minutes]")) {
    button.addEventListener("click", () => { if (at !== null) move(at + Number(button.dataset.minutes) * minute); });
  }
}
