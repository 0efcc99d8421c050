// Start and end of a stop as somebody types them on the plant's clock, or moves them by minutes.
import { serverTime } from "./clock.js";
import { local, moment, typed } from "./plant_time.js";
import { word } from "./words.js";

const minute = 60000;
let number = 0; // of the fields made so far

/** `29 nov, 06:05 – 06:25`. */
export function span(start, end, zone) {
  const from = Date.parse(start);
  return `${moment(from, zone)} – ${end ? moment(Date.parse(end), zone, from) : word("until_now")}`;
}

/** Says what is wrong with a field of a form; an empty text takes it back. */
export function fault(form, name, text) {
  const place = form.querySelector(`[data-fault="${name}"]`);
  const field = form.elements.namedItem(name);
  if (!place.id) place.id = `fault-${name}-${number += 1}`;
  place.hidden = !text;
  place.querySelector("span").textContent = text;
  if (!field) return;
  if (text) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
  field.setAttribute("aria-describedby", place.id);
}

/**
 * The times of a form. Calls a function whenever they are others.
 *
 * - show: times to begin with, and the clock they are on;
 * - read: `{start, end}` in the API's form, `end` null while it is still stopped; null where something is wrong, which is said
 *   unless it is only missing and `isFinal` is false;
 * - difference: those of such times that are not as they were shown;
 * - rebase: what they differ from is something else by now;
 * - follow: the stop ended by itself, which is shown where nobody has typed an end;
 * - moveTo: the same clock times of another plant;
 * - keepStart: only the end can be another.
 */
export function times(form, changed) {
  const fields = { start: form.elements.namedItem("start"), end: form.elements.namedItem("end") };
  const open = form.elements.namedItem("open");
  let zone = "UTC";
  // What the fields show to the second may be exact to less.
  let exact = {};
  let base = {};

  const text = (name) => (fields[name].value.length === 16 ? `${fields[name].value}:00` : fields[name].value);
  const whole = (at) => Math.floor(at / 1000) * 1000;

  function set(name, iso) {
    const shown = iso ? local(Date.parse(iso), zone) : "";
    fields[name].value = shown;
    exact[name] = { iso, shown };
  }

  function at(name, after) {
    if (text(name) === "") return null;
    return exact[name]?.shown === text(name) ? Date.parse(exact[name].iso) : typed(text(name), zone, after);
  }

  const iso = (name, value) => (exact[name]?.shown === text(name) ? exact[name].iso : new Date(value).toISOString());

  function showOpen() {
    fields.end.disabled = open.checked;
    for (const button of fields.end.closest(".cut-time").querySelectorAll("button")) button.disabled = open.checked;
    form.querySelector("[data-while-open]").hidden = !open.checked;
  }

  function show({ start, end }, wanted, clock) {
    zone = wanted;
    exact = {};
    base = { start, end };
    form.querySelector("[data-times] [data-clock]").textContent = clock;
    set("start", start);
    set("end", end);
    open.checked = end === null;
    showOpen();
    for (const name of ["start", "end"]) fault(form, name, "");
  }

  function follow(end) {
    if (end === null || base.end !== null || !open.checked) return;
    base.end = end;
    open.checked = false;
    set("end", end);
    showOpen();
  }

  const rebase = ({ start, end }) => { base = { start, end }; };
  const isSame = (one, other) => one === other || (one !== null && other !== null && Date.parse(one) === Date.parse(other));
  const difference = (wanted) => Object.fromEntries(Object.entries(wanted).filter(([name, value]) => !isSame(value, base[name])));

  function moveTo(wanted, clock) {
    zone = wanted;
    exact = {};
    form.querySelector("[data-times] [data-clock]").textContent = clock;
  }

  function read(isFinal) {
    const start = at("start");
    const end = open.checked ? null : at("end", start ?? undefined);
    const wrong = (name, value) => {
      if (text(name) === "") return isFinal ? word("time_missing") : "";
      if (value === null) return word("time_none");
      return value > serverTime() ? word("time_future") : "";
    };
    const faults = { start: wrong("start", start), end: open.checked ? "" : wrong("end", end) };
    if (start !== null && end !== null && end <= start && !faults.end) faults.end = word("end_before");
    for (const name of ["start", "end"]) fault(form, name, faults[name]);
    if (faults.start || faults.end || start === null || (end === null && !open.checked)) return null;
    return { start: iso("start", start), end: end === null ? null : iso("end", end) };
  }

  for (const name of ["start", "end"]) {
    fields[name].addEventListener("input", changed);
    for (const button of fields[name].closest(".cut-time").querySelectorAll("[data-move]")) {
      button.addEventListener("click", () => {
        const from = at(name) ?? whole(serverTime());
        set(name, new Date(Math.min(whole(serverTime()), from + Number(button.dataset.move) * minute)).toISOString());
        changed();
      });
    }
  }
  open.addEventListener("change", () => {
    showOpen();
    if (!open.checked && !fields.end.value) set("end", new Date(whole(serverTime())).toISOString());
    changed();
  });
  /** The start is shown and nobody types another. */
  function keepStart() {
    fields.start.readOnly = true;
    fields.start.closest(".cut-time").querySelector(".cut-steps").hidden = true;
  }

  return { show, read, difference, rebase, follow, moveTo, keepStart };
}
