// Small helps for pages that are whole without this script: it tells the desk that somebody is
// still there, notices what is new, marks as read what was looked at, and takes the page away when
// the desk has locked itself. It reads no text of a report and keeps nothing.
"use strict";
(() => {
  const body = document.body;
  const base = body.dataset.base;
  // A page that loads itself again says so: nobody has asked for it.
  const home = () => location.replace(`${base}/?by=itself`);

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

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }

  let unread = Number(body.dataset.unread);

  // A notice outside the page says that there is something, and nothing of it.
  let told = unread;
  const tell = () => {
    if (window.Notification?.permission === "granted" && document.hidden) {
      new Notification("There is something new on this desk.", { tag: "candor-desk", silent: true });
    }
  };
  const notify = document.getElementById("notify");
  if (notify && window.Notification?.permission === "default") {
    notify.hidden = false;
    notify.addEventListener("click", async () => {
      await Notification.requestPermission();
      notify.hidden = true;
    });
  }
  let isWritten = false;
  addEventListener("input", () => { isWritten = true; });

  // Everything on the page but the words that somebody is writing, and what sends them.
  const beside = (node) => [...node.children].flatMap((one) => {
    if (one.matches("script, [type=hidden], [data-kept]")) return [];
    if (one.querySelector("[data-kept]:not(#covered)")) return beside(one);
    return one.hidden || one.querySelector("#covered") ? beside(one) : [one];
  });
  const covered = document.getElementById("covered");
  const reply = document.querySelector("form.reply");
  let hidden = [];
  const say = (words) => {
    covered.hidden = false;
    if (covered.dataset.says === words) return;
    covered.dataset.says = words;
    covered.textContent = words;
    if ([LOCKED, LOCKED_WHOLE, LOCKED_AWAY].includes(words)) {
      const link = document.createElement("a");
      Object.assign(link, { href: `${base}/`, target: "_blank", rel: "noopener", textContent: "Unlock in another tab" });
      covered.append(" ", link);
    }
  };
  const cover = (words) => {
    if (hidden.length === 0) {
      hidden = beside(body).filter((one) => !one.hidden);
      for (const one of hidden) one.hidden = true;
      // What is hidden must not hold back the words.
      if (reply) reply.noValidate = true;
    }
    say(words);
  };
  const uncover = () => {
    if (hidden.length === 0) return;
    for (const one of hidden) one.hidden = false;
    hidden = [];
    covered.hidden = true;
    if (reply) reply.noValidate = false;
  };

  const LOCKED = "The desk has locked itself. What you have written is kept: the button asks for the passphrase, and then brings it back. Files have to be chosen again. Or unlock it in another tab: then this page comes back whole.";
  const LOCKED_WHOLE = "The desk has locked itself. What you have written is kept: the button asks for the passphrase, and then brings all of it back. Or unlock it in another tab: then this page comes back.";
  const LOCKED_AWAY = "The desk has locked itself. Unlock it in another tab: then this page comes back.";
  const SILENT = "The desk does not answer. Look whether it still runs, at the terminal.";
  const APART = "This browser is not connected to the desk any more. What you have written is still here: copy it, open the address that the terminal shows, and paste it there.";
  // A page that goes away would take along what was typed into it: that alone stays, to copy from.
  const typed = () => [...document.querySelectorAll("main input[type=text], main input[type=search], main textarea")]
    .filter((one) => one.value.trim() && one.value !== one.defaultValue);
  const leave = () => {
    const words = typed();
    if (words.length === 0) return home();
    const heading = document.createElement("h1");
    heading.textContent = "The desk has locked itself";
    const note = document.createElement("p");
    note.textContent = "What you had typed is here, to copy from.";
    const kept = words.map((one, at) => {
      const label = document.createElement("label");
      const area = document.createElement("textarea");
      Object.assign(area, { id: `typed-${at}`, readOnly: true, rows: 3, dir: "auto", value: one.value });
      Object.assign(label, { htmlFor: area.id, textContent: one.labels?.[0]?.textContent ?? one.getAttribute("aria-label") ?? "" });
      return [label, area];
    });
    const link = document.createElement("a");
    Object.assign(link, { href: `${base}/`, textContent: "Unlock the desk", className: "button" });
    document.querySelector("main").replaceChildren(heading, note, ...kept.flat(), link);
    clearInterval(looking);
  };
  let missed = 0;
  const look = async () => {
    try {
      if (isActive) {
        isActive = false;
        await post(`${base}/here`);
      }
      const answer = await fetch(`${base}/news`);
      missed = 0;
      const news = answer.ok ? await answer.json() : { locked: true };
      if (news.locked) {
        // Unsent words stay on the page.
        if (body.dataset.follow === "yes") leave();
        else cover(!answer.ok ? APART : document.querySelector("form.sheet") ? LOCKED_WHOLE : document.querySelector("button[data-kept]") ? LOCKED : LOCKED_AWAY);
        return;
      }
      uncover();
      const imported = document.getElementById("imported");
      if (imported) {
        if (news.imported === null) {
          location.replace(`${base}/import?by=itself`);
          return;
        }
        imported.textContent = news.imported;
        document.getElementById("import-progress").value = news.imported;
      }
      const fetched = document.getElementById("fetched");
      if (fetched && news.fetched) fetched.textContent = news.fetched;
      if (news.unread > unread) {
        document.getElementById("news").hidden = false;
        if (news.unread > told) tell();
      }
      told = Math.max(told, news.unread);
      if (news.alarms > Number(body.dataset.alarms)) document.getElementById("alarm").hidden = false;
      const isSent = news.unsent !== Number(body.dataset.unsent);
      if (isSent && body.dataset.follow === "yes" && !isWritten) {
        const query = new URLSearchParams(location.search);
        query.delete("note");
        query.set("by", "itself");
        location.replace(`${location.pathname}?${query}`);
      }
    } catch {
      // Once may be chance. A desk that has ended must not leave its cases on the screen.
      missed += 1;
      if (missed > 1) cover(SILENT);
    }
  };
  // What is being imported moves while it is looked at.
  const looking = setInterval(look, document.getElementById("imported") ? 1000 : 5000);

  // Whoever loads this page again by hand is there.
  const query = new URLSearchParams(location.search);
  if (query.get("by") === "itself") {
    query.delete("by");
    history.replaceState(null, "", location.pathname + (query.size > 0 ? `?${query}` : ""));
  }

  // A page that cannot be shown again must not be left for one that says no: first it is asked
  // whether the words would be taken.
  let isSending = false;
  reply?.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (isSending) return;
    isSending = true;
    try {
      const answer = await post(`${base}/here`);
      if (answer.ok) {
        reply.submit();
        return;
      }
      say(APART);
    } catch {
      say(SILENT);
    }
    isSending = false;
    covered.scrollIntoView({ block: "center" });
  });

  // The conversation beside a reply that is being written.
  const place = document.getElementById("conversation");
  if (place) {
    const asked = new XMLHttpRequest();
    asked.responseType = "document";
    asked.addEventListener("load", () => {
      const list = asked.response?.querySelector("ol.conversation");
      if (!list) return;
      place.append(list.previousElementSibling, list);
      place.hidden = false;
    });
    asked.open("GET", place.dataset.from);
    asked.send();
  }

  const mark = document.getElementById("mark-read");
  if (mark) {
    setTimeout(async () => {
      if (document.visibilityState !== "visible") return;
      try {
        // What the page shows, and nothing that has come since.
        const form = mark.querySelector("form");
        const answer = await fetch(form.action, { method: "POST", body: new FormData(form), redirect: "manual" });
        // Done, it leads back to the case; anything else leaves the button where it is.
        if (answer.type !== "opaqueredirect") return;
        mark.hidden = true;
        document.getElementById("mark-unread").hidden = false;
        unread = Math.max(0, unread - 1);
      } catch {
        // The button is still there.
      }
    }, 2500);
  }

  // A saved reply comes in where somebody writes, so that nothing that was written is lost.
  const text = document.getElementById("text");
  for (const link of document.querySelectorAll("a[data-insert]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      text.setRangeText(link.nextElementSibling.textContent, text.selectionStart, text.selectionEnd, "end");
      text.dispatchEvent(new Event("input", { bubbles: true }));
      link.closest("details").open = false;
      text.focus();
    });
  }
})();
