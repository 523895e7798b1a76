// Growing and shrinking a mask. It works on the runs of every row, so its time depends on the number
// of rows and runs and the radius, not on the area: a photo of 24 megapixels takes a moment.

import { gaps, type Mask, type Run } from './mask';

/** Grows the hole to every pixel within `radius` of it (Euclidean), as the engine's `dilate` does. */
export function grow(mask: Mask, radius: number): void {
  const rows = allRuns(mask);
  for (let y = 0; y < mask.height; y++) mask.replaceRow(y, grownRow(rows, y, radius));
}

/** Shrinks the hole by every pixel within `radius` of a known one. The picture's border does not count as known. */
export function shrink(mask: Mask, radius: number): void {
  const rows = allRuns(mask).map((runs) => gaps(runs, mask.width));
  for (let y = 0; y < mask.height; y++) {
    mask.replaceRow(y, gaps(grownRow(rows, y, radius), mask.width));
  }
}

function allRuns(mask: Mask): Run[][] {
  return Array.from({ length: mask.height }, (_, y) => mask.runs(y));
}

/** Row y of the grown mask: the union of the rows above and below, each widened as a disc is there. */
function grownRow(rows: Run[][], y: number, radius: number): Run[] {
  const widened: Run[] = [];
  for (let dy = -radius; dy <= radius; dy++) {
    const width = Math.floor(Math.sqrt(radius * radius - dy * dy));
    for (const [x0, x1] of rows[y + dy] ?? []) widened.push([x0 - width, x1 + width]);
  }
  widened.sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [x0, x1] of widened) {
    const last = merged.at(-1);
    if (last && x0 <= last[1]) last[1] = Math.max(last[1], x1);
    else merged.push([x0, x1]);
  }
  return merged;
}
