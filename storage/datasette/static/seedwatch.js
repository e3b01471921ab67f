// What helps on our pages; everything works without it.
"use strict";

// A click elsewhere, or Escape, closes an open menu.
const closeMenus = (but) => {
  for (const menu of document.querySelectorAll("details.nav-menu[open], details.actions-menu-links[open]")) {
    if (menu !== but) menu.open = false;
  }
};
document.addEventListener("click", (event) => closeMenus(event.target.closest("details")));
document.addEventListener("keydown", (event) => { if (event.key === "Escape") closeMenus(null); });

// The reader's own time, beside the outlet's and UTC: as the tooltip, and in words where data-local asks for it.
const localTime = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  if (!time.dateTime.includes("T") || Number.isNaN(at.getTime())) continue;
  time.title = `${localTime.format(at)} your time`;
  if ("local" in time.dataset && at.getTimezoneOffset() !== 0) {
    const said = document.createElement("span");
    said.className = "sw-local";
    said.textContent = ` (${localTime.format(at)} your time)`;
    time.after(said);
  }
}

// Where the screen is narrow, filters that nobody has set would push the articles off it.
if (window.matchMedia("(max-width: 576px)").matches) {
  for (const fold of document.querySelectorAll("details[data-fold-narrow]")) fold.open = false;
}

// Copies what the button's data-copy names; says so for a moment.
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    const before = button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = before; }, 1500);
  });
}

// Marks of a list are sent without leaving it; what was done is said beside the buttons.
const say = (form, text) => {
  let said = form.querySelector("[role=status]");
  if (!said) {
    said = document.createElement("span");
    said.setAttribute("role", "status");
    form.append(said);
  }
  said.textContent = text;
};
// What a button does the next time, and what it is called then; those without a pair are spent.
const NEXT = { read: ["unread", true], unread: ["read", false], star: ["unstar", true], unstar: ["star", false] };
const sendMark = async (form, button) => {
  const fields = new URLSearchParams(new FormData(form, button));
  const deed = button.value;
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: fields, headers: { Accept: "application/json" } });
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(told.error || (answer.status === 403 ? "Sign in first, or load the page again" : "not written"));
    say(form, told.said.split(":")[0]);
    if (NEXT[deed]) {
      button.value = NEXT[deed][0];
      button.setAttribute("aria-pressed", String(NEXT[deed][1]));
    } else {
      // Judged, it can only be undone; undone, it can be judged again.
      for (const other of form.querySelectorAll("button[data-judge]")) other.hidden = (other.value === "undo") === (deed === "undo");
      for (const old of form.querySelectorAll("[data-verdict]")) old.hidden = true;
    }
  } catch (error) {
    say(form, error.message);
  } finally {
    button.disabled = false;
  }
};
for (const form of document.querySelectorAll(".sw-entry form.sw-actions")) {
  form.addEventListener("submit", (event) => {
    if (!event.submitter) return;
    event.preventDefault();
    sendMark(form, event.submitter);
  });
}

// Keys: they do what buttons and links do, on the entry that is marked as the current one.
const KEYS = [
  ["j", "next article"], ["k", "article before"], ["o", "open it"], ["m", "read, or unread"], ["s", "star"],
  ["y", "yes, it is about the topic"], ["n", "no, it is not"], ["u", "undo"], ["/", "search"], ["?", "these keys"],
];
const listed = Array.from(document.querySelectorAll(".sw-entry"));
let current = listed.findIndex((entry) => `#${entry.id}` === location.hash);
const moveTo = (place) => {
  if (place < 0 || place >= listed.length) return;
  if (current >= 0) listed[current].classList.remove("sw-current");
  current = place;
  listed[current].classList.add("sw-current");
  const headline = listed[current].querySelector(".sw-headline a");
  if (headline) headline.focus({ preventScroll: true });
  listed[current].scrollIntoView({ block: "nearest" });
};
if (current >= 0) listed[current].classList.add("sw-current");
const showKeys = () => {
  let help = document.getElementById("sw-keys");
  if (!help) {
    help = document.createElement("dialog");
    help.id = "sw-keys";
    help.setAttribute("aria-label", "Keys");
    const names = document.createElement("dl");
    for (const [key, meaning] of KEYS) {
      const name = document.createElement("dt");
      const text = document.createElement("dd");
      name.textContent = key;
      text.textContent = meaning;
      names.append(name, text);
    }
    const close = document.createElement("button");
    close.textContent = "Close";
    close.addEventListener("click", () => help.close());
    help.append(names, close);
    document.body.append(help);
  }
  if (!help.open) help.showModal();
};
const press = (key) => {
  const place = listed.length ? listed[current] : document;
  const button = place && place.querySelector(`button[data-key="${key}"]:not([hidden])`);
  if (!button) return;
  button.click();
  // The review queue goes on by itself.
  if (listed.length && (key === "y" || key === "n")) moveTo(current + 1);
};
const follow = (selector) => {
  const link = document.querySelector(selector);
  if (link) link.click();
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
  if (event.target.closest("input, textarea, select, [contenteditable], dialog")) return;
  const doing = {
    j: () => (listed.length ? moveTo(current + 1) : follow("a[rel~=next]")),
    k: () => (listed.length ? moveTo(Math.max(current - 1, 0)) : follow("a[rel~=prev]")),
    o: () => { if (listed[current]) listed[current].querySelector(".sw-headline a").click(); else follow("a.sw-original"); },
    "/": () => { const box = document.querySelector("main input[type=search], .sw-find input"); if (box) box.focus(); },
    "?": showKeys,
  }[event.key] || ("msynu".includes(event.key) && event.key.length === 1 ? () => press(event.key) : null);
  if (!doing) return;
  event.preventDefault();
  doing();
});
