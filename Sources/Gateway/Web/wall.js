// What the screens of the floor share: they keep themselves current for weeks, say plainly when they cannot, and load anew
// when the server has a new version of them. For old television browsers: nothing newer than ES2017.
(function () {
  "use strict";

  const root = document.documentElement;
  const body = document.body;
  const live = document.getElementById("wall-live");
  const lost = document.getElementById("wall-lost");
  const ageText = document.getElementById("wall-age");

  const shortest = 1000; // between two questions, in milliseconds
  const idle = 15000; // without events: time goes on, and so does what is planned
  const longest = 60000; // between two attempts
  const patience = 10000; // for an answer
  const stale = 40000; // from then on what is shown is no longer what is

  let offset = 0; // of our clock to the server's
  let loadedAt = performance.now();
  let askedAt = -Infinity;
  let tag = null;
  let request = null;
  let timer = null;
  let failures = 0;
  let problem = null;
  let events = null;
  let streamFailures = 0;
  let isStreaming = false;
  let isBehind = false;
  let screen = null;
  let isForgotten = false; // nothing of what was shown is on the page any more

  // The time before another attempt: longer each time, and not the same for every screen of a plant.
  function pause(attempts) {
    return Math.min(longest, 1000 * Math.pow(2, Math.min(attempts, 6))) * (0.5 + Math.random() / 2);
  }

  function schedule(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(ask, milliseconds);
  }

  function soon() {
    if (request) isBehind = true;
    else schedule(Math.max(0, askedAt + shortest - performance.now()));
  }

  function answered() {
    const answer = request;
    request = null;
    const date = Date.parse(answer.getResponseHeader("Date") || "");
    // The header counts whole seconds; a smaller difference is not one of clocks.
    if (date && Math.abs(date - (Date.now() + offset)) > 2000) offset = date - Date.now();
    if (answer.status === 200 && !screen.isAnswer(answer)) return failed("signed-out", longest);
    if (answer.status === 200 || answer.status === 304) {
      if (isForgotten) return location.reload();
      failures = 0;
      problem = null;
      loadedAt = performance.now();
      if (answer.status === 200) {
        tag = answer.getResponseHeader("ETag");
        if (isNew(screen.show(answer))) return;
      }
      if (isBehind) {
        isBehind = false;
        soon();
      } else {
        schedule(idle);
      }
      return tick();
    }
    if (answer.status === 401) return failed("signed-out", longest);
    if (answer.status === 404 || answer.status === 422) return failed("invalid", longest);
    failed("lost", Number(answer.getResponseHeader("Retry-After")) * 1000);
  }

  // Whoever may not see it any more sees nothing of it; once he may again, the page is loaded anew.
  function forget() {
    if (isForgotten) return;
    isForgotten = true;
    const shown = "main, .wall-menu, .wall-strip, .wall-alarm, .wall-clock, .wall-page-number";
    document.querySelectorAll(shown).forEach((one) => one.remove());
    document.querySelectorAll(".wall-empty").forEach((one) => { one.hidden = true; });
  }

  function failed(kind, wait) {
    request = null;
    isBehind = false;
    failures += 1;
    problem = kind;
    if (kind === "signed-out") forget();
    schedule(wait || pause(failures));
    tick();
  }

  function ask() {
    clearTimeout(timer);
    if (request) return;
    askedAt = performance.now();
    request = new XMLHttpRequest();
    request.open("GET", body.dataset.data);
    request.timeout = patience;
    if (tag) request.setRequestHeader("If-None-Match", tag);
    request.onload = answered;
    request.onerror = request.ontimeout = function () { failed("lost"); };
    request.send();
  }

  // A new version of the page is loaded once; should the server go on to name it, this page stays as it is.
  function isNew(version) {
    if (!version || version === body.dataset.version) return false;
    try {
      if (sessionStorage.getItem("camet_loaded") === version) return false;
      sessionStorage.setItem("camet_loaded", version);
    } catch (error) {
      return false;
    }
    location.reload();
    return true;
  }

  function follow() {
    events = new EventSource(body.dataset.events, { withCredentials: true });
    events.onopen = function () {
      const wasLost = streamFailures > 0;
      streamFailures = 0;
      isStreaming = true;
      if (wasLost) soon();
      tick();
    };
    events.onerror = function () {
      events.close();
      isStreaming = false;
      // Whether there is a connection at all, an answer tells at once.
      if (streamFailures === 0) soon();
      streamFailures += 1;
      setTimeout(follow, pause(streamFailures));
      tick();
    };
    ["detection_counts", "line_status", "downtime_started", "downtime_ended", "master_data", "resync"].forEach((name) => {
      events.addEventListener(name, soon);
    });
  }

  function two(number) {
    return (number < 10 ? "0" : "") + number;
  }

  /** Time that is counting, in the form the server writes it: 0:42, 12:05, 1:02:05; from two days on in hours. */
  function age(seconds) {
    const whole = Math.max(0, Math.floor(seconds));
    if (whole < 3600) return Math.floor(whole / 60) + ":" + two(whole % 60);
    if (whole < 172800) return Math.floor(whole / 3600) + ":" + two(Math.floor(whole / 60) % 60) + ":" + two(whole % 60);
    return Math.floor(whole / 86400) + " d " + Math.floor(whole / 3600) % 24 + " h";
  }

  /** Puts a text into an element, unless it is there. */
  function put(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  function isStale() {
    return performance.now() - loadedAt > stale;
  }

  // What counts stands still where nobody knows whether it still does.
  function serverTime() {
    const now = Date.now() + offset;
    return isStale() ? now - (performance.now() - loadedAt) : now;
  }

  function tick() {
    const isLost = problem !== null || isStale();
    const state = isLost ? "lost" : isStreaming ? "live" : streamFailures > 0 ? "reconnecting" : "connecting";
    if (live && live.dataset.state !== state) live.dataset.state = state;
    if (lost.hidden === isLost) {
      lost.hidden = !isLost;
      body.classList.toggle("is-lost", isLost);
    }
    if (isLost) {
      const kind = problem || "lost";
      lost.querySelectorAll("[data-problem]").forEach((one) => { one.hidden = one.dataset.problem !== kind; });
      put(ageText, age((performance.now() - loadedAt) / 1000));
      const link = lost.querySelector("[data-sign-in]");
      if (link) {
        link.hidden = kind !== "signed-out";
        link.href = root.dataset.base + "/login?next=" + encodeURIComponent(location.pathname + location.search);
      }
    }
    const now = serverTime();
    document.querySelectorAll("[data-since]").forEach((element) => {
      put(element, age((now - Date.parse(element.dataset.since)) / 1000));
    });
    if (screen && screen.tick && !isForgotten) screen.tick(now);
  }

  // Full screen, by a key or a button

  function isFull() {
    return document.fullscreenElement || document.webkitFullscreenElement;
  }

  function full() {
    if (isFull()) {
      const leave = document.exitFullscreen || document.webkitExitFullscreen;
      if (leave) leave.call(document);
    } else {
      const enter = root.requestFullscreen || root.webkitRequestFullscreen;
      if (enter) enter.call(root);
    }
  }

  function isTyping(target) {
    return /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key !== "f" && event.key !== "F" || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    event.preventDefault();
    full();
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-full]")) full();
    const menu = document.getElementById("wall-menu");
    if (menu && menu.open && !menu.contains(event.target)) menu.open = false;
  });
  ["fullscreenchange", "webkitfullscreenchange"].forEach((name) => {
    document.addEventListener(name, () => { root.classList.toggle("is-full", Boolean(isFull())); });
  });

  window.addEventListener("online", soon);

  window.cametWall = {
    age: age,
    put: put,

    /**
     * Keeps a screen current from now on.
     *
     * - isAnswer: whether an answer is what was asked for, and no page of signing in;
     * - show: draws an answer, and gives the version of the page that belongs to it;
     * - tick: is called every second with the server's time.
     */
    start: function (wanted) {
      screen = wanted;
      setInterval(tick, 1000);
      if (body.dataset.events) follow();
      ask();
    },
  };
})();
