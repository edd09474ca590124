// A pattern of AWS's models as a test of whole texts, safe for hostile ones.
//
// JavaScript's own engine is fast but backtracks. How badly can be read off the tree: a loop of single characters costs the
// length of the text once more for each such loop in a row; a loop of anything that varies may cost all subsets. So short
// texts and tame patterns go to the engine, the rest to a machine that never backtracks.
import { makeMachine } from './machine.ts';
import type { CharacterSet, Tree } from './parse.ts';
import { parsePattern, UnknownPattern } from './parse.ts';

const escapePoint = (point: number): string => `\\u{${point.toString(16)}}`;

const setSource = ({ ranges, properties, isNegated }: CharacterSet): string => {
  const inside =
    ranges.map(([from, to]) => (from === to ? escapePoint(from) : `${escapePoint(from)}-${escapePoint(to)}`)).join('') +
    properties.map(({ name, isNegated }) => `\\${isNegated ? 'P' : 'p'}{${name}}`).join('');
  return `[${isNegated ? '^' : ''}${inside}]`;
};

const anchors = { start: '^', end: '$', boundary: '\\b', notBoundary: '\\B' } as const;

function sourceOf(tree: Tree): string {
  switch (tree.kind) {
    case 'set':
      return setSource(tree.set);
    case 'sequence':
      return tree.parts.map(sourceOf).join('');
    case 'choice':
      return `(?:${tree.parts.map(sourceOf).join('|')})`;
    case 'repeat':
      return `(?:${sourceOf(tree.part)}){${tree.min},${tree.max === Infinity ? '' : tree.max}}`;
    case 'look':
      return `(?${tree.isBehind ? '<' : ''}${tree.isNegative ? '!' : '='}${sourceOf(tree.part)})`;
    default:
      return anchors[tree.kind];
  }
}

/** The power of the text's length that backtracking may cost; infinite when it is worse than a power. */
function degreeOf(tree: Tree): number {
  switch (tree.kind) {
    case 'sequence':
      return tree.parts.reduce((sum, part) => sum + degreeOf(part), 0);
    case 'choice':
      return Math.max(0, ...tree.parts.map(degreeOf));
    case 'look':
      return degreeOf(tree.part) + 1;
    case 'repeat': {
      const inner = degreeOf(tree.part);
      if (tree.max <= 1) return inner;
      if (tree.min === tree.max) return inner === 0 && !hasChoice(tree.part) ? 0 : Infinity;
      if (tree.part.kind === 'set') return 1;
      return Infinity;
    }
    default:
      return 0;
  }
}

const hasChoice = (tree: Tree): boolean =>
  tree.kind === 'choice' ||
  (tree.kind === 'repeat' && (tree.min !== tree.max || hasChoice(tree.part))) ||
  (tree.kind === 'sequence' && tree.parts.some(hasChoice)) ||
  (tree.kind === 'look' && hasChoice(tree.part));

/** Longest text for JavaScript's engine, by degree: some hundred thousand steps at worst. */
const engineLengths = [Infinity, Infinity, 500, 60] as const;

export type TextTest = (text: string) => boolean;

/** Makes the test, or says why there is none. The pattern must match the whole text, as AWS's front ends have it. */
export function compilePattern(source: string): TextTest | string {
  try {
    const tree = parsePattern(source);
    const engine = new RegExp(`^(?:${sourceOf(tree)})$`, 'u');
    const engineLength = engineLengths[degreeOf(tree)] ?? 0;
    if (engineLength === Infinity) return (text) => engine.test(text);
    const machine = makeMachine(tree);
    return (text) => (text.length <= engineLength ? engine.test(text) : machine(text));
  } catch (error) {
    if (error instanceof UnknownPattern || error instanceof SyntaxError) return error.message;
    throw error;
  }
}
