// The page's words and forms of figures, in its language.
const words = Object.fromEntries(
  [...document.getElementById("words").content.querySelectorAll("[data-word]")].map((e) => [e.dataset.word, e.textContent]));
const language = document.documentElement.lang;

export function word(name, values = {}) {
  return Object.entries(values).reduce((text, [key, value]) => text.replaceAll(`{${key}}`, value), words[name]);
}

/** "1 not sent", "2 not sent". */
export const counted = (name, n) => word(`${name}_${n === 1 ? "one" : "other"}`, { n });

const percents = new Intl.NumberFormat(language, { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
export const percent = (ratio) => (ratio === null ? "—" : percents.format(ratio));

const padded = (number) => String(number).padStart(2, "0");

/** A length of time in its two largest units, as the server writes it. */
export function duration(seconds) {
  if (seconds === null) return "—";
  const whole = Math.round(Math.max(0, seconds));
  if (whole < 60) return word("seconds", { s: whole });
  if (whole < 3600) {
    const [m, s] = [Math.floor(whole / 60), whole % 60];
    return s === 0 ? word("minutes", { m }) : word("minutes_seconds", { m, s: padded(s) });
  }
  if (whole < 172800) {
    const minutes = Math.floor((whole + 30) / 60);
    const [h, m] = [Math.floor(minutes / 60), minutes % 60];
    return m === 0 ? word("hours", { h }) : word("hours_minutes", { h, m: padded(m) });
  }
  const hours = Math.floor((whole + 1800) / 3600);
  return word("days_hours", { d: Math.floor(hours / 24), h: hours % 24 });
}
