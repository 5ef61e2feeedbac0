// Asks for the page again when something on it changed. Elements with `data-live` and an id are exchanged; what somebody
// is typing into stays as it is. Nothing on any page needs this.
const parts = () => document.querySelectorAll("[data-live][id]");
let stream = null;
let asking = false;
let again = false;

// What somebody has begun to fill in is not taken away.
const changed = (field) =>
  field.matches("select") ? [...field.options].some((it) => it.selected !== it.defaultSelected)
  : field.matches("[type=checkbox], [type=radio]") ? field.checked !== field.defaultChecked
  : field.value !== field.defaultValue;
const busy = (element) => {
  const fields = [...element.querySelectorAll("input:not([type=hidden]), textarea, select")];
  return fields.some((field) => field === document.activeElement || changed(field)) || element.querySelector("dialog[open]") !== null;
};

// What was unfolded stays so, if it is still there.
const unfold = (old, next) => {
  const opened = [...old.querySelectorAll("details[open] > summary")].map((it) => it.textContent);
  for (const summary of next.querySelectorAll("details > summary")) {
    if (opened.includes(summary.textContent)) summary.parentElement.open = true;
  }
};

// What can have the focus in a part that is exchanged, and what one of them is known by again: where it leads or what it says.
const FOCUS = "a[href], button, summary, [tabindex]";
const known = (it) => [it.tagName, it.id, it.getAttribute("href") ?? it.closest("form")?.getAttribute("action") ?? "", it.name ?? "", it.matches("a") ? "" : it.textContent].join("\n");
const alike = (part, it) => [...part.querySelectorAll(FOCUS)].filter((other) => known(other) === known(it));
// Who goes by keyboard stays where they are: on the same thing, or on the part if that is not there any more.
const refocus = (focused, place, next) => {
  const found = alike(next, focused);
  const same = found[place] ?? found.at(-1) ?? next;
  if (same === next) next.tabIndex = -1;
  same.focus({ preventScroll: true });
};

const refresh = async () => {
  if (asking) {
    again = true;
    return;
  }
  asking = true;
  try {
    const answer = await fetch(location.href, { headers: { "x-guildhall-live": "1", accept: "text/html" }, credentials: "same-origin" });
    // Signed out, or gone: the page says so when it is asked for by a person.
    if (!answer.ok || new URL(answer.url).pathname !== location.pathname) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const old of parts()) {
      const next = fresh.getElementById(old.id);
      if (next && !busy(old) && next.innerHTML !== old.innerHTML) {
        const focused = document.activeElement && old.contains(document.activeElement) ? document.activeElement : null;
        const place = focused ? alike(old, focused).indexOf(focused) : -1;
        unfold(old, next);
        old.replaceWith(document.adoptNode(next));
        if (focused) refocus(focused, place, next);
      }
    }
  } catch {
    // Not to be had now: the next event asks again.
  } finally {
    asking = false;
    if (again) {
      again = false;
      refresh();
    }
  }
};

// A browser opens few connections to one place: only the page that is looked at keeps one.
const listen = () => {
  if (document.hidden || parts().length === 0) {
    stream?.close();
    stream = null;
  } else if (!stream) {
    // What changed since this page was made is told at once.
    stream = new EventSource(`/events?since=${document.documentElement.dataset.version}`);
    stream.addEventListener("changed", refresh);
  }
};

document.addEventListener("visibilitychange", () => {
  listen();
  if (!document.hidden && parts().length > 0) refresh();
});
listen();
