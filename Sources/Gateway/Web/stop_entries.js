// What becomes of causes on their way: marked on their stops, told in one line that takes them back, and asked about where
// somebody else changed the same stop.
import { ask, isDone, match } from "./api.js";
import { catchUp } from "./live.js";
import * as outbox from "./outbox.js";
import { causeName } from "./stop_causes.js";
import * as conflict from "./stop_conflict.js";
import { listed } from "./stop_listed.js";
import { counted, word } from "./words.js";

const board = document.getElementById("board");
const sheet = document.getElementById("stop");
const toast = document.getElementById("toast");
const toastTime = 10000;

// Where one person uses the page, every entry is his.
let people = { stamp: () => ({}), may: () => true, call: (entry, then) => then() };

const rows = () => [...board.querySelectorAll("[data-stop]")];

// What is not sent yet stands on the stop it is for.
export function markUnsent() {
  for (const row of rows()) {
    const entry = outbox.pending(row.dataset.line, row.dataset.start);
    let mark = row.querySelector(".stop-unsent");
    row.classList.toggle("is-unsent", entry !== undefined);
    if (!entry) {
      mark?.remove();
      continue;
    }
    if (!mark) {
      mark = document.createElement("span");
      mark.className = "badge badge-waiting stop-unsent";
      row.querySelector(".stop-when").append(" ", mark);
    }
    mark.textContent = `${word("not_sent")}: ${causeName(entry.incident, entry.reason)}`;
  }
}

export function showUnsent() {
  for (const [id, entries, name] of [["unsent", outbox.waiting(), "unsent"], ["undecided", outbox.undecided(), "undecided"]]) {
    const banner = document.getElementById(id);
    // What is sent at once is not worth a word.
    const shown = id === "unsent" ? entries.filter((entry) => entry.isKept || !navigator.onLine || !people.may(entry)) : entries;
    banner.hidden = shown.length === 0;
    banner.querySelector("p").textContent = counted(name, shown.length);
  }
  markUnsent();
}

// One line at the bottom that says what was done and takes it back.

let undo = null;
let toastTimer = null;

/** Says what was done, and offers to take it back. */
export function say(text, takeBack = null) {
  undo = takeBack;
  toast.querySelector("p").textContent = text;
  toast.querySelector("button").hidden = takeBack === null;
  toast.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { toast.hidden = true; }, toastTime);
}

/** Whether nobody has edited a stop since; that one which ran has ended is nobody's edit. */
function isUnedited(stop, now) {
  const hasEnded = stop.end === null && stop.source === "calculated";
  return now.justified_at === stop.justified_at && now.source === stop.source && now.start === stop.start
    && (now.end === stop.end || hasEnded);
}

/** Takes the last edit of a stop back, unless somebody else has made another one since. One without version is no more. */
export const undoing = (stop) => async () => {
  const path = `/downtimes/${stop.line_id}/${stop.event_id}`;
  const attempt = (version) => ask("POST", `${path}/undo`, { headers: match(version) });
  try {
    if (!stop.version && (await listed(stop))) {
      say(word("undo_late"));
      return;
    }
    let answer = await attempt(stop.version);
    if (answer.status === 412) {
      const now = await ask("GET", path);
      if (isDone(now) && isUnedited(stop, now.body)) answer = await attempt(now.body.version);
    }
    if (isDone(answer)) say(word("undone"));
    else say(answer.body?.code === "conflict" ? word("undo_late") : answer.detail || word("failed"));
    catchUp();
  } catch {
    say(word("offline"));
  }
};

toast.querySelector("button").addEventListener("click", () => {
  const takeBack = undo;
  toast.hidden = true;
  takeBack?.();
});

// What somebody else changed too is decided by whoever gave the cause.

function decide() {
  const [entry] = outbox.undecided();
  if (entry) people.call(entry, () => askAbout(entry));
}

async function askAbout(entry) {
  const { theirs } = entry;
  const keep = await conflict.decide({
    which: `${entry.lineCode} · ${entry.when}`,
    why: entry.isGone ? word("gone") : entry.why,
    mine: causeName(entry.incident, entry.reason),
    theirs: theirs ? causeName(theirs.incident, theirs.reason) : "—",
  });
  if (!keep) return;
  await outbox.decide(entry.id, keep === "mine").catch(() => say(word("offline")));
  catchUp();
  decide();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-send]")) {
    const [other] = outbox.waiting().filter((entry) => !people.may(entry));
    if (other) people.call(other, outbox.flush);
    else outbox.flush();
  }
  if (event.target.closest("[data-decide]")) decide();
});

sheet.addEventListener("camet:saved", (event) => {
  const { id, cause } = event.detail;
  if (!navigator.onLine) say(word("kept", { cause }), () => outbox.takeBack(id));
});

/**
 * Begins to send what waits.
 *
 * Where several people use the page: `stamp` gives what an entry keeps of its author, `may` tells whether he is there, and
 * `call` does something once he is.
 */
export function begin(wanted = people) {
  people = wanted;
  outbox.begin({
    stamp: people.stamp,
    may: people.may,
    changed: showUnsent,
    sent(entry, stop) {
      say(word("saved", { line: entry.lineCode, cause: causeName(entry.incident, entry.reason) }), undoing(stop));
      catchUp();
    },
    kept(entry) {
      say(word("kept", { cause: causeName(entry.incident, entry.reason) }), () => outbox.takeBack(entry.id));
    },
    asked() {
      if (!sheet.open && !conflict.isOpen()) decide();
    },
  });
  addEventListener("offline", showUnsent);
  addEventListener("online", showUnsent);
}
