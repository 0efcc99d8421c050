// The page of stops: its board kept current, the panel of one stop, and what is on its way to the server.
import { covers, query, watch } from "./filters.js";
import { catchUp, keepCurrent, restart } from "./live.js";
import * as edits from "./stop_edits.js";
import * as enter from "./stop_enter.js";
import * as entries from "./stop_entries.js";
import * as panel from "./stop_panel.js";

const board = document.getElementById("board");

const rows = () => [...board.querySelectorAll("[data-stop]")];

/** The row of the stop that the end of an address names: its line and the second it began in. */
function named(hash) {
  const [, line, second] = /^#stop=(\d+)-([0-9a-z]+)$/.exec(hash) ?? [];
  return rows().find((one) => one.dataset.line === line
    && Math.floor(Date.parse(one.dataset.start) / 1000) === parseInt(second, 36));
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-enter]")) return enter.open();
  const other = event.target.closest(".other-stop");
  const mark = event.target.closest("[data-open]");
  const row = event.target.closest("[data-stop]")
    ?? (other && named(other.hash)) ?? (mark && rows().find((one) => one.dataset.stop === mark.dataset.open));
  if (!row) return;
  // What is on the board needs no other page.
  event.preventDefault();
  enter.close();
  panel.open(panel.read(row));
});

function told(text, made) {
  entries.say(text, made && entries.undoing(made));
  catchUp();
}

// The address names the stop that is open, so that whoever opens it sees the same.
const view = () => location.pathname + location.search;
// One step back leaves the panel; one step on opens it again.
const sheet = document.getElementById("stop");
panel.onOpen(({ line, start }) => {
  const address = `#stop=${line}-${Math.floor(Date.parse(start) / 1000).toString(36)}`;
  if (location.hash !== address) history[sheet.open ? "replaceState" : "pushState"](null, "", `${view()}${address}`);
});
sheet.addEventListener("close", () => {
  if (!sheet.open && location.hash.startsWith("#stop=")) history.replaceState(null, "", view());
});
addEventListener("popstate", () => {
  const row = named(location.hash);
  wanted = row ? "" : location.hash; // of a view that is still asked for
  if (row) panel.open(panel.read(row));
  else if (sheet.open) panel.close();
});

edits.begin(told);
enter.begin(told);
entries.begin();

// The code on a wall leads here, to one stop.
let wanted = location.hash;

function openWanted() {
  const row = wanted && named(wanted);
  if (row) history.replaceState(null, "", `${view()}${wanted}`);
  wanted = "";
  if (row) panel.open(panel.read(row));
}

watch(restart);
keepCurrent({
  panel: () => board,
  address: () => `/downtimes/board?${query()}`,
  concerns: covers,
  shown() {
    entries.markUnsent();
    panel.sync(rows());
    openWanted();
  },
});
