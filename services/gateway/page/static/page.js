// Keeps a page that the server has made in step: times tick, and when something
// has changed the page is fetched again and only what differs is exchanged.
// Without this script everything can be read and done.
"use strict";
(() => {
  const skew = Date.parse(document.body.dataset.now) - Date.now();
  const units = [["d", 86400], ["h", 3600], ["m", 60], ["s", 1]];

  // span writes seconds as the server does: at most two units, "3h 29m".
  function span(seconds) {
    for (let i = 0; i < units.length; i++) {
      const [letter, length] = units[i];
      if (seconds < length) continue;
      let text = Math.floor(seconds / length) + letter;
      if (i + 1 < units.length) {
        const rest = Math.floor((seconds % length) / units[i + 1][1]);
        if (rest > 0) text += " " + rest + units[i + 1][0];
      }
      return text;
    }
    return "0s";
  }

  // relative writes the distance of an instant from now, both in milliseconds.
  function relative(at, now) {
    const seconds = Math.trunc((at - now) / 1000);
    if (seconds > 0) return "in " + span(seconds);
    if (seconds < 0) return span(-seconds) + " ago";
    return "now";
  }

  function tick() {
    const now = Date.now() + skew;
    for (const time of document.querySelectorAll("time.t")) {
      const text = relative(Date.parse(time.dateTime), now);
      if (time.firstChild && time.firstChild.nodeValue !== text) time.firstChild.nodeValue = text;
      if (!time.dataset.local) {
        time.dataset.local = "1";
        const local = new Date(Date.parse(time.dateTime)).toLocaleString();
        time.title = (time.title ? time.title + " · " : "") + local + " here";
      }
    }
  }

  // sameKind reports whether one node can be turned into another.
  function sameKind(a, b) {
    return a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);
  }

  function keyOf(node) {
    return node.nodeType === Node.ELEMENT_NODE ? node.id || node.getAttribute("data-key") || "" : "";
  }

  // morph turns an element into its new version and touches nothing that is the
  // same, so that focus, selection, scrolling and what is unfolded stay.
  function morph(old, fresh) {
    if (old.isEqualNode(fresh)) return;
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
      return;
    }
    if (old.localName === "form" && old.contains(document.activeElement)) return;
    attributes(old, fresh);
    children(old, fresh);
  }

  function attributes(old, fresh) {
    for (const { name } of [...old.attributes]) {
      if (!fresh.hasAttribute(name) && !kept(old, name)) old.removeAttribute(name);
    }
    for (const { name, value } of fresh.attributes) {
      if (old.getAttribute(name) !== value && !kept(old, name)) old.setAttribute(name, value);
    }
  }

  // kept are attributes that belong to who reads the page, or to this script.
  function kept(element, name) {
    return name === "open" && element.localName === "details" || name === "data-local" || name === "title" && element.localName === "time";
  }

  function children(old, fresh) {
    const keyed = new Map();
    for (const child of old.children) if (keyOf(child)) keyed.set(keyOf(child), child);
    let at = old.firstChild;
    for (const next of [...fresh.childNodes]) {
      const key = keyOf(next);
      const match = key ? keyed.get(key) : at && !keyOf(at) && sameKind(at, next) ? at : null;
      if (match && sameKind(match, next)) {
        if (match === at) at = at.nextSibling;
        else old.insertBefore(match, at);
        if (key && match.localName !== "section" && !match.isEqualNode(next)) highlight(match, next);
        morph(match, next);
      } else {
        old.insertBefore(document.importNode(next, true), at);
      }
    }
    while (at) {
      const gone = at;
      at = at.nextSibling;
      gone.remove();
    }
  }

  // highlight marks what says something new, other than that time has passed.
  function highlight(old, fresh) {
    if (timeless(old) === timeless(fresh)) return;
    old.classList.remove("changed");
    setTimeout(() => old.classList.add("changed"), 0);
  }

  function timeless(element) {
    const copy = element.cloneNode(true);
    for (const time of copy.querySelectorAll("time")) time.remove();
    return copy.textContent;
  }

  // say shows how the page is connected. Aloud it is told only that the connection
  // is lost, and that it is back.
  const connection = document.getElementById("connection");
  function say(state, text) {
    const before = connection.dataset.state;
    connection.dataset.state = state;
    const line = connection.querySelector(".say");
    if (line.textContent !== text) line.textContent = text;
    if (state === "lost" && before !== "lost") announce("The connection is lost.");
    if (state === "live" && before === "lost") announce("The connection is back.");
  }

  function announce(text) {
    document.getElementById("announce").textContent = text;
  }

  let asOf = new Date();
  function clock() {
    return asOf.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZoneName: "short" });
  }

  // refresh fetches the page again and exchanges what differs.
  async function refresh() {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store", credentials: "same-origin" });
    if (answer.status === 401 || answer.status === 403) throw new Error("you are not logged in any more");
    if (!answer.ok && answer.status !== 404) throw new Error("the server answers " + answer.status);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const verdict = text("verdict");
    for (const id of ["main", "nav"]) {
      const part = fresh.getElementById(id);
      const old = document.getElementById(id);
      if (!part || !old) continue;
      // What was just done stays to be read as long as the page does.
      const flash = old.querySelector("#flash");
      if (flash) part.prepend(flash.cloneNode(true));
      for (const link of old.querySelectorAll(".changed")) link.classList.remove("changed");
      morph(old, document.importNode(part, true));
    }
    document.title = fresh.title;
    document.getElementById("icon").href = fresh.getElementById("icon").getAttribute("href");
    if (fresh.body.dataset.live) document.body.dataset.live = fresh.body.dataset.live;
    if (text("verdict") !== verdict) announce(text("verdict"));
    asOf = new Date();
    tick();
  }

  function text(id) {
    const element = document.getElementById(id);
    return element ? element.textContent : "";
  }

  // follow listens for changes, fetches at most every so often, and goes on after
  // the connection was lost, with pauses that grow. A page that nobody looks at
  // holds no connection, as browsers allow few of them: it looks now and then.
  const slowly = 60000;
  function follow() {
    let failures = 0, busy = false, again = false, source = null, timer = 0;

    async function update() {
      if (busy) {
        again = true;
        return;
      }
      busy = true;
      const began = performance.now();
      let pause = 300;
      try {
        await refresh();
        say("live", "Live, as of " + clock());
      } catch (error) {
        say("lost", "As of " + clock() + ": " + error.message + ". Trying again.");
        again = true;
        pause = 5000;
      }
      setTimeout(() => {
        busy = false;
        if (again) {
          again = false;
          update();
        }
      }, Math.max(pause, 4 * (performance.now() - began)));
    }

    function connect() {
      clearTimeout(timer);
      if (source) source.close();
      source = new EventSource(document.body.dataset.live);
      source.onopen = () => {
        if (failures > 0) update();
        failures = 0;
        say("live", "Live, as of " + clock());
      };
      source.addEventListener("change", update);
      source.onerror = () => {
        source.close();
        failures++;
        if (failures > 1) say("lost", "The connection is lost: as of " + clock() + ". Trying again.");
        timer = setTimeout(connect, Math.min(30000, 500 * 2 ** failures) * (0.75 + Math.random() / 2));
      };
    }

    function poll() {
      update();
      timer = setTimeout(poll, slowly);
    }

    function look() {
      clearTimeout(timer);
      if (document.hidden) {
        rest();
      } else {
        connect();
        update();
      }
    }

    function rest() {
      if (source) source.close();
      timer = setTimeout(poll, slowly);
    }

    document.addEventListener("visibilitychange", look);
    window.addEventListener("pagehide", () => source && source.close());
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) look();
    });
    if (document.hidden) rest(); // it was opened behind another
    else connect();
  }

  tick();
  setInterval(tick, 1000);
  // What was just done is said once: reloading must not say it again.
  const here = new URL(location.href);
  if (here.searchParams.has("done")) {
    here.searchParams.delete("done");
    history.replaceState(null, "", here);
  }
  if (document.body.dataset.live && window.EventSource) follow();
})();
