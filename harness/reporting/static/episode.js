// The page of one episode: verdict, commands, evidence and the timeline.

class EpisodePage {
  constructor(table) {
    this.table = table;
    this.box = document.getElementById("episode");
    this.key = null;
    this.wanted = null;
  }

  async show(view) {
    this.wanted = view.episode;
    if (this.key !== view.episode) await this.fill(view);
    if (this.wanted !== view.episode) return; // another one was asked for meanwhile
    this.focusStep(view.step);
  }

  async fill(view) {
    const episode = this.table.byKey.get(view.episode);
    this.key = null;
    if (!episode) return this.put(view, make("p", { class: "banner" }, `There is no episode ${view.episode} in this run.`));
    if (episode.place === null) return this.put(view, this.head(episode, view), this.absent(episode));
    try {
      const told = await timelineAt(this.table.index, episode.place);
      if (this.wanted === view.episode) this.put(view, ...this.whole(episode, told, withoutStep(view)));
    } catch (error) {
      this.put(view, this.head(episode, view), make("p", { class: "banner" }, `This timeline cannot be read: ${error.message}`));
    }
  }

  put(view, ...children) {
    this.box.replaceChildren(...children.flat());
    this.key = view.episode;
    document.title = `${view.episode} – ${document.getElementById("home").textContent}`;
    scrollTo(0, 0);
    this.box.focus({ preventScroll: true });
  }

  absent(episode) {
    const file = `${this.table.index.folder}/episodes/${episode.key}.jsonl`;
    if (episode.outcome === "not_run") {
      return [make("p", {}, "This episode was not run."), episode.play ? copyable(episode.play, "Play it") : ""];
    }
    const why = episode.outcome === "lost" ? "Its record cannot be read, or " : "";
    return [make("p", { class: "banner" }, `${why}its timeline is not in this file.`),
      copyable(`soundstage show '${file.replaceAll("'", "'\\''")}'`, "Read it in a terminal")];
  }

  head(episode, view) {
    const back = make("a", { href: addressOf({ ...view, episode: "", step: "" }), class: "back" }, "← Episodes");
    const arrows = [[-1, "← previous"], [1, "next →"]].map(([by, title]) => {
      const other = this.table.beside(episode.key, by);
      return other ? make("a", { href: addressOf({ ...view, episode: other.key, step: "" }) }, title) : null;
    });
    return make("header", { class: `episode-head ${episode.outcome}` },
      make("nav", { "aria-label": "Episodes" }, back, make("span", { class: "grow" }), ...arrows),
      make("h1", {}, episode.scenario, " ", episode.arm ? make("span", { class: "arm" }, `@${episode.arm}`) : null, " ", quiet(`#${episode.trial}`)),
      make("p", {}, badge(episode.outcome), " ", episode.blame ? make("span", { class: "tag" }, `blame: ${episode.blame}`) : null, " ",
        make("span", { dir: "auto" }, episode.note)));
  }

  whole(episode, told, view) {
    const { opening, closing, commands } = told;
    const steps = told.steps || [];
    const evidence = evidenceOf(closing);
    return [
      this.head(episode, view),
      make("section", { class: "reproduce", "aria-label": "Commands" }, ...(commands || []).map(([title, text]) => copyable(text, title))),
      closing ? evidenceList(closing, view) : make("p", { class: "banner" }, told.left
        ? "The agent has left, but nothing was judged: soundstage score --regrade judges it."
        : "The recording ends without a verdict: the run was killed, or goes on."),
      make("section", { class: "task" }, make("h2", {}, "Task"), words(opening.task || "", { lines: 10 })),
      make("section", { "aria-label": "Timeline" }, make("h2", {}, "Timeline ", quiet(`${steps.length} step${steps.length === 1 ? "" : "s"}`)),
        steps.length > 1 ? this.strip(steps, evidence) : null,
        make("ol", { class: "timeline" }, ...this.cards(told, steps, evidence, view), closing ? answerCard(closing) : null)),
      make("section", { class: "more" }, make("h2", {}, "Scores and origin"), closing ? figuresTable(closing) : null, aboutEpisode(told)),
    ];
  }

  cards(told, steps, evidence, view) {
    return steps.flatMap((step, place) => {
      const card = stepCard(step, evidence.get(step.n) || [], view, steps[place - 1]?.at.slice(0, 10));
      if (told.gap?.after !== step.n) return [card];
      return [card, make("li", { class: "gap" }, quiet(`${told.gap.count} steps are left out here; the record has them`))];
    });
  }

  // All steps at a glance: a mark for each, higher where something changed, a point where a score rests on it.
  strip(steps, evidence) {
    const places = Math.max(steps.length, 24); // few steps are not drawn as walls
    const width = 1000 / places;
    const marks = steps.flatMap((step, place) => {
      const high = step.changes ? 26 : 16;
      const mark = drawn("rect", { class: `mark ${kindOf(step)}`, x: place * width, y: 34 - high, width: Math.max(width - 2, 1), height: high, "data-step": step.n });
      mark.append(drawn("title", {}, document.createTextNode(`Step ${step.n}: ${step.call}`)));
      mark.addEventListener("click", () => go({ ...readAddress(), step: step.n }));
      const tone = (evidence.get(step.n) || []).map((each) => each.tone).sort()[0];
      return tone ? [mark, drawn("rect", { class: `point ${tone}`, x: place * width, y: 37, width: Math.max(width - 2, 1), height: 4 })] : [mark];
    });
    return drawn("svg", { class: "strip", viewBox: "0 0 1000 42", preserveAspectRatio: "none", role: "img", "aria-label": `${steps.length} steps at a glance` }, ...marks);
  }

  focusStep(number) {
    for (const card of this.box.querySelectorAll(".step.here")) card.classList.remove("here");
    for (const mark of this.box.querySelectorAll(".mark")) mark.classList.toggle("here", mark.dataset.step === number);
    const card = number ? document.getElementById(`step-${Number(number)}`) : null;
    if (!card) return;
    card.classList.add("here");
    card.scrollIntoView({ block: "start" });
    card.focus({ preventScroll: true });
  }

  // Goes some steps on, in the order in which they are shown.
  move(by) {
    const numbers = [...this.box.querySelectorAll(".step[data-step]")].map((card) => card.dataset.step);
    const view = readAddress();
    const place = numbers.indexOf(view.step);
    const next = place < 0 ? (by > 0 ? 0 : -1) : place + by;
    if (numbers[next] !== undefined) go({ ...view, step: numbers[next] }, { quietly: true });
  }

  beside(by) {
    const view = readAddress(); // and not what is drawn: keys may come faster than timelines
    const other = this.table.beside(view.episode, by);
    if (other) go({ ...view, episode: other.key, step: "" });
  }
}

function withoutStep(view) {
  return { ...view, step: "" };
}
