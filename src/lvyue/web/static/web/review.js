// The review: pointing at either side lights up the other; j and k walk, a accepts, e corrects, x rejects, s splits, m merges,
// o shows the original. On the upload page a file may be dropped. Links and buttons do the same without any of this.
"use strict";

(() => {
  const original = document.getElementById("original");
  const read = document.getElementById("read");
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;

  // Only inside its pane: the page itself must not jump under the pointer.
  const show = (pane, at) => {
    if (!pane || !at || pane.scrollHeight <= pane.clientHeight) {
      return;
    }
    const [outer, inner] = [pane.getBoundingClientRect(), at.getBoundingClientRect()];
    if (inner.top < outer.top || inner.bottom > outer.bottom) {
      pane.scrollBy({ top: inner.top - outer.top - pane.clientHeight / 3, behavior: calm ? "auto" : "smooth" });
    }
  };
  const places = (item) => [...document.querySelectorAll(`[data-items~="${CSS.escape(item)}"]`)];
  const light = (items) => {
    document.querySelectorAll(".is-lit").forEach((one) => one.classList.remove("is-lit"));
    for (const item of items) {
      places(item).forEach((one) => one.classList.add("is-lit"));
      document.getElementById(item)?.classList.add("is-lit");
    }
  };
  const met = (event) => {
    const row = event.target.closest?.("[data-item]");
    const hit = event.target.closest?.("[data-items]");
    if (row) {
      light([row.dataset.item]);
      show(original, document.getElementById(`o-${row.dataset.item}`) || places(row.dataset.item)[0]);
    } else if (hit) {
      const items = hit.dataset.items.split(" ");
      light(items);
      show(read, items.map((item) => document.getElementById(item)).find(Boolean));
    }
  };
  document.addEventListener("mouseover", met);
  document.addEventListener("focusin", met);

  const rows = () => [...document.querySelectorAll("#read [data-item]")];
  const here = () => document.activeElement?.closest?.("[data-item]");
  const walk = (step) => {
    const all = rows();
    const at = all.indexOf(here());
    const next = all[at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1)];
    next?.focus({ preventScroll: true });
    show(read, next);
    return Boolean(next);
  };
  const press = (key) => {
    const button = here()?.querySelector(key === "o" ? "[data-to-original]" : `[data-key="${key}"]`);
    button?.click();
    return Boolean(button);
  };
  document.addEventListener("keydown", (event) => {
    if (!read || event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, select, textarea")) {
      return;
    }
    if (event.key === "?") {
      document.getElementById("review-keys")?.toggleAttribute("open");
      return;
    }
    const done = event.key === "j" ? walk(1) : event.key === "k" ? walk(-1) : "aexsmo".includes(event.key) && press(event.key);
    if (done) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  // What was decided on is drawn anew; whoever works with the keyboard stays where they were.
  let last = "";
  document.addEventListener("htmx:beforeRequest", (event) => { last = event.target.closest?.("[data-item]")?.id || ""; });
  document.addEventListener("htmx:afterSettle", () => {
    if (last && !here()) {
      document.getElementById(last)?.focus({ preventScroll: true });
    }
    last = "";
  });

  const drop = document.querySelector("[data-drop-here]");
  const field = drop?.querySelector("input[type=file]");
  const told = drop?.querySelector("[data-dropped]");
  if (field) {
    const over = (event) => { event.preventDefault(); drop.classList.toggle("is-over", event.type === "dragover"); };
    drop.addEventListener("dragover", over);
    drop.addEventListener("dragleave", over);
    drop.addEventListener("drop", (event) => {
      over(event);
      field.files = event.dataTransfer.files;
      told.textContent = [...field.files].map((one) => one.name).join("、");
    });
  }
})();
