// The form of filters: what it says is the address, and the address is the view.
const form = document.getElementById("filters");
const chips = document.getElementById("chips");
const dates = document.getElementById("dates");
const standardPeriod = form.dataset.standardPeriod;
const names = ["plant_id", "line_id", "shift_id", "interval"];

const control = (name) => form.elements.namedItem(name);
const today = () => {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60000).toISOString().slice(0, 10);
};
const daysBefore = (date, days) => new Date(Date.parse(date) - days * 86400000).toISOString().slice(0, 10);

export const tab = () => control("tab").value;

export function query() {
  const items = new URLSearchParams();
  if (tab() !== "produccion") items.set("tab", tab());
  const period = control("period").value;
  if (period !== standardPeriod) items.set("period", period);
  if (period === "custom") {
    items.set("from", control("from").value);
    items.set("to", control("to").value);
  }
  for (const name of names) {
    const value = control(name)?.value;
    if (value) items.set(name, value);
  }
  return items.toString();
}

function days() {
  switch (control("period").value) {
    case "7d": return 7;
    case "30d": return 30;
    case "custom": return (Date.parse(control("to").value) - Date.parse(control("from").value)) / 86400000 + 1;
    default: return 1;
  }
}

/** Keeps the controls consistent: cascades, limits, dates, chips. False when the form cannot be asked yet. */
function settle() {
  const plant = control("plant_id")?.value ?? "";
  for (const name of ["line_id", "shift_id"]) {
    const select = control(name);
    if (!select) continue;
    for (const option of select.options) {
      const fits = !plant || !option.dataset.plant || option.dataset.plant.split(" ").includes(plant);
      option.hidden = option.disabled = !fits;
    }
    for (const group of select.querySelectorAll("optgroup")) {
      group.hidden = [...group.children].every((option) => option.hidden);
    }
    if (select.selectedOptions[0]?.disabled) select.value = "";
  }
  const isCustom = control("period").value === "custom";
  dates.hidden = !isCustom;
  const from = control("from");
  const to = control("to");
  from.required = to.required = isCustom;
  if (isCustom && !from.value) from.value = daysBefore(today(), 6);
  if (isCustom && !to.value) to.value = today();
  to.min = from.value;
  const interval = control("interval");
  for (const option of interval.options) {
    option.disabled = Number(option.dataset.maximumDays ?? Infinity) < days();
  }
  if (interval.selectedOptions[0]?.disabled) interval.value = "";
  for (const only of form.querySelectorAll("[data-tab-only]")) only.hidden = only.dataset.tabOnly !== tab();
  for (const link of document.querySelectorAll("[data-tab]")) {
    const items = new URLSearchParams(query());
    items.delete("tab");
    if (link.dataset.tab !== "produccion") items.set("tab", link.dataset.tab);
    link.href = `?${items}`;
    if (link.dataset.tab === tab()) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  showChips();
  return !isCustom || form.checkValidity();
}

function showChips() {
  const focused = chips.contains(document.activeElement);
  const made = [];
  for (const name of names) {
    const select = control(name);
    if (!select?.value || select.closest("[hidden]")) continue;
    const chip = document.getElementById("chip").content.firstElementChild.cloneNode(true);
    const label = select.closest("label").firstElementChild.textContent;
    chip.firstElementChild.textContent = `${label}: ${select.selectedOptions[0].textContent}`;
    chip.addEventListener("click", () => change(() => { select.value = ""; }));
    made.push(chip);
  }
  if (made.length > 1) {
    const clear = document.getElementById("chip-clear").content.firstElementChild.cloneNode(true);
    clear.addEventListener("click", () => change(() => {
      for (const name of names) if (control(name)) control(name).value = "";
    }));
    made.push(clear);
  }
  chips.replaceChildren(...made);
  if (focused) (chips.firstElementChild ?? control("line_id")).focus();
}

let changed = () => {};

const address = () => {
  const items = query();
  return items ? `?${items}` : location.pathname;
};

function change(edit) {
  edit();
  if (!settle()) return;
  if (address() !== location.search) history.pushState(null, "", address());
  changed();
}

/** Calls `handler` whenever the view is another one. */
export function watch(handler) {
  changed = handler;
  // One spelling for one view: going back finds every value among the options.
  if (settle()) history.replaceState(null, "", address());
  form.addEventListener("change", () => change(() => {}));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    change(() => {});
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-tab]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    change(() => { control("tab").value = link.dataset.tab; });
  });
  addEventListener("popstate", () => {
    const items = new URLSearchParams(location.search);
    control("tab").value = items.get("tab") ?? "produccion";
    control("period").value = items.get("period") ?? standardPeriod;
    for (const name of [...names, "from", "to"]) {
      if (control(name)) control(name).value = items.get(name) ?? "";
    }
    if (settle()) handler();
  });
}
