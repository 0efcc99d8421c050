// What an edit would make of the figures, told before it is made. The figures are the server's.
import { ask, isDone } from "./api.js";
import { duration, percent, word } from "./words.js";

const rows = [
  ["availability", percent], ["oee", percent], ["downtime", duration, "downtime_seconds"], ["stops", String, "stops"],
  ["mttr", duration, "mttr_seconds"], ["mtbf", duration, "mtbf_seconds"],
];

function days({ from, to, timezone }) {
  const format = new Intl.DateTimeFormat(document.documentElement.lang, {
    day: "numeric", month: "short", timeZone: timezone ?? "UTC" });
  return format.formatRange(new Date(from), new Date(Date.parse(to) - 1));
}

function draw(place, effect, line) {
  const content = document.getElementById("effect-table").content.cloneNode(true);
  content.querySelector("p").textContent = word("effect_of", { line, days: days(effect.period) });
  const body = content.querySelector("tbody");
  let isChanged = false;
  for (const [name, format, field] of rows) {
    const [before, after] = [effect.before[field ?? name], effect.after[field ?? name]].map((value) => format(value ?? null));
    const row = body.insertRow();
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = word(`kpi_${name}`);
    row.append(head);
    for (const value of [before, after]) {
      const cell = row.insertCell();
      cell.className = "number";
      cell.textContent = value;
    }
    row.classList.toggle("is-changed", before !== after);
    isChanged ||= before !== after;
  }
  if (!isChanged) content.querySelector("p").textContent += ` · ${word("no_effect")}`;
  place.replaceChildren(content);
  place.hidden = false;
}

/**
 * Asks what an edit would do and shows it, unless something else is wanted by then. Gives the answer; the edit may be made
 * when that is done.
 */
export async function tryOut(place, line, { method, path }, options, isWanted) {
  const answer = await ask(method, `${path}?dry_run=true`, options);
  if (!isWanted()) return answer;
  place.hidden = true;
  if (isDone(answer)) draw(place, answer.body, line);
  return answer;
}
