// Other times, splitting, merging, taking back and deleting: each shows what it does to the figures before it is done.
import { ask, isDone, match } from "./api.js";
import { causeName } from "./stop_causes.js";
import * as conflict from "./stop_conflict.js";
import * as cut from "./stop_cut.js";
import { tryOut } from "./stop_effect.js";
import { listed } from "./stop_listed.js";
import * as neighbours from "./stop_neighbours.js";
import * as overlap from "./stop_overlap.js";
import * as panel from "./stop_panel.js";
import { edits, onTimes, path, typed, wanted } from "./stop_requests.js";
import { span } from "./stop_times.js";
import { word } from "./words.js";

const pause = 300; // between what was moved or typed last and the question what it does
const sheet = document.getElementById("stop");
const fold = (id) => document.getElementById(id);

let finished = () => {};
let asked = 0; // number of the question whose answer is shown
let timer = null;

const button = (name) => sheet.querySelector(`[data-do="${name}"]`);

function options(stop, request) {
  return { body: request.body, headers: match(stop.version) };
}

/**
 * The stop is another one by now: what it is is shown, and what was typed stays. Whether the edit goes on: where it says
 * something else than somebody did meanwhile, its author decides.
 */
async function goesOn(name, stop) {
  const answer = await ask("GET", path(stop));
  if (panel.stop !== stop) return false;
  if (!isDone(answer)) {
    panel.tell(word("gone"));
    return false;
  }
  const now = answer.body;
  const isSameCause = now.incident_id === stop.incident && now.reason === stop.reason;
  // One that runs ends by itself, which is nobody's doing.
  const areSameTimes = now.start === stop.start && now.source === stop.source
    && (now.end === stop.end || (stop.isOngoing && stop.source === "calculated"));
  const when = span(now.start, now.end, stop.zone);
  const cause = causeName(now.incident_id, now.reason);
  const why = isSameCause ? word("moved", { when }) : word("changed", { cause });
  const { mine } = edits[name];
  // A cause changes no times, and times change no cause.
  const isAsked = mine && !(name === "times" && areSameTimes);
  const keep = isAsked
    ? await conflict.decide({ which: `${stop.lineCode} · ${stop.when}`, why, mine: mine(stop), theirs: `${when} · ${cause}` })
    : "mine";
  if (panel.stop !== stop) return false;
  panel.tell(why);
  Object.assign(stop, { version: now.version, start: now.start, end: now.end, isOngoing: now.status === "ongoing" });
  if (isAsked && name === "times") typed.rebase(now);
  if (keep === "theirs") {
    Object.assign(stop, { incident: now.incident_id, reason: now.reason });
    fold(edits[name].fold).open = false;
  }
  return keep === "mine";
}

/** Says why an edit was refused; of times that another stop has, which one that is, unless something else was asked since. */
async function refuse(answer, stop, request, number) {
  if (answer.body?.code === "overlapping_stop" && request.method === "PATCH") {
    const { text, address } = await overlap.explain(answer.detail, stop.line, wanted, stop.zone, stop.event);
    if (number === asked) panel.complain(text, address);
    return;
  }
  if (panel.stop === stop) panel.complain(answer.detail || word("failed"));
}

async function preview(name) {
  const { stop } = panel;
  const number = ++asked;
  const { request, missing } = edits[name];
  const place = fold(edits[name].fold).querySelector(".effect");
  button(name).disabled = true;
  panel.complain("");
  try {
    if (!(await neighbours.withNumber(stop))) {
      panel.complain(word("failed"));
      return;
    }
    const asking = request(stop);
    if (number !== asked) return;
    if (asking === null) {
      place.hidden = true;
      panel.complain(missing());
      return;
    }
    const answer = await tryOut(place, stop.lineCode, asking, options(stop, asking), () => number === asked);
    if (number !== asked) return;
    if (answer.status === 412) {
      if (await goesOn(name, stop)) await preview(name);
      return;
    }
    button(name).disabled = !isDone(answer);
    if (!isDone(answer)) await refuse(answer, stop, asking, number);
  } catch {
    if (number === asked) panel.complain(word("offline"));
  }
}

function previewSoon(name) {
  clearTimeout(timer);
  button(name).disabled = true;
  timer = setTimeout(() => { if (panel.stop) preview(name); }, pause);
}

/** What a deleted stop left under its number: the calculated one that lay under it, or the number alone. */
async function left(stop) {
  const gone = { line_id: stop.line, event_id: stop.event, start: stop.start, end: stop.end };
  return (await listed(gone).catch(() => null)) ?? gone;
}

async function carryOut(name) {
  const { stop } = panel;
  const number = asked;
  const asking = edits[name].request(stop);
  if (asking === null) return;
  button(name).disabled = true;
  try {
    const answer = await ask(asking.method, asking.path, options(stop, asking));
    if (answer.status === 412) {
      // Whoever was asked need not say it twice.
      if (await goesOn(name, stop)) await (edits[name].mine ? carryOut(name) : preview(name));
      return;
    }
    if (!isDone(answer)) {
      await refuse(answer, stop, asking, number);
      return;
    }
    // By now the panel may show another stop, which stays.
    if (panel.stop === stop) panel.close();
    finished(word(edits[name].done), name === "undo" ? null : answer.body?.items?.[0] ?? answer.body ?? await left(stop));
  } catch {
    if (panel.stop !== stop) return;
    panel.complain(word("offline"));
    button(name).disabled = false;
  }
}

async function offerNeighbours(stop) {
  button("merge").disabled = true;
  try {
    const offered = await neighbours.begin(stop, () => preview("merge"));
    if (offered === 0) panel.complain(word("no_neighbours"));
  } catch {
    panel.complain(word("offline"));
  }
}

const clockOf = (line) => document.querySelector(`#enter-form option[value="${line}"]`)?.dataset.clock ?? "";

/** Says what deleting does to a stop. */
function showDeletion(stop) {
  const kind = stop.source === "registered" ? "registered" : stop.isOngoing ? "running" : "calculated";
  for (const text of fold("delete").querySelectorAll("[data-of]")) text.hidden = text.dataset.of !== kind;
}

/** Prepares the edits of the panel; calls a function with what was done and the stop that it made. */
export function begin(listener) {
  finished = listener;
  onTimes(() => previewSoon("times"));
  const mayChange = fold("merge") !== null;
  if (!mayChange) typed?.keepStart();
  panel.onOpen((stop) => {
    asked += 1;
    clearTimeout(timer);
    for (const effect of sheet.querySelectorAll(".effect")) effect.hidden = true;
    for (const one of sheet.querySelectorAll("[data-do]")) one.disabled = true;
    // Whoever changes no times ends only what he entered, and splits only that.
    if (fold("change-times")) fold("change-times").hidden = !mayChange && (stop.source !== "registered" || !stop.isOngoing);
    if (fold("split")) fold("split").hidden = !mayChange && stop.source !== "registered";
    // A stop as it was found, and without a cause, has no edit that could be taken back.
    const isEdited = stop.source === "registered" || stop.cause !== "";
    if (fold("take-back")) fold("take-back").hidden = stop.event === null || !isEdited;
  });
  const opened = {
    "change-times": (stop) => typed.show(stop, stop.zone, clockOf(stop.line)),
    split: (stop) => cut.begin(stop, () => previewSoon("split")),
    merge: offerNeighbours,
    "take-back": () => preview("undo"),
    delete: (stop) => {
      showDeletion(stop);
      preview("delete");
    },
  };
  for (const [id, prepare] of Object.entries(opened)) {
    fold(id)?.addEventListener("toggle", () => {
      if (!fold(id).open || !panel.stop) return;
      // What was asked in another part is answered for nobody.
      asked += 1;
      clearTimeout(timer);
      for (const other of Object.keys(opened)) if (other !== id && fold(other)) fold(other).open = false;
      panel.complain("");
      prepare(panel.stop);
    });
  }
  fold("change-times")?.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!button("times").disabled) carryOut("times");
  });
  for (const name of Object.keys(edits)) {
    if (name !== "times") button(name)?.addEventListener("click", () => carryOut(name));
  }
}
