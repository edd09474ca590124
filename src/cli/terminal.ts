// Text on a terminal: colours only where somebody sees them, columns that stay straight also with Japanese in them.
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

function hasColours(stream: NodeJS.WriteStream): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== '') return false;
  if (FORCE_COLOR !== undefined && FORCE_COLOR !== '0') return true;
  return stream.isTTY === true && TERM !== 'dumb';
}

/** Colours text for standard output, where that is a terminal. */
export const paint = (style: Style, text: string): string =>
  hasColours(process.stdout) ? styleText(style, text) : text;

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;
const unseen = /[\p{Mn}\p{Me}\p{Cf}\p{Cc}]/u;
// oxlint-disable-next-line no-control-regex -- the escape character begins a colour
const colour = /\u001b\[[\d;]*m/g;

/** Columns that a text takes: two for East Asian wide characters, none for marks and colours. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text.replaceAll(colour, '')) {
    if (!unseen.test(character)) width += wide.test(character) ? 2 : 1;
  }
  return width;
}

/** Fills with spaces up to `width` columns; a longer text is left as it is. */
export const padded = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)));

/** Text of others (names, messages) without what would steer the terminal. */
export const plain = (text: string): string => text.replaceAll(/\p{Cc}/gu, '\ufffd');

/** Rows as straight columns, with a heading. The last column is not filled. */
export function tableOf(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [heading, ...rows];
  const widths = heading.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => (column === row.length - 1 ? cell : padded(cell, widths[column] ?? 0))).join('  ');
  const [first = '', ...rest] = all.map(line);
  return `${[paint('bold', first), ...rest].join('\n')}\n`;
}

/** Prints a value: as JSON when asked for, else as people read it. */
export function show(value: unknown, asJson: boolean | undefined, text: () => string): void {
  process.stdout.write(asJson === true ? `${JSON.stringify(value, undefined, 2)}\n` : text());
}
