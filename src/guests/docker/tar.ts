// Archives as engines take and give them: made by forty lines, read nowhere. Names are short and known.
// @see https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13_06

export interface TarEntry {
  /** At most a hundred bytes; a folder's ends with a slash. */
  readonly name: string;
  readonly mode: number;
  readonly content?: Uint8Array | undefined;
}

const blockBytes = 512;

const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;

function headerOf({ name, mode, content }: TarEntry): Buffer {
  const header = Buffer.alloc(blockBytes);
  header.write(name, 0);
  header.write(octal(mode, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(content?.byteLength ?? 0, 11), 124);
  header.write(octal(0, 11), 136);
  header.write(name.endsWith('/') ? '5' : '0', 156);
  header.write('ustar\u000000', 257);
  // The sum counts its own field as spaces.
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

export function makeTar(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry) => {
    const content = entry.content ?? new Uint8Array();
    return [headerOf(entry), content, Buffer.alloc((blockBytes - (content.byteLength % blockBytes)) % blockBytes)];
  });
  return Buffer.concat([...parts, Buffer.alloc(2 * blockBytes)]);
}
