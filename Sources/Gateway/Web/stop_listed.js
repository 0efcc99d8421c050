// A stop as the list of its time has it. One that is no more is not in that list, where asking for itself would be refused.
import { ask, isDone } from "./api.js";
import { serverTime } from "./clock.js";

/** The stop of a number in a time; null where none is listed there. Rejects where it cannot be known. */
export async function listed({ line_id: line, event_id: event, start, end }) {
  const to = end ?? new Date(Math.max(serverTime(), Date.parse(start) + 1000)).toISOString();
  const query = new URLSearchParams({ line_id: line, limit: "1000", from: start, to });
  const answer = await ask("GET", `/downtimes?${query}`);
  if (!isDone(answer)) throw new Error(answer.detail);
  return answer.body.items.find((one) => one.event_id === event) ?? null;
}
