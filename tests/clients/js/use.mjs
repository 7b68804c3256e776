// Uses a server as any client would and prints what it saw as one JSON line.
// node use.mjs sdk|client legacy|auto|<version> URL
// node use.mjs sdk|client legacy|auto|<version> COMMAND ARGUMENT...
import { createRequire } from "node:module";

const require = createRequire(`${process.env.PACKAGES}/`);
const [library, mode, target, ...rest] = process.argv.slice(2);

const load = {
  sdk: () => ({
    ...require("@modelcontextprotocol/sdk/client/index.js"),
    ...require("@modelcontextprotocol/sdk/client/streamableHttp.js"),
    ...require("@modelcontextprotocol/sdk/client/stdio.js"),
  }),
  client: () => ({ ...require("@modelcontextprotocol/client"), ...require("@modelcontextprotocol/client/stdio") }),
};

const { Client, StreamableHTTPClientTransport, StdioClientTransport } = load[library]();
const modes = { legacy: undefined, auto: { mode: "auto" } };
const versionNegotiation = mode in modes ? modes[mode] : { mode: { pin: mode } };
const client = new Client({ name: "test", version: "1" }, { capabilities: {}, versionNegotiation });
const transport = target.startsWith("http")
  ? new StreamableHTTPClientTransport(new URL(target))
  : new StdioClientTransport({ command: target, args: rest, stderr: "ignore" });

let version = transport.protocolVersion;
const settle = transport.setProtocolVersion?.bind(transport);
transport.setProtocolVersion = (settled) => {
  version = settled;
  settle?.(settled);
};
await client.connect(transport);

const call = async (name, given) => {
  const result = await client.callTool({ name, arguments: given });
  return [result.content[0].text, Boolean(result.isError)];
};
const { tools } = await client.listTools();
const seen = {
  version,
  server: client.getServerVersion()?.name,
  tools: tools.map((tool) => tool.name),
  said: [
    await call("noop", { x: "naïve 日本" }),
    await call("write", { key: "k", text: "v" }),
    await call("read", { key: "k" }),
    await call("nothing", {}),
  ],
};
await client.close();
console.log(JSON.stringify(seen));
