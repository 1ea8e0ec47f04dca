/* Osler's pages work without this file. With it, answers arrive in stages and passages open beside their sentences. */
"use strict";

const root = document.documentElement;
root.classList.add("scripted-page");
const $ = (selector, within = document) => within.querySelector(selector);
const status = $("#status");
const say = (text) => { status.textContent = text; };

/* Streaming: a form's question goes by POST, its stages come back as server-sent events. */

async function* eventsOf(response) {
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let waiting = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    waiting += decoder.decode(value, { stream: true });
    let end;
    while ((end = waiting.indexOf("\n\n")) >= 0) {
      const [name, data] = waiting.slice(0, end).split("\n");
      waiting = waiting.slice(end + 2);
      yield { name: name.slice("event: ".length), value: JSON.parse(data.slice("data: ".length)) };
    }
  }
}

function fragment(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

function showPage(html) {
  const next = new DOMParser().parseFromString(html, "text/html");
  $("#main").replaceWith(next.getElementById("main"));
  document.title = next.title;
  $("#main").focus();
}

function blankPage() {
  const main = $("#main");
  main.replaceChildren(fragment('<div class="page"><article class="article" id="article" aria-busy="true"><div id="live"><p class="waiting">Reading the question</p></div></article><aside class="drawer" id="drawer" tabindex="-1" aria-label="Evidence"></aside></div>'));
  window.scrollTo(0, 0);
  return { article: $("#article"), live: $("#live") };
}

function problemPage(text, question) {
  const box = fragment('<div class="ask"><h1>That cannot be asked</h1><div class="notice grave" role="alert"><p></p></div><p><a href="/">Ask another question</a></p></div>');
  $(".notice p", box).textContent = text;
  if (question) {
    const kept = document.createElement("blockquote");
    kept.className = "question";
    kept.textContent = question;
    $(".ask", box).insertBefore(kept, $(".ask > p", box));
  }
  $("#main").replaceChildren(box);
  $("#main").focus();
}

async function stream(form, button) {
  const body = new URLSearchParams(new FormData(form));
  if (button && button.name) body.set(button.name, button.value);
  say("Asking.");
  const response = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/event-stream" } });
  if (!response.ok || !response.headers.get("content-type").startsWith("text/event-stream")) {
    showPage(await response.text());
    say($("#main h1").textContent);
    return;
  }
  const { article, live } = blankPage();
  let begun = false, ended = false;
  for await (const { name, value } of eventsOf(response)) {
    if (name === "understood") { live.replaceChildren(fragment(value)); say("Question understood."); }
    if (name === "evidence") { live.append(fragment(value)); say("Evidence found. Checking each sentence."); }
    if (name === "piece") {
      if (!begun) { live.remove(); begun = true; }
      article.append(fragment(value));
    }
    if (name === "problem") { ended = true; problemPage(value, body.get("question")); say("Not asked."); }
    if (name === "done") {
      ended = true;
      article.removeAttribute("aria-busy");
      history.pushState({}, "", value.url);
      page = value.url;
      for (const link of document.querySelectorAll("[aria-current=page]")) link.removeAttribute("aria-current");
      document.title = value.title + " · Osler";
      const idle = await fetch(value.url);
      if (idle.ok) $("#drawer").replaceWith(new DOMParser().parseFromString(await idle.text(), "text/html").getElementById("drawer"));
      $("#title").focus({ preventScroll: true });
      say("The article is ready: " + value.title);
    }
  }
  if (!ended) problemPage("The connection ended before the article was complete. Ask again.", body.get("question"));
}

let asking = false;
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-stream]") || !window.ReadableStream) return;
  event.preventDefault();
  if (asking) return;
  asking = true;
  stream(form, event.submitter)
    .catch(() => problemPage("The server could not be reached. Ask again.", ""))
    .finally(() => { asking = false; });
});
let page = location.pathname;
window.addEventListener("popstate", () => { if (location.pathname !== page) location.reload(); });

/* Check it: the passage behind a sentence, beside it on wide screens and over the page on small ones. */

const wide = window.matchMedia("(min-width: 1080px)");
const fine = window.matchMedia("(hover: hover) and (pointer: fine)");
const parts = new Map();
let shown = null, cameFrom = null, hovering = 0;

async function partOf(link) {
  const address = link.pathname || new URL(link.href.baseVal, location.href).pathname;
  if (!parts.has(address)) {
    const response = await fetch(address + "/part");
    if (!response.ok) throw new Error(String(response.status));
    parts.set(address, await response.text());
  }
  return parts.get(address);
}

async function open(link, into) {
  const drawer = $("#drawer");
  if (!drawer) return;
  const claim = link.dataset.claim;
  if (shown !== claim) {
    shown = claim;
    const html = await partOf(link);
    if (shown !== claim) return;
    drawer.replaceChildren(fragment(html));
    drawer.scrollTop = 0;
    for (const old of document.querySelectorAll(".claim.open")) old.classList.remove("open");
    const item = document.getElementById(claim);
    if (item) {
      item.classList.add("open");
      if (!wide.matches && into) item.scrollIntoView({ block: "start" });
    }
  }
  drawer.classList.add("shown");
  if (into) {
    if (!link.closest("#drawer")) cameFrom = link;
    $("#drawer-h").focus({ preventScroll: true });
  }
}

function close() {
  const drawer = $("#drawer");
  if (!drawer) return;
  drawer.classList.remove("shown");
  if (cameFrom && document.contains(cameFrom)) cameFrom.focus();
  cameFrom = null;
  if (!wide.matches) shown = null;
}

const linkAt = (target) => (target instanceof Element && $("#drawer") ? target.closest("a[data-claim]") : null);
const follow = (link) => { location.href = link.getAttribute("href"); };

document.addEventListener("click", (event) => {
  const link = linkAt(event.target);
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    open(link, true).catch(() => follow(link));
  } else if (event.target instanceof Element && event.target.closest("[data-close]")) {
    close();
  }
});
document.addEventListener("mouseover", (event) => {
  const link = linkAt(event.target);
  window.clearTimeout(hovering);
  if (link && fine.matches && wide.matches && !link.closest("#drawer") && !$("#drawer").contains(document.activeElement)) {
    hovering = window.setTimeout(() => open(link, false).catch(() => {}), 160);
  }
});
document.addEventListener("focusin", (event) => {
  const link = linkAt(event.target);
  if (link && wide.matches && !link.closest("#drawer") && link.matches(":focus-visible")) open(link, false).catch(() => {});
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && $("#drawer.shown")) { event.preventDefault(); close(); }
});

/* Related questions are looked for when somebody wants them. */

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest("a[data-related]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  say("Looking for related questions.");
  fetch(link.pathname + "/part")
    .then((r) => (r.ok ? r.text() : Promise.reject(r.status)))
    .then((html) => {
      const box = document.createElement("div");
      box.tabIndex = -1;
      box.append(fragment(html));
      $("#related").replaceWith(box);
      box.focus();
      say("Related questions found.");
    })
    .catch(() => follow(link));
});

/* Copy and print. */

async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const box = document.createElement("textarea");
  box.value = text;
  document.body.append(box);
  box.select();
  document.execCommand("copy");
  box.remove();
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-print], [data-copy], [data-copy-text]");
  if (!button) return;
  if (button.hasAttribute("data-print")) { window.print(); return; }
  const text = button.dataset.copyText ? Promise.resolve(button.dataset.copyText) : fetch(button.dataset.copy).then((r) => r.text());
  text.then(copy).then(() => say("Copied."), () => say("Could not be copied."));
});

/* Adding files: how much has been sent, then how much has been read. */

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-upload]")) return;
  event.preventDefault();
  const problem = (text) => {
    const box = $("#upload-problem");
    $("p", box).textContent = text;
    box.hidden = false;
    for (const part of form.querySelectorAll("button")) part.disabled = false;
    box.scrollIntoView({ block: "nearest" });
  };
  const bytes = [...form.elements.files.files].reduce((sum, file) => sum + file.size, 0);
  if (bytes > Number(form.dataset.limit)) {
    problem("These files are more than this server takes at once. Send fewer, or have them added where the library is.");
    return;
  }
  const sending = $(".sending", form), bar = $("progress", sending);
  $("#upload-problem").hidden = true;
  sending.hidden = false;
  for (const part of form.querySelectorAll("button")) part.disabled = true;
  say("Sending the files.");
  const request = new XMLHttpRequest();
  request.upload.addEventListener("progress", (e) => { if (e.lengthComputable) bar.value = (100 * e.loaded) / e.total; });
  request.addEventListener("load", () => {
    if (request.status === 200 && request.responseURL.includes("/library/uploads/")) { location.href = request.responseURL; return; }
    sending.hidden = true;
    const said = $(".intro", new DOMParser().parseFromString(request.responseText, "text/html"));
    problem(said ? said.textContent : request.responseText.slice(0, 200));
  });
  request.addEventListener("error", () => { sending.hidden = true; problem("The files could not be sent. Try again."); });
  request.open("POST", form.action);
  request.send(new FormData(form));
});

async function followUpload(box) {
  const response = await fetch(box.dataset.events);
  if (!response.ok) throw new Error(String(response.status));
  let ended = false;
  for await (const { name, value } of eventsOf(response)) {
    box.replaceChildren(fragment(value));
    ended = name === "done";
  }
  if (!ended) throw new Error("cut");
  box.removeAttribute("aria-busy");
  $("#cancel")?.remove();
  $("#upload-h").focus({ preventScroll: true });
  say("Adding files: " + $("#upload-h").textContent);
}
const reading = $("[data-events]");
if (reading) followUpload(reading).catch(() => window.setTimeout(() => location.reload(), 3000));
