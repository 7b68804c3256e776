// A server on the TypeScript SDK with one tool, over streamable HTTP with sessions: the witness of its transport.
// It prints its port.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { randomUUID } from "node:crypto";

const require = createRequire(`${process.env.PACKAGES}/`);
const { McpServer } = require("@modelcontextprotocol/sdk/server/mcp.js");
const { StreamableHTTPServerTransport } = require("@modelcontextprotocol/sdk/server/streamableHttp.js");
const { z } = require("zod");

const transports = new Map();

async function opened(host) {
  const server = new McpServer({ name: "plain", version: "1" });
  server.registerTool("noop", { inputSchema: { x: z.string().optional() } }, ({ x }) => ({
    content: [{ type: "text", text: x ?? "" }],
  }));
  const transport = new StreamableHTTPServerTransport({
    sessionIdGenerator: () => randomUUID(),
    onsessioninitialized: (id) => transports.set(id, transport),
    enableDnsRebindingProtection: true,
    allowedHosts: [host],
    allowedOrigins: [`http://${host}`],
  });
  await server.connect(transport);
  return transport;
}

const listener = createServer(async (request, response) => {
  const known = transports.get(request.headers["mcp-session-id"]);
  const transport = known ?? (await opened(`127.0.0.1:${listener.address().port}`));
  await transport.handleRequest(request, response);
});
listener.listen(0, "127.0.0.1", () => console.log(listener.address().port));
