// The mask in ever smaller sizes, each pixel the mean of four pixels of the level before. Drawn at
// a small zoom, so that thin strokes stay visible and smooth.

import type { Area, Mask } from './mask';

export interface Level {
  width: number;
  height: number;
  /** 0 to 255, row by row. */
  values: Uint8Array;
}

const kSmallest = 256;

export class MaskLevels {
  /** From the mask itself to the smallest. */
  readonly levels: Level[];

  constructor(mask: Mask) {
    this.levels = [mask];
    for (let last: Level = mask; Math.max(last.width, last.height) > kSmallest; last = this.levels.at(-1)!) {
      const width = Math.ceil(last.width / 2);
      const height = Math.ceil(last.height / 2);
      this.levels.push({ width, height, values: new Uint8Array(width * height) });
    }
    this.update({ x0: 0, y0: 0, x1: mask.width, y1: mask.height });
  }

  /** Follows a change of the mask inside `area`. */
  update(area: Area): void {
    let { x0, y0, x1, y1 } = area;
    for (let k = 1; k < this.levels.length; k++) {
      const fine = this.levels[k - 1]!;
      const coarse = this.levels[k]!;
      [x0, y0, x1, y1] = [x0 >> 1, y0 >> 1, (x1 + 1) >> 1, (y1 + 1) >> 1];
      for (let y = y0; y < y1; y++) {
        const upper = 2 * y * fine.width;
        const lower = Math.min(2 * y + 1, fine.height - 1) * fine.width;
        for (let x = x0; x < x1; x++) {
          const left = 2 * x;
          const right = Math.min(left + 1, fine.width - 1);
          const sum =
            fine.values[upper + left]! +
            fine.values[upper + right]! +
            fine.values[lower + left]! +
            fine.values[lower + right]!;
          coarse.values[y * coarse.width + x] = (sum + 3) >> 2; // rounded up: nothing vanishes
        }
      }
    }
  }

  /** The level that fits best a screen with `scale` screen pixels per pixel of the mask. */
  at(scale: number): Level {
    const k = Math.round(Math.log2(1 / scale));
    return this.levels[Math.min(this.levels.length - 1, Math.max(0, k))]!;
  }
}
