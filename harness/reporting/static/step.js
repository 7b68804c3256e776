// One step of a timeline: who did what, what they were told, what was true, what changed, and what was made of it.

const KINDS = { added: "+", changed: "~", removed: "−" };

function stepCard(step, evidence, view, dayBefore) {
  const name = make("b", { class: "call" }, step.said ? speaker(step) : step.call);
  const link = make("a", { class: "number", href: addressOf({ ...view, step: step.n }), "aria-label": `Step ${step.n}` }, String(step.n));
  const head = make("h3", {}, link, name, step.actor && !step.said ? make("span", { class: "tag user" }, step.actor) : null,
    ...marks(step), quiet(clock(step.at, dayBefore)));
  return make("li", { id: `step-${step.n}`, class: `step ${kindOf(step)}`, tabindex: "-1", "data-step": step.n },
    head,
    step.thought ? make("blockquote", { class: "thought" }, words(step.thought, { lines: 8 })) : null,
    ...(step.toggles || []).map((toggle) => make("p", { class: "toggle" }, quiet("faults were changed "), make("code", {}, toggle))),
    step.said ? speech(step.said) : made(step),
    step.rules ? rulesOf(step.rules) : null,
    step.changes ? changesOf(step) : null,
    ...evidence.map((each) => make("p", { class: `evidence ${each.tone}` }, make("b", {}, each.title), " ", each.text)),
  );
}

function kindOf(step) {
  if (step.said) return "said";
  if (step.truth || (step.rules || []).some((rule) => !rule.held)) return "hit";
  return step.failed || step.lost ? "refused" : step.changes ? "changed" : "fine";
}

function speaker(step) {
  const server = step.call.slice(0, step.call.lastIndexOf("."));
  return `${step.actor || "user"} (${server}) says`;
}

function marks(step) {
  const found = [];
  if (step.lost) found.push(make("span", { class: "tag bad" }, "no answer"));
  else if (step.failed) found.push(make("span", { class: "tag bad" }, "failed"));
  if (step.truth) found.push(make("span", { class: "tag odd" }, "not the truth"));
  return found;
}

function clock(at, dayBefore) {
  const [day, time] = at.replace("Z", "").split("T");
  return day === dayBefore ? time : `${day} ${time}`;
}

function made(step) {
  const rows = (step.args || []).map(([name, value]) => make("div", { class: "argument" }, name ? quiet(`${name} `) : null, words(value)));
  const told = column("Told", step.told ?? "", step.failed || step.lost ? "bad" : "");
  const truth = step.truth
    ? column("In truth", step.truth.text ?? `not known: ${step.truth.unknown}`, "truth") : null;
  return make("div", { class: "made" },
    rows.length ? make("div", { class: "arguments" }, ...rows) : null,
    make("div", { class: truth ? "answers two" : "answers" }, told, truth));
}

function column(title, text, kind) {
  return make("div", { class: `answer ${kind}` }, make("span", { class: "label" }, title), words(text));
}

function speech(said) {
  return make("div", { class: "speech" },
    said.text ? words(said.text, { quoted: true }) : quiet("nothing"),
    said.acts || said.flags || said.leaves ? make("p", {},
      quiet((said.acts || []).join(", ")), ...(said.flags || []).map((flag) => make("span", { class: "tag odd" }, flag)),
      said.leaves ? quiet(" and leaves the conversation") : null) : null);
}

function rulesOf(rules) {
  return make("ul", { class: "rules" }, ...rules.map((rule) => make("li", { class: rule.held ? "held" : null },
    make("span", { "aria-hidden": "true" }, "⚡ "), make("b", {}, rule.rule), " ",
    quiet([rule.fault, rule.phase, rule.client ? "ends at the client" : "", rule.held ? "held back by its budget or another rule" : ""]
      .filter(Boolean).join(", ")))));
}

function changesOf(step) {
  const found = step.changes.map((change) => make("details", { class: `change ${change.kind}`, open: step.changes.length <= 3 && !step.said },
    make("summary", {}, make("span", { class: "kind", title: change.kind }, KINDS[change.kind]), " ",
      make("code", {}, change.path), change.actors ? quiet(` by ${change.actors.join(", ")}`) : null, make("span", { class: "quiet brief" }, brief(change))),
    change.values ? valuesOf(change) : null));
  return make("div", { class: "changes" }, make("span", { class: "label" }, "Changed"), ...found,
    step.more ? quiet(`and ${step.more} more changes, in the record`) : null);
}

// What changed, in the line that stays when the change is folded up.
function brief(change) {
  const short = (text) => { const line = text.replace(/\s+/g, " "); return line.length > 32 ? `${line.slice(0, 31)}…` : line; };
  const told = (change.values || []).slice(0, 4).map(([name, before, after]) => change.kind === "changed"
    ? `${name}: ${short(before)} → ${short(after)}` : `${name}: ${short(change.kind === "added" ? after : before)}`);
  return ` ${told.join(", ")}${(change.values || []).length > 4 ? ", …" : ""}`;
}

function valuesOf(change) {
  const rows = change.values.map(([name, before, after]) => make("tr", {}, make("th", { scope: "row" }, name),
    ...(change.kind === "changed" ? differing(before, after)
      : [make("td", {}, words(change.kind === "added" ? after : before, { lines: 8 }))])));
  const head = change.kind === "changed"
    ? [make("thead", {}, make("tr", {}, make("th", {}), make("th", { scope: "col" }, "before"), make("th", { scope: "col" }, "after")))] : [];
  return make("table", { class: "values" }, ...head, make("tbody", {}, ...rows));
}

// Before and after; of texts of several lines only the lines that differ, with one around them.
function differing(before, after) {
  const [old, now] = [before.split("\n"), after.split("\n")];
  if (old.length < 4 && now.length < 4) return [make("td", { class: "was" }, words(before)), make("td", { class: "is" }, words(after))];
  let start = 0;
  while (start < Math.min(old.length, now.length) && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < Math.min(old.length, now.length) - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  const excerpt = (lines) => {
    const [first, last] = [Math.max(0, start - 1), Math.min(lines.length, lines.length - end + 1)];
    return `${first > 0 ? "…\n" : ""}${lines.slice(first, last).join("\n")}${last < lines.length ? "\n…" : ""}`;
  };
  return [make("td", { class: "was" }, words(excerpt(old))), make("td", { class: "is" }, words(excerpt(now)))];
}
