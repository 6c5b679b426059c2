// Small helps for pages that are whole without this script: it tells the desk that somebody is
// still there, notices what is new, marks as read what was looked at, and takes the page away when
// the desk has locked itself. It reads no text of a report and keeps nothing.
"use strict";
(() => {
  const body = document.body;
  const base = body.dataset.base;
  const home = () => location.replace(`${base}/`);

  // A page that was put aside by the browser may show what has been locked since.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  // One click is enough; a second one while the first is on its way does nothing.
  addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
    // A download leaves the page where it is.
    setTimeout(() => {
      delete form.dataset.sent;
      for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
    }, 4000);
  });

  if (body.dataset.desk !== "open") return;
  const token = document.querySelector('input[name="token"]')?.value ?? "";
  const post = (path) => {
    const form = new FormData();
    form.append("token", token);
    return fetch(path, { method: "POST", body: form, redirect: "manual" });
  };

  // Somebody who reads or writes without asking for pages is there all the same.
  let isActive = false;
  for (const kind of ["keydown", "pointerdown", "wheel", "touchmove"]) {
    addEventListener(kind, () => { isActive = true; }, { passive: true });
  }

  let unread = Number(body.dataset.unread);
  let isWritten = false;
  addEventListener("input", () => { isWritten = true; });

  const look = async () => {
    try {
      if (isActive) {
        isActive = false;
        await post(`${base}/here`);
      }
      const answer = await fetch(`${base}/news`);
      if (!answer.ok) return;
      const news = await answer.json();
      if (news.locked) {
        // Unsent words stay on the page: sending them asks for the passphrase and keeps them.
        if (body.dataset.follow === "yes") home();
        else cover();
        return;
      }
      uncover();
      const fetched = document.getElementById("fetched");
      if (fetched && news.fetched) fetched.textContent = news.fetched;
      if (news.unread > unread) document.getElementById("news").hidden = false;
      if (news.alarms > Number(body.dataset.alarms)) document.getElementById("alarm").hidden = false;
      const isSent = news.unsent !== Number(body.dataset.unsent);
      if (isSent && body.dataset.follow === "yes" && !isWritten) location.replace(location.pathname + location.search.replace(/^\?note=.*/, ""));
    } catch {
      // The desk has ended, or is starting anew; the next look will tell.
    }
  };
  setInterval(look, 5000);

  // Hides everything but the form with what was being written.
  const covered = () => document.querySelectorAll(".conversation, .bar nav");
  const cover = () => { for (const one of covered()) one.hidden = true; };
  const uncover = () => { for (const one of covered()) one.hidden = false; };

  const mark = document.getElementById("mark-read");
  if (mark) {
    setTimeout(async () => {
      if (document.visibilityState !== "visible") return;
      try {
        await post(mark.dataset.action);
        mark.hidden = true;
        document.getElementById("mark-unread").hidden = false;
        unread = Math.max(0, unread - 1);
      } catch {
        // The button is still there.
      }
    }, 2500);
  }
})();
