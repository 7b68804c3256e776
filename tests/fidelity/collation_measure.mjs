// Measure how the ICU root collation orders texts, by asking `localeCompare` only. Prints one JSON document.
const collator = (sensitivity) => new Intl.Collator("en-US", { sensitivity }).compare;
const primary = collator("base");
const secondary = collator("accent");
const tertiary = collator("variant");
const HIGH = "\uffff";
const SCALE = 64;
const hex = (text) => [...text].map((c) => c.codePointAt(0).toString(16)).join("+");

function characters() {
  const stable = [];
  const composed = [];
  for (let code = 0; code <= 0x10ffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const text = String.fromCodePoint(code);
    if (/\p{Cn}|\p{Co}/u.test(text)) continue;
    if (text.normalize("NFD") === text) stable.push(text);
    else if (!/[\uac00-\ud7a3]/.test(text)) composed.push(text);
  }
  return { stable, composed };
}

function grouped(sorted, same) {
  const groups = [];
  for (const text of sorted) {
    const last = groups.at(-1);
    if (last && same(last[0], text)) last.push(text);
    else groups.push([text]);
  }
  return groups;
}

const { stable, composed } = characters();
const ignorable = stable.filter((c) => primary(c, "") === 0);
const silent = ignorable.filter((c) => tertiary("a" + c, "a") === 0);
const quiet = new Set(silent);
const isIgnorable = new Set(ignorable);

// Accents: classes by secondary order, each a chain of tertiary levels.
const accents = ignorable.filter((c) => !quiet.has(c));
accents.sort((a, b) => secondary("a" + a, "a" + b) || tertiary("a" + a, "a" + b) || (a < b ? -1 : 1));
const accentClasses = grouped(accents, (a, b) => secondary("a" + a, "a" + b) === 0).map((group) =>
  grouped(group, (a, b) => tertiary("a" + a, "a" + b) === 0),
);

// Letters: single characters, and composed ones as they decompose.
const decomposed = [...new Set(composed.map((c) => c.normalize("NFD")))];
const extra = ["l\u00b7", "L\u00b7", "\u0e4d\u0e32", "\u0ecd\u0eb2"];
const letters = [...stable.filter((c) => !isIgnorable.has(c)), ...decomposed, ...extra].filter((c) => primary(c, "") !== 0);
letters.sort((a, b) => primary(a, b) || secondary(a, b) || tertiary(a, b) || [...a].length - [...b].length || (a < b ? -1 : 1));
const single = [];
const compound = [];
for (const group of grouped(letters, (a, b) => primary(a, b) === 0)) {
  const last = single.at(-1);
  if (last && primary(group[0], last[0] + HIGH) < 0) compound.push(group);
  else single.push(group);
}
const heads = single.map((group) => group[0]);
const place = new Map(heads.map((c, i) => [c, i]));
const chains = single.map((group) =>
  grouped(group.filter((c) => secondary(group[0], c) === 0), (a, b) => tertiary(a, b) === 0),
);

function primaries(text) {
  const found = [];
  let prefix = "";
  while (found.length < 20) {
    if (found.length && primary(prefix, text) === 0) return found;
    let low = 0;
    let high = heads.length - 1;
    let best = -1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (primary(prefix + heads[middle], text) <= 0) [best, low] = [middle, middle + 1];
      else high = middle - 1;
    }
    if (best < 0) return null;
    found.push(best);
    prefix += heads[best];
  }
  return null;
}

const accentHead = accentClasses.map((chain) => chain[0][0]);
const accentPlace = new Map();
accentClasses.forEach((chain, i) => chain.forEach((level, t) => level.forEach((c) => accentPlace.set(c, [i, t]))));
const known = new Map(); // what is exactly one element: text -> [primary, tertiary level]
chains.forEach((chain, i) => chain.forEach((level, t) => level.forEach((c) => known.set(c, [i, t]))));

// A text cut into pieces, sequences with a weight of their own kept together.
function cut(text) {
  const letters = [...text];
  const pieces = [];
  for (let at = 0; at < letters.length; ) {
    let size = Math.min(3, letters.length - at);
    while (size > 1 && !known.has(letters.slice(at, at + size).join(""))) size--;
    pieces.push(letters.slice(at, at + size).join(""));
    at += size;
  }
  return pieces;
}

// The elements of known pieces, or null.
function elementsOf(pieces) {
  const out = [];
  for (const c of pieces) {
    if (quiet.has(c)) continue;
    if (accentPlace.has(c)) {
      const [i, t] = accentPlace.get(c);
      out.push([0, (i + 1) * SCALE, t * SCALE]);
    } else if (known.has(c)) {
      const [i, t] = known.get(c);
      out.push([i + 1, 0, t * SCALE]);
    } else return null;
  }
  return out;
}

// A text with the same primaries, and where it can be had the same secondaries; and its pieces.
function skeleton(text, places) {
  const plain = places.map((i) => heads[i]);
  if (secondary(plain.join(""), text) === 0) return { pieces: plain, gap: null };
  const folded = cut(text.normalize("NFKD").normalize("NFD")).map((c) => (known.has(c) ? heads[known.get(c)[0]] : c));
  const weights = elementsOf(folded)?.map((e) => e[0]).filter(Boolean) ?? [];
  const alike = weights.join() === places.map((i) => i + 1).join();
  if (alike && secondary(folded.join(""), text) === 0) return { pieces: folded, gap: null };
  for (let at = plain.length; at >= 1; at--) {
    const build = (mark) => [...plain.slice(0, at), mark, ...plain.slice(at)].join("");
    if (secondary(build(accentHead[0]), text) > 0) continue;
    let best = 0;
    while (best + 1 < accentHead.length && secondary(build(accentHead[best + 1]), text) <= 0) best++;
    const exact = secondary(build(accentHead[best]), text) === 0;
    if (exact) return { pieces: [...plain.slice(0, at), accentHead[best], ...plain.slice(at)], gap: null };
    return { pieces: plain, gap: { at, above: best } };
  }
  return { pieces: plain, gap: { at: plain.length, above: -1 } };
}

function levels(text, pieces) {
  const chainOf = (c) => (known.has(c) ? chains[known.get(c)[0]] : accentClasses[accentPlace.get(c)[0]]);
  const options = pieces.map((c) => chainOf(c).map((level) => level[0]));
  const fixed = [];
  const out = [];
  for (let n = 0; n < pieces.length; n++) {
    const rest = pieces.slice(n + 1);
    let best = 0;
    options[n].forEach((c, k) => {
      if (k && tertiary([...fixed, c, ...rest].join(""), text) <= 0) best = k;
    });
    const most = options.slice(n + 1).map((o) => o.at(-1));
    if (tertiary(text, [...fixed, options[n][best], ...most].join("")) > 0) {
      out.push(best * SCALE + SCALE / 2);
      for (let m = n + 1; m < pieces.length; m++) out.push(SCALE / 2);
      return out;
    }
    out.push(best * SCALE);
    fixed.push(options[n][best]);
  }
  return out;
}

function measured(text) {
  const places = primaries(text);
  if (!places) return null;
  const { pieces, gap } = skeleton(text, places);
  const elements = elementsOf(pieces);
  if (!elements) return null;
  if (gap) {
    elements.splice(gap.at, 0, [0, (gap.above + 1) * SCALE + SCALE / 2, 0]);
  } else {
    levels(text, pieces).forEach((t, n) => (elements[n][2] = t));
  }
  return elements;
}

// Everything else: compounds, and letters that differ from the head of their class by more than tertiary.
const others = new Map();
const failed = [];
for (const group of [...single.map((g) => g.filter((c) => !known.has(c))), ...compound]) {
  for (const text of group) {
    const elements = measured(text);
    if (!elements) failed.push(text);
    else others.set(text, elements);
  }
}
// Within one set of primaries the order that was measured must come out; ties are broken by small steps.
const signature = (elements) => JSON.stringify(elements.map(([p, s]) => [p, s]));
const bySignature = new Map();
for (const [text, elements] of others) {
  const key = signature(elements);
  if (!bySignature.has(key)) bySignature.set(key, []);
  bySignature.get(key).push(text);
}
const flat = (elements) => elements.map((element) => element[2]);
const take = (now, before) => now.forEach((element, i) => ([element[1], element[2]] = [before[i][1], before[i][2]]));
const compareLists = (a, b) => a.map((x, i) => x - b[i]).find((difference) => difference) ?? 0;
for (const texts of bySignature.values()) {
  texts.sort((a, b) => secondary(a, b) || tertiary(a, b) || 0);
  for (let n = 1; n < texts.length; n++) {
    const [before, now] = [others.get(texts[n - 1]), others.get(texts[n])];
    const gapAt = now.findIndex(([p, s]) => p === 0 && s % SCALE);
    if (secondary(texts[n - 1], texts[n]) !== 0 && gapAt >= 0) now[gapAt][1] = before[gapAt][1] + 1;
    else if (tertiary(texts[n - 1], texts[n]) === 0) take(now, before);
    else if (compareLists(flat(before), flat(now)) >= 0) {
      take(now, before);
      now.find((element) => element[0])[2] += 1;
    }
  }
}
const swaps = {};
for (const vowel of stable.filter((c) => /\p{Logical_Order_Exception}/u.test(c))) {
  for (const c of stable.filter((c) => /\p{Lo}/u.test(c) && Math.abs(c.codePointAt(0) - vowel.codePointAt(0)) < 128)) {
    if (c !== vowel && primary(vowel + c, c + vowel) === 0) (swaps[hex(vowel)] ??= []).push(hex(c));
  }
}
console.log(JSON.stringify({
  version: process.versions.icu,
  order: heads.map(hex),
  chains: chains.filter((c) => c.length > 1 || c[0].length > 1).map((c) => c.map((l) => l.map(hex))),
  accents: accentClasses.map((c) => c.map((l) => l.map(hex))),
  silent: silent.map(hex),
  others: [...others].map(([text, e]) => [hex(text), e]),
  failed: failed.map(hex),
  swaps,
  composed: composed.map((c) => [hex(c), hex(c.normalize("NFD"))]),
}));
