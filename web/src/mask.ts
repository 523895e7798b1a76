// The mask: the pixels to fill, at full resolution. One byte per pixel: 24 megapixels are 24 MB,
// and every operation is a plain loop, exact at any zoom and free of the canvas, whose pixels some
// browsers disturb to prevent fingerprinting.

import type { Size } from './coordinates';

export const kMissing = 255;
export const kKnown = 0;

/** Columns [x0, x1). */
export type Run = readonly [x0: number, x1: number];

/** Takes the columns [x0, x1) of row y. */
export type Span = (y: number, x0: number, x1: number) => void;

export interface Area {
  x0: number;
  y0: number;
  x1: number; // one past the last column
  y1: number;
}

/** The pixels that one edit flipped: one bit each, of its bounding area, row by row. Applying it twice changes nothing. */
export interface MaskChange {
  area: Area;
  bits: Uint8Array;
}

export class Mask implements Size {
  readonly values: Uint8Array;
  /** Number of missing pixels. */
  count = 0;
  /** One bit a pixel: flipped since the last commit. */
  private readonly flipped: Uint8Array;
  private area: Area | null = null;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.values = new Uint8Array(width * height);
    this.flipped = new Uint8Array(Math.ceil((width * height) / 8));
  }

  /** Sets a span, cut to the picture, to kMissing or kKnown. */
  set(y: number, x0: number, x1: number, value: number): void {
    const from = Math.max(0, x0);
    const to = Math.min(this.width, x1);
    if (y < 0 || y >= this.height || from >= to) return;
    const { values, flipped } = this;
    const row = y * this.width;
    let changed = 0;
    for (let i = row + from; i < row + to; i++) {
      if (values[i] !== value) {
        values[i] = value;
        flipped[i >> 3]! ^= 1 << (i & 7);
        changed++;
      }
    }
    if (changed === 0) return;
    this.count += value === kMissing ? changed : -changed;
    this.area = united(this.area, { x0: from, y0: y, x1: to, y1: y + 1 });
  }

  /** A Span that sets to `value`, for the functions of shapes.ts. */
  setter(value: number): Span {
    return (y, x0, x1) => this.set(y, x0, x1, value);
  }

  /** Makes row y missing in `runs`, from left to right, and known elsewhere. */
  replaceRow(y: number, runs: Run[]): void {
    let x = 0;
    for (const [x0, x1] of runs) {
      this.set(y, x, x0, kKnown);
      this.set(y, x0, x1, kMissing);
      x = x1;
    }
    this.set(y, x, this.width, kKnown);
  }

  clear(): void {
    for (let y = 0; y < this.height; y++) this.runs(y).forEach(([x0, x1]) => this.set(y, x0, x1, kKnown));
  }

  invert(): void {
    for (let y = 0; y < this.height; y++) this.replaceRow(y, gaps(this.runs(y), this.width));
  }

  /** The missing runs of row y, from left to right. */
  runs(y: number): Run[] {
    const row = this.values.subarray(y * this.width, (y + 1) * this.width);
    const runs: Run[] = [];
    for (let x0 = row.indexOf(kMissing); x0 >= 0; ) {
      const end = row.indexOf(kKnown, x0);
      runs.push([x0, end < 0 ? this.width : end]);
      x0 = end < 0 ? -1 : row.indexOf(kMissing, end);
    }
    return runs;
  }

  /** The same pixels, all committed. */
  copy(): Mask {
    const copy = new Mask(this.width, this.height);
    copy.values.set(this.values);
    copy.count = this.count;
    return copy;
  }

  /** The area touched since the last commit or revert. */
  touched(): Area | null {
    return this.area;
  }

  /** Ends an edit. Returns the flipped pixels, or null if there are none. */
  commit(): MaskChange | null {
    const area = this.area;
    this.area = null;
    if (!area) return null;
    const bits = new Uint8Array(Math.ceil(((area.x1 - area.x0) * (area.y1 - area.y0)) / 8));
    let any = false;
    let k = 0;
    for (let y = area.y0; y < area.y1; y++) {
      const end = y * this.width + area.x1;
      for (let i = y * this.width + area.x0; i < end; i++, k++) {
        if ((i & 7) === 0 && i + 8 <= end && this.flipped[i >> 3] === 0) {
          i += 7; // skips unchanged bytes quickly
          k += 7;
        } else if (this.flipped[i >> 3]! & (1 << (i & 7))) {
          bits[k >> 3]! |= 1 << (k & 7);
          this.flipped[i >> 3]! ^= 1 << (i & 7);
          any = true;
        }
      }
    }
    return any ? { area, bits } : null;
  }

  /** Takes back all edits since the last commit. */
  revert(): void {
    const change = this.commit();
    if (change) this.apply(change);
  }

  /** Undoes or redoes a committed edit. */
  apply({ area, bits }: MaskChange): void {
    let k = 0;
    for (let y = area.y0; y < area.y1; y++) {
      const end = y * this.width + area.x1;
      for (let i = y * this.width + area.x0; i < end; i++, k++) {
        if ((k & 7) === 0 && i + 8 <= end && bits[k >> 3] === 0) {
          i += 7;
          k += 7;
        } else if (bits[k >> 3]! & (1 << (k & 7))) {
          this.values[i]! ^= kMissing;
          this.count += this.values[i] === kMissing ? 1 : -1;
        }
      }
    }
  }
}

/** The union of masks of one size, as a change of an empty mask. */
export function bitsOf(masks: Mask[]): MaskChange {
  const { width, height } = masks[0]!;
  const bits = new Uint8Array(Math.ceil((width * height) / 8));
  for (const mask of masks) {
    for (let y = 0; y < height; y++) {
      for (const [x0, x1] of mask.runs(y)) {
        let i = y * width + x0;
        const end = y * width + x1;
        for (; i < end && (i & 7) !== 0; i++) bits[i >> 3]! |= 1 << (i & 7);
        const whole = Math.max(i, end & ~7);
        bits.fill(255, i >> 3, whole >> 3);
        for (i = whole; i < end; i++) bits[i >> 3]! |= 1 << (i & 7);
      }
    }
  }
  return { area: { x0: 0, y0: 0, x1: width, y1: height }, bits };
}

/** A column through the middle of the largest part of a change that no empty columns cut. */
export function middleColumn({ area, bits }: MaskChange): number {
  const width = area.x1 - area.x0;
  const counts = new Uint32Array(width);
  for (let k = 0, x = 0, last = width * (area.y1 - area.y0); k < last; k++) {
    if (bits[k >> 3]! & (1 << (k & 7))) counts[x]!++;
    if (++x === width) x = 0;
  }
  let best = { sum: 0, x: 0 };
  for (let x0 = 0, x1 = 0; x0 < width; x0 = x1 + 1) {
    let sum = 0;
    for (x1 = x0; x1 < width && counts[x1]! > 0; x1++) sum += counts[x1]!;
    if (sum <= best.sum) continue;
    let x = x0;
    for (let before = counts[x]!; 2 * before < sum; before += counts[++x]!);
    best = { sum, x };
  }
  return area.x0 + best.x;
}

/** The runs of a row of `width` pixels between `runs`. */
export function gaps(runs: Run[], width: number): Run[] {
  const between: Run[] = [];
  let x = 0;
  for (const [x0, x1] of runs) {
    if (x0 > x) between.push([x, x0]);
    x = Math.max(x, x1);
  }
  if (x < width) between.push([x, width]);
  return between;
}

export function united(a: Area | null, b: Area): Area {
  if (!a) return b;
  return {
    x0: Math.min(a.x0, b.x0),
    y0: Math.min(a.y0, b.y0),
    x1: Math.max(a.x1, b.x1),
    y1: Math.max(a.y1, b.y1),
  };
}
