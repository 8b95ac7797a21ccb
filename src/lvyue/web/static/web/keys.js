// j and k walk from note to note, ? opens the legend. Everything here can be done without it.
"use strict";

document.addEventListener("keydown", (event) => {
  const at = event.target;
  const typing = at instanceof HTMLElement && at.closest("input, select, textarea, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  if (event.key === "?") {
    const legend = document.getElementById("legend");
    if (legend) {
      legend.open = !legend.open;
      legend.querySelector("summary").focus();
      event.preventDefault();
    }
    return;
  }
  if (event.key !== "j" && event.key !== "k") {
    return;
  }
  const stops = [...document.querySelectorAll(".entry:not(.is-quiet) .why, .card h2 a, .finding > summary")];
  if (!stops.length) {
    return;
  }
  const here = stops.indexOf(document.activeElement);
  const next = event.key === "j" ? here + 1 : (here < 0 ? stops.length : here) - 1;
  const stop = stops[Math.min(Math.max(next, 0), stops.length - 1)];
  stop.focus({ preventScroll: true });
  stop.scrollIntoView({ block: "center" });
  event.preventDefault();
});

document.addEventListener("keyup", (event) => {
  const legend = document.getElementById("legend");
  if (event.key === "Escape" && legend && legend.open) {
    legend.open = false;
  }
});
