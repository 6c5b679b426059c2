// Single keys, for whoever works through many reports. Everything they do can be done without them.
"use strict";
(() => {
  if (document.body.dataset.keys !== "on") return;
  const rows = () => [...document.querySelectorAll("ol.cases a.case, .agenda a.row")];
  const writes = (node) => node.matches?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  const help = document.getElementById("keys");

  const step = (by) => {
    const all = rows();
    if (all.length === 0) return false;
    const row = document.activeElement?.closest("li")?.querySelector("a.case, a.row");
    const at = all.indexOf(row);
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
    return true;
  };
  // What a key does on some pages alone.
  const found = {
    e: () => document.getElementById("next"),
    r: () => document.querySelector('main a[href$="/reply"]'),
  };
  const press = (key) => {
    const named = document.querySelector(`[data-key="${CSS.escape(key)}"]`) ?? found[key]?.();
    if (!named) return false;
    if (named.matches("input")) {
      named.focus();
      named.select();
    } else named.click();
    return true;
  };
  const act = {
    j: () => step(1),
    k: () => step(-1),
    x: () => {
      const box = document.activeElement?.closest("li")?.querySelector(".pick input");
      box?.click();
      return Boolean(box);
    },
    d: () => {
      const several = document.querySelector("details.several");
      if (!several) return false;
      several.open = true;
      several.querySelector("select").focus();
      return true;
    },
    "?": () => {
      help?.showModal();
      return Boolean(help);
    },
  };

  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (help?.open) return;
    if (writes(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const arrow = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    // Arrows scroll, unless somebody is in a list.
    const isDone = arrow
      ? Boolean(document.activeElement?.closest("ol.cases, .agenda")) && step(arrow)
      : (act[event.key]?.() ?? (event.key.length === 1 && press(event.key)));
    if (isDone) event.preventDefault();
  });
})();
