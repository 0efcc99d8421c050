// The data of a chart, and as a table, made when it is opened; needs no chart library.
import { matching } from "./searched.js";

/** The JSON in the template with an id. */
export const data = (root, id) => JSON.parse(root.querySelector(`#${CSS.escape(id)}`).content.textContent);

/** How numbers are written in a language. */
export function numbers(language, options = {}) {
  const format = new Intl.NumberFormat(language, { useGrouping: "always", ...options });
  return (value) => format.format(value);
}

/** How the values of each form of column, and the numbers along axes, are written in a language. */
export function forms(language) {
  const one = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return {
    text: String, count: numbers(language), seconds: numbers(language, { maximumFractionDigits: 0 }),
    ratio: numbers(language, { style: "percent", ...one }), percent: numbers(language, { style: "percent" }),
    short: numbers(language, { maximumSignificantDigits: 2 }), hours: numbers(language, one), kilograms: numbers(language, one),
  };
}

/**
 * A chart's data as a table: `head`, the names of its columns, and `rows` of cells.
 *
 * Each cell has `text` as it is read, the `value` behind it (null: none), its column's `form`, and maybe a `link`.
 */
export function table(chart) {
  const write = forms(chart.language);
  const cell = (column, row) => {
    const value = column.values[row] ?? null;
    const text = column.texts?.[row] ?? (value === null ? "—" : write[column.form](value));
    return { text, value, form: column.form, link: column.links?.[row] };
  };
  const length = chart.columns[0].values.length;
  return {
    head: chart.columns.map((column) => column.name),
    rows: Array.from({ length }, (_, row) => chart.columns.map((column) => cell(column, row))),
  };
}

// What is searched for on the page that a tile shows.
const searched = (tile) => tile.closest("[data-search]")?.dataset.search;

/** The table of a tile's data: the rows that have what is searched for. */
export function tableOf(tile, chart) {
  const { head, rows } = table(chart);
  return { head, rows: matching(rows, searched(tile)) };
}

function fillTable(details) {
  const chart = data(details.parentElement, details.dataset.table);
  const { head, rows } = tableOf(details, chart);
  if (!rows.length && searched(details)) return details.querySelector(".scroll").replaceChildren(nothing(searched(details)));
  const isNumber = chart.columns.map((column) => column.form !== "text");
  const made = document.createElement("table");
  made.className = "table";
  const row = (parent, cells) => {
    const line = parent.insertRow();
    cells.forEach(({ text, link }, index) => {
      const isHead = index === 0 || parent.tagName === "THEAD";
      const cell = document.createElement(isHead ? "th" : "td");
      if (isHead) cell.scope = parent.tagName === "THEAD" ? "col" : "row";
      if (isNumber[index]) cell.className = "number";
      if (link) {
        const anchor = document.createElement("a");
        anchor.href = link;
        anchor.textContent = text;
        cell.append(anchor);
      } else cell.textContent = text;
      line.append(cell);
    });
  };
  row(made.createTHead(), head.map((text) => ({ text })));
  const body = made.createTBody();
  for (const cells of rows) row(body, cells);
  details.querySelector(".scroll").replaceChildren(made);
}

function nothing(search) {
  const note = document.getElementById("search-none").content.firstElementChild.cloneNode(true);
  const text = note.querySelector("span");
  text.textContent = text.textContent.replace("{search}", () => search);
  return note;
}

/** Fills the tables below `root` that are open. */
export function fillTables(root) {
  for (const details of root.querySelectorAll("details[data-table][open]")) fillTable(details);
}

document.addEventListener("toggle", (event) => {
  const details = event.target;
  if (details.matches?.("details[data-table]") && details.open && !details.querySelector(".scroll > *")) fillTable(details);
}, true);
