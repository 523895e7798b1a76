// Draws the mask over the photo, with a white edge that shows it on photos of its colour. It draws only the visible part, from the level of that size, so a
// photo of 24 megapixels costs no more than a small one.

import type { Placement, Size } from './coordinates';
import type { Area, Mask } from './mask';
import { MaskLevels } from './mask_levels';

/** Around a change, in pixels of the canvas: what it may alter beside itself. */
const kMargin = 4;
const kWhite = 0xffffff;
/** From here on a pixel belongs to the mask, of 255. */
const kInside = 128;
/** Most pixels of a frame: dense screens get a softer edge instead of a slow brush. */
const kPixels = 3e6;

export class Overlay {
  private readonly context: CanvasRenderingContext2D;
  private mask: Mask | null = null;
  private levels: MaskLevels | null = null;
  /** Blue, green, red from the upper byte; page.css makes it translucent. */
  private bgr = 0;
  /** Screen pixels of the canvas for one CSS pixel. */
  private density = 1;

  constructor(private readonly canvas: HTMLCanvasElement) {
    this.context = canvas.getContext('2d')!;
  }

  setMask(mask: Mask | null): void {
    this.mask = mask;
    this.levels = mask && new MaskLevels(mask);
  }

  /** As #rrggbb. */
  setColour(colour: string): void {
    const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
    this.bgr = (b! << 16) | (g! << 8) | r!;
  }

  resize(size: Size): void {
    this.density = Math.min(devicePixelRatio, Math.sqrt(kPixels / Math.max(1, size.width * size.height)));
    this.canvas.width = Math.max(1, Math.round(size.width * this.density));
    this.canvas.height = Math.max(1, Math.round(size.height * this.density));
  }

  /** The mask changed inside `area`. */
  update(area: Area): void {
    this.levels?.update(area);
  }

  /** Draws the part of the mask inside `area`, or all of it. */
  draw(placement: Placement, area: Area | null): void {
    const { canvas, context, mask, levels, density } = this;
    if (!mask || !levels) return context.clearRect(0, 0, canvas.width, canvas.height);
    const scale = placement.scale * density;
    const left = placement.x * density;
    const top = placement.y * density;
    const part = area ?? { x0: 0, y0: 0, x1: mask.width, y1: mask.height };
    const x0 = Math.max(0, Math.floor(left + part.x0 * scale) - kMargin);
    const y0 = Math.max(0, Math.floor(top + part.y0 * scale) - kMargin);
    const x1 = Math.min(canvas.width, Math.ceil(left + part.x1 * scale) + kMargin);
    const y1 = Math.min(canvas.height, Math.ceil(top + part.y1 * scale) + kMargin);
    if (area) context.clearRect(x0, y0, x1 - x0, y1 - y0);
    else context.clearRect(0, 0, canvas.width, canvas.height);
    if (x0 >= x1 || y0 >= y1 || mask.count === 0) return;

    const level = levels.at(scale);
    const step = level.width / (mask.width * scale); // level pixels for one of the canvas
    const edge = Math.max(1, Math.round(density));
    // Those of the neighbours too; outside the picture -1.
    const columns = new Int32Array(x1 - x0 + 2 * edge);
    for (let i = 0; i < columns.length; i++) {
      const column = Math.floor((x0 - edge + i + 0.5 - left) * step);
      columns[i] = column < level.width ? Math.max(-1, column) : -1;
    }
    const rowStep = level.height / (mask.height * scale);
    const rowAt = (y: number) => Math.floor((y + 0.5 - top) * rowStep);
    const within = (row: number) => Math.min(level.height - 1, Math.max(0, row));
    const image = context.createImageData(x1 - x0, y1 - y0);
    const pixels = new Uint32Array(image.data.buffer);
    const { values } = level;
    for (let y = y0, k = 0; y < y1; y++, k += x1 - x0) {
      const row = rowAt(y);
      if (row !== within(row)) continue;
      const [start, above, below] = [row, within(rowAt(y - edge)), within(rowAt(y + edge))].map((at) => at * level.width) as [number, number, number];
      for (let x = 0; x < x1 - x0; x++) {
        const column = columns[x + edge]!;
        if (column < 0) continue;
        const value = values[start + column]!;
        if (value === 0) continue;
        const before = columns[x]!;
        const after = columns[x + 2 * edge]!;
        const inner =
          value < kInside ||
          (values[above + column]! >= kInside &&
            values[below + column]! >= kInside &&
            (before < 0 || values[start + before]! >= kInside) &&
            (after < 0 || values[start + after]! >= kInside));
        pixels[k + x] = (value << 24) | (inner ? this.bgr : kWhite);
      }
    }
    context.putImageData(image, x0, y0);
  }
}
