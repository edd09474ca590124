// Bodies of the query protocols: `application/x-www-form-urlencoded`, whose dotted keys form a tree.

/** A key's value, and what stands below it. */
export interface FormNode {
  value: string | undefined;
  children: Map<string, FormNode> | undefined;
}

/** More parts than any shape of AWS is deep. */
const deepestKey = 64;

const decode = (text: string): string => {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    // A stray `%`, or bytes that are no UTF-8: taken as they stand.
    return spaced;
  }
};

/** Name and value of each pair, decoded, in order. */
export const parsePairs = (text: string): [name: string, value: string][] => {
  const pairs: [string, string][] = [];
  let start = 0;
  while (start <= text.length) {
    let end = text.indexOf('&', start);
    if (end < 0) end = text.length;
    if (end > start) {
      const equals = text.indexOf('=', start);
      if (equals < 0 || equals >= end) pairs.push([decode(text.slice(start, end)), '']);
      else pairs.push([decode(text.slice(start, equals)), decode(text.slice(equals + 1, end))]);
    }
    start = end + 1;
  }
  return pairs;
};

/** The tree of dotted keys. The last of two equal keys stands. */
export const formTree = (pairs: readonly (readonly [name: string, value: string])[]): FormNode => {
  const root: FormNode = { value: undefined, children: undefined };
  for (const [name, value] of pairs) {
    const parts = name.split('.', deepestKey);
    let node = root;
    for (const part of parts) {
      node.children ??= new Map();
      let child = node.children.get(part);
      if (child === undefined) {
        child = { value: undefined, children: undefined };
        node.children.set(part, child);
      }
      node = child;
    }
    node.value = value;
  }
  return root;
};
