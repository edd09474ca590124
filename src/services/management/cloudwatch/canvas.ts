// A picture: lines, areas and text on white, and its bytes as PNG.
// @see https://www.w3.org/TR/png-3/
import { deflateSync } from 'node:zlib';
import { updateCrc32 } from '../../../kernel/crc.ts';
import { eachDot, letterHeight, letterWidth } from './pixel-font.ts';

export type Color = readonly [red: number, green: number, blue: number];

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Area extends Point {
  readonly width: number;
  readonly height: number;
}

/** `#1f77b4` or `#17b`; undefined when it is no colour. */
export function readColor(text: string): Color | undefined {
  const found = /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(text)?.[1];
  if (found === undefined) return undefined;
  const six = found.length === 6 ? found : [...found].map((digit) => digit + digit).join('');
  const part = (at: number): number => Number.parseInt(six.slice(at, at + 2), 16);
  return [part(0), part(2), part(4)];
}

export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #pixels: Buffer;
  #open: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#pixels = Buffer.alloc(width * height * 3, 0xff);
    this.#open = { left: 0, top: 0, right: width, bottom: height };
  }

  /** Lets `draw` change nothing outside of an area. */
  within({ x, y, width, height }: Area, draw: () => void): void {
    const before = this.#open;
    this.#open = {
      left: Math.max(before.left, Math.floor(x)),
      top: Math.max(before.top, Math.floor(y)),
      right: Math.min(before.right, Math.ceil(x + width)),
      bottom: Math.min(before.bottom, Math.ceil(y + height)),
    };
    draw();
    this.#open = before;
  }

  /** Mixes a colour into a pixel; outside of the picture nothing happens. */
  dot(x: number, y: number, color: Color, share = 1): void {
    const { left, top, right, bottom } = this.#open;
    if (x < left || y < top || x >= right || y >= bottom || share <= 0) return;
    const at = (y * this.width + x) * 3;
    for (let part = 0; part < 3; part++) {
      const before = this.#pixels[at + part] as number;
      this.#pixels[at + part] = Math.round(before + ((color[part] as number) - before) * Math.min(1, share));
    }
  }

  paint({ x, y, width, height }: Area, color: Color, share = 1): void {
    const [left, top] = [Math.max(0, Math.round(x)), Math.max(0, Math.round(y))];
    const right = Math.min(this.width, Math.round(x + width));
    const bottom = Math.min(this.height, Math.round(y + height));
    for (let row = top; row < bottom; row++)
      for (let column = left; column < right; column++) this.dot(column, row, color, share);
  }

  /** A line with soft edges. */
  line(from: Point, to: Point, color: Color, thickness = 1): void {
    const reach = thickness / 2 + 1;
    const [left, right] = [Math.min(from.x, to.x) - reach, Math.max(from.x, to.x) + reach];
    const lengthSquared = (to.x - from.x) ** 2 + (to.y - from.y) ** 2;
    const slope = to.x === from.x ? undefined : (to.y - from.y) / (to.x - from.x);
    // Of a steep line each column holds a long piece, of a flat one a short piece: only that is looked at.
    const slack = slope === undefined ? 0 : Math.abs(slope) * reach + reach;
    for (let x = Math.max(0, Math.floor(left)); x <= Math.min(this.width - 1, Math.ceil(right)); x++) {
      const middle = slope === undefined ? undefined : from.y + (x - from.x) * slope;
      const least = Math.min(from.y, to.y) - reach;
      const most = Math.max(from.y, to.y) + reach;
      const top = Math.max(least, middle === undefined ? least : middle - slack);
      const bottom = Math.min(most, middle === undefined ? most : middle + slack);
      for (let y = Math.max(0, Math.floor(top)); y <= Math.min(this.height - 1, Math.ceil(bottom)); y++) {
        const along =
          lengthSquared === 0 ? 0 : ((x - from.x) * (to.x - from.x) + (y - from.y) * (to.y - from.y)) / lengthSquared;
        const near = Math.min(1, Math.max(0, along));
        const distance = Math.hypot(x - from.x - near * (to.x - from.x), y - from.y - near * (to.y - from.y));
        this.dot(x, y, color, thickness / 2 + 0.5 - distance);
      }
    }
  }

  /** Text with its upper left corner at a point. Answers its width. */
  text(text: string, { x, y }: Point, color: Color, scale = 1): number {
    for (const [place, letter] of [...text].entries())
      eachDot(letter, (dotX, dotY) => {
        const at = { x: Math.round(x) + (place * letterWidth + dotX) * scale, y: Math.round(y) + dotY * scale };
        this.paint({ ...at, width: scale, height: scale }, color);
      });
    return textWidth(text, scale);
  }

  png(): Buffer {
    const rowBytes = this.width * 3;
    const raw = Buffer.alloc((rowBytes + 1) * this.height);
    // Each row begins with the number of its filter: none.
    for (let row = 0; row < this.height; row++)
      this.#pixels.copy(raw, row * (rowBytes + 1) + 1, row * rowBytes, (row + 1) * rowBytes);
    const header = Buffer.alloc(13);
    header.writeUInt32BE(this.width, 0);
    header.writeUInt32BE(this.height, 4);
    header.set([8, 2, 0, 0, 0], 8); // eight bits a colour, no alpha
    return Buffer.concat([
      Buffer.from('89504e470d0a1a0a', 'hex'),
      chunk('IHDR', header),
      chunk('IDAT', deflateSync(raw)),
      chunk('IEND', Buffer.alloc(0)),
    ]);
  }
}

export const textWidth = (text: string, scale = 1): number => [...text].length * letterWidth * scale;
export const textHeight = (scale = 1): number => letterHeight * scale;

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(updateCrc32(0, body), body.length + 4);
  return frame;
}
