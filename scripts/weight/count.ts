import jsTokens from 'js-tokens';

/** Tokens of JavaScript that are not code. */
const NOT_CODE = /^(WhiteSpace|LineTerminatorSequence|\w+Comment)$/;

/** JSON that programs read at run time. Records in docs/ and the configuration of tools are not counted. */
const DATA = /^(src|public|e2e|scripts)\/(?!(.*\/)?(package|package-lock|tsconfig[\w.-]*)\.json$).*\.json$/;

/** Characters of JSON that count as one line, so that moving code into data saves nothing. */
const JSON_LINE = 120;

/** Lines that are neither blank nor only comment; undefined for a file that is not code. */
export function codeLines(path: string, source: string): number | undefined {
  if (/\.(ts|js|mjs|cjs)$/.test(path)) return linesOfScript(source);
  if (path.endsWith('.css')) return linesOfText(source.replaceAll(/\/\*[^]*?\*\//g, onlyLineBreaks));
  return DATA.test(path) ? Math.ceil(source.length / JSON_LINE) : undefined;
}

function linesOfScript(source: string): number {
  const code = Array.from(jsTokens(source), ({ type, value }) =>
    NOT_CODE.test(type) ? onlyLineBreaks(value) : value,
  );
  return linesOfText(code.join(''));
}

function linesOfText(text: string): number {
  return text.split('\n').filter((line) => line.trim() !== '').length;
}

function onlyLineBreaks(text: string): string {
  return text.replaceAll(/[^\n]+/g, '');
}

/** Tests alone, without their support. */
export function isTest(path: string): boolean {
  return /\.(test|spec)(\.minimal)?\.ts$/.test(path);
}

/** Tests and their support. */
export function isForTests(path: string): boolean {
  return isTest(path) || path.startsWith('e2e/') || path.split('/').includes('testing');
}

export function linesOf(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}

export function words(text: string): number {
  return text.match(/\S+/g)?.length ?? 0;
}

/** Lines of a Markdown file with over 120 characters; for rows of tables, over 180. */
export function longLines(markdown: string): number {
  return linesOf(markdown).filter((line) => line.length > (line.startsWith('|') ? 180 : 120)).length;
}

/**
 * Fields of the classes of a file that are not `readonly`. It relies on the formatter: a field is indented by two
 * spaces, and its name is followed by a colon, an equals sign or a semicolon. Fields of objects in it are not counted.
 */
export function mutableFields(source: string): number {
  const classes = source.match(/^(export )?(default )?(abstract )?class [^]*?^\}/gm) ?? [];
  const fields = classes
    .join('\n')
    .match(/^  (?:(?:private|protected|public|static|declare|override) )*#?\w+[?!]?( =|[:;])/gm);
  return fields?.length ?? 0;
}
