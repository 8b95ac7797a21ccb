// What was typed into the report of a trouble stays on this device until the desk has it: a line may fail, a tab may close.
// A link to a step opens it. Everything works without this.
"use strict";

(() => {
  const arrived = new URLSearchParams(location.search).get("draft");
  if (arrived) {
    for (const name of Object.keys(localStorage)) {
      if (name.startsWith("draft ") && localStorage.getItem(name).includes(arrived)) {
        localStorage.removeItem(name);
      }
    }
    history.replaceState(null, "", location.pathname + location.hash);
  }

  const opened = () => {
    const at = location.hash && document.getElementById(location.hash.slice(1));
    if (at instanceof HTMLDetailsElement) {
      at.open = true;
      at.scrollIntoView({ block: "center" });
      at.querySelector("input:not([type=hidden]), textarea, select")?.focus({ preventScroll: true });
    }
  };
  addEventListener("hashchange", opened);
  opened();

  // What is like the words that are just being typed: asked for when the fingers rest.
  for (const asking of document.querySelectorAll("form[data-similar]")) {
    const told = asking.querySelector("[data-similar-told]");
    let waiting = 0;
    let newest = 0;
    const words = () => [...asking.querySelectorAll("#id_title, #id_body, [data-similar-words]")].map((one) => one.value).join(" ").trim();
    const ask = async () => {
      const text = words().slice(0, 500);
      const turn = (newest += 1);
      if (text.length < 4 || !navigator.onLine) {
        told.replaceChildren();
        return;
      }
      const query = new URLSearchParams({ q: text, besides: asking.dataset.besides || "" });
      const answer = await fetch(`${asking.dataset.similar}?${query}`).catch(() => null);
      if (answer?.ok && !answer.redirected && turn === newest) {
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        told.replaceChildren(...page.body.childNodes);
      }
    };
    asking.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(ask, 400);
    });
  }

  const form = document.querySelector("form[data-draft]");
  if (!form) {
    return;
  }
  const key = `draft ${form.dataset.draft}`;
  const told = form.querySelector("[data-draft-told]");
  const left = new Set(["csrfmiddlewaretoken", "draft"]);
  const say = (text) => {
    told.textContent = text;
    told.hidden = false;
  };
  const kept = JSON.parse(localStorage.getItem(key) || "null");
  const fresh = () => [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
  const number = kept?.number || fresh();
  const hidden = Object.assign(document.createElement("input"), { type: "hidden", name: "draft", value: number });
  form.append(hidden);

  let filled = false;
  for (const [name, value] of kept?.typed || []) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLElement && field.type !== "checkbox" && "value" in field && !field.value && value) {
      field.value = value;
      filled = true;
    }
  }
  if (filled) {
    say("这里填回了您上次没有提交的内容。请核对后再提交。");
  }

  const save = () => {
    const typed = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !left.has(name));
    localStorage.setItem(key, JSON.stringify({ number, typed }));
  };
  form.addEventListener("input", save);
  form.addEventListener("submit", (event) => {
    save();
    if (!navigator.onLine) {
      event.preventDefault();
      say("现在没有网络。写的内容留在这台设备上，连上之后再按“提交”。");
    }
  });
})();
