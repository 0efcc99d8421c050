// A page of a passing error tries again by itself, and says when.
import { age } from "./clock.js";

const link = document.querySelector("[data-retry]");
const text = document.querySelector("[data-retry-text]");
const left = document.querySelector("[data-retry-left]");
const due = Date.now() + Number(link.dataset.retry) * 1000;
text.hidden = false;
// Only what was read may be asked for again; a form that failed stays where it is.
const timer = setInterval(() => {
  const seconds = (due - Date.now()) / 1000;
  left.textContent = age(Math.ceil(seconds));
  if (seconds > 0 || !navigator.onLine) return;
  clearInterval(timer);
  location.replace(location.href);
}, 250);
