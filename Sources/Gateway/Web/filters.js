// The form of filters: what it says is the address, and the address is the view.
import * as chips from "./filter_chips.js";
import { plain } from "./searched.js";

const form = document.getElementById("filters");
const dates = document.getElementById("dates");
const compareDates = document.getElementById("compare-dates");
const fold = form.querySelector("[data-fold]");
// Those of the dashboard and of no other page.
const own = [
  "interval", "compare", "area_ids", "product_ids", "downtime_threshold", "show_downtime", "highlight_peaks", "curve_type",
  "search",
];
const names = ["plant_id", "line_id", "shift_id", ...own];
const compared = ["compare_from", "compare_to"];
const pause = 250; // milliseconds without a letter after which what is searched for is asked for

// Which of several tabs is shown, by the name the address has for it; the standard one is not named there.
const tabs = form.querySelector("[data-tabs]");

const control = (name) => form.elements.namedItem(name);

// What carries the values of a filter: one field, or a box for each value.
function fields(name) {
  const found = control(name);
  if (!found) return [];
  return found instanceof RadioNodeList ? [...found] : [found];
}

const isBox = (field) => field.type === "checkbox";
function value(field) {
  if (isBox(field) ? !field.checked : field.type === "number" && !field.validity.valid) return "";
  // One spelling for one number.
  return field.type === "number" && field.value ? String(Number(field.value)) : field.value.trim();
}
const chosen = (name) => fields(name).filter((field) => !field.disabled && value(field));

function choose(name, values) {
  for (const field of fields(name)) {
    if (isBox(field)) field.checked = values.includes(field.value);
    else field.value = values[0] ?? "";
  }
}

const today = () => {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10);
};
const daysBefore = (date, days) => new Date(Date.parse(date) - days * 86400000).toISOString().slice(0, 10);

export const tab = () => tabs.value;

/** What the address says. Always the period, as the one a page opens with is another for another role. */
export function query() {
  const items = new URLSearchParams();
  if (tab() !== tabs.dataset.tabs) items.set(tabs.name, tab());
  const period = control("period").value;
  items.set("period", period);
  if (period === "custom") {
    items.set("from", control("from").value);
    items.set("to", control("to").value);
  }
  for (const name of names) {
    for (const field of chosen(name)) items.append(name, value(field));
    if (name !== "compare" || control(name)?.value !== "custom") continue;
    for (const date of compared) items.set(date, control(date).value);
  }
  return items.toString();
}

/** Whether a line is among those that are shown. Which lines a group has is not known here. */
export function covers(line) {
  const chosen = control("line_id")?.value ?? "";
  if (chosen) return chosen.startsWith("group") || chosen === String(line);
  const plant = control("plant_id")?.value ?? "";
  const option = control("line_id")?.querySelector(`option[value="${line}"]`);
  return !plant || !option || option.dataset.plant === plant;
}

const daysFrom = (start, end) => (Date.parse(control(end).value) - Date.parse(control(start).value)) / 86400000 + 1;

/** How long the period is, or the dates it is compared with where those are more. */
function days() {
  const other = control("compare")?.value === "custom" ? daysFrom(...compared) || 0 : 0;
  switch (control("period").value) {
    case "7d": return Math.max(7, other);
    case "30d": return Math.max(30, other);
    case "custom": return Math.max(daysFrom("from", "to"), other);
    default: return Math.max(1, other);
  }
}

/** Whether two choices can be made together, by the plants each is of; one without any is of all. */
const meet = (one, other) => !one || !other || one.split(" ").some((plant) => other.split(" ").includes(plant));

/** Keeps the controls consistent: cascades, limits, dates, chips. False when the form cannot be asked yet. */
function settle() {
  const plant = control("plant_id")?.value ?? "";
  for (const name of ["line_id", "shift_id"]) {
    const select = control(name);
    if (!select) continue;
    // A shift is of the plants of the lines that are chosen, too.
    const ofLines = name === "shift_id" ? control("line_id")?.selectedOptions[0]?.dataset.plant : "";
    for (const option of select.options) {
      const fits = [plant, ofLines].every((wanted) => meet(option.dataset.plant, wanted));
      option.hidden = option.disabled = !fits;
    }
    for (const group of select.querySelectorAll("optgroup")) {
      group.hidden = [...group.children].every((option) => option.hidden);
    }
    if (select.selectedOptions[0]?.disabled) select.value = "";
  }
  for (const group of form.querySelectorAll("[data-choices]")) settleChoices(group);
  const isCustom = control("period").value === "custom";
  settleDates(dates, isCustom, "from", "to", 6, 0);
  const isCompared = control("compare")?.value === "custom";
  if (compareDates) settleDates(compareDates, isCompared, ...compared, 13, 7);
  const interval = control("interval");
  for (const option of interval?.options ?? []) {
    option.disabled = Number(option.dataset.maximumDays ?? Infinity) < days();
  }
  if (interval?.selectedOptions[0]?.disabled) interval.value = "";
  for (const only of form.querySelectorAll("[data-tab-only]")) only.hidden = only.dataset.tabOnly !== tab();
  const view = query();
  for (const link of document.querySelectorAll("[data-tab]")) {
    const items = new URLSearchParams(view);
    items.delete(tabs.name);
    if (link.dataset.tab !== tabs.dataset.tabs) items.set(tabs.name, link.dataset.tab);
    link.href = `?${items}`;
    if (link.dataset.tab === tab()) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  for (const link of document.querySelectorAll("[data-keeps-view]")) {
    const items = new URLSearchParams(view);
    for (const name of [tabs.name, ...own, ...compared]) items.delete(name);
    link.search = items.toString();
  }
  for (const number of form.querySelectorAll("input[type=number]")) showFault(number);
  showPlace();
  showChips();
  // A number out of its bounds is none, and says so itself; without its dates there is no period to ask for.
  return [...form.querySelectorAll("input[type=date]")].every((date) => date.checkValidity());
}

/** Says beside a number what it must be, while it is not that. */
function showFault(number) {
  const isWrong = !number.validity.valid;
  document.getElementById(number.getAttribute("aria-describedby")).hidden = !isWrong;
  if (isWrong) number.setAttribute("aria-invalid", "true");
  else number.removeAttribute("aria-invalid");
}

/** Offers the choices of the line that is chosen, and says what is chosen. */
function settleChoices(group) {
  const line = control("line_id")?.value ?? "";
  const all = [...group.querySelectorAll("label")];
  for (const label of all) {
    if (label.dataset.line === undefined) continue;
    const box = label.querySelector("input");
    label.hidden = box.disabled = label.dataset.line !== line;
    if (box.disabled) box.checked = false;
  }
  group.hidden = !all.some((label) => !label.querySelector("input").disabled);
  if (group.hidden) group.querySelector("details").open = false;
  const names = all.filter((label) => label.querySelector("input").checked).map((label) => label.textContent.trim());
  const said = group.querySelector("[data-said]");
  const { none, several } = said.dataset;
  const text = names.length > 1 ? several.replace("{n}", names.length) : names[0] ?? none;
  if (said.textContent !== text) said.textContent = text;
}

/** Two dates that are there only where dates are chosen, and then begin with those so many days ago. */
function settleDates(field, isWanted, start, end, first, last) {
  field.hidden = !isWanted;
  const [from, to] = [control(start), control(end)];
  from.required = to.required = isWanted;
  if (isWanted && !from.value) from.value = daysBefore(today(), first);
  if (isWanted && !to.value) to.value = daysBefore(today(), last);
  to.min = isWanted ? from.value : "";
}

/** The bar names the plant that is chosen. */
function showPlace() {
  const plant = control("plant_id")?.value ?? "";
  for (const link of document.querySelectorAll("[data-choose-plant]")) {
    const isChosen = link.dataset.choosePlant === plant;
    link.toggleAttribute("aria-current", isChosen);
    if (!isChosen) continue;
    link.setAttribute("aria-current", "true");
    document.getElementById("place-plant").textContent = plant ? link.textContent : "";
  }
}

// What a filter is called, and what is chosen in it.
function described(field) {
  const group = field.closest("[data-choices]");
  const label = field.closest("label");
  const text = label.textContent.trim();
  if (group) return `${group.firstElementChild.textContent}: ${text}`;
  if (isBox(field)) return text;
  return `${label.firstElementChild.textContent}: ${field.selectedOptions?.[0].textContent ?? value(field)}`;
}

function showChips() {
  const shown = names.flatMap(chosen).filter((field) => isBox(field) || !field.closest("[hidden]"));
  for (const count of form.querySelectorAll("[data-count-of]")) {
    const inside = shown.filter((field) => field.closest(`#${count.dataset.countOf}`)).length;
    count.hidden = !inside;
    count.textContent = inside;
  }
  if (chips.show(shown.map((field) => ({ field, text: described(field) })))) return;
  [control("line_id"), fold, form.querySelector("[name=period]:checked")].find((one) => one?.checkVisibility()).focus();
}

let changed = () => {};
let told = null; // the view that was shown last
let timer = null;
let isTyping = false; // what is written is one view, whatever was shown meanwhile

const address = () => `?${query()}`;

function change(edit) {
  clearTimeout(timer);
  edit();
  if (!settle() || query() === told) return false;
  told = query();
  if (address() !== location.search) history[isTyping ? "replaceState" : "pushState"](null, "", address());
  changed();
  return true;
}

/** What a field says is chosen no more; without one, what any does. */
function leave(field) {
  isTyping = false;
  change(() => {
    if (!field) for (const name of names) choose(name, []);
    else if (isBox(field)) field.checked = false;
    else field.value = "";
  });
}

// Of long lists those that have what is written.
function find(input) {
  const wanted = plain(input.value);
  for (const label of input.parentElement.querySelectorAll("label")) {
    label.hidden = !plain(label.textContent).includes(wanted);
  }
}

/** Calls `handler` whenever the view is another one. */
export function watch(handler) {
  changed = handler;
  // One spelling for one view, the period in it: going back finds every value among the options.
  if (settle()) history.replaceState(null, "", address());
  told = query();
  chips.begin(leave);
  form.addEventListener("change", ({ target }) => {
    change(() => {});
    if (target.willValidate) target.reportValidity();
  });
  form.addEventListener("input", ({ target }) => {
    if (target.matches("[data-find]")) return find(target);
    if (target.type === "number" && target.validity.valid) showFault(target);
    if (target.name !== "search") return;
    clearTimeout(timer);
    timer = setTimeout(() => { isTyping = change(() => {}) || isTyping; }, pause);
  });
  form.addEventListener("focusout", ({ target }) => { if (target.name === "search") isTyping = false; });
  // A list that would leave the window stands at the other edge of what it belongs to.
  form.addEventListener("toggle", ({ target }) => {
    const list = target.open && target.querySelector(":scope > .choices-list");
    if (!list) return;
    list.removeAttribute("data-end");
    list.toggleAttribute("data-end", list.getBoundingClientRect().right > document.documentElement.clientWidth);
  }, true);
  fold?.addEventListener("click", () => {
    const body = document.getElementById(fold.getAttribute("aria-controls"));
    fold.setAttribute("aria-expanded", body.toggleAttribute("data-open"));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    change(() => {});
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-tab], a[data-choose-plant]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const plant = control("plant_id");
    if (!link.matches("[data-tab]") && !plant) return;
    event.preventDefault();
    change(() => {
      if (link.matches("[data-tab]")) tabs.value = link.dataset.tab;
      else plant.value = link.dataset.choosePlant;
    });
    const menu = link.closest("details");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  addEventListener("popstate", () => {
    const items = new URLSearchParams(location.search);
    isTyping = false;
    if (items.toString() === query()) return;
    tabs.value = items.get(tabs.name) ?? tabs.dataset.tabs;
    control("period").value = items.get("period");
    for (const name of [...names, "from", "to", ...compared]) choose(name, items.getAll(name));
    if (!settle()) return;
    told = query();
    handler();
  });
}
