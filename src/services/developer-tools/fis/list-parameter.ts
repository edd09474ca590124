// Parameters that are lists: items with commas between them.

/** The items of `a, b,c`. */
export const listOf = (text: string | undefined): string[] =>
  (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
