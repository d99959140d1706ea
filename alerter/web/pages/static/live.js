// Brings the page up to date every so often, as long as nobody is in the middle of something on it.
"use strict";
(() => {
  const every = 15000;
  const isBusy = () => {
    const main = document.querySelector("main");
    const active = document.activeElement;
    const isTyping = active && main.contains(active) && active.matches("input, select, textarea, button, summary, pre, a");
    return document.hidden || isTyping || String(document.getSelection()) !== "";
  };
  const replace = (fresh, selector) => {
    const [before, after] = [document.querySelector(selector), fresh.querySelector(selector)];
    if (!before || !after || before.innerHTML === after.innerHTML) return;
    const open = [...before.querySelectorAll("details")].map((one) => one.open);
    const given = [...before.querySelectorAll("input:not([type=hidden]), select")].map((one) => [one.name, one.value]);
    before.innerHTML = after.innerHTML;
    given.forEach(([name, value]) => {
      const field = before.querySelector(`[name="${name}"]`);
      if (field) field.value = value;
    });
    [...before.querySelectorAll("details")].forEach((one, at) => { one.open = open[at] ?? one.open; });
  };
  const refresh = async () => {
    if (isBusy()) return;
    try {
      const address = new URL(location.href);
      address.searchParams.delete("done");
      const answer = await fetch(address, { headers: { accept: "text/html" }, redirect: "error", cache: "no-store" });
      if (!answer.ok || isBusy()) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      replace(fresh, "main");
      replace(fresh, "header.top");
      document.documentElement.classList.remove("stale");
    } catch {
      document.documentElement.classList.add("stale");
    }
  };
  setInterval(refresh, every);
  document.addEventListener("visibilitychange", refresh);
})();
