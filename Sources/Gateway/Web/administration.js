// The administration's pages work without this; with it lists follow changes and forms say at once what is wrong.
import "./page_session.js";

// A page that was left may be kept for the way back, with its stream open; a browser has six connections to a server.
let stream = null;
if (window.htmx) {
  htmx.createEventSource = (address) => {
    stream = new EventSource(address, { withCredentials: true });
    return stream;
  };
}
addEventListener("pagehide", () => stream?.close());

// A question that was given up, by a newer one or because the form was sent, has not failed.
let isLeft = false;
addEventListener("pagehide", () => { isLeft = true; });
if (window.htmx) {
  htmx.logger = (element, name, detail) => {
    if (["htmx:afterRequest", "htmx:sendAbort"].includes(name) || (isLeft && name === "htmx:sendError")) delete detail.error;
  };
}
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

// Whoever's session ended is sent to the sign-in page; that is no answer to put in place of the list.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  if (target?.id !== "list" || xhr.status !== 200 || xhr.responseText.includes('id="list"')) return;
  event.detail.shouldSwap = false;
  location.reload();
});

// One whose browser has another session by now becomes that session's page.
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (detail.target?.id === "list" && detail.xhr.status === 401) location.reload();
});

// A field is marked as its words say.
const mark = () => {
  for (const fault of document.querySelectorAll(".admin-field .field-fault[id]")) {
    const field = fault.closest(".admin-field");
    for (const input of field.querySelectorAll("input:not([type=hidden]), select, textarea")) {
      if (fault.hidden) input.removeAttribute("aria-invalid");
      else input.setAttribute("aria-invalid", "true");
    }
  }
};
document.addEventListener("htmx:oobAfterSwap", mark);

for (const search of document.querySelectorAll("[data-search]")) {
  search.form.querySelector("button").hidden = true;
  search.form.addEventListener("submit", (event) => event.preventDefault());
}

// A colour by the device's own means, beside its number.
for (const picker of document.querySelectorAll("[data-color-of]")) {
  const field = document.getElementById(picker.dataset.colorOf);
  const follow = () => { if (/^#[0-9a-f]{6}$/i.test(field.value)) picker.value = field.value; };
  picker.hidden = false;
  follow();
  field.addEventListener("input", follow);
  picker.addEventListener("input", () => { field.value = picker.value; });
}

// There is always an empty row for one more break.
for (const breaks of document.querySelectorAll("[data-breaks]")) {
  breaks.addEventListener("input", () => {
    const rows = [...breaks.children];
    const isFull = rows.every((row) => [...row.querySelectorAll("input")].some((input) => input.value));
    if (!isFull || rows.length >= 24) return;
    const row = rows.at(-1).cloneNode(true);
    for (const input of row.querySelectorAll("input")) input.value = "";
    const label = row.querySelector("label > span");
    label.textContent = label.textContent.replace(/\d+/, String(rows.length + 1));
    breaks.append(row);
  });
}

// Whoever gives a date means it.
for (const date of document.querySelectorAll("[name=effective_date]")) {
  date.addEventListener("input", () => {
    if (date.value) document.querySelector("[name=effective][value=date]").checked = true;
  });
}

// What was typed and is not saved yet is not lost by leaving by mistake. Whoever cancels means it.
const typed = (form) => new URLSearchParams(new FormData(form)).toString();
const wasRefused = document.querySelector(".admin-problems, .admin-lost") !== null;
const drawn = new Map([...document.querySelectorAll("form.admin-form, .admin-form form")].map((form) => [form, typed(form)]));
let isMeant = false;
for (const form of drawn.keys()) {
  form.addEventListener("submit", () => { isMeant = isLeft = true; });
  form.querySelector(".admin-send a")?.addEventListener("click", () => { isMeant = true; });
}
addEventListener("beforeunload", (event) => {
  if (!isMeant && [...drawn].some(([form, text]) => wasRefused || typed(form) !== text)) event.preventDefault();
});
