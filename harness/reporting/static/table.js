// The table of episodes: filtered and sorted as the address says, some rows at a time.

const ROWS_AT_ONCE = 100;
const COLUMNS = [
  ["scenario", "Scenario"], ["arm", "Faults"], ["trial", "Trial", true], ["outcome", "Outcome"], ["blame", "Blame"],
  ["reward", "Reward", true], ["steps", "Steps", true], ["seconds", "Seconds", true], ["tokens", "Tokens", true],
  ["note", "Why"],
];

function episodesOf(index) {
  return index.rows.map(([key, scenario, arm, trial, outcome, blame, note, reward, steps, seconds, tokens, rules,
    place, telling, cause], number) => ({
    number, key, scenario: index.scenarios[scenario], arm: index.arms[arm], trial, outcome: index.outcomes[outcome],
    blame: index.blames[blame], note: index.notes[note], reward, steps, seconds, tokens,
    rules: rules.map((rule) => index.rules[rule]), place, telling, cause, play: index.play[number],
  }));
}

class Table {
  constructor(index) {
    this.index = index;
    this.episodes = episodesOf(index);
    this.byKey = new Map(this.episodes.map((episode) => [episode.key, episode]));
    this.columns = COLUMNS.filter(([name]) => name === "scenario" || this.tells(name));
    this.found = this.episodes;
    this.shown = 0;
    this.cursor = -1;
    this.body = document.querySelector(".episodes tbody");
    this.more = document.getElementById("more");
    this.more.addEventListener("click", () => this.showMore());
    this.body.addEventListener("focusin", (event) => this.follow(event.target.closest("tr")));
    this.fillHead();
    this.fillFilters();
  }

  // Whether a column says anything: nobody needs one of the same word, or of nothing.
  tells(name) {
    if (name === "trial") return this.episodes.some((episode) => episode.trial > 1);
    return this.episodes.some((episode) => episode[name] !== null && episode[name] !== "");
  }

  fillHead() {
    document.querySelector(".episodes thead tr").append(...this.columns.map(([name, title, figure]) => {
      const button = make("button", { type: "button", onclick: () => this.sortBy(name) }, title);
      return make("th", { scope: "col", "data-column": name, class: figure ? "figure" : null }, button);
    }));
  }

  fillFilters() {
    const choices = {
      scenario: this.index.scenarios, arm: this.index.arms.filter(Boolean), rule: this.index.rules,
      outcome: this.index.outcomes.filter((outcome) => this.episodes.some((episode) => episode.outcome === outcome)),
      blame: this.index.blames.filter(Boolean),
    };
    for (const [name, values] of Object.entries(choices)) {
      this.offer(name, values.map((value) => [value, name === "outcome" ? WORDS[value] : value]));
    }
    this.offer("cause", this.index.groups.map((reason, number) => [String(number), `${number + 1}. ${reason.slice(0, 60)}`]));
  }

  offer(name, options) {
    const select = document.querySelector(`#filters [name=${name}]`);
    select.append(make("option", { value: "" }, "all"));
    select.append(...options.map(([value, title]) => make("option", { value }, title)));
    select.closest("label").hidden = options.length < (name === "scenario" || name === "arm" ? 2 : 1);
  }

  // Shows what a view asks for; the filters show the same.
  show(view) {
    for (const name of FILTERS) {
      const field = document.querySelector(`#filters [name=${name}]`);
      if (field !== document.activeElement || field.type !== "search") field.value = view[name] || "";
    }
    this.found = this.sorted(this.episodes.filter((episode) => fits(episode, view)), view.sort || "");
    this.body.replaceChildren();
    this.shown = 0;
    this.cursor = -1;
    this.showMore();
    this.markOrder(view.sort || "");
    const all = this.found.length === this.episodes.length;
    document.getElementById("counted").textContent =
      all ? `${this.episodes.length}` : `${this.found.length} of ${this.episodes.length}`;
  }

  sorted(episodes, order) {
    const name = order.replace(/^-/, "");
    if (!this.columns.some(([column]) => column === name)) return episodes;
    const way = order.startsWith("-") ? -1 : 1;
    const missing = (value) => value === null || value === undefined || value === "";
    const rank = (value) => (name === "outcome" ? this.index.outcomes.indexOf(value) : value);
    return [...episodes].sort(({ [name]: one }, { [name]: other }) => {
      if (missing(one) || missing(other)) return missing(one) - missing(other);
      const [left, right] = [rank(one), rank(other)];
      return way * (typeof left === "string" ? left.localeCompare(right) : left - right);
    });
  }

  sortBy(name) {
    const view = readAddress();
    go({ ...view, sort: view.sort === name ? `-${name}` : view.sort === `-${name}` ? "" : name }, { quietly: true });
  }

  markOrder(order) {
    for (const head of document.querySelectorAll(".episodes th")) {
      const name = head.dataset.column;
      const sorted = order === name ? "ascending" : order === `-${name}` ? "descending" : null;
      if (sorted) head.setAttribute("aria-sort", sorted);
      else head.removeAttribute("aria-sort");
    }
  }

  showMore() {
    const rows = this.found.slice(this.shown, this.shown + ROWS_AT_ONCE).map((episode) => this.row(episode));
    this.body.append(...rows);
    this.shown += rows.length;
    this.more.hidden = this.shown >= this.found.length;
    this.more.textContent = `Show more (${this.found.length - this.shown} left)`;
    if (!this.found.length) {
      this.body.append(make("tr", {}, make("td", { colspan: this.columns.length }, quiet("No episode fits."))));
    }
  }

  row(episode) {
    const cells = this.columns.map(([name, , figure]) => make("td", {
      class: figure ? "figure" : name === "note" ? "note" : null, dir: name === "note" ? "auto" : null,
    }, this.cell(name, episode)));
    return make("tr", { "data-key": episode.key }, ...cells);
  }

  cell(name, episode) {
    const value = episode[name];
    if (name === "scenario") {
      const { text, scenario, arm, outcome, blame, rule, cause, sort } = readAddress();
      const view = { text, scenario, arm, outcome, blame, rule, cause, sort, episode: episode.key };
      return make("a", { href: addressOf(view) }, value);
    }
    if (name === "outcome") return badge(value);
    if (name === "note") return episode.outcome === "success" && !value ? "" : value;
    if (value === null || value === undefined) return "–";
    if (name === "reward") return value.toFixed(2);
    if (name === "seconds") return value < 10 ? value.toFixed(2) : value.toFixed(0);
    return typeof value === "number" ? value.toLocaleString("en") : value;
  }

  follow(row) {
    this.cursor = row ? [...this.body.children].indexOf(row) : -1;
  }

  // Moves the focus by some rows.
  move(by) {
    const next = Math.min(Math.max(this.cursor + by, 0), this.found.length - 1);
    if (next >= this.shown) this.showMore();
    const link = this.body.children[next]?.querySelector("a");
    if (link) {
      link.focus();
      link.closest("tr").scrollIntoView({ block: "nearest" });
    }
  }

  focusOn(key) {
    let place = this.found.findIndex((episode) => episode.key === key);
    while (place >= this.shown) this.showMore();
    if (place >= 0) {
      this.cursor = place - 1;
      this.move(1);
    }
  }

  // The episode so many places further in the table as it is filtered and sorted.
  beside(key, by) {
    const place = this.found.findIndex((episode) => episode.key === key);
    return place < 0 ? undefined : this.found[place + by];
  }
}

function fits(episode, view) {
  return ["scenario", "arm", "outcome", "blame"].every((name) => !view[name] || episode[name] === view[name])
    && (!view.rule || episode.rules.includes(view.rule))
    && (!view.cause || String(episode.cause) === view.cause)
    && (!view.text || containsAll(episode, view.text.toLowerCase().split(/\s+/)));
}

function containsAll(episode, parts) {
  const { scenario, arm, trial, outcome, blame, note, rules } = episode;
  const all = `${scenario} @${arm} #${trial} ${outcome} ${WORDS[outcome]} ${blame} ${note} ${rules.join(" ")}`.toLowerCase();
  return parts.every((part) => all.includes(part));
}
