// An agent in TypeScript: a loop over chat completions and the official MCP client.
//
//   npm install --prefix examples/agents/typescript        (Node 22.18 or newer runs TypeScript as it is)
//   soundstage run bookshop --agent "node examples/agents/typescript/agent.ts"
//
// MODEL and OPENAI_BASE_URL choose another model; `--gateway` records what it is asked and what it thinks.
import { readFileSync, writeFileSync } from "node:fs";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

type Call = { id: string; function: { name: string; arguments: string } };
type Message = { role: string; content?: string | null; tool_calls?: Call[]; tool_call_id?: string };
type Tool = { client: Client; name: string };

const env = process.env as Record<string, string>;
const task = readFileSync(env.TASK_FILE, "utf8");
const servers: Record<string, { url: string }> = JSON.parse(readFileSync(env.MCP_CONFIG, "utf8")).mcpServers;

const tools = new Map<string, Tool>();
const offered: object[] = [];
for (const [server, { url }] of Object.entries(servers)) {
  const client = new Client({ name: "agent", version: "1.0.0" });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  for (const { name, description, inputSchema } of (await client.listTools()).tools) {
    const full = `${server}__${name}`;
    tools.set(full, { client, name });
    offered.push({ type: "function", function: { name: full, description, parameters: inputSchema } });
  }
}

async function ask(messages: Message[]): Promise<Message> {
  const base = env.OPENAI_BASE_URL ?? "https://api.openai.com/v1";
  const response = await fetch(`${base}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${env.OPENAI_API_KEY}` },
    body: JSON.stringify({ model: env.MODEL ?? "gpt-5-mini", messages, tools: offered }),
  });
  if (!response.ok) throw new Error(`the model answered ${response.status}: ${await response.text()}`);
  return (await response.json()).choices[0].message;
}

async function call({ id, function: wanted }: Call): Promise<Message> {
  const tool = tools.get(wanted.name);
  if (!tool) return { role: "tool", tool_call_id: id, content: `There is no tool ${wanted.name}.` };
  const result = await tool.client.callTool({ name: tool.name, arguments: JSON.parse(wanted.arguments) });
  const texts = (result.content as { type: string; text?: string }[]).map((block) => block.text ?? `(${block.type})`);
  return { role: "tool", tool_call_id: id, content: texts.join("\n") };
}

const messages: Message[] = [{ role: "user", content: task }];
for (;;) {
  const said = await ask(messages);
  messages.push(said);
  if (!said.tool_calls?.length) {
    writeFileSync(env.ANSWER_FILE, said.content ?? "");
    break;
  }
  messages.push(...(await Promise.all(said.tool_calls.map(call))));
}
await Promise.all([...new Set([...tools.values()].map(({ client }) => client))].map((client) => client.close()));
