// What was typed into a form stays in this tab until it is on record: a session may end in between. Everything works without it.
"use strict";

(() => {
  const SENT = "form sent";
  if (document.querySelector("[data-recorded]")) {
    sessionStorage.removeItem(sessionStorage.getItem(SENT) || "");
    return;
  }
  const form = document.querySelector("form[data-keep]");
  if (!form) {
    return;
  }
  const key = `form ${form.dataset.keep}`;
  const left = new Set(["csrfmiddlewaretoken", "token", "seen", "seal", "accepted", "evidence"]);
  const save = () => {
    const typed = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !left.has(name));
    sessionStorage.setItem(key, JSON.stringify(typed));
  };

  if (!("sent" in form.dataset)) {
    for (const [name, value] of JSON.parse(sessionStorage.getItem(key) || "[]")) {
      const field = form.elements.namedItem(name);
      if (field instanceof HTMLElement && "value" in field && !field.value) {
        field.value = value;
      }
    }
  }
  form.addEventListener("input", save);
  form.addEventListener("submit", () => {
    save();
    sessionStorage.setItem(SENT, key);
  });
  form.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-drop]")) {
      sessionStorage.removeItem(key);
    }
  });
})();
