// Who is at the station: picked from a list, proved by a PIN, and gone two minutes after the last touch. The ticket of a turn
// lives in this page alone; a page that is loaded anew knows of nobody.
import { ask, isDone, sign } from "./api.js";
import { age } from "./clock.js";
import { word } from "./words.js";

const length = Number(document.getElementById("content").dataset.turnSeconds) * 1000;
const shortest = 15000; // between two signs of life that touches send
const dialog = document.getElementById("who");
const people = document.getElementById("who-people");
const form = document.getElementById("who-pin");
const fault = document.getElementById("pin-fault");
const atWork = document.getElementById("at-work");
const lock = document.getElementById("lock");
const unlock = document.getElementById("unlock");
const longestPIN = 8;

let turn = null; // {ticket, user, name, splitsAny}
let until = 0; // by our own clock
let told = 0; // when the server last heard of a touch
let picked = null;
let digits = "";
let next = null; // what is done once somebody is there
let wantedPerson = null; // who that must be; null: anybody
let ended = () => {};

sign(() => (turn ? { "X-Station-Turn": turn.ticket } : {}));

/** Who is at the station; null: nobody. */
export const person = () => turn && { person: turn.user, personName: turn.name };

/** Whether he who is there may split stops that were found, and not only those that were entered. */
export const splitsAny = () => turn?.splitsAny === true;

function show() {
  const isThere = turn !== null;
  atWork.hidden = lock.hidden = !isThere;
  unlock.hidden = isThere;
  if (!isThere) return;
  atWork.querySelector("[data-person]").textContent = turn.name;
  atWork.querySelector("[data-left]").textContent = age(Math.max(0, until - performance.now()) / 1000);
}

/** Ends the turn here. */
export function end() {
  if (!turn) return;
  turn = null;
  show();
  ended();
}

/** Ends the turn, here and at the server. */
function leave() {
  if (!turn) return;
  ask("DELETE", "/turn").catch(() => {});
  end();
}

function touch() {
  if (!turn) return;
  const now = performance.now();
  until = now + length;
  if (now - told < shortest || !navigator.onLine) return;
  told = now;
  ask("PUT", "/turn").catch(() => {});
}

setInterval(() => {
  if (turn && performance.now() >= until) end();
  show();
}, 1000);
for (const name of ["pointerdown", "keydown"]) addEventListener(name, touch, true);
// The server has had enough of it before we had.
document.addEventListener("camet:refused", (event) => { if (event.detail === "turn_over") end(); });

// Picking and proving

function complain(text) {
  fault.hidden = !text;
  fault.querySelector("span").textContent = text;
}

function showDigits() {
  form.querySelector("[data-dots]").textContent = "•".repeat(digits.length);
}

function askPIN(id, name) {
  picked = { id, name };
  digits = "";
  complain("");
  showDigits();
  form.querySelector("[data-person]").textContent = name;
  people.hidden = true;
  form.hidden = false;
  form.querySelector("[data-digit]").focus();
}

function askPerson() {
  const known = [...document.querySelectorAll("#station-people [data-person]")];
  people.replaceChildren(...known.map((one) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "pick";
    button.dataset.pick = one.dataset.person;
    const name = document.createElement("span");
    name.className = "pick-name";
    name.textContent = one.textContent;
    button.append(name);
    return button;
  }));
  document.getElementById("who-nobody").hidden = known.length > 0;
  people.hidden = false;
  form.hidden = true;
}

/** Does something in the name of somebody: at once when he is there, else after his PIN. */
export function call(wanted, then) {
  if (turn && (wanted === null || wanted.person === turn.user)) {
    then();
    return;
  }
  next = then;
  wantedPerson = wanted?.person ?? null;
  if (wanted) askPIN(wanted.person, wanted.personName);
  else askPerson();
  if (!dialog.open) dialog.showModal();
  if (!wanted) people.querySelector("button")?.focus();
}

async function prove() {
  if (!picked || digits.length === 0) return;
  const pin = digits;
  digits = "";
  showDigits();
  try {
    const answer = await ask("POST", "/turn", { body: { user_id: Number(picked.id), pin } });
    if (!isDone(answer)) {
      complain(answer.detail || word("failed"));
      return;
    }
    turn = { ticket: answer.body.turn, user: String(answer.body.user_id), name: answer.body.name,
      splitsAny: answer.body.splits_any };
    told = performance.now();
    until = told + length;
    // He has gone while the answer was on its way.
    if (!dialog.open) return leave();
    complain("");
    dialog.close();
    show();
    const then = next;
    next = null;
    if (wantedPerson === null || wantedPerson === turn.user) then?.();
  } catch {
    complain(word("offline"));
  }
}

function type(digit) {
  if (digits.length >= longestPIN) return;
  digits += digit;
  complain("");
  showDigits();
}

dialog.addEventListener("click", (event) => {
  if (event.target.closest("[data-close]")) return dialog.close();
  const pick = event.target.closest("[data-pick]");
  if (pick) return askPIN(pick.dataset.pick, pick.textContent);
  const digit = event.target.closest("[data-digit]");
  if (digit) return type(digit.dataset.digit);
  if (event.target.closest("[data-erase]")) {
    digits = digits.slice(0, -1);
    showDigits();
  }
  if (event.target.closest("[data-other]")) askPerson();
});
dialog.addEventListener("keydown", (event) => {
  if (form.hidden || event.ctrlKey || event.metaKey || event.altKey) return;
  if (/^[0-9]$/.test(event.key)) type(event.key);
  else if (event.key === "Backspace") {
    digits = digits.slice(0, -1);
    showDigits();
  } else if (event.key === "Enter" && !event.target.closest("[data-digit], [data-erase], [data-other], [data-close]")) prove();
});
dialog.addEventListener("close", () => { digits = ""; });
form.addEventListener("submit", (event) => {
  event.preventDefault();
  prove();
});
unlock.addEventListener("click", () => call(null, () => {}));
lock.addEventListener("click", leave);

/** Calls a function whenever a turn is over. */
export function begin(listener) {
  ended = listener;
  show();
}
