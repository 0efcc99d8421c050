// Time that is counting, in the form the server writes it: 0:42, 12:05, 1:02:05.
const two = (number) => String(number).padStart(2, "0");

export function age(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 3600) return `${Math.floor(whole / 60)}:${two(whole % 60)}`;
  if (whole < 172800) return `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return null; // days: the server's words stand
}

// The device's clock may be wrong; what counts is how long ago the server's was read.
let offset = 0;
export const setServerTime = (milliseconds) => { offset = milliseconds - Date.now(); };
export const serverTime = () => Date.now() + offset;

export function tick(root) {
  for (const element of root.querySelectorAll("[data-since]")) {
    const text = age((serverTime() - Date.parse(element.dataset.since)) / 1000);
    if (text && element.textContent !== text) element.textContent = text;
  }
}
