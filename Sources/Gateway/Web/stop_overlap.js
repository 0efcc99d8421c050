// The registered stop that is in the way of typed times: what it is, and where it is shown.
import { ask, isDone } from "./api.js";
import { day } from "./plant_time.js";
import { causeName } from "./stop_causes.js";
import { span } from "./stop_times.js";
import { word } from "./words.js";

const base = document.documentElement.dataset.base;

/** The address that shows a stop of the list opened, as the code on a wall has it. */
function address(stop, zone) {
  const [start, end] = [Date.parse(stop.start), stop.end ? Date.parse(stop.end) : Date.now()];
  const query = new URLSearchParams({ period: "custom", from: day(start, zone), to: day(end, zone), line_id: stop.line_id });
  return `${base}/downtimes?${query}#stop=${stop.line_id}-${Math.floor(start / 1000).toString(36)}`;
}

/** What a refusal of times is said with, `{text, address}`; `other` is the number of the stop that is edited itself. */
export async function explain(refusal, line, { start, end }, zone, other = null) {
  const query = new URLSearchParams({ line_id: line, from: start, to: end ?? new Date().toISOString(), limit: "1000" });
  const answer = await ask("GET", `/downtimes?${query}`);
  const stop = (isDone(answer) ? answer.body.items : []).find((one) => one.source === "registered" && one.event_id !== other
    && (end === null || Date.parse(one.start) < Date.parse(end)) && (one.end === null || Date.parse(one.end) > Date.parse(start)));
  if (!stop) return { text: refusal, address: "" };
  const cause = causeName(stop.incident_id, stop.reason);
  return { text: word("overlap", { when: span(stop.start, stop.end, zone), cause }), address: address(stop, zone) };
}
