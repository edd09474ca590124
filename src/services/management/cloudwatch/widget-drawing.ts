// Draws a graph. Pure: the lines with their points are there already. Loaded with the first picture.
import type { Instant } from '../../../kernel/units.ts';
import { type Area, Canvas, type Color, type Point, readColor, textHeight, textWidth } from './canvas.ts';
import type { Annotation, Axis, Side, Widget } from './widget-input.ts';
import { plainNumber, scaleOf, type Scale, timeText, timeTicks } from './widget-scale.ts';

/** A line as it is drawn. */
export interface DrawnLine {
  readonly label: string;
  readonly points: ReadonlyMap<number, number>;
  readonly periodSeconds: number;
  readonly color?: string | undefined;
  readonly side: Side;
}

interface Curve extends DrawnLine {
  readonly ink: Color;
}

const palette = ['1f77b4', 'ff7f0e', '2ca02c', 'd62728', '9467bd', '8c564b', 'e377c2', '7f7f7f', 'bcbd22', '17becf'];
const black: Color = [0x16, 0x19, 0x1f];
const gray: Color = [0x68, 0x70, 0x78];
const pale: Color = [0xe4, 0xe7, 0xea];

const inkOf = (color: string | undefined, at: number): Color =>
  readColor(color ?? '') ?? (readColor(palette[at % palette.length] as string) as Color);

const margin = 12;
const lineHeight = 14;

/** The picture as PNG. */
export function drawWidget(widget: Widget, lines: readonly DrawnLine[]): Buffer {
  const canvas = new Canvas(widget.width, widget.height);
  const curves = lines.map((line, at): Curve => ({ ...line, ink: inkOf(line.color, at) }));
  const top = drawTitle(canvas, widget);
  const area = drawLegend(canvas, widget, curves, {
    x: margin,
    y: top,
    width: widget.width - 2 * margin,
    height: widget.height - top - margin,
  });
  if (widget.view === 'singleValue') drawValues(canvas, area, curves);
  else if (widget.view === 'pie') drawPie(canvas, area, curves);
  else if (widget.view === 'bar') drawBars(canvas, area, curves);
  else new Plot(canvas, widget, area, curves).draw();
  return canvas.png();
}

function cut(text: string, width: number, scale = 1): string {
  const letters = Math.max(0, Math.floor(width / textWidth(' ', scale)));
  return [...text].length <= letters ? text : `${[...text].slice(0, Math.max(0, letters - 2)).join('')}..`;
}

function drawTitle(canvas: Canvas, { title, width }: Widget): number {
  if (title === undefined || title === '') return margin;
  canvas.text(cut(title, width - 2 * margin, 2), { x: margin, y: margin - 2 }, black, 2);
  return margin + textHeight(2) + 8;
}

/** Draws the legend; what is left of the area is for the graph. */
function drawLegend(canvas: Canvas, { legend, view }: Widget, curves: readonly Curve[], area: Area): Area {
  if (legend === 'hidden' || view === 'singleValue') return area;
  const isRight = legend === 'right';
  const widest = Math.max(0, ...curves.map(({ label }) => textWidth(label))) + 20;
  const column = isRight ? Math.min(widest, area.width / 3) : Math.min(widest, area.width);
  const perRow = isRight ? 1 : Math.max(1, Math.floor(area.width / Math.max(1, column)));
  const rowsMax = Math.max(1, Math.floor(area.height / (isRight ? 1 : 3) / lineHeight));
  const rows = Math.min(Math.ceil(curves.length / perRow), rowsMax);
  const left = isRight ? area.x + area.width - column : area.x;
  const top = isRight ? area.y : area.y + area.height - rows * lineHeight;
  for (const [at, { label, ink }] of curves.slice(0, rows * perRow).entries()) {
    const x = left + (at % perRow) * column;
    const y = top + Math.floor(at / perRow) * lineHeight + 3;
    canvas.paint({ x, y, width: 9, height: 9 }, ink);
    canvas.text(cut(label, column - 20), { x: x + 14, y: y + 1 }, black);
  }
  return isRight
    ? { ...area, width: area.width - column - margin }
    : { ...area, height: area.height - rows * lineHeight - 6 };
}

const newest = ({ points }: Curve): number | undefined => [...points.values()].at(-1);

function drawValues(canvas: Canvas, area: Area, curves: readonly Curve[]): void {
  const perRow = Math.max(1, Math.ceil(Math.sqrt(curves.length)));
  const rows = Math.max(1, Math.ceil(curves.length / perRow));
  const cell = { width: area.width / perRow, height: area.height / rows };
  for (const [at, curve] of curves.entries()) {
    const value = newest(curve);
    const text = value === undefined ? '--' : plainNumber(value);
    const scale = Math.max(
      1,
      Math.min(Math.floor(cell.width / textWidth(`${text} `)), Math.floor((cell.height - 24) / textHeight())),
    );
    const x = area.x + (at % perRow) * cell.width;
    const y = area.y + Math.floor(at / perRow) * cell.height + Math.max(0, (cell.height - textHeight(scale) - 16) / 2);
    canvas.text(text, { x, y }, black, scale);
    canvas.paint({ x, y: y + textHeight(scale) + 6, width: 9, height: 9 }, curve.ink);
    canvas.text(cut(curve.label, cell.width - 20), { x: x + 14, y: y + textHeight(scale) + 7 }, gray);
  }
}

function drawBars(canvas: Canvas, area: Area, curves: readonly Curve[]): void {
  const values = curves.map((curve) => newest(curve) ?? 0);
  const scale = scaleOf(values, { min: Math.min(0, ...values) });
  const step = area.width / Math.max(1, curves.length);
  const zero = yOf(area, scale, 0);
  for (const [at, { ink }] of curves.entries()) {
    const end = yOf(area, scale, values[at] as number);
    const [x, width] = [area.x + at * step + step * 0.15, step * 0.7];
    canvas.paint({ x, y: Math.min(zero, end), width, height: Math.abs(zero - end) }, ink);
    canvas.text(cut(plainNumber(values[at] as number), step), { x, y: Math.max(area.y, end - 11) }, black);
  }
  canvas.line({ x: area.x, y: zero }, { x: area.x + area.width, y: zero }, gray);
}

function drawPie(canvas: Canvas, area: Area, curves: readonly Curve[]): void {
  const values = curves.map((curve) => Math.max(0, newest(curve) ?? 0));
  const total = values.reduce((sum, value) => sum + value, 0);
  if (total === 0) return;
  const radius = Math.min(area.width, area.height) / 2 - 2;
  const center = { x: area.x + area.width / 2, y: area.y + area.height / 2 };
  for (let y = Math.floor(center.y - radius); y <= center.y + radius; y++)
    for (let x = Math.floor(center.x - radius); x <= center.x + radius; x++) {
      const distance = Math.hypot(x - center.x, y - center.y);
      if (distance > radius + 0.5) continue;
      const turn = (Math.atan2(x - center.x, center.y - y) / (2 * Math.PI) + 1) % 1;
      let [at, sum] = [0, values[0] as number];
      while (sum / total < turn && at < values.length - 1) sum += values[++at] as number;
      canvas.dot(x, y, (curves[at] as Curve).ink, radius + 0.5 - distance);
    }
}

/** Far enough outside of any picture. */
const farAway = 100_000;

const yOf = ({ y, height }: Area, { min, max }: Scale, value: number): number =>
  Math.min(farAway, Math.max(-farAway, y + height - ((value - min) / (max - min)) * height));

/** A graph over time with its axes. */
class Plot {
  readonly #canvas: Canvas;
  readonly #widget: Widget;
  readonly #curves: readonly Curve[];
  /** Points of curves, piled up where the graph is stacked. */
  readonly #heights: readonly ReadonlyMap<number, number>[];
  readonly #scales: Readonly<Record<Side, Scale | undefined>>;
  readonly #area: Area;

  constructor(canvas: Canvas, widget: Widget, area: Area, curves: readonly Curve[]) {
    this.#canvas = canvas;
    this.#widget = widget;
    this.#curves = curves;
    this.#heights = widget.stacked ? piled(curves) : curves.map(({ points }) => points);
    this.#scales = { left: this.#scale('left'), right: this.#scale('right') };
    const room = (side: Side): number => {
      const labels = this.#scales[side]?.ticks.map((tick) => textWidth(plainNumber(tick))) ?? [];
      return labels.length === 0 ? 4 : Math.max(...labels) + 8;
    };
    const headed = [widget.axes.left.label, widget.axes.right.label].some((label) => label !== undefined);
    const head = headed ? lineHeight : 2;
    const [left, right] = [room('left'), room('right')];
    this.#area = {
      x: area.x + left,
      y: area.y + head,
      width: Math.max(1, area.width - left - right),
      height: Math.max(1, area.height - head - lineHeight - 4),
    };
  }

  draw(): void {
    this.#drawAxes();
    const { x, y, width, height } = this.#area;
    // A line along the edge is seen whole.
    this.#canvas.within({ x: x - 1, y: y - 1, width: width + 2, height: height + 2 }, () => {
      this.#drawBands();
      for (let at = this.#curves.length - 1; at >= 0; at--) this.#drawCurve(at);
      this.#drawAnnotations();
    });
  }

  #scale(side: Side): Scale | undefined {
    const { horizontal, axes, stacked } = this.#widget;
    const heights = this.#heights.filter((_, at) => this.#curves[at]?.side === side);
    const marks = horizontal.filter((one) => one.side === side).flatMap(({ value, to }) => [value, to ?? value]);
    const axis: Axis = axes[side];
    if (heights.length === 0 && marks.length === 0 && side === 'right') return undefined;
    const values = [...heights.flatMap((points) => [...points.values()]), ...marks, ...(stacked ? [0] : [])];
    return scaleOf(values, axis);
  }

  #x(at: number): number {
    const { from, to } = this.#widget;
    return this.#area.x + ((at - from) / (to - from)) * this.#area.width;
  }

  #drawAxes(): void {
    const { x, y, width, height } = this.#area;
    const { from, to, offsetMinutes, axes } = this.#widget;
    for (const side of ['left', 'right'] as const) {
      const scale = this.#scales[side];
      if (scale === undefined) continue;
      for (const tick of scale.ticks) {
        const level = yOf(this.#area, scale, tick);
        if (side === 'left') this.#canvas.line({ x, y: level }, { x: x + width, y: level }, pale);
        const text = plainNumber(tick);
        const at = side === 'left' ? x - 5 - textWidth(text) : x + width + 6;
        this.#canvas.text(text, { x: at, y: level - 4 }, gray);
      }
      const { label } = axes[side];
      const at = side === 'left' ? x : x + width - textWidth(label ?? '');
      if (label !== undefined) this.#canvas.text(label, { x: at, y: y - lineHeight }, gray);
    }
    const ticks = timeTicks(from, to, Math.max(2, Math.floor(width / 70)), offsetMinutes);
    for (const { at, hasDate } of ticks) {
      const text = timeText(at, offsetMinutes, hasDate);
      this.#canvas.line({ x: this.#x(at), y: y + height }, { x: this.#x(at), y: y + height + 3 }, gray);
      this.#canvas.text(text, { x: this.#x(at) - textWidth(text) / 2, y: y + height + 6 }, gray);
    }
    this.#canvas.line({ x, y: y + height }, { x: x + width, y: y + height }, gray);
  }

  #drawCurve(at: number): void {
    const { ink, side, periodSeconds } = this.#curves[at] as Curve;
    const scale = this.#scales[side];
    if (scale === undefined) return;
    const below = this.#widget.stacked ? this.#heights[at - 1] : undefined;
    let before: { readonly at: number; readonly point: Point } | undefined;
    for (const [time, value] of this.#heights[at] ?? []) {
      const point = { x: this.#x(time), y: yOf(this.#area, scale, value) };
      // Where points are missing the line is broken.
      const from = before !== undefined && time - before.at <= periodSeconds * 1000 ? before : undefined;
      if (from !== undefined && this.#widget.stacked) {
        const floorAt = (at: number): number => yOf(this.#area, scale, below?.get(at) ?? 0);
        this.#fillBetween(from.point, point, floorAt(from.at), floorAt(time), ink);
      }
      if (from !== undefined) this.#canvas.line(from.point, point, ink, 2);
      else this.#canvas.paint({ x: point.x - 1, y: point.y - 1, width: 3, height: 3 }, ink);
      before = { at: time, point };
    }
  }

  #fillBetween(from: Point, to: Point, floorFrom: number, floorTo: number, ink: Color): void {
    for (let x = Math.ceil(from.x); x < to.x; x++) {
      const share = (x - from.x) / (to.x - from.x);
      const y = from.y + share * (to.y - from.y);
      const floor = floorFrom + share * (floorTo - floorFrom);
      this.#canvas.paint({ x, y, width: 1, height: Math.max(0, floor - y) }, ink, 0.4);
    }
  }

  #drawBands(): void {
    const { x, y, width, height } = this.#area;
    for (const one of this.#widget.horizontal) {
      const scale = this.#scales[one.side];
      if (scale === undefined) continue;
      const level = yOf(this.#area, scale, one.value);
      const edge = one.to === undefined ? this.#edge(one, level, y, y + height) : yOf(this.#area, scale, one.to);
      if (edge !== undefined)
        this.#canvas.paint(
          { x, y: Math.min(level, edge), width, height: Math.abs(level - edge) },
          inkOf(one.color, 3),
          0.15,
        );
    }
    for (const one of this.#widget.vertical) {
      const level = this.#x(one.value);
      const edge = one.to === undefined ? this.#edge(one, level, x + width, x) : this.#x(one.to);
      if (edge !== undefined)
        this.#canvas.paint(
          { x: Math.min(level, edge), y, width: Math.abs(level - edge), height },
          inkOf(one.color, 0),
          0.15,
        );
    }
  }

  /** Up to where the side of an annotation is filled that `fill` names. */
  #edge({ fill }: Annotation<number>, _level: number, high: number, low: number): number | undefined {
    if (fill === 'above' || fill === 'after') return high;
    return fill === 'below' || fill === 'before' ? low : undefined;
  }

  #drawAnnotations(): void {
    const { x, y, width, height } = this.#area;
    for (const { value, to, label, color, side } of this.#widget.horizontal) {
      const scale = this.#scales[side];
      if (scale === undefined) continue;
      const ink = inkOf(color, 3);
      for (const each of [value, to ?? value]) {
        const level = yOf(this.#area, scale, each);
        this.#canvas.line({ x, y: level }, { x: x + width, y: level }, ink);
      }
      const level = yOf(this.#area, scale, value);
      if (label !== undefined) this.#canvas.text(cut(label, width), { x: x + 4, y: Math.max(y, level - 10) }, ink);
    }
    for (const { value, to, label, color } of this.#widget.vertical) {
      const ink = inkOf(color, 0);
      for (const each of [value, to ?? value] satisfies Instant[]) {
        const at = this.#x(each);
        this.#canvas.line({ x: at, y }, { x: at, y: y + height }, ink);
      }
      if (label !== undefined) this.#canvas.text(label, { x: this.#x(value) + 4, y: y + 2 }, ink);
    }
  }
}

/** Each line on top of the ones before it. */
function piled(curves: readonly Curve[]): Map<number, number>[] {
  const sums = new Map<number, number>();
  return curves.map(
    ({ points }) =>
      new Map(
        [...points].map(([at, value]) => {
          const sum = (sums.get(at) ?? 0) + value;
          sums.set(at, sum);
          return [at, sum] as const;
        }),
      ),
  );
}
