// Data of the page: compressed blocks, inflated when they are needed and kept for a while.

const BLOCKS_KEPT = 24;
const inflated = new Map();

async function inflate(id) {
  const element = document.getElementById(id) || await afterLoading(id);
  const bytes = Uint8Array.from(atob(element.textContent), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

// Timelines stand behind the script, so that the summary is painted and usable before they have arrived.
function afterLoading(id) {
  return new Promise((resolve, reject) => {
    const look = () => {
      const element = document.getElementById(id);
      if (element) resolve(element);
      else if (document.readyState !== "loading") reject(new Error(`this file is cut short: ${id} is missing`));
    };
    if (document.readyState !== "loading") look();
    else document.addEventListener("DOMContentLoaded", look, { once: true });
  });
}

function block(id) {
  if (!inflated.has(id)) inflated.set(id, inflate(id));
  const found = inflated.get(id);
  inflated.delete(id);
  inflated.set(id, found); // the one used last is kept longest
  if (inflated.size > BLOCKS_KEPT) inflated.delete(inflated.keys().next().value);
  return found;
}

// The value at a place of a sequence whose blocks begin at the places in `starts`.
async function valueAt(prefix, starts, place) {
  let number = starts.length - 1;
  while (starts[number] > place) number -= 1;
  return (await block(`${prefix}${number}`))[place - starts[number]];
}

// A timeline with its long texts put in where it refers to them.
async function timelineAt(index, place) {
  const told = structuredClone(await valueAt("episodes-", index.episodeBlocks, place));
  return withTexts(told, index.textBlocks);
}

async function withTexts(value, starts) {
  if (value === null || typeof value !== "object") return value;
  if (Object.keys(value).length === 1 && Number.isInteger(value.t)) return valueAt("texts-", starts, value.t);
  for (const key of Object.keys(value)) value[key] = await withTexts(value[key], starts);
  return value;
}
