// How texts are compared where something is searched for: capitals, accents and kinds of space make no difference.

/** A text without what makes no difference. */
export const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/gu, " ").trim();

/** The rows of a chart's table that have what is searched for in one of their cells. */
export function matching(rows, search) {
  if (!search) return rows;
  const wanted = plain(search);
  return rows.filter((cells) => cells.some(({ text }) => plain(text).includes(wanted)));
}
