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
