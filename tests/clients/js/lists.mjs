// Uses servers whose lists change or fail, and prints what its caller sees of each as one JSON line.
// Its argument lists cases: a client, a URL, and whether the list is going to change (or else a request to fail once).
import { createRequire } from "node:module";

const require = createRequire(`${process.env.PACKAGES}/`);
const PATIENT_MS = 60_000;

const load = {
  sdk: () => ({
    ...require("@modelcontextprotocol/sdk/client/index.js"),
    ...require("@modelcontextprotocol/sdk/client/streamableHttp.js"),
  }),
  client: () => require("@modelcontextprotocol/client"),
};
const kinds = {
  "typescript-sdk": [load.sdk(), undefined],
  "typescript-client handshake": [load.client(), undefined],
  "typescript-client modern": [load.client(), { mode: { pin: "2026-07-28" } }],
};

const failure = (error) => `${error.constructor.name}: ${String(error.message).split("\n")[0].slice(0, 100)}`;

const attempt = async (promised, show) => {
  try {
    return show(await promised);
  } catch (error) {
    return failure(error);
  }
};

const shown = (result) => (result.isError ? "error: " : "") + result.content[0].text;
const named = (listed) => listed.tools.map((tool) => tool.name);

// What the client's own watch over the list hands to its caller, in order; a list that is waited for may have come.
const watched = () => {
  const lists = [];
  const waiting = [];
  const onChanged = (error, tools) => {
    lists.push(error ? failure(error) : tools.map((tool) => tool.name));
    waiting.splice(0).forEach((wake) => wake());
  };
  const until = async (count) => {
    const late = new Promise((wake) => setTimeout(wake, PATIENT_MS, "late"));
    while (lists.length < count) {
      const woken = new Promise((wake) => waiting.push(() => wake("woken")));
      if ((await Promise.race([woken, late])) === "late") break;
    }
    return lists[count - 1] ?? "nothing came";
  };
  return { onChanged, until };
};

// The network, and a promise that the stream on which the server tells things has begun: notices before it are lost.
const network = () => {
  let begin;
  const standing = new Promise((resolve) => (begin = resolve));
  const request = async (url, given) => {
    const response = await fetch(url, given);
    if (given?.method === "GET" || String(given?.body).includes("subscriptions/listen")) begin();
    return response;
  };
  return { request, standing };
};

const opened = async (kind, url, onChanged, request, told) => {
  const [{ Client, StreamableHTTPClientTransport }, versionNegotiation] = kinds[kind];
  const listChanged = { tools: { autoRefresh: true, debounceMs: 0, onChanged } };
  for (const time of ["opened", "opened_again"]) {
    const client = new Client({ name: "test", version: "1" }, { capabilities: {}, versionNegotiation, listChanged });
    const transport = new StreamableHTTPClientTransport(new URL(url), { fetch: request });
    told[time] = await attempt(client.connect(transport), () => "open");
    if (told[time] === "open") return client;
  }
  return undefined;
};

const changing = async (client, list, told) => {
  const call = (name, given) => attempt(client.callTool({ name, arguments: given }), shown);
  told.listed = named(await client.listTools());
  told.write = await call("write", { key: "k", text: "one" });
  told.heard = await list.until(1);
  told.old = await call("write", { key: "k", text: "two" });
  told.store = await call("store", { at: "k", text: "three" });
  told.read = await call("read", { key: "k" });
  told.heard_again = await list.until(2);
  told.read_again = await call("read", { key: "k" });
  told.listed_again = named(await client.listTools());
};

const failing = async (client, told) => {
  told.listed = await attempt(client.listTools(), named);
  told.listed_again = await attempt(client.listTools(), named);
};

const tried = async (kind, url, changes) => {
  const told = {};
  const list = watched();
  const { request, standing } = network();
  const client = await opened(kind, url, list.onChanged, request, told);
  if (client === undefined) return told;
  if (changes) await standing;
  await (changes ? changing(client, list, told) : failing(client, told));
  await client.close();
  return told;
};

console.log(JSON.stringify(await Promise.all(JSON.parse(process.argv[2]).map((given) => tried(...given)))));
process.exit(0);
