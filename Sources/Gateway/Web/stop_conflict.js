// What somebody else changed too is decided by whoever changed it here: his own, or what is there now.
const dialog = document.getElementById("conflict");
let answer = () => {};

export const isOpen = () => dialog.open;

/** Shows both and gives `mine` or `theirs`; null where it is left for later. */
export function decide(shown) {
  answer(null);
  for (const [name, text] of Object.entries(shown)) dialog.querySelector(`[data-show="${name}"]`).textContent = text;
  if (!dialog.open) dialog.showModal();
  return new Promise((resolve) => { answer = resolve; });
}

dialog.addEventListener("click", (event) => {
  const keep = event.target.closest("[data-keep]");
  if (!keep && event.target !== dialog && !event.target.closest("[data-close]")) return;
  answer(keep ? keep.dataset.keep : null);
  dialog.close();
});
// One that was opened again at once has another question.
dialog.addEventListener("close", () => { if (!dialog.open) answer(null); });
