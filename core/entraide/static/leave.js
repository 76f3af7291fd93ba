"use strict";
(() => {
  const exit = document.querySelector("a.exit");
  const form = document.querySelector("form[data-keep]");
  let isLeft = false, isChanged = false, presses = 0;
  const leave = () => {
    isLeft = true;
    document.documentElement.hidden = true;
    location.replace(exit.href);
  };
  exit?.addEventListener("click", (event) => { event.preventDefault(); leave(); });
  addEventListener("keydown", (event) => {
    presses = event.key === "Escape" ? presses + 1 : 0;
    if (presses === 3 && exit) leave();
  });
  form?.addEventListener("input", () => { isChanged = true; });
  form?.addEventListener("submit", () => { isChanged = false; });
  addEventListener("pagehide", () => {
    if (!isChanged || isLeft) return;
    const typed = new FormData(form);
    typed.set("go", "keep");
    navigator.sendBeacon(location.href, typed);
  });
})();
