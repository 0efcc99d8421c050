// Instants on the clock of a plant, and back.
const formats = new Map();

function format(zone) {
  if (!formats.has(zone)) {
    formats.set(zone, new Intl.DateTimeFormat("en-CA", {
      timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit",
      hour: "2-digit", minute: "2-digit", second: "2-digit",
    }));
  }
  return formats.get(zone);
}

/** `2026-03-04T06:05:00`: what the plant's clock shows at an instant, in milliseconds. */
export function local(instant, zone) {
  const part = Object.fromEntries(format(zone).formatToParts(instant).map((one) => [one.type, one.value]));
  return `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}:${part.second}`;
}

/**
 * The instant between two others at which the plant's clock shows a text; null when there is none. Of two, in an hour that
 * clocks repeat, the first.
 */
export function instant(text, zone, from, to) {
  const wanted = text.length === 16 ? `${text}:00` : text;
  const asUTC = Date.parse(`${wanted}Z`);
  const found = [from, to]
    .map((near) => asUTC - (Date.parse(`${local(near, zone)}Z`) - Math.floor(near / 1000) * 1000))
    .filter((candidate) => candidate > from && candidate < to && local(candidate, zone) === wanted);
  return found.length === 0 ? null : Math.min(...found);
}

/** The local date of an instant. */
export const day = (instant, zone) => local(instant, zone).slice(0, 10);

const language = document.documentElement.lang;
const aroundZones = 15 * 3600000; // further than any clock is from UTC

/** As `instant`, of all instants; `after` is one that it has to follow where the clock shows the text twice. */
export function typed(text, zone, after = -Infinity) {
  const asUTC = Date.parse(`${text.length === 16 ? `${text}:00` : text}Z`);
  const first = instant(text, zone, asUTC - aroundZones, asUTC + aroundZones);
  if (first === null || first > after) return first;
  return instant(text, zone, Math.max(first, asUTC - aroundZones), asUTC + aroundZones) ?? first;
}

/** `29 nov, 06:05`: a moment on the plant's clock, without the day where another one has said it. */
export function moment(at, zone, besides = null) {
  const isSameDay = besides !== null && day(at, zone) === day(besides, zone);
  return new Intl.DateTimeFormat(language, {
    timeZone: zone, hourCycle: "h23", hour: "2-digit", minute: "2-digit", ...(isSameDay ? {} : { day: "numeric", month: "short" }),
  }).format(at);
}
