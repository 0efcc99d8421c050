// A tile's data as a file, made here from what the tile carries: CSV after RFC 4180, in UTF-8 with its mark.
import { data, tableOf as tableOfChart } from "./tables.js";

// Text that a spreadsheet would take for a formula is made plain.
const plain = (text) => (/^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text);
const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

function chartRows(tile, chart) {
  const { head, rows } = tableOfChart(tile, chart);
  const cells = ({ value, form }) => (value === null ? "" : form === "text" ? plain(String(value)) : String(value));
  return [head.map(plain), ...rows.map((row) => row.map(cells))];
}

// What a cell is made of where it says so, else what is read in it.
function cellText(cell) {
  if (cell.dataset.value !== undefined) return cell.dataset.value;
  const copy = cell.cloneNode(true);
  for (const part of copy.querySelectorAll("svg, .hidden-text, [data-not-filed]")) part.remove();
  return plain(copy.textContent.trim().replace(/\s+/g, " "));
}

// A cell may have a value more than is read in it, for a column of its own.
const cells = (cell) => [cellText(cell), cell.dataset.beside].filter((text) => text !== undefined);
const tableRows = (element) => [...element.rows].map((row) => [...row.cells].flatMap(cells));

const dataOf = (tile) => tile.querySelector(":scope > template[id$='-data']");
const tableOf = (tile) => tile.querySelector(":scope > .scroll > table");

/** Whether a tile has anything to take away. */
export const hasFile = (tile) => Boolean(dataOf(tile) ?? tableOf(tile));

/** The text of a tile's file. */
export function text(tile) {
  const template = dataOf(tile);
  const rows = template ? chartRows(tile, data(tile, template.id)) : tableRows(tableOf(tile));
  return `\ufeff${rows.map((row) => row.map(quoted).join(",")).join("\r\n")}\r\n`;
}

// As much of what is searched for as leaves the name short.
const longestSearch = 40;

/** Its name: of the tile, the company, the period and what its rows were searched for. */
export function name(tile) {
  const period = tile.closest(".panel").querySelector(".meta strong")?.textContent
    ?? document.querySelector("#filters [name=period]:checked + span")?.textContent ?? "";
  const parts = [tile.querySelector("h2").textContent, document.getElementById("content").dataset.tenant, period,
    (tile.dataset.search ?? "").slice(0, longestSearch)];
  return `${parts.map((part) => part.replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "")).filter(Boolean).join("_")}.csv`;
}

/** Gives a tile's file to whoever looks. */
export function save(tile) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text(tile)], { type: "text/csv;charset=utf-8" }));
  link.download = name(tile);
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
