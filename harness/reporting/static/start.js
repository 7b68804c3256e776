// Puts it all together, and shows what the address says.

function switchScheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const root = document.documentElement;
  const now = root.dataset.scheme || (dark ? "dark" : "light");
  root.dataset.scheme = now === "dark" ? "light" : "dark";
}

function heedFilters(form) {
  form.addEventListener("input", () => {
    const view = { ...readAddress(), ...Object.fromEntries(new FormData(form)) };
    go(view, { quietly: true });
  });
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    document.activeElement.blur();
    go({ sort: readAddress().sort }, { quietly: true });
  });
  form.addEventListener("submit", (event) => event.preventDefault());
}

function addCopyButtons() {
  for (const code of document.querySelectorAll("#summary .command > code")) {
    const button = make("button", { type: "button", class: "copy", "aria-label": `Copy: ${code.textContent}` }, "Copy");
    button.addEventListener("click", () => copy(code, button));
    code.after(button);
  }
}

async function start() {
  const title = document.title;
  const table = new Table(await block("index"));
  const page = new EpisodePage(table);
  const summary = document.getElementById("summary");
  let last = {};

  async function show() {
    const view = readAddress();
    if (FILTERS.some((name) => view[name] !== last[name]) || view.sort !== last.sort || !table.shown) table.show(view);
    const left = last.episode && !view.episode ? last.episode : null;
    const filtered = FILTERS.some((name) => view[name] && view[name] !== last[name]);
    const before = last;
    last = view;
    summary.hidden = Boolean(view.episode);
    page.box.hidden = !view.episode;
    if (view.episode) return page.show(view);
    document.title = title;
    page.wanted = page.key = null;
    if (left) table.focusOn(left);
    else if (filtered && !document.querySelector("#filters").contains(document.activeElement) && before !== last) {
      document.getElementById("episodes").scrollIntoView();
    }
  }

  for (const element of document.querySelectorAll("#filters, #table, .buttons")) element.hidden = false;
  heedFilters(document.getElementById("filters"));
  addCopyButtons();
  document.getElementById("scheme").addEventListener("click", switchScheme);
  document.getElementById("help").addEventListener("click", () => document.getElementById("keys").showModal());
  document.querySelector("#keys button").addEventListener("click", () => document.getElementById("keys").close());
  addEventListener("hashchange", show);
  addEventListener("keydown", (event) => onKey(event, page, table));
  await show();
  document.documentElement.dataset.ready = "";
}

document.getElementById("unscripted").hidden = true;
start().catch((error) => {
  document.getElementById("counted").textContent = `cannot be shown: ${error.message}`;
});
