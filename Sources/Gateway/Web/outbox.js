// Causes on their way to the server. Each is kept on this device until the server has it, or until its author has decided what
// becomes of it; each is sent under a key of its own, so that it counts once however often it is sent.
import { ask, isDone, match } from "./api.js";

const box = `camet.unsent.${document.querySelector("[data-owner]").dataset.owner}`;
const longestWait = 60000;
const shortestWait = 5000;
const mostAttempts = 4; // of one that changes while it is sent

let memory = []; // where the browser keeps nothing
// Where several people use one page, whose an entry is (`stamp`), and whether its author is there to send it (`may`).
let listener = { changed() {}, sent() {}, kept() {}, asked() {}, stamp: () => ({}), may: () => true };
let isSending = false;
let isWanted = false; // something was added while others were being sent
let failures = 0;
let timer = null;

function read() {
  try {
    return JSON.parse(localStorage.getItem(box) ?? "[]");
  } catch {
    return memory;
  }
}

function write(entries) {
  memory = entries;
  try {
    if (entries.length === 0) localStorage.removeItem(box);
    else localStorage.setItem(box, JSON.stringify(entries));
  } catch {
    // They live as long as the page.
  }
  listener.changed();
}

/** A name that nothing else has. */
export const identifier = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

function update(entry, fields) {
  Object.assign(entry, fields);
  write(read().map((one) => (one.id === entry.id ? entry : one)));
}

const without = (id) => write(read().filter((one) => one.id !== id));

export const waiting = () => read().filter((entry) => entry.state === "waiting");
export const undecided = () => read().filter((entry) => entry.state === "undecided");
/** What is on its way for a stop; undefined when nothing is. */
export const pending = (line, start) => read().findLast((entry) => entry.line === line && entry.start === start);

/** Puts the cause of a stop on its way, in place of one for the same stop that is not sent yet. */
export function add(fields) {
  const entry = { id: identifier(), key: identifier(), state: "waiting", isSent: false, ...listener.stamp(), ...fields };
  const former = waiting().findLast((one) => one.line === entry.line && one.start === entry.start);
  // Of one that was never sent the server knows nothing; one that was, or is another person's, comes first, and this one then
  // builds on it.
  const stays = former && (former.isSent || former.person !== entry.person);
  if (stays) entry.base = { incident: former.incident, reason: former.reason };
  else if (former) Object.assign(entry, { event: former.event, version: former.version, base: former.base });
  write([...read().filter((one) => one.id !== former?.id || stays), entry]);
  flush();
  return entry.id;
}

/** Takes back what was never sent. False when it was, so that only an edit can take it back. */
export function takeBack(id) {
  const entry = read().find((one) => one.id === id);
  if (!entry || entry.isSent) return false;
  without(id);
  return true;
}

// Sending

const cause = (stop) => ({ incident: stop.incident_id, reason: stop.reason });
const same = (one, other) => (one.incident ?? null) === (other.incident ?? null) && (one.reason ?? null) === (other.reason ?? null);

/** Whether somebody made another stop of an entry's: typed times take the place of those that were found, or of others. */
const isEdited = (entry, stop) => stop.source !== entry.source
  || (stop.source === "registered" && (stop.start !== entry.start || stop.end !== entry.end));

/** The stop that shares most time with an entry's; null when none does. */
async function found(entry) {
  const end = entry.end ?? new Date(Math.max(Date.now(), Date.parse(entry.start) + 1000)).toISOString();
  const query = new URLSearchParams({ line_id: entry.line, from: entry.start, to: end, limit: "1000" });
  const answer = await ask("GET", `/downtimes?${query}`);
  if (!isDone(answer)) return { answer };
  const [from, to] = [Date.parse(entry.start), Date.parse(end)];
  const shared = (stop) => Math.min(stop.end ? Date.parse(stop.end) : to, to) - Math.max(Date.parse(stop.start), from);
  const stops = answer.body.items.filter((stop) => shared(stop) > 0).sort((a, b) => shared(b) - shared(a));
  return { stop: stops[0] ?? null };
}

async function current(entry) {
  if (entry.event === null) return found(entry);
  const answer = await ask("GET", `/downtimes/${entry.line}/${entry.event}`);
  if (answer.status === 404) return { ...(await found(entry)), isOther: true };
  return isDone(answer) ? { stop: answer.body } : { answer };
}

const body = (entry) => ({
  ...(entry.incident === null ? {} : { incident_id: entry.incident }),
  ...(entry.reason === null ? {} : { reason: entry.reason }),
});

function give(entry) {
  const headers = { "Idempotency-Key": entry.key };
  if (entry.event === null) {
    return ask("POST", "/downtimes/justify", {
      headers, body: { line_id: Number(entry.line), start: entry.start, end: entry.end, ...body(entry) } });
  }
  return ask("PATCH", `/downtimes/${entry.line}/${entry.event}`, {
    headers: { ...headers, ...match(entry.version) }, body: body(entry) });
}

/** What an entry keeps of a stop. */
const told = (stop) => ({
  event: stop.event_id, version: stop.version, source: stop.source, start: stop.start, end: stop.end, ...cause(stop) });

// What became of one. True: those after it may be tried.

function askAuthor(entry, stop, { why = "", isGone = false } = {}) {
  const theirs = stop && told(stop);
  update(entry, { state: "undecided", theirs, why, isGone });
  listener.asked();
  return true;
}

function done(entry, stop) {
  without(entry.id);
  listener.sent(entry, stop);
  return true;
}

function refused(entry, answer) {
  const isForLater = answer.status === 401 || answer.status === 408 || answer.status === 429 || answer.status >= 500
    || answer.body?.code === "csrf_failed";
  if (!isForLater) return askAuthor(entry, null, { why: answer.detail });
  retryLater(answer.retryAfter * 1000);
  return false;
}

async function send(entry) {
  for (let attempt = 0; attempt < mostAttempts; attempt += 1) {
    if (attempt > 0 || entry.event === null) {
      const { stop, answer, isOther } = await current(entry);
      if (answer) return refused(entry, answer);
      if (stop === null) return askAuthor(entry, null, { isGone: true });
      if (same(cause(stop), entry)) return done(entry, stop);
      if (isOther || isEdited(entry, stop)) return askAuthor(entry, stop, { isGone: true });
      // Times that follow the units do not change a cause.
      if (!same(cause(stop), entry.base)) return askAuthor(entry, stop);
      update(entry, { event: stop.event_id, version: stop.version });
    }
    if (!entry.isSent) update(entry, { isSent: true });
    if (!listener.may(entry)) return false;
    const answer = await give(entry);
    if (isDone(answer)) return done(entry, answer.body);
    if (answer.status !== 412 && answer.status !== 404) return refused(entry, answer);
  }
  const { stop } = await current(entry);
  return askAuthor(entry, stop ?? null);
}

// It stays for later, and its author is told so once.
function keep(entry) {
  if (!entry || entry.isKept) return;
  update(entry, { isKept: true });
  listener.kept(entry);
}

function retryLater(atLeast) {
  failures += 1;
  clearTimeout(timer);
  timer = setTimeout(flush, Math.max(atLeast, Math.min(longestWait, shortestWait * 2 ** (failures - 1))));
}

/** What an entry that is made now keeps of its author. */
export const stamp = () => listener.stamp();

/** Sends what waits, in the order it was made. */
export async function flush() {
  if (isSending) {
    isWanted = true;
    return;
  }
  isSending = true;
  clearTimeout(timer);
  let entry = null;
  try {
    do {
      isWanted = false;
      for (entry of waiting()) {
        // Asked of each anew: who is there may have changed while the one before was sent.
        if (!listener.may(entry)) continue;
        if (!navigator.onLine) throw new TypeError("offline");
        if (!(await send(entry))) return keep(entry);
        failures = 0;
      }
    } while (isWanted);
  } catch {
    // No connection, or no answer: the next try asks under the same key.
    keep(entry);
    retryLater(0);
  } finally {
    isSending = false;
  }
}

/** Does what an author has decided about one: gives his cause all the same, or leaves the stop as it is. */
export async function decide(id, keepsMine) {
  const entry = read().find((one) => one.id === id);
  if (!entry) return;
  if (!keepsMine) {
    without(id);
    return;
  }
  // What its author has seen of the stop is what he decides about.
  let { theirs } = entry;
  if (!theirs) {
    const { stop } = await found(entry);
    if (!stop) return;
    theirs = told(stop);
  }
  const { incident, reason, ...place } = theirs;
  update(entry, {
    ...place, state: "waiting", key: identifier(), base: { incident, reason }, theirs: null, why: "", isGone: false, isSent: false });
  flush();
}

/** Tells a listener what becomes of entries, and sends those that are left of earlier. */
export function begin(wanted) {
  listener = { ...listener, ...wanted };
  addEventListener("online", flush);
  addEventListener("storage", (event) => { if (event.key === box) listener.changed(); });
  listener.changed();
  flush();
}
