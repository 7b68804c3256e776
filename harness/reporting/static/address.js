// What is shown is held in the address, so that any view can be linked to: filters, order, episode and step.

const FILTERS = ["text", "scenario", "arm", "outcome", "blame", "rule", "cause"];
const NAMES = [...FILTERS, "sort", "episode", "step"];

function readAddress() {
  const found = {};
  for (const pair of location.hash.slice(1).split("&")) {
    const at = pair.indexOf("=");
    const name = pair.slice(0, at);
    if (at > 0 && NAMES.includes(name)) found[name] = decoded(pair.slice(at + 1));
  }
  return found;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function addressOf(view) {
  const pairs = NAMES.filter((name) => view[name] !== undefined && view[name] !== "" && view[name] !== null);
  return `#${pairs.map((name) => `${name}=${encodeURIComponent(view[name])}`).join("&")}`;
}

// Shows another view; `quietly` puts it in the place of the present one in the browser's history.
function go(view, { quietly = false } = {}) {
  const address = addressOf(view);
  if (address === location.hash) return;
  if (quietly) {
    history.replaceState(null, "", address);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } else {
    location.hash = address;
  }
}
