// 通行密钥: a form that asks a device before it is sent. Our server gives the question and reads the answer; here only
// bytes become letters and letters bytes.
"use strict";

(() => {
  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
  const letters = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");

  const question = (asked) => {
    const found = { ...asked, challenge: bytes(asked.challenge) };
    if (asked.user) found.user = { ...asked.user, id: bytes(asked.user.id) };
    for (const list of ["allowCredentials", "excludeCredentials"])
      if (asked[list]) found[list] = asked[list].map((one) => ({ ...one, id: bytes(one.id) }));
    return found;
  };

  const answer = (key) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
      if (key.response[name]) response[name] = letters(key.response[name]);
    return JSON.stringify({
      id: key.id,
      rawId: letters(key.rawId),
      type: key.type,
      response,
      clientExtensionResults: {},
    });
  };

  const ask = async (form) => {
    const said = await fetch(form.dataset.options, {
      method: "POST",
      headers: { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value },
    });
    if (!said.ok) throw new Error(said.status === 409 ? await said.text() : "登录已经过期，请刷新本页。");
    const publicKey = question(await said.json());
    const key =
      form.dataset.passkey === "create"
        ? await navigator.credentials.create({ publicKey })
        : await navigator.credentials.get({ publicKey });
    form.elements.secret_answer.value = answer(key);
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const says = form.querySelector("[data-says]");
    if (!window.PublicKeyCredential) {
      says.textContent = "这个浏览器或这个地址不能用通行密钥；请用 HTTPS 或 localhost 打开，或改用别的方式。";
      form.querySelector("button").disabled = true;
      continue;
    }
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (form.dataset.busy) return;
      form.dataset.busy = "yes";
      says.textContent = "请按设备的提示操作…";
      ask(form)
        .then(() => form.submit())
        .catch((error) => {
          delete form.dataset.busy;
          const known = {
            NotAllowedError: "没有完成，可能取消了或等得太久。请再试一次。",
            InvalidStateError: "这个设备已经加过了。",
            SecurityError: "这个地址不能用通行密钥；请用域名打开本页。",
          };
          says.textContent = known[error.name] || error.message;
        });
    });
  }
})();
