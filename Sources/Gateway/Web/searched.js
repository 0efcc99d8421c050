// How texts are compared where something is searched for: by the rule of SearchedText, in the server.

/** A text canonically decomposed, without marks, in capitals, kinds of space as one: what is left makes the difference. */
export const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toUpperCase()
  .replace(/\p{White_Space}+/gu, " ").replace(/^ | $/g, "");

/** The rows of a chart's table that have what is searched for in one of their cells. */
export function matching(rows, search) {
  if (!search) return rows;
  const wanted = plain(search);
  return rows.filter((cells) => cells.some(({ text }) => plain(text).includes(wanted)));
}
