// A TypeScript client before servers on which something goes wrong: prints what its caller sees as one JSON line.
// Its argument lists cases: a client, a target (a URL, or a command as a list), and the seconds after which the caller
// gives up a call and a connection.
import { createRequire } from "node:module";

const require = createRequire(`${process.env.PACKAGES}/`);
const PATIENT_SECONDS = 60;

const load = {
  sdk: () => ({
    ...require("@modelcontextprotocol/sdk/client/index.js"),
    ...require("@modelcontextprotocol/sdk/client/streamableHttp.js"),
    ...require("@modelcontextprotocol/sdk/client/stdio.js"),
    ...require("@modelcontextprotocol/sdk/types.js"),
  }),
  client: () => ({ ...require("@modelcontextprotocol/client"), ...require("@modelcontextprotocol/client/stdio") }),
};
const libraries = { sdk: load.sdk(), client: load.client() };
const kinds = {
  "typescript-sdk": [libraries.sdk, undefined],
  "typescript-client handshake": [libraries.client, undefined],
  "typescript-client modern": [libraries.client, { mode: { pin: "2026-07-28" } }],
};

const named = (error) => error.constructor.name + (error.code === undefined ? "" : ` ${error.code}`);

const shown = (result) => {
  const text = result.content?.[0]?.text ?? "";
  return (result.isError ? "error: " : "") + (text.length < 200 ? text : `${text.length} letters`);
};

const tried = async (kind, target, patience, connecting) => {
  const told = {};
  const [{ Client, StreamableHTTPClientTransport, StdioClientTransport, CallToolResultSchema }, versionNegotiation] =
    kinds[kind];
  const client = new Client({ name: "test", version: "1" }, { capabilities: {}, versionNegotiation });
  const transport =
    typeof target === "string"
      ? new StreamableHTTPClientTransport(new URL(target))
      : new StdioClientTransport({ command: target[0], args: target.slice(1), stderr: "ignore" });
  const seen = async (name, given, under, seconds) => {
    const request = { name, arguments: given };
    const options = { timeout: seconds * 1000 };
    try {
      const called = CallToolResultSchema
        ? client.callTool(request, CallToolResultSchema, options)
        : client.callTool(request, options);
      told[under] = shown(await called);
    } catch (error) {
      told[under] = named(error);
      told[`${under}_message`] = String(error.message).slice(0, 400);
    }
  };
  try {
    await client.connect(transport, { timeout: connecting * 1000 });
    await client.listTools();
    await Promise.all([
      seen("noop", { x: "beside" }, "beside", PATIENT_SECONDS),
      seen("write", { key: "k", text: "v" }, "call", patience),
    ]);
    await seen("read", { key: "other" }, "after", PATIENT_SECONDS);
    await client.close();
  } catch (error) {
    told.client = named(error);
  }
  return told;
};

console.log(JSON.stringify(await Promise.all(JSON.parse(process.argv[2]).map((given) => tried(...given)))));
process.exit(0);
