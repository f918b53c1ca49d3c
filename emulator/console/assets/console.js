// What the console does beyond links and forms: the live journal, copying, and words for screen readers.
"use strict";

(() => {
  const byID = (id) => document.getElementById(id);

  // announce says a text to screen readers, at most once a second, the newest one.
  let waiting = null;
  function announce(text) {
    if (waiting === null) {
      setTimeout(() => { byID("announce").textContent = waiting; waiting = null; }, 1000);
    }
    waiting = text;
  }

  // Copy buttons.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Not allowed";
    }
    announce(button.textContent);
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });

  // The chosen request keeps its mark, and its explanation gets the focus when it was asked for by keyboard.
  // Who has gone on meanwhile keeps it where it is.
  const parts = ["detail", "result", "world", "people", "hosts"];
  let byKeyboard = false;
  let follow = false;
  document.addEventListener("keydown", () => { byKeyboard = true; follow = false; }, true);
  document.addEventListener("pointerdown", () => { byKeyboard = false; follow = false; }, true);
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (parts.includes(event.detail.target.id)) follow = byKeyboard;
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    const target = event.detail.target;
    if (target.id !== "detail" && target.id !== "result") return;
    const row = event.detail.requestConfig.elt;
    if (target.id === "detail") {
      if (row.matches("a.row")) {
        document.querySelectorAll("a.row[aria-current]").forEach((a) => a.removeAttribute("aria-current"));
        row.setAttribute("aria-current", "true");
      }
      history.replaceState(null, "", row.getAttribute("href"));
    }
    if (follow) target.focus();
  });

  // A part that a form has replaced says what happened, and by keyboard one goes on from there.
  document.addEventListener("htmx:afterSettle", (event) => {
    const part = ["world", "people", "hosts"].includes(event.detail.target.id) ? byID(event.detail.target.id) : null;
    const said = part?.querySelector(".notice, .made");
    if (!said) return;
    announce((said.querySelector("h2") ?? said).textContent.trim());
    if (follow) said.focus();
  });

  // A form may show parts of itself only for some choices: data-for names the values of the select with data-shows.
  function show(select) {
    for (const part of select.form.querySelectorAll("[data-for]")) {
      const on = part.dataset.for.split(" ").includes(select.value);
      part.hidden = !on;
      for (const field of part.querySelectorAll("input, select, textarea")) field.disabled = !on;
    }
  }
  document.addEventListener("change", (event) => { if (event.target.matches("[data-shows]")) show(event.target); });
  const prepare = (root) => root.querySelectorAll("[data-shows]").forEach(show);
  document.addEventListener("htmx:load", (event) => prepare(event.detail.elt));
  prepare(document);

  // The journal, live. The server sends finished list items; a gap means that some were missed.
  const rows = byID("rows");
  if (!rows || !rows.dataset.stream) return;
  const pause = byID("pause");
  const held = [];
  let paused = false;
  let total = Number(byID("count").textContent);

  function add(html) {
    rows.insertAdjacentHTML("afterbegin", html);
    const item = rows.firstElementChild;
    item.classList.add("new");
    htmx.process(item);
    while (rows.children.length > Number(rows.dataset.limit)) rows.lastElementChild.remove();
    byID("nothing").hidden = true;
    total += 1;
    byID("count").textContent = String(total);
    const text = (selector) => item.querySelector(selector)?.textContent.trim() ?? "";
    announce(`${text(".what b")}: ${text(".badge")} ${text(".why")}`);
  }

  pause.hidden = false;
  pause.addEventListener("click", () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    pause.textContent = "Pause";
    if (!paused) held.splice(0).forEach(add);
  });

  const stream = new EventSource(rows.dataset.stream);
  stream.addEventListener("row", (event) => {
    if (!paused) return add(event.data);
    held.push(event.data);
    if (held.length > Number(rows.dataset.limit)) held.shift();
    pause.textContent = `Pause (${held.length} new)`;
  });
  stream.addEventListener("open", () => rows.classList.remove("offline"));
  stream.addEventListener("error", () => rows.classList.add("offline"));
  window.addEventListener("pagehide", () => stream.close());
})();
