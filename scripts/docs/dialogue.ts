// The dialogues of README.md and docs/flows.md: where their commands are, and how the output is written there.
import { format } from 'oxfmt';

const BLOCK = /(^```console.*\n[^]*?^```$)/m;
const PROMPT = /^\$ /m;
/** From `$ ` to the end of the line, and the next line after a backslash. */
const COMMAND = /^\$ ((?:.*\\\n)*.*)$/gm;

/** Runs one command. `names` stand behind `console` on the first line of its block. */
export type Run = (command: string, names: string[]) => Promise<string>;

/** The text, with what the commands of its `console` blocks print now. The rest stays. */
export async function withOutput(text: string, run: Run): Promise<string> {
  const parts: string[] = [];
  for (const part of text.split(BLOCK)) {
    const isBlock = part.startsWith('```console');
    if (!isBlock && PROMPT.test(part))
      throw new Error(`A command is outside a \`\`\`console block:\n${part}`);
    parts.push(isBlock ? await blockWithOutput(part, run) : part);
  }
  return parts.join('');
}

async function blockWithOutput(block: string, run: Run): Promise<string> {
  const [fence = ''] = block.split('\n', 1);
  const [, ...names] = fence.split(' ');
  let written = `${fence}\n`;
  for (const [prompt, command = ''] of block.matchAll(COMMAND)) {
    const output = await run(command, names);
    written += output === '' ? `${prompt}\n` : `${prompt}\n${output}\n\n`;
  }
  return `${written.trimEnd()}\n\`\`\``;
}

const HEADERS = ['Set-Cookie', 'Retry-After', 'Clear-Site-Data'];

/** Members whose values differ from run to run. The document has a number instead. */
const NUMBERED = new Set(['fingerprint', 'handle', 'newestKey', 'requestId']);

/** Values by name, in the order in which they appeared. */
export type Seen = Record<string, unknown[]>;

/**
 * Writes a response of the app as the document has it.
 *
 * @param names headers and members of `inspector` to show besides
 * @param seen new values are added to it
 */
export async function shownResponse(response: string, names: string[], seen: Seen): Promise<string> {
  if (!response.startsWith('HTTP/')) return response.trimEnd();
  const [head = '', body = ''] = response.split('\r\n\r\n');
  const [status = '', ...headers] = head.split('\r\n');
  const shown = headers.filter((line) => [...HEADERS, ...names].some((name) => line.startsWith(`${name}:`)));
  return [status, ...shown.map(withoutSecrets), await shownBody(body, names, seen)].join('\n');
}

/** A sealed cookie differs from run to run. Max-Age already says when it expires. */
function withoutSecrets(header: string): string {
  return header.replace(/=v1\.[^;]+/, '=v1.…').replace(/expires=[^;]+; max-age/, 'expires=…; max-age');
}

async function shownBody(body: string, names: string[], seen: Seen): Promise<string> {
  const shown: unknown = JSON.parse(body, (key, value: unknown) => {
    if (key === 'inspector') return membersOf(value as object, names);
    return NUMBERED.has(key) ? `${key}-${numberOf(value, (seen[key] ??= []))}` : value;
  });
  const { code } = await format('body.json', JSON.stringify(shown), { printWidth: 110 });
  return code.trimEnd();
}

function membersOf(inspector: object, names: string[]): object | undefined {
  const members = Object.entries(inspector).filter(([name]) => names.includes(name));
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

function numberOf(value: unknown, values: unknown[]): number {
  if (!values.includes(value)) values.push(value);
  return values.indexOf(value) + 1;
}
