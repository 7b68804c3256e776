// The keyboard: whatever can be done with a pointer.

function onKey(event, page, table) {
  const typing = event.target.matches("input, select, textarea");
  if (event.ctrlKey || event.metaKey || event.altKey || document.getElementById("keys").open) return;
  if (event.key === "Escape") return leave(event, typing);
  if (typing) return;
  const inEpisode = Boolean(readAddress().episode);
  const acts = {
    "/": toFilters,
    "?": () => document.getElementById("keys").showModal(),
    j: () => inEpisode ? page.move(1) : table.move(1),
    k: () => inEpisode ? page.move(-1) : table.move(-1),
    c: () => document.querySelector("#episode .copy")?.click(),
  };
  if (inEpisode) Object.assign(acts, { ArrowRight: () => page.beside(1), ArrowLeft: () => page.beside(-1) });
  else if (event.target.closest?.(".episodes tbody")) {
    Object.assign(acts, { ArrowDown: () => table.move(1), ArrowUp: () => table.move(-1), ArrowRight: () => event.target.click() });
  }
  if (!acts[event.key]) return;
  event.preventDefault();
  acts[event.key]();
}

function toFilters() {
  const search = document.querySelector("#filters [name=text]");
  const view = readAddress();
  if (view.episode) go({ ...view, episode: "", step: "" });
  // What is hidden takes no focus, and keys may be faster than the event with which an episode goes away.
  if (document.getElementById("summary").hidden) addEventListener("hashchange", () => search.focus(), { once: true });
  else search.focus();
}

// Out of what is innermost: the search, the episode, the filters.
function leave(event, typing) {
  const view = readAddress();
  if (typing) event.target.blur();
  else if (view.episode) go({ ...view, episode: "", step: "" });
  else go({}, { quietly: true });
}
