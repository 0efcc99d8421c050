// The panel of one stop: what it is, its cause in two taps, a note. It stands beside the board, so that new data there never
// take away what is being typed.
import { tick } from "./clock.js";
import * as outbox from "./outbox.js";
import { causeName, choice, remember } from "./stop_causes.js";
import { word } from "./words.js";

const panel = document.getElementById("stop");
const notice = document.getElementById("stop-notice");
const noteForm = document.getElementById("note-form");
const note = noteForm?.elements.namedItem("reason");
const noteButton = noteForm?.querySelector("button");
const drafts = new Map(); // notes that were typed and not saved, by who typed them and stop
let draft = ""; // of the stop that is shown, and of whoever opened it
const own = new Map(); // causes that were given here, by stop
const listeners = [];

const causes = choice(panel, (incident) => save(incident, note.value.trim() || null));

/** The stop that is shown, as the server told it when the panel was opened; null while it is closed. */
export let stop = null;

const show = (name, text) => {
  for (const element of panel.querySelectorAll(`[data-show="${name}"]`)) element.textContent = text;
};

/** A stop as a row of the board tells it. */
export function read(row) {
  const { dataset } = row;
  const number = (text) => (text ? Number(text) : null);
  return {
    key: dataset.stop, line: dataset.line, lineCode: dataset.lineCode, event: number(dataset.event),
    version: dataset.version || null, zone: dataset.zone, start: dataset.start, end: dataset.end || null,
    source: dataset.source, isOngoing: dataset.status === "ongoing", incident: number(dataset.incident),
    reason: dataset.reason || null, cause: dataset.cause, note: dataset.note, when: dataset.when,
    duration: dataset.duration, planned: dataset.planned, sourceText: dataset.sourceText, suggestion: dataset.suggestion,
  };
}

function showFacts(now) {
  const unsent = outbox.pending(now.line, now.start);
  show("line", now.lineCode);
  show("when", now.when);
  show("status", word(now.isOngoing ? "ongoing" : "closed"));
  panel.querySelector("[data-show=status]").classList.toggle("badge-ongoing", now.isOngoing);
  const length = panel.querySelector("[data-show=duration]");
  if (now.isOngoing) length.dataset.since = now.start;
  else delete length.dataset.since;
  show("duration", now.duration);
  show("cause", unsent ? `${causeName(unsent.incident, unsent.reason)} · ${word("not_sent")}` : now.cause || word("unjustified"));
  show("planned", now.planned);
  show("source", now.sourceText);
  for (const name of ["note", "suggestion"]) {
    panel.querySelector(`[data-only="${name}"]`).hidden = !now[name];
    show(name, now[name]);
  }
  panel.classList.toggle("is-unjustified", !unsent && !now.cause);
  tick(panel);
}

/** Says something about the stop that its reader has to know; nothing hides it. */
export function tell(text) {
  notice.hidden = !text;
  notice.querySelector("p").textContent = text;
}

/** Says why something could not be done, and leads to the other stop that is in its way; nothing hides it. */
export function complain(text, other = "") {
  const fault = document.getElementById("stop-fault");
  if (!fault) return;
  fault.hidden = !text;
  fault.querySelector("span").textContent = text;
  fault.querySelector("a").hidden = !other;
  fault.querySelector("a").href = other;
}

const focusFirst = () => { if (!causes?.focus()) panel.querySelector("[data-close]").focus(); };

function noteChanged() {
  const text = note.value.trim();
  drafts.set(draft, note.value);
  noteButton.disabled = text === "" || text === (stop.reason ?? "");
}

/** Opens the panel on a stop. */
export function open(wanted) {
  stop = wanted;
  tell("");
  complain("");
  showFacts(stop);
  if (note) {
    draft = `${outbox.stamp().person ?? ""} ${stop.key}`;
    note.value = drafts.get(draft) ?? "";
    noteChanged();
    causes.show(stop.line);
  }
  for (const details of panel.querySelectorAll("details")) details.open = false;
  for (const listener of listeners) listener(stop);
  if (!panel.open) panel.showModal();
  focusFirst();
}

/** Calls a function with every stop that the panel is opened on. */
export const onOpen = (listener) => listeners.push(listener);

export const close = () => panel.close();

/** Shows what became of the stop while the panel is open, and says so. */
export function sync(rows) {
  if (!stop || !panel.open) return;
  const now = rows.map(read).find((one) => one.key === stop.key)
    ?? rows.map(read).find((one) => stop.event !== null && one.event === stop.event && one.line === stop.line);
  if (!now) return;
  showFacts(now);
  const isSame = (one) => one && now.incident === one.incident && now.reason === one.reason;
  // Typed times follow no units: that they are others is somebody's doing.
  const isRetyped = now.source === "registered" && !stop.isOngoing && (now.start !== stop.start || now.end !== stop.end);
  if ((stop.event !== null && now.event !== stop.event) || now.source !== stop.source || isRetyped) {
    // Somebody made another stop of it. What is given to this one is asked about when it is sent.
    tell(word("moved", { when: now.when }));
    return;
  }
  if (isSame(own.get(stop.key))) Object.assign(stop, { incident: now.incident, reason: now.reason });
  if (!isSame(stop)) tell(word("changed", { cause: now.cause || word("unjustified") }));
  else if (stop.isOngoing && !now.isOngoing) tell(word("ended", { when: now.when }));
  // Who edits goes on from the times as they are, and from the cause that he has seen.
  if (isSame(stop)) Object.assign(stop, { event: now.event, version: now.version, end: now.end, isOngoing: now.isOngoing });
}

function save(incident, reason) {
  drafts.delete(draft);
  own.set(stop.key, { incident, reason });
  if (incident !== null) remember(stop.line, incident);
  const id = outbox.add({
    line: stop.line, lineCode: stop.lineCode, event: stop.event, version: stop.version, start: stop.start, end: stop.end,
    source: stop.source, base: { incident: stop.incident, reason: stop.reason }, incident, reason, when: stop.when });
  panel.dispatchEvent(new CustomEvent("camet:saved", { detail: { id, cause: causeName(incident, reason) } }));
  close();
}

panel.addEventListener("click", (event) => {
  if (event.target === panel || event.target.closest("[data-close]")) close();
});
panel.addEventListener("close", () => {
  const key = stop?.key;
  stop = null;
  // The row may have been replaced since.
  document.querySelector(`[data-stop="${CSS.escape(key ?? "")}"]`)?.focus({ preventScroll: true });
});
noteForm?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!noteButton.disabled) save(stop.incident, note.value.trim());
});
note?.addEventListener("input", noteChanged);
setInterval(() => { if (panel.open) tick(panel); }, 1000);
