// The page of a station: its board kept current, who is at it, the panel of one stop, and what is on its way to the server.
import { catchUp, keepCurrent } from "./live.js";
import * as entries from "./stop_entries.js";
import * as outbox from "./outbox.js";
import * as panel from "./stop_panel.js";
import * as split from "./station_split.js";
import * as turn from "./station_turn.js";

const board = document.getElementById("board");

const rows = () => [...board.querySelectorAll("[data-stop]")];

board.addEventListener("click", (event) => {
  const row = event.target.closest("[data-stop]");
  if (!row) return;
  const stop = panel.read(row);
  turn.call(null, () => {
    panel.open(stop);
    panel.sync(rows());
  });
});

split.begin((text, made) => {
  entries.say(text, entries.undoing(made));
  catchUp();
});

// Whoever comes next finds nothing open that is somebody else's; what he had typed stays for him.
turn.begin(() => {
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  entries.showUnsent();
});

entries.begin({
  stamp: () => turn.person() ?? {},
  may: (entry) => entry.person === turn.person()?.person,
  call: (entry, then) => turn.call(entry, then),
});
document.getElementById("who").addEventListener("close", () => {
  if (turn.person()) outbox.flush();
  entries.showUnsent();
});

keepCurrent({
  panel: () => board,
  address: () => "/station/board",
  shown() {
    entries.markUnsent();
    panel.sync(rows());
  },
});

// A tablet that is none any more shows and keeps nothing of the company: what says so stays alone.
const revoked = document.querySelector("[data-banner=signed-out]");
new MutationObserver(() => {
  if (revoked.hidden) return;
  globalThis.caches?.delete("camet-station");
  turn.end();
  for (const dialog of document.querySelectorAll("dialog[open]")) dialog.close();
  const main = document.getElementById("content");
  for (const one of [...document.body.children]) if (one !== main) one.remove();
  for (const one of [...main.children]) if (one.id !== "banner") one.remove();
  document.title = revoked.textContent.trim();
}).observe(revoked, { attributeFilter: ["hidden"] });

// Over TLS, or on this machine: elsewhere browsers keep nothing, and a page that is loaded without a connection is not shown.
if ("serviceWorker" in navigator) {
  const page = `${document.documentElement.dataset.base}/station`;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    // What was loaded before there was anybody to keep it.
    const files = performance.getEntriesByType("resource").map((one) => one.name).filter((one) => one.includes("/static/"));
    for (const address of [page, ...files]) fetch(address).catch(() => {});
  });
  navigator.serviceWorker.register(`${page}/offline.js`, { scope: page }).catch(() => {});
}
