// What makes the pages quicker; every one of them works without it.
"use strict";

// A form is sent once; its number makes the server drop a second one anyway.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
});

// Back to a page that the browser kept: its forms can be sent again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  }
});

// Searches and values come into their part of the page; the address follows, so that it can be kept and sent on.
let asked = null;
const brought = async (form) => {
  const part = document.querySelector(form.dataset.live);
  const address = new URL(form.getAttribute("action"), location.href);
  address.search = new URLSearchParams([...new FormData(form)].filter(([, value]) => value)).toString();
  if (asked) asked.abort();
  const mine = (asked = new AbortController());
  part.setAttribute("aria-busy", "true");
  const button = form.querySelector("button");
  const slow = form.dataset.slow;
  if (slow) button.textContent = slow;
  try {
    const answer = await fetch(address, { signal: mine.signal, credentials: "same-origin" });
    if (answer.redirected || !answer.ok) throw new Error("not the page that was asked for");
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.querySelector(form.dataset.live);
    if (mine !== asked || !fresh) return;
    for (const one of page.querySelectorAll("form[data-live] select")) {
      const there = document.getElementById(one.id); // what there is to choose from, each with how many it leaves
      if (there && there !== document.activeElement) there.replaceChildren(...one.children);
    }
    part.replaceWith(document.adoptNode(fresh));
    history.replaceState(null, "", address);
    if (slow) document.querySelector(form.dataset.live + " button").focus();
  } catch (error) {
    if (error.name !== "AbortError") location.assign(address); // the server's own page says what is wrong
  }
};
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-live]")) return;
  event.preventDefault();
  brought(event.target);
});
let waits = 0;
document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-live]");
  if (!form || form.dataset.slow) return;
  clearTimeout(waits);
  waits = setTimeout(() => brought(form), 180);
});

// After something was done, or refused, a reader is where that is said.
const said = document.querySelector("#refused, #done");
if (said) said.focus();
// A link to a form that is folded opens it.
const unfold = () => {
  const place = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (place && place.matches("details")) place.open = true;
};
window.addEventListener("hashchange", unfold);
unfold();
