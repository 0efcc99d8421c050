// The wall: tiles that are filled again and again, pages that turn, and an alarm for a stop that nobody has seen.
(function () {
  "use strict";

  const wall = window.cametWall;
  const put = wall.put;
  const icons = document.documentElement.dataset.assets + "/icons.svg#";
  const grid = document.getElementById("wall");
  const slots = Array.from(grid.children).map(read);
  const pageNumber = document.getElementById("wall-page");
  const strip = document.getElementById("wall-strip");
  const stripItems = Array.from(strip.querySelectorAll("li"));
  const stripMore = strip.querySelector(".wall-more");
  const alarm = document.getElementById("wall-alarm");
  const alarmLines = alarm.querySelector("[data-alarm-lines]");
  const clock = document.getElementById("wall-clock");
  const alarmAfter = Number(document.body.dataset.alarmMinutes || 0) * 60;
  const holds = document.body.hasAttribute("data-hold");
  const turn = 15000; // a page stays so long

  let tiles = [];
  let page = 0;
  let turnedAt = performance.now();

  // Where each text of a tile goes, looked up once.
  function read(element) {
    const texts = (inside) => {
      const found = {};
      inside.querySelectorAll("[data-put]").forEach((one) => { found[one.dataset.put] = one; });
      return found;
    };
    return {
      element: element,
      head: texts(element),
      figures: Array.from(element.querySelectorAll("[data-figure]")).map(texts),
      icon: element.querySelector(".wall-icon use"),
      code: element.querySelector(".wall-code"),
      path: element.querySelector(".wall-code path"),
    };
  }

  function set(element, name, value) {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }

  function fill(slot, tile) {
    const element = slot.element;
    if (element.hidden !== !tile) element.hidden = !tile;
    if (!tile) return;
    set(element, "data-look", tile.look);
    set(element, "data-line", String(tile.line));
    element.classList.toggle("is-alarming", isAlarming(tile));
    put(slot.head.code, tile.code);
    put(slot.head.name, tile.name);
    put(slot.head.shift, tile.shift);
    put(slot.head.state, tile.state);
    put(slot.head.note, tile.note);
    set(slot.icon, "href", icons + tile.icon);
    tile.figures.forEach((figure, index) => {
      const texts = slot.figures[index];
      put(texts.label, figure.label);
      put(texts.before, figure.before);
      put(texts.after, figure.after);
      if (figure.since) {
        set(texts.text, "data-since", figure.since);
      } else {
        texts.text.removeAttribute("data-since");
        put(texts.text, figure.text);
      }
    });
    const code = tile.code_of_stop;
    if (!code) set(slot.code, "hidden", "");
    if (code) {
      slot.code.removeAttribute("hidden");
      set(slot.code, "viewBox", "0 0 " + code.size + " " + code.size);
      set(slot.path, "d", code.path);
    }
  }

  // Pages

  function pages() {
    return Math.max(1, Math.ceil(tiles.length / slots.length));
  }

  function isStopped(tile) {
    return tile.stopped_since !== null;
  }

  function onPage(number) {
    return tiles.slice(number * slots.length, (number + 1) * slots.length);
  }

  function nextPage() {
    const all = [];
    for (let number = 0; number < pages(); number += 1) all.push(number);
    const stopped = all.filter((number) => onPage(number).some(isStopped));
    const wanted = holds && stopped.length > 0 ? stopped : all;
    return wanted.find((number) => number > page) !== undefined ? wanted.find((number) => number > page) : wanted[0];
  }

  function size(count) {
    if (count <= 3) return [Math.max(1, count), 1];
    if (count === 4) return [2, 2];
    if (count <= 6) return [3, 2];
    if (count <= 9) return [3, 3];
    return [4, 3];
  }

  function draw() {
    if (page >= pages()) page = 0;
    const shown = onPage(page);
    const places = size(pages() > 1 ? slots.length : tiles.length);
    set(grid, "data-columns", String(places[0]));
    set(grid, "data-rows", String(places[1]));
    slots.forEach((slot, index) => fill(slot, shown[index]));
    pageNumber.hidden = pages() === 1;
    put(pageNumber.querySelector("strong"), page + 1 + " / " + pages());
    document.getElementById("wall-empty").hidden = tiles.length > 0;
    drawStrip(tiles.filter((tile) => isStopped(tile) && shown.indexOf(tile) < 0));
    drawAlarm();
  }

  // Stopped lines that are not on the page
  function drawStrip(stopped) {
    strip.hidden = stopped.length === 0;
    stripItems.forEach((item, index) => {
      const tile = stopped[index];
      item.hidden = !tile;
      if (!tile) return;
      put(item.children[0], tile.code);
      set(item.children[1], "data-since", tile.stopped_since);
      put(item.children[2], tile.note);
      item.classList.toggle("is-alarming", isAlarming(tile));
    });
    put(stripMore, stopped.length > stripItems.length ? "+" + (stopped.length - stripItems.length) : "");
  }

  // The alarm: a stop that lasts, until somebody has seen it. What was seen is kept per stop, over a new version too.

  let seen = {};
  try {
    seen = JSON.parse(sessionStorage.getItem("camet_seen")) || {};
  } catch (error) {
    seen = {};
  }
  let now = 0;
  let sound = null;

  function key(tile) {
    return tile.line + ":" + tile.stopped_since;
  }

  function isAlarming(tile) {
    return alarmAfter > 0 && isStopped(tile) && !seen[key(tile)]
      && now - Date.parse(tile.stopped_since) >= alarmAfter * 1000;
  }

  function drawAlarm() {
    const alarming = tiles.filter(isAlarming);
    put(alarmLines, alarming.map((tile) => tile.code).join(", "));
    if (alarm.hidden !== (alarming.length === 0)) {
      alarm.hidden = alarming.length === 0;
      document.body.classList.toggle("is-alarmed", !alarm.hidden);
    }
    return alarming.length > 0;
  }

  function keepSeen() {
    const kept = {};
    tiles.forEach((tile) => { if (isStopped(tile) && seen[key(tile)]) kept[key(tile)] = true; });
    seen = kept;
    try {
      sessionStorage.setItem("camet_seen", JSON.stringify(seen));
    } catch (error) {
      // Without a place to keep it in, it holds as long as the page.
    }
  }

  function acknowledge() {
    tiles.filter(isAlarming).forEach((tile) => { seen[key(tile)] = true; });
    keepSeen();
    draw();
  }

  // Two short tones. A browser lets them be heard only once somebody has touched the page; the flash needs nobody.
  function beep() {
    const Sound = window.AudioContext || window.webkitAudioContext;
    if (!Sound) return;
    sound = sound || new Sound();
    if (sound.state === "suspended") {
      const waiting = sound.resume();
      if (waiting && waiting.catch) waiting.catch(() => {});
      return;
    }
    [0, 0.35].forEach((start) => {
      const tone = sound.createOscillator();
      const volume = sound.createGain();
      tone.frequency.value = 880;
      volume.gain.setValueAtTime(0.0001, sound.currentTime + start);
      volume.gain.exponentialRampToValueAtTime(0.3, sound.currentTime + start + 0.03);
      volume.gain.exponentialRampToValueAtTime(0.0001, sound.currentTime + start + 0.28);
      tone.connect(volume);
      volume.connect(sound.destination);
      tone.start(sound.currentTime + start);
      tone.stop(sound.currentTime + start + 0.3);
    });
  }

  alarm.addEventListener("click", acknowledge);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || alarm.hidden || event.target.closest("a, button, summary, form")) return;
    event.preventDefault();
    acknowledge();
  });
  // A touch anywhere lets the next tone be heard.
  document.addEventListener("pointerdown", () => {
    if (alarmAfter > 0 && sound && sound.state === "suspended") sound.resume();
  });

  // Put together

  let clockFormat = null;
  if (clock && clock.dataset.zone) {
    clockFormat = new Intl.DateTimeFormat("es", {
      timeZone: clock.dataset.zone, hour: "2-digit", minute: "2-digit", hour12: false,
    });
  }

  let beats = 0;
  wall.start({
    isAnswer: (answer) => (answer.getResponseHeader("Content-Type") || "").indexOf("application/json") === 0,
    show: (answer) => {
      const data = JSON.parse(answer.responseText);
      tiles = data.tiles;
      keepSeen();
      draw();
      return data.version;
    },
    tick: (time) => {
      const before = now;
      now = time;
      if (clockFormat) put(clock, clockFormat.format(time).replace(/^24/, "00"));
      if (tiles.length === 0) return;
      if (pages() > 1 && performance.now() - turnedAt >= turn) {
        turnedAt = performance.now();
        page = nextPage();
        draw();
      } else if (alarmAfter > 0 && before !== now) {
        slots.forEach((slot, index) => {
          const tile = onPage(page)[index];
          if (tile) slot.element.classList.toggle("is-alarming", isAlarming(tile));
        });
      }
      beats += 1;
      if (drawAlarm() && beats % 2 === 0) beep();
    },
  });
})();
