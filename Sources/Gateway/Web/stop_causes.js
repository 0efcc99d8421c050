// The choice of a cause: those given last on the line, else failure and then incident. By pointer, by digits, by arrows.
import { word } from "./words.js";

const mostLatest = 4;
const latest = new Map([...document.querySelectorAll("#latest-causes [data-line]")]
  .map((one) => [one.dataset.line, one.dataset.incidents.split(" ")]));

const pick = (incident) => document.querySelector(`[data-of-failure] [data-incident="${incident}"]`);

/** What a cause is called. */
export function causeName(incident, reason) {
  if (incident === null || incident === undefined) return reason || word("unjustified");
  const name = pick(incident)?.dataset.name ?? `n.º ${incident}`;
  return reason ? `${name} (${reason})` : name;
}

/** Offers an incident first from now on, on its line. */
export function remember(line, incident) {
  const text = String(incident);
  latest.set(line, [text, ...(latest.get(line) ?? []).filter((one) => one !== text)]);
}

/**
 * The choice of a cause in a sheet; null where it has none. Calls a function with the incident that is chosen.
 *
 * - show: begins anew, with what may happen on a line;
 * - back: goes back to the failures; false where they are shown;
 * - fits: whether an incident may happen on a line;
 * - focus: goes to the first that can be chosen; false where there is none.
 */
export function choice(sheet, chosen) {
  const root = sheet.querySelector("[data-causes]");
  if (!root) return null;
  const steps = [...root.querySelectorAll("[data-step]")];
  const failures = [...root.querySelectorAll("[data-failure]")];
  const group = root.querySelector(".latest");
  const incidents = root.querySelector('[data-step="incident"]');

  const isOf = (failure, line) => failure.dataset.lines === "" || failure.dataset.lines.split(" ").includes(line);
  const picks = () => [...root.querySelectorAll("[data-step]:not([hidden]) .pick")].filter((one) => one.offsetParent !== null);
  const focus = () => {
    picks()[0]?.focus();
    return picks().length > 0;
  };
  const showStep = (name) => { for (const step of steps) step.hidden = step.dataset.step !== name; };

  function fits(incident, line) {
    const failure = pick(incident)?.closest("[data-of-failure]").dataset.ofFailure;
    return failures.some((one) => one.dataset.failure === failure && isOf(one, line));
  }

  function show(line) {
    showStep("failure");
    for (const failure of failures) failure.hidden = !isOf(failure, line);
    const offered = (latest.get(line) ?? []).filter((incident) => pick(incident)).slice(0, mostLatest);
    group.hidden = offered.length === 0;
    group.querySelector(".choices").replaceChildren(...offered.map((incident) => {
      const button = pick(incident).cloneNode(true);
      button.firstElementChild.textContent = button.dataset.name;
      return button;
    }));
  }

  function showIncidents(failure) {
    showStep("incident");
    incidents.querySelector("h3").textContent = failure.querySelector(".pick-name").textContent;
    for (const one of incidents.querySelectorAll("[data-of-failure]")) one.hidden = one.dataset.ofFailure !== failure.dataset.failure;
    focus();
  }

  function back() {
    if (incidents.hidden || root.hidden) return false;
    showStep("failure");
    focus();
    return true;
  }

  root.addEventListener("click", (event) => {
    const failure = event.target.closest("[data-failure]");
    if (failure) return showIncidents(failure);
    const incident = event.target.closest("[data-incident]");
    if (incident) return chosen(Number(incident.dataset.incident));
    if (event.target.closest("[data-back]")) back();
  });
  sheet.addEventListener("cancel", (event) => { if (back()) event.preventDefault(); });
  sheet.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, details, [role=slider]")) return;
    if (/^[1-9]$/.test(event.key)) {
      picks()[Number(event.key) - 1]?.click();
      return;
    }
    const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    const index = picks().indexOf(document.activeElement);
    if (!step || index < 0) return;
    event.preventDefault();
    picks()[Math.max(0, Math.min(picks().length - 1, index + step))].focus();
  });
  return { show, back, fits, focus };
}
