// A stop that nobody calculated, entered by hand: its line, its times, its cause, and what it does to the figures before it is
// stored.
import { ask, isDone } from "./api.js";
import { serverTime } from "./clock.js";
import { identifier } from "./outbox.js";
import { causeName, choice, remember } from "./stop_causes.js";
import { tryOut } from "./stop_effect.js";
import * as overlap from "./stop_overlap.js";
import { fault, span, times } from "./stop_times.js";
import { word } from "./words.js";

const sheet = document.getElementById("enter");
const form = document.getElementById("enter-form");
const filters = document.getElementById("filters");
const path = "/downtimes";
const pause = 400; // between what was typed last and the question what it does
const minute = 60000;
const length = 10 * minute; // of the stop that the form begins with

const line = form?.elements.namedItem("line_id");
const note = form?.elements.namedItem("reason");
const effect = form?.querySelector(".effect");
const given = form?.querySelector(".given");
const send = form?.querySelector("[type=submit]");
const typed = form ? times(form, changed) : null;
const causes = form ? choice(sheet, give) : null;

let finished = () => {};
let incident = null;
let isBegun = false; // something is typed that is not stored
let offered = ""; // the times that the form began with, as it shows them
let asked = 0; // number of the question whose answer is shown
let timer = null;
// What was tried last and has no answer, and the key that makes its repetition harmless.
let sent = { text: "", key: "" };

const chosenLine = () => line.selectedOptions[0];

function complain(text, other = "") {
  const place = document.getElementById("enter-fault");
  place.hidden = !text;
  place.querySelector("span").textContent = text;
  place.querySelector("a").hidden = !other;
  place.querySelector("a").href = other;
}

/** Offers the lines that the page shows; one alone is the one. */
function offerLines() {
  const [plant, lines] = ["plant_id", "line_id"].map((name) => filters.elements.namedItem(name)?.value ?? "");
  const fits = ({ value, dataset }) => (!plant || dataset.plant === plant)
    && (!lines || value === lines || dataset.groups.split(" ").includes(lines));
  const options = [...line.options].filter((option) => option.value);
  for (const option of options) option.hidden = option.disabled = !fits(option);
  const offered = options.filter(fits);
  if (offered.length === 1) line.value = offered[0].value;
  else if (!offered.includes(chosenLine())) line.value = "";
}

function showCause() {
  sheet.querySelector("[data-causes]").hidden = incident !== null;
  given.hidden = incident === null;
  given.querySelector("strong").textContent = incident === null ? "" : causeName(incident, null);
}

function give(wanted) {
  incident = wanted;
  showCause();
  given.querySelector("button").focus();
  changed();
}

/** Shows what belongs to the line: its causes and its clock. */
function showLine() {
  const { value, dataset } = chosenLine();
  document.getElementById("enter-cause").hidden = value === "";
  if (incident !== null && !causes.fits(incident, value)) incident = null;
  causes.show(value);
  showCause();
  typed.moveTo(dataset.zone ?? "UTC", dataset.clock ?? "");
}

const shownTimes = () => ["start", "end", "open"].map((name) => form.elements.namedItem(name))
  .map(({ value, checked }) => `${value} ${checked}`).join();

/** Begins with the last minutes, on the clock of the line's plant once there is a line. */
function offerTimes() {
  const end = Math.floor(serverTime() / minute) * minute;
  const { dataset } = chosenLine();
  const shown = { start: new Date(end - length).toISOString(), end: new Date(end).toISOString() };
  typed.show(shown, dataset.zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone, dataset.clock ?? "");
  offered = shownTimes();
}

function reset() {
  incident = null;
  note.value = "";
  showLine();
  offerTimes();
  for (const name of ["line_id", "incident_id", "reason"]) fault(form, name, "");
}

/** What is sent; null where something is wrong, which is said unless it is only missing and not `isFinal`. */
function read(isFinal) {
  complain("");
  for (const name of ["incident_id", "reason"]) fault(form, name, "");
  fault(form, "line_id", isFinal && !line.value ? word("line_missing") : "");
  const wanted = typed.read(isFinal);
  if (!line.value || !wanted) return null;
  const reason = note.value.trim();
  return {
    line_id: Number(line.value), ...wanted, ...(incident === null ? {} : { incident_id: incident }), ...(reason ? { reason } : {}) };
}

/** Says why it was refused, each fault beside its field; not what is in the way of times once others were typed. */
async function refuse(answer, body, number) {
  if (answer.body?.code === "overlapping_stop") {
    const { text, address } = await overlap.explain(answer.detail, line.value, body, chosenLine().dataset.zone);
    if (number === asked) complain(text, address);
    return;
  }
  const faults = answer.body?.errors ?? [];
  const isPlaced = ({ param }) => form.querySelector(`[data-fault="${CSS.escape(param)}"]`) !== null;
  for (const one of faults.filter(isPlaced)) fault(form, one.param, one.message);
  if (faults.length === 0 || !faults.every(isPlaced)) complain(answer.detail || word("failed"));
}

async function preview() {
  const number = ++asked;
  const body = read(false);
  if (body === null) {
    effect.hidden = true;
    return;
  }
  try {
    const answer = await tryOut(effect, chosenLine().dataset.code, { method: "POST", path }, { body }, () => number === asked);
    if (number === asked && !isDone(answer)) await refuse(answer, body, number);
  } catch {
    if (number === asked) effect.hidden = true;
  }
}

function changed() {
  isBegun = true;
  asked += 1;
  clearTimeout(timer);
  timer = setTimeout(() => { if (sheet.open) preview(); }, pause);
}

async function store(body) {
  const number = asked;
  const text = JSON.stringify(body);
  if (sent.text !== text) sent = { text, key: identifier() };
  send.disabled = true;
  try {
    const answer = await ask("POST", path, { body, headers: { "Idempotency-Key": sent.key } });
    if (!isDone(answer)) return await refuse(answer, body, number);
    // The same once more is another stop: the first may be gone since.
    sent = { text: "", key: "" };
    const { code, zone } = chosenLine().dataset;
    if (incident !== null) remember(line.value, incident);
    isBegun = false;
    sheet.close();
    finished(word("enter_done", { line: code, when: span(body.start, body.end, zone) }), answer.body);
  } catch {
    complain(word("enter_offline"));
  } finally {
    send.disabled = false;
  }
}

/** Opens the sheet, with what was typed before and not stored. */
export function open() {
  offerLines();
  if (isBegun) showLine();
  else reset();
  complain("");
  effect.hidden = true;
  sheet.showModal();
  (line.value ? form.elements.namedItem("start") : line).focus();
  preview();
}

export const close = () => sheet?.close();

/** Prepares the sheet; calls a function with what was done and the stop that it made. */
export function begin(listener) {
  finished = listener;
  if (!form) return;
  line.addEventListener("change", () => {
    showLine();
    if (shownTimes() === offered) offerTimes();
    changed();
  });
  note.addEventListener("input", changed);
  given.querySelector("button").addEventListener("click", () => {
    incident = null;
    showCause();
    causes.show(line.value);
    causes.focus();
    changed();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (send.disabled) return;
    // What is typed last is not tried out any more: that would take back what is said now.
    asked += 1;
    clearTimeout(timer);
    const body = read(true);
    if (body !== null) await store(body);
    form.querySelector('[aria-invalid="true"]')?.focus();
  });
  sheet.addEventListener("click", (event) => {
    if (event.target === sheet || event.target.closest("[data-close]")) close();
  });
  // The button may have been replaced since.
  sheet.addEventListener("close", () => document.querySelector("[data-enter]")?.focus({ preventScroll: true }));
}
