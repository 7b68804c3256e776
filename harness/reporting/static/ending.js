// How an episode ended: its verdict, the evidence for it, its figures and where it came from.

// What scores rest on, by the step that caused it.
function evidenceOf(closing) {
  const found = new Map();
  const add = (step, tone, title, text) => {
    if (!step) return;
    found.set(step, [...(found.get(step) || []), { tone, title, text }]);
  };
  for (const each of closing?.milestones || []) add(each.step, "good", "Milestone", `${each.name}, worth ${each.worth}`);
  for (const each of closing?.violations || []) add(each.step, "bad", "Must never happen", `${each.name}: ${each.found}`);
  for (const each of closing?.collateral || []) {
    for (const step of each.steps || []) add(step, "bad", "May not change", `${each.path} (${each.kind})`);
  }
  return found;
}

function stepLink(step, view) {
  return make("a", { href: addressOf({ ...view, step }) }, `step ${step}`);
}

function evidenceList(closing, view) {
  const lists = [];
  const list = (title, kind, items) => {
    if (items.length) lists.push(make("div", { class: `evidences ${kind}` }, make("h3", {}, title), make("ul", {}, ...items)));
  };
  const counts = closing.outcome !== "invalid";
  list(counts ? "Checks" : "Checks (none counts: the episode is invalid)", "checks", (closing.checks || []).map((check) => checkItem(check, counts)));
  list("Must never happen, and did", "violations", (closing.violations || []).map((each) =>
    make("li", { class: "bad" }, sign("▲"), make("b", {}, each.name), " ", each.step ? stepLink(each.step, view) : null, words(each.found, { lines: 4 }))));
  list("Changed what it may not", "collateral", (closing.collateral || []).map((each) =>
    make("li", { class: "bad" }, sign("!"), make("code", {}, each.path), ` ${each.kind}${each.count > 1 ? ` (${each.count})` : ""} `,
      each.columns ? quiet(`${each.columns.join(", ")} `) : null, ...(each.steps || []).slice(0, 5).flatMap((step) => [stepLink(step, view), " "]),
      each.note ? quiet(each.note) : null)));
  list("On the way", "milestones", (closing.milestones || []).map((each) =>
    make("li", { class: each.step ? "good" : "" }, sign(each.step ? "●" : "○"), `${each.name} `,
      each.step ? stepLink(each.step, view) : quiet(each.step === 0 ? "held from the start" : "never"), quiet(` worth ${each.worth}`))));
  return make("div", { class: "judged" }, ...lists);
}

function sign(letter) {
  return make("span", { class: "sign", "aria-hidden": "true" }, `${letter} `);
}

// What was found of an invalid episode is no failure of anything; a check that could not be answered may be its cause.
function checkItem(check, counts) {
  const tones = { passed: ["✓", "good"], failed: ["✗", "bad"], ungradable: ["?", "odd"] };
  const [letter, tone] = counts || check.verdict === "ungradable" ? tones[check.verdict] : ["·", "quiet"];
  const state = check.verdict === "passed" ? "" : `, ${counts || check.verdict !== "failed" ? check.verdict : "not so"}`;
  const found = check.verdict === "passed" ? null : make("dl", {},
    make("dt", {}, "expected"), make("dd", {}, words(check.expected || "–", { lines: 4 })),
    make("dt", {}, "found"), make("dd", {}, words(check.found || "–", { lines: 4 })));
  return make("li", { class: tone }, sign(letter), make("b", {}, check.name), quiet(` ${check.kind}${state}`), found);
}

function answerCard(closing) {
  const texts = { finished: "The agent finished", steps: "Stopped at the limit of steps", minutes: "Stopped at the limit of time",
    tokens: "Stopped at the limit of tokens", same_call: "Stopped in a loop", stuck: "Stopped in a loop", interrupted: "Interrupted", failed: "It was never properly started" };
  const exit = closing.exit ? `, exit status ${closing.exit}` : "";
  return make("li", { class: `step end ${closing.outcome}` },
    make("h3", {}, make("b", {}, `${texts[closing.how] || closing.how}${exit}`)),
    closing.answer !== undefined ? make("div", { class: "answers" }, column("Its answer", closing.answer, "")) : make("p", {}, quiet("It gave no answer.")),
    closing.parting ? words(closing.parting) : null,
    closing.unanswered ? make("p", {}, quiet("Still kept waiting: "), closing.unanswered.join(", ")) : null);
}

function figuresTable(closing) {
  const measured = (closing.figures || []).filter(([name, value]) => value !== null && name !== "reward");
  const rows = [["reward", closing.reward ?? null, ""], ...measured].filter(([, value]) => value !== null).map(([name, value, note]) =>
    make("tr", {}, make("th", { scope: "row" }, name.replaceAll("_", " ")), make("td", { class: "figure" }, value.toFixed(2)), make("td", { class: "quiet" }, note)));
  return make("table", { class: "figures" }, make("caption", { class: "unseen" }, "Scores"), make("tbody", {}, ...rows));
}

const grouped = (count) => count.toLocaleString("en");

function aboutEpisode(told) {
  const { opening, closing } = told;
  const seeds = Object.entries(opening.seeds).map(([name, seed]) => `${name} ${seed}`).join(", ");
  const usage = closing?.usage;
  const facts = [
    ["Id", opening.id], ["Agent", opening.agent], ["Model", closing?.model || opening.model], ["Attempt", opening.attempt],
    ["Variant", Object.entries(opening.variant || {}).map(([name, value]) => `${name} = ${value}`).join(", ")],
    ["Faults", (opening.faults || []).join(", ")], ["Seeds", seeds], ["Limits", opening.limits],
    ["Isolation", opening.isolation], ["Clock", opening.clock], ["Continues", opening.parent],
    ["Tokens", usage ? `${usage.estimated ? "about " : ""}${grouped(usage.input_tokens + usage.output_tokens)} (${grouped(usage.input_tokens)} in, ${grouped(usage.output_tokens)} out, ${grouped(usage.requests)} requests)` : ""],
    ["Took", closing ? `${closing.world_seconds} s of the world's time, ${closing.wall_seconds.toFixed(2)} s` : ""],
    ["Not recorded", (opening.unrecorded || []).join(", ")], ["Began", opening.started], ["Scenario hash", opening.hash],
    ["First state", opening.start], ["Last state", closing?.final], ["Version", opening.version],
  ];
  return make("dl", { class: "facts" }, ...facts.filter(([, value]) => value).flatMap(([name, value]) =>
    [make("dt", {}, name), make("dd", {}, String(value))]));
}
