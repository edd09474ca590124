// Matches a pattern in time linear in the text, whatever the pattern: all ways through it are followed at once (Thompson's
// construction), so no input makes it backtrack.
import type { CharacterSet, Tree } from './parse.ts';
import { UnknownPattern } from './parse.ts';

type Test = (point: number) => boolean;
type Step =
  | { readonly op: 'test'; readonly test: Test }
  | { readonly op: 'split'; first: number; second: number }
  | { readonly op: 'jump'; to: number }
  | { readonly op: 'assert'; readonly holds: (points: readonly number[], at: number) => boolean }
  | { readonly op: 'done' };

const mostSteps = 100_000;
const longestLoop = 2_000;

const testOf = ({ ranges, properties, isNegated }: CharacterSet): Test => {
  const patterns = properties.map(({ name, isNegated }) => new RegExp(`\\${isNegated ? 'P' : 'p'}{${name}}`, 'u'));
  return (point) =>
    (ranges.some(([from, to]) => point >= from && point <= to) ||
      patterns.some((pattern) => pattern.test(String.fromCodePoint(point)))) !== isNegated;
};

const isWord = (point: number | undefined): boolean => point !== undefined && /\w/.test(String.fromCodePoint(point));

/** How many characters a tree takes, when it always takes the same number. */
function widthOf(tree: Tree): number | undefined {
  switch (tree.kind) {
    case 'set':
      return 1;
    case 'sequence':
      return tree.parts.reduce<number | undefined>((sum, part) => {
        const width = widthOf(part);
        return sum === undefined || width === undefined ? undefined : sum + width;
      }, 0);
    case 'choice': {
      const widths = new Set(tree.parts.map(widthOf));
      return widths.size === 1 ? [...widths][0] : undefined;
    }
    case 'repeat': {
      const width = widthOf(tree.part);
      return tree.min === tree.max && width !== undefined ? width * tree.min : undefined;
    }
    default:
      return 0;
  }
}

class Program {
  readonly steps: Step[] = [];

  add<S extends Step>(step: S): S {
    if (this.steps.length >= mostSteps) throw new UnknownPattern('too large');
    this.steps.push(step);
    return step;
  }

  compile(tree: Tree): void {
    switch (tree.kind) {
      case 'set':
        this.add({ op: 'test', test: testOf(tree.set) });
        return;
      case 'sequence':
        for (const part of tree.parts) this.compile(part);
        return;
      case 'choice':
        return this.#choice(tree.parts);
      case 'repeat':
        return this.#repeat(tree.part, tree.min, tree.max);
      case 'look':
        this.add({ op: 'assert', holds: look(tree.part, tree.isBehind, tree.isNegative) });
        return;
      default:
        this.add({ op: 'assert', holds: anchor(tree.kind) });
    }
  }

  #choice(parts: readonly Tree[]): void {
    const ends = parts.map((part, at) => {
      const split =
        at < parts.length - 1 ? this.add({ op: 'split', first: this.steps.length + 1, second: 0 }) : undefined;
      this.compile(part);
      const jump = this.add({ op: 'jump', to: 0 });
      if (split !== undefined) split.second = this.steps.length;
      return jump;
    });
    for (const end of ends) end.to = this.steps.length;
  }

  /** A loop of thousands is taken as endless, which admits more; a length constraint then tells. */
  #repeat(part: Tree, min: number, most: number): void {
    const max = most - min > longestLoop ? Infinity : most;
    for (let i = 0; i < min; i++) this.compile(part);
    if (max === Infinity) {
      const split = this.add({ op: 'split', first: this.steps.length + 1, second: 0 });
      const start = this.steps.length - 1;
      this.compile(part);
      this.add({ op: 'jump', to: start });
      split.second = this.steps.length;
      return;
    }
    const splits = [];
    for (let i = min; i < max; i++) {
      splits.push(this.add({ op: 'split', first: this.steps.length + 1, second: 0 }));
      this.compile(part);
    }
    for (const split of splits) split.second = this.steps.length;
  }
}

const anchor =
  (kind: 'start' | 'end' | 'boundary' | 'notBoundary') =>
  (points: readonly number[], at: number): boolean => {
    if (kind === 'start') return at === 0;
    if (kind === 'end') return at === points.length;
    return (isWord(points[at - 1]) !== isWord(points[at])) === (kind === 'boundary');
  };

const look = (part: Tree, isBehind: boolean, isNegative: boolean) => {
  const run = machine(part);
  if (!isBehind) return (points: readonly number[], at: number) => run(points, at, false) !== isNegative;
  const width = widthOf(part);
  if (width === undefined) throw new UnknownPattern('lookbehind of varying width');
  return (points: readonly number[], at: number) =>
    (at >= width && run(points.slice(0, at), at - width, true)) !== isNegative;
};

/** True when the program matches from `at`: up to the end of the text, or (not `whole`) up to anywhere. */
type Machine = (points: readonly number[], at: number, whole: boolean) => boolean;

function machine(tree: Tree): Machine {
  const program = new Program();
  program.compile(tree);
  program.add({ op: 'done' });
  const { steps } = program;
  return (points, from, whole) => {
    const seen = new Int32Array(steps.length).fill(-1);
    let isDone = false;
    const follow = (start: number, at: number, into: number[]): void => {
      const pending = [start];
      for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
        if (seen[index] === at) continue;
        seen[index] = at;
        const step = steps[index];
        if (step === undefined) continue;
        if (step.op === 'jump') pending.push(step.to);
        else if (step.op === 'split') pending.push(step.second, step.first);
        else if (step.op === 'assert') {
          if (step.holds(points, at)) pending.push(index + 1);
        } else if (step.op === 'done') isDone = true;
        else into.push(index);
      }
    };
    let now: number[] = [];
    follow(0, from, now);
    for (let at = from; at < points.length; at++) {
      if (isDone && !whole) return true;
      if (now.length === 0) return false;
      isDone = false;
      const next: number[] = [];
      const point = points[at];
      for (const index of now) {
        const step = steps[index];
        if (step?.op === 'test' && point !== undefined && step.test(point)) follow(index + 1, at + 1, next);
      }
      now = next;
    }
    return isDone;
  };
}

/** Compiles a tree to a test of whole texts. */
export function makeMachine(tree: Tree): (text: string) => boolean {
  const run = machine(tree);
  return (text) =>
    run(
      Array.from(text, (character) => character.codePointAt(0) ?? 0),
      0,
      true,
    );
}
