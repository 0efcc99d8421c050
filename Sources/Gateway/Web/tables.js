// The data of a chart as a table, made when it is opened; needs no chart library.

/** The JSON in the template with an id. */
export const data = (root, id) => JSON.parse(root.querySelector(`#${CSS.escape(id)}`).content.textContent);

/** How numbers are written in a language. */
export function numbers(language) {
  const format = new Intl.NumberFormat(language, { useGrouping: "always" });
  return (value) => format.format(value);
}

function fillTable(details) {
  const chart = data(details.parentElement, details.dataset.table);
  const number = numbers(chart.language);
  const table = document.createElement("table");
  table.className = "table";
  const row = (parent, cells) => {
    const line = parent.insertRow();
    cells.forEach((text, index) => {
      const cell = document.createElement(index === 0 || parent.tagName === "THEAD" ? "th" : "td");
      if (cell.tagName === "TH") cell.scope = parent.tagName === "THEAD" ? "col" : "row";
      if (index > 0) cell.className = "number";
      cell.textContent = text;
      line.append(cell);
    });
  };
  const split = chart.series.length > 1 ? chart.series : [];
  row(table.createTHead(), [chart.texts.interval, ...split.map((one) => one.name), chart.texts.total]);
  const body = table.createTBody();
  chart.buckets.forEach((bucket, index) => {
    row(body, [bucket.full, ...split.map((one) => number(one.counts[index] ?? 0)), number(chart.total[index] ?? 0)]);
  });
  details.querySelector(".scroll").replaceChildren(table);
}

/** Fills the tables below `root` that are open. */
export function fillTables(root) {
  for (const details of root.querySelectorAll("details[data-table][open]")) fillTable(details);
}

document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details[data-table]") && event.target.open) fillTable(event.target);
}, true);
