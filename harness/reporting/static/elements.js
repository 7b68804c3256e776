// Making elements. Texts only ever become text nodes: nothing that an agent or a world said is read as HTML.

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "onclick") element.addEventListener("click", value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

function drawn(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const SIGNS = { success: "●", failure: "○", timeout: "◔", safety_violation: "▲", invalid: "?", lost: "…", not_run: "·" };
const WORDS = {
  success: "succeeded", failure: "failed", timeout: "timed out", safety_violation: "did harm", invalid: "invalid",
  lost: "without an end", not_run: "not run",
};

function badge(outcome) {
  const sign = make("span", { "aria-hidden": "true" }, SIGNS[outcome]);
  return make("span", { class: `badge ${outcome}` }, sign, ` ${WORDS[outcome]}`);
}

function quiet(...children) {
  return make("span", { class: "quiet" }, ...children);
}

// A text that may be long: JSON is laid out, and what is beyond some lines waits behind a button.
function words(text, { lines = 14, quoted = false } = {}) {
  const laidOut = pretty(text);
  const box = make("div", { class: quoted ? "words quoted" : "words", dir: "auto" }, laidOut);
  if (laidOut.length < 90 * lines && laidOut.split("\n").length <= lines + 2) return box;
  box.classList.add("long");
  const button = make("button", { type: "button", class: "whole", "aria-expanded": "false" }, "Show all");
  button.addEventListener("click", () => {
    const open = box.classList.toggle("open");
    button.textContent = open ? "Show less" : "Show all";
    button.setAttribute("aria-expanded", String(open));
  });
  return make("div", {}, box, button);
}

function pretty(text) {
  if (text.length > 20000 || !/^[[{]/.test(text)) return text;
  try {
    const laidOut = JSON.stringify(JSON.parse(text), null, 2);
    return laidOut.length < 100 ? text : laidOut;
  } catch {
    return text;
  }
}

function copyable(command, title) {
  const code = make("code", {}, command);
  const button = make("button", { type: "button", class: "copy", onclick: () => copy(code, button) }, "Copy");
  button.setAttribute("aria-label", `Copy: ${title || command}`);
  return make("p", { class: "command" }, title ? make("span", { class: "quiet label" }, title) : null, code, button);
}

// From a file there may be no clipboard to write to: then the text is selected and copied as by hand.
async function copy(code, button) {
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    const range = document.createRange();
    range.selectNodeContents(code);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    if (!document.execCommand("copy")) return say("Selected: press Ctrl+C to copy");
    getSelection().removeAllRanges();
  }
  const before = button.textContent;
  button.textContent = "Copied";
  say("Copied");
  setTimeout(() => { button.textContent = before; }, 1500);
}

function say(text) {
  document.getElementById("said").textContent = text;
}
