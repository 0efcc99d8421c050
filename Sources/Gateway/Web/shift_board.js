// The shift board: its tables kept current, and the choices that lead to other shifts.
(function () {
  "use strict";

  const boards = document.getElementById("boards");
  const form = document.querySelector(".board-form");

  if (form) {
    form.addEventListener("change", (event) => {
      // Another date has shifts of its own; lines are chosen one by one before they are shown.
      if (event.target.name === "date" || event.target.name === "shift_id") form.submit();
    });
    // A board that goes with the shifts goes on so when only its lines are chosen.
    form.addEventListener("submit", () => { if (form.hasAttribute("data-live")) form.elements.date.disabled = true; });
  }
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  window.cametWall.start({
    isAnswer: (answer) => answer.responseText.indexOf("data-boards") >= 0,
    show: (answer) => {
      // Whoever is at one of the links there stays at it.
      const focused = boards.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      boards.innerHTML = answer.responseText;
      if (focused) {
        const again = Array.from(boards.querySelectorAll("a")).find((link) => link.getAttribute("href") === focused);
        if (again) again.focus();
      }
      return boards.querySelector("[data-boards]").dataset.boards;
    },
  });
})();
