// The stops around one that it may be merged with, and the numbers that they are named by.
import { ask, isDone } from "./api.js";
import { day } from "./plant_time.js";
import { causeName } from "./stop_causes.js";
import { span } from "./stop_times.js";
import { duration } from "./words.js";

const near = 12 * 3600000; // how far around a stop others are offered
const mostOfSide = 2;
const place = document.getElementById("neighbours");

const end = (stop) => (stop.end ? Date.parse(stop.end) : Date.now());

/** The numbers of those that are chosen. */
export let chosen = [];

async function around(stop, margin) {
  const query = new URLSearchParams({
    line_id: stop.line, limit: "1000",
    from: new Date(Date.parse(stop.start) - margin).toISOString(), to: new Date(end(stop) + margin).toISOString() });
  const answer = await ask("GET", `/downtimes?${query}`);
  return isDone(answer) ? answer.body.items : [];
}

/** Stores stops that were found a moment ago, so that each has a number to be named by. */
async function store(stop, margin) {
  await ask("POST", "/downtimes/recalculate", { body: {
    line_id: Number(stop.line), from: day(Date.parse(stop.start) - margin, stop.zone), to: day(end(stop) + margin, stop.zone) } });
  return around(stop, margin);
}

/** Sees to it that a stop has a number. False where it cannot be had. */
export async function withNumber(stop) {
  if (stop.event !== null) return true;
  const found = (await store(stop, 0)).find((one) => one.start === stop.start);
  if (!found?.event_id) return false;
  Object.assign(stop, { event: found.event_id, version: found.version });
  return true;
}

function offer(other, stop, changed) {
  const one = document.createElement("button");
  one.type = "button";
  one.className = "pick";
  one.setAttribute("aria-pressed", "false");
  const [name, detail] = [document.createElement("span"), document.createElement("span")];
  name.className = "pick-name";
  name.textContent = span(other.start, other.end, stop.zone);
  detail.className = "muted small";
  detail.textContent = `${duration(other.duration_seconds)} · ${causeName(other.incident_id, other.reason)}`;
  one.append(name, detail);
  one.addEventListener("click", () => {
    const isChosen = one.getAttribute("aria-pressed") === "true";
    one.setAttribute("aria-pressed", String(!isChosen));
    chosen = isChosen ? chosen.filter((id) => id !== other.event_id) : [...chosen, other.event_id];
    changed();
  });
  return one;
}

/** Offers those before and after a stop; calls a function whenever others are chosen. Gives how many are offered. */
export async function begin(stop, changed) {
  chosen = [];
  place.replaceChildren();
  let stops = await around(stop, near);
  if (stops.some((one) => one.event_id === null)) stops = await store(stop, near);
  const others = stops.filter((one) => one.start !== stop.start && one.event_id !== null);
  const before = others.filter((one) => one.start < stop.start).slice(0, mostOfSide).reverse();
  const after = others.filter((one) => one.start > stop.start).reverse().slice(0, mostOfSide);
  place.replaceChildren(...[...before, ...after].map((other) => offer(other, stop, changed)));
  return before.length + after.length;
}
