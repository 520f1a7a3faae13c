// Shortcuts of the editors' pages. Everything they do a link or a button on the page does too, so nothing needs this
// file. It changes no markup but the switch that turns it off.
"use strict";

(() => {
  const OFF = "searchsvc-shortcuts-off";
  let left = false; // Leaving: a second press must not decide about the next page as well.

  const visible = (element) => element.getClientRects().length > 0;
  const rows = () => [...document.querySelectorAll("[data-row]")].map((row) => row.querySelector("h2 a, h3 a, .name a, td a"))
    .filter((link) => link !== null);

  const isOff = () => {
    try {
      return localStorage.getItem(OFF) === "1";
    } catch {
      return false; // Storage is forbidden here: then nothing can have been turned off.
    }
  };

  const typing = (target) => target instanceof Element &&
    target.closest("textarea, select, [contenteditable], input:not([type=submit], [type=button], [type=checkbox])") !== null;

  const move = (step) => {
    const links = rows();
    if (links.length === 0) return false;
    const row = document.activeElement?.closest("[data-row]");
    const at = links.findIndex((link) => link.closest("[data-row]") === row);
    const to = at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.min(Math.max(at + step, 0), links.length - 1);
    links[to].focus();
    links[to].closest("[data-row]").scrollIntoView({ block: "nearest" });
    return true;
  };

  const open = () => {
    const row = document.activeElement?.closest("[data-row]");
    const link = rows().find((one) => one.closest("[data-row]") === row);
    if (!row || !link) return false;
    link.click();
    return true;
  };

  const press = (key) => {
    const button = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(visible);
    if (button === undefined || left) return false;
    left = true;
    button.click();
    return true;
  };

  const help = () => {
    const keys = document.getElementById("keys");
    if (keys === null) return false;
    keys.open = !keys.open;
    if (keys.open) keys.scrollIntoView({ block: "nearest" });
    keys.querySelector("summary").focus({ preventScroll: true });
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
    if (typing(event.target)) return;
    if (event.key === "?") {
      if (help()) event.preventDefault();
      return;
    }
    if (event.shiftKey || isOff()) return;
    const key = event.key.toLowerCase(); // Caps lock is no modifier.
    let done = false;
    if (key === "j" || key === "k") done = move(key === "j" ? 1 : -1);
    else if (event.repeat) return; // A key held down moves, but it decides once.
    else if (key === "o") done = open();
    else if (/^[12xmnpu]$/.test(key)) done = press(key);
    if (done) event.preventDefault();
  });

  // Back from the page cache the page may be used again.
  addEventListener("pageshow", () => { left = false; });

  // A click on shared text leads to the same text on the other side, as its number does.
  document.addEventListener("click", (event) => {
    const mark = event.target instanceof Element ? event.target.closest("mark[data-passage]") : null;
    if (mark === null || String(getSelection()) !== "") return;
    const number = document.getElementById(mark.dataset.passage);
    location.hash = mark.dataset.passage;
    number.focus({ preventScroll: true });
  });

  // Single keys get in the way of speech input and some keyboards: they can be turned off.
  const keys = document.getElementById("keys");
  if (keys !== null) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    const name = () => { button.textContent = isOff() ? "启用快捷键" : "停用快捷键"; };
    button.addEventListener("click", () => {
      try {
        if (isOff()) localStorage.removeItem(OFF);
        else localStorage.setItem(OFF, "1");
        name();
      } catch {
        button.textContent = "浏览器不允许保存这个设置";
      }
    });
    name();
    keys.append(button);
  }
})();
