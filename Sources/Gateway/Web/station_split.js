// Splitting a stop at a station: here, or a minute or five beside it.
import { ask, isDone, match } from "./api.js";
import { serverTime } from "./clock.js";
import { local } from "./plant_time.js";
import * as panel from "./stop_panel.js";
import { splitsAny } from "./station_turn.js";
import { word } from "./words.js";

const part = document.getElementById("station-split");
const carryOut = document.getElementById("split-do");
const minute = 60000;

let stop = null;
let at = 0;

function show() {
  document.getElementById("split-time").textContent = local(at, stop.zone).slice(11);
}

/** Whole seconds, inside the stop. */
function move(wanted) {
  const end = stop.end ? Date.parse(stop.end) : serverTime();
  at = Math.max(Date.parse(stop.start) + 1000, Math.min(end - 1000, wanted));
  at = Math.floor(at / 1000) * 1000;
  show();
}

/** Of a stop that runs now, "here" is now; of one that is over, its middle. */
const here = () => (stop.end ? (Date.parse(stop.start) + Date.parse(stop.end)) / 2 : serverTime());

export function begin(finished) {
  panel.onOpen((opened) => {
    stop = opened;
    part.hidden = stop.event === null || (!splitsAny() && stop.source !== "registered");
    if (!part.hidden) move(here());
  });
  part.addEventListener("click", (event) => {
    const step = event.target.closest("[data-move]");
    if (!step) return;
    const minutes = Number(step.dataset.move);
    move(minutes === 0 ? here() : at + minutes * minute);
  });
  carryOut.addEventListener("click", async () => {
    carryOut.disabled = true;
    panel.complain("");
    try {
      const answer = await ask("POST", `/downtimes/${stop.line}/${stop.event}/split`, {
        headers: match(stop.version), body: { at: new Date(at).toISOString() } });
      if (isDone(answer)) {
        panel.close();
        finished(word("split_done"), answer.body.items[0]);
      } else {
        panel.complain(answer.detail || word("failed"));
      }
    } catch {
      panel.complain(word("offline"));
    } finally {
      carryOut.disabled = false;
    }
  });
}
