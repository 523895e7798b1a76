// Draws the mask over the photo. It draws only the visible part, from the level of that size, so a
// photo of 24 megapixels costs no more than a small one.

import type { Placement, Size } from './coordinates';
import type { Area, Mask } from './mask';
import { MaskLevels } from './mask_levels';

const kMargin = 2;
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
    const columns = new Int32Array(x1 - x0);
    for (let x = x0; x < x1; x++) {
      const column = Math.floor((x + 0.5 - left) * step);
      columns[x - x0] = column < level.width ? column : -1; // -1 too where left of the picture
    }
    const rowStep = level.height / (mask.height * scale);
    const image = context.createImageData(x1 - x0, y1 - y0);
    const pixels = new Uint32Array(image.data.buffer);
    for (let y = y0, k = 0; y < y1; y++) {
      const row = Math.floor((y + 0.5 - top) * rowStep);
      if (row < 0 || row >= level.height) {
        k += columns.length;
        continue;
      }
      const start = row * level.width;
      for (let x = 0; x < columns.length; x++, k++) {
        const column = columns[x]!;
        if (column >= 0) pixels[k] = (level.values[start + column]! << 24) | this.bgr;
      }
    }
    context.putImageData(image, x0, y0);
  }
}
