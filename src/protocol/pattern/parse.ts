// Patterns of AWS's models are Java's regular expressions. Here one becomes a tree, in which every character class is
// resolved, so that what is made of it (pattern.ts) need not know Java's spellings.

/** Code points of a class: ranges, plus Unicode properties (`L`, `Lu`) that JavaScript knows; negated as a whole. */
export interface CharacterSet {
  readonly ranges: readonly (readonly [number, number])[];
  readonly properties: readonly { readonly name: string; readonly isNegated: boolean }[];
  readonly isNegated: boolean;
}

export type Tree =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { readonly kind: 'sequence' | 'choice'; readonly parts: readonly Tree[] }
  | { readonly kind: 'repeat'; readonly part: Tree; readonly min: number; readonly max: number }
  | { readonly kind: 'start' | 'end' | 'boundary' | 'notBoundary' }
  | { readonly kind: 'look'; readonly part: Tree; readonly isBehind: boolean; readonly isNegative: boolean };

/** A construct that is not understood; the pattern is then not checked. */
export class UnknownPattern extends Error {}

const range = (from: number, to = from): readonly [number, number] => [from, to];
const digit = [range(48, 57)];
const upper = [range(65, 90)];
const lower = [range(97, 122)];
const word = [...digit, ...upper, range(95), ...lower];
const space = [range(9, 13), range(32)];
const punctuation = [range(33, 47), range(58, 64), range(91, 96), range(123, 126)];
const lastCodePoint = 0x10ffff;

/** Java's POSIX classes, which are ASCII only. */
const posix: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  Alpha: [...upper, ...lower],
  Digit: digit,
  Alnum: [...digit, ...upper, ...lower],
  Upper: upper,
  Lower: lower,
  Punct: punctuation,
  Graph: [range(33, 126)],
  Print: [range(32, 126)],
  Blank: [range(9), range(32)],
  Space: space,
  Cntrl: [range(0, 31), range(127)],
  XDigit: [...digit, range(65, 70), range(97, 102)],
  ASCII: [range(0, 127)],
};

const escapes: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, a: 7, e: 27, v: 11 };
const plain = (ranges: CharacterSet['ranges'], isNegated = false): CharacterSet => ({
  ranges,
  properties: [],
  isNegated,
});

/** What `.` stands for without the flag `s`: all but line ends, of which Java has one more than JavaScript. */
const notLineEnd = plain([range(10), range(13), range(0x85), range(0x2028, 0x2029)], true);
const anything = plain([range(0, lastCodePoint)]);

class Reader {
  #at = 0;
  readonly #source: string;
  #dotAll = false;
  #ignoreCase = false;

  constructor(source: string) {
    this.#source = source;
  }

  read(): Tree {
    const tree = this.#choice();
    if (this.#at < this.#source.length) throw new UnknownPattern(`unbalanced ) in ${this.#source}`);
    return tree;
  }

  #peek = (text: string): boolean => this.#source.startsWith(text, this.#at);

  #take(text: string): boolean {
    if (!this.#peek(text)) return false;
    this.#at += text.length;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source);
    if (found === null) return undefined;
    this.#at += found[0].length;
    return found;
  }

  #next(): number {
    const point = this.#source.codePointAt(this.#at);
    if (point === undefined) throw new UnknownPattern(`unfinished: ${this.#source}`);
    this.#at += point > 0xffff ? 2 : 1;
    return point;
  }

  #choice(): Tree {
    const flags = [this.#dotAll, this.#ignoreCase] as const;
    const parts = [this.#sequence()];
    while (this.#take('|')) parts.push(this.#sequence());
    [this.#dotAll, this.#ignoreCase] = flags;
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'choice', parts };
  }

  #sequence(): Tree {
    const parts: Tree[] = [];
    while (this.#at < this.#source.length && !this.#peek('|') && !this.#peek(')')) {
      const part = this.#atom();
      if (part !== undefined) parts.push(this.#repeated(part));
    }
    return parts.length === 1 && parts[0] !== undefined ? parts[0] : { kind: 'sequence', parts };
  }

  /** Lazy is the same as greedy when only the whole text can match; possessive is taken as greedy too, which admits no less. */
  #repeated(part: Tree): Tree {
    let tree = part;
    for (;;) {
      const found = this.#match(/(?:([*+?])|\{(\d+)(,(\d*))?\})[?+]?/y);
      if (found === undefined) return tree;
      const [, sign, from, comma, to] = found;
      const min = sign === undefined ? Number(from) : sign === '+' ? 1 : 0;
      const max =
        sign === '?' ? 1 : sign !== undefined || to === '' ? Infinity : comma === undefined ? min : Number(to);
      if (max < min) throw new UnknownPattern(`{${min},${max}}`);
      tree = { kind: 'repeat', part: tree, min, max };
    }
  }

  #atom(): Tree | undefined {
    if (this.#take('(')) return this.#group();
    if (this.#take('[')) return { kind: 'set', set: this.#class() };
    if (this.#take('.')) return { kind: 'set', set: this.#dotAll ? anything : notLineEnd };
    if (this.#take('^') || this.#take('\\A')) return { kind: 'start' };
    if (this.#take('$') || this.#take('\\z') || this.#take('\\Z')) return { kind: 'end' };
    if (this.#take('\\b')) return { kind: 'boundary' };
    if (this.#take('\\B')) return { kind: 'notBoundary' };
    const quoted = this.#match(/\\Q(.*?)(?:\\E|$)/sy);
    if (quoted !== undefined) {
      const parts = [...(quoted[1] ?? '')].map((text) => this.#literal(text.codePointAt(0) ?? 0));
      return { kind: 'sequence', parts };
    }
    if (this.#take('\\')) {
      const escape = this.#escape();
      return typeof escape === 'number' ? this.#literal(escape) : { kind: 'set', set: escape };
    }
    const point = this.#next();
    if ('*+?'.includes(String.fromCodePoint(point))) throw new UnknownPattern(`dangling quantifier: ${this.#source}`);
    return this.#literal(point);
  }

  #literal(point: number): Tree {
    return { kind: 'set', set: plain(this.#ignoreCase ? bothCases([range(point)]) : [range(point)]) };
  }

  #group(): Tree | undefined {
    const flags = this.#match(/\?([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])/y);
    if (flags !== undefined) {
      const [, on = '', off = '', end] = flags;
      const before = [this.#dotAll, this.#ignoreCase] as const;
      if (/[^isu]/.test(on + off)) throw new UnknownPattern(`flags ${on}-${off}`);
      this.#dotAll = off.includes('s') ? false : on.includes('s') || this.#dotAll;
      this.#ignoreCase = off.includes('i') ? false : on.includes('i') || this.#ignoreCase;
      if (end === ')') return undefined; // for the rest of the enclosing group
      const part = this.#inside();
      [this.#dotAll, this.#ignoreCase] = before;
      return part;
    }
    const look = this.#match(/\?(<?)([=!])/y);
    if (look !== undefined)
      return { kind: 'look', part: this.#inside(), isBehind: look[1] === '<', isNegative: look[2] === '!' };
    if (this.#take('?>') || this.#match(/\?<[a-zA-Z]\w*>/y) !== undefined || !this.#peek('?')) return this.#inside();
    throw new UnknownPattern(`group of ${this.#source}`);
  }

  #inside(): Tree {
    const tree = this.#choice();
    if (!this.#take(')')) throw new UnknownPattern(`unbalanced ( in ${this.#source}`);
    return tree;
  }

  /** What stands behind a backslash: a code point, or a class. */
  #escape(): number | CharacterSet {
    const property = this.#match(/([pP])(?:\{(?:Is|In)?([^}]+)\}|([A-Z]))/y);
    if (property !== undefined) return propertySet(property[2] ?? property[3] ?? '', property[1] === 'P');
    const unicode = this.#match(/u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|x\{([0-9a-fA-F]+)\}|u\{([0-9a-fA-F]+)\}/y);
    if (unicode !== undefined) {
      const point = Number.parseInt(unicode[1] ?? unicode[2] ?? unicode[3] ?? unicode[4] ?? '', 16);
      // Java reads two escapes that are a surrogate pair as one code point.
      const low = point >= 0xd800 && point < 0xdc00 ? this.#match(/\\u([dD][c-fC-F][0-9a-fA-F]{2})/y)?.[1] : undefined;
      return low === undefined ? point : 0x10000 + ((point - 0xd800) << 10) + (Number.parseInt(low, 16) - 0xdc00);
    }
    const point = this.#next();
    const letter = String.fromCodePoint(point);
    if ('dDwWsShH'.includes(letter)) {
      const ranges = { d: digit, w: word, s: space, h: [range(9), range(32), range(0xa0)] }[letter.toLowerCase()] ?? [];
      return plain(ranges, letter !== letter.toLowerCase());
    }
    const control = escapes[letter];
    if (control !== undefined) return control;
    if (/[a-zA-Z1-9]/.test(letter)) throw new UnknownPattern(`\\${letter}`);
    return letter === '0' ? 0 : point;
  }

  /** A bracket class after its `[`: ranges, escapes, and nested classes (their union). */
  #class(): CharacterSet {
    const isNegated = this.#take('^');
    let ranges: (readonly [number, number])[] = [];
    const properties: { name: string; isNegated: boolean }[] = [];
    for (let isFirst = true; isFirst || !this.#peek(']'); isFirst = false) {
      if (this.#peek('&&')) throw new UnknownPattern('&& in a class');
      const item = this.#classItem();
      if (typeof item !== 'number') {
        if (item.isNegated && item.properties.length > 0)
          throw new UnknownPattern('negated property in a nested class');
        ranges.push(...(item.isNegated ? complement(item.ranges) : item.ranges));
        properties.push(...item.properties);
        continue;
      }
      if (this.#peek('-') && !this.#peek('-]') && !this.#peek('-[')) {
        this.#at++;
        const end = this.#classItem();
        if (typeof end === 'number') {
          if (end < item) throw new UnknownPattern(`class range in ${this.#source}`);
          ranges.push(range(item, end));
        } else {
          ranges.push(range(item), range(45), ...(end.isNegated ? complement(end.ranges) : end.ranges));
          properties.push(...end.properties);
        }
      } else ranges.push(range(item));
    }
    this.#at++;
    if (this.#ignoreCase) ranges = bothCases(ranges);
    return { ranges, properties, isNegated };
  }

  #classItem(): number | CharacterSet {
    if (this.#match(/\[:(\w+):\]/y) !== undefined) throw new UnknownPattern('POSIX bracket');
    if (this.#take('[')) return this.#class();
    return this.#take('\\') ? this.#escape() : this.#next();
  }
}

const bothCases = (ranges: CharacterSet['ranges']): (readonly [number, number])[] =>
  ranges.flatMap(([from, to]) => {
    const shifted = [];
    for (let point = Math.max(from, 65); point <= Math.min(to, 122); point++)
      if (/[a-zA-Z]/.test(String.fromCodePoint(point))) shifted.push(range(point ^ 32));
    return [range(from, to), ...shifted];
  });

const complement = (ranges: CharacterSet['ranges']): (readonly [number, number])[] => {
  const gaps = [];
  let next = 0;
  for (const [from, to] of [...ranges].sort((a, b) => a[0] - b[0])) {
    if (from > next) gaps.push(range(next, from - 1));
    next = Math.max(next, to + 1);
  }
  if (next <= lastCodePoint) gaps.push(range(next, lastCodePoint));
  return gaps;
};

const propertyAliases: Readonly<Record<string, string>> = { Alphabetic: 'Alphabetic', Letter: 'L', LETTER: 'L' };

function propertySet(name: string, isNegated: boolean): CharacterSet {
  const ascii = Object.hasOwn(posix, name) ? posix[name] : undefined;
  if (ascii !== undefined) return plain(ascii, isNegated);
  const known = propertyAliases[name] ?? name;
  for (const candidate of [known, `Script=${known}`]) {
    try {
      RegExp(`\\p{${candidate}}`, 'u');
      return { ranges: [], properties: [{ name: candidate, isNegated }], isNegated: false };
    } catch {
      // Not one of JavaScript's names.
    }
  }
  throw new UnknownPattern(`\\p{${name}}`);
}

/** Reads a Java regular expression; throws `UnknownPattern` for what it does not understand. */
export const parsePattern = (source: string): Tree => new Reader(source).read();
