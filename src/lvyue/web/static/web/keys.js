// j and k walk from item to item, Enter or o opens one where it stands, / goes to the filter or the search, g t, g c and g s to other pages,
// x ticks a row, ? shows the keys, Escape closes what was opened. Everything here can be done without it.
"use strict";

const STOPS = [
  ".note:not(.is-quiet, .is-doubt) .opens", ".finding > summary", ".card h2 a", ".card-name a", ".turn .says", ".due-list td a",
].join();
let going = false;

function walk(back) {
  const stops = [...document.querySelectorAll(STOPS)];
  const here = stops.indexOf(document.activeElement);
  const next = back ? (here < 0 ? stops.length : here) - 1 : here + 1;
  const stop = stops[Math.min(Math.max(next, 0), stops.length - 1)];
  stop?.focus({ preventScroll: true });
  stop?.scrollIntoView({ block: "center" });
  return Boolean(stop);
}

function legend() {
  const panel = document.getElementById("legend");
  panel?.toggleAttribute("open");
  panel?.querySelector("summary").focus();
  return Boolean(panel);
}

function filter() {
  const field = document.querySelector("main input[type=search]");
  field?.focus();
  field?.select();
  return Boolean(field) || go("s");
}

function open() {
  const at = document.activeElement;
  const opens = at?.matches(STOPS);
  if (opens) {
    at.click();
  }
  return opens;
}

function go(key) {
  const link = document.querySelector(`[data-go="${key}"]`);
  link?.click();
  return Boolean(link);
}

function close(note) {
  const link = note?.querySelector(".opens[aria-expanded=true]");
  if (!link) {
    return false;
  }
  note.querySelector(".opened").replaceChildren();
  link.setAttribute("aria-expanded", "false");
  link.focus();
  return true;
}

function tick() {
  const box = document.activeElement?.closest("tr")?.querySelector("input[type=checkbox]");
  box?.click();
  return Boolean(box);
}

const KEYS = { j: () => walk(false), k: () => walk(true), o: open, "/": filter, "?": legend, x: tick };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  if (event.key === "Escape") {
    close(event.target.closest?.(".note"));
    document.querySelectorAll("details.legend[open]").forEach((one) => one.removeAttribute("open"));
    return;
  }
  if (event.target.closest?.("input, select, textarea, [contenteditable]")) {
    return;
  }
  const done = going ? go(event.key) : KEYS[event.key]?.();
  going = !going && event.key === "g";
  if (done) {
    event.preventDefault();
  }
});

// A note that is open closes where it was opened; anybody who wants its page in a tab of its own still gets it.
document.addEventListener("click", (event) => {
  const closer = event.target.closest?.(".closes, .opens[aria-expanded=true]");
  if (closer && !event.ctrlKey && !event.metaKey && !event.shiftKey && close(closer.closest(".note"))) {
    event.preventDefault();
    event.stopPropagation();
  }
}, true);

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.matches(".opened")) {
    event.target.closest(".note").querySelector(".opens").setAttribute("aria-expanded", "true");
  }
});
