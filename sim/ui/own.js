// Keeps a visitor's organisations in their own browser, and says so. Nothing is sent anywhere else.
const PREFIX = "opsim.own.";

function all() {
  const found = [];
  try {
    for (let i = 0; i < localStorage.length; i += 1) {
      const name = localStorage.key(i);
      if (!name.startsWith(PREFIX)) continue;
      try {
        found.push({ ...JSON.parse(localStorage.getItem(name)), key: name.slice(PREFIX.length) });
      } catch { /* somebody else's, or cut */ }
    }
  } catch { /* no storage here */ }
  return found.sort((one, other) => other.at - one.at).slice(0, 12);
}

// On a phone the menu lies over the page: it closes once a page is chosen. This is here because it is on every page.
function closeMenu(event) {
  if (innerWidth >= 768 || !event.target.closest('[data-testid="stSidebar"] a')) return;
  document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
}
if (!document.closesMenu) document.addEventListener("click", closeMenu);
document.closesMenu = true;

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".own");
  const first = !root.begun;
  root.begun = true;
  let changed = false;
  if (data.forget && root.forgot !== data.forget) {
    root.forgot = data.forget;
    try { localStorage.removeItem(PREFIX + data.forget); changed = true; } catch { /* nothing to forget */ }
  }
  let said = "";
  if (data.save && data.save.key && root.saved !== data.save.text) {
    try {
      localStorage.setItem(PREFIX + data.save.key, JSON.stringify({ at: Date.now() / 1000, text: data.save.text }));
      root.saved = data.save.text;
      root.savedAt = new Date(); // not "when": that is a method of every element
      root.failed = "";
    } catch (problem) {
      root.failed = problem.name === "QuotaExceededError" ? "this browser's storage is full" : "this browser keeps nothing";
    }
  }
  if (data.save && data.save.key) {
    const time = root.savedAt ? root.savedAt.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : "";
    said = data.save.why || (root.failed ? `Not saved: ${root.failed}. Download the file before you leave.` : `Yours, saved in this browser at ${time}.`);
  }
  const unsaved = Boolean(said && (root.failed || data.save.why));
  if (root.leaving) removeEventListener("beforeunload", root.leaving);
  root.leaving = unsaved ? (event) => event.preventDefault() : null;
  if (root.leaving) addEventListener("beforeunload", root.leaving);
  if (root.textContent !== said) root.textContent = said;
  root.hidden = !said;
  if (first || changed) {
    const found = all();
    if (found.length || changed) setStateValue("found", found);
  }
}
