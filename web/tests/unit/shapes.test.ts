import { describe, expect, it } from 'vitest';
import type { Point } from '../../src/coordinates';
import { kMissing, Mask } from '../../src/mask';
import { polygon, rectangle, stroke } from '../../src/shapes';
import { picture, random } from './pictures';

const kWidth = 41;
const kHeight = 31;

function drawn(shape: (mask: Mask) => void): string[] {
  const mask = new Mask(kWidth, kHeight);
  shape(mask);
  return picture(mask);
}

function where(inside: (x: number, y: number) => boolean): string[] {
  return Array.from({ length: kHeight }, (_, y) =>
    Array.from({ length: kWidth }, (_, x) => (inside(x + 0.5, y + 0.5) ? '#' : '.')).join(''),
  );
}

/** Distance from (x, y) to the line from a to b. */
function distance(x: number, y: number, a: Point, b: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const squared = dx * dx + dy * dy;
  const t = squared === 0 ? 0 : Math.min(1, Math.max(0, ((x - a.x) * dx + (y - a.y) * dy) / squared));
  return Math.hypot(x - a.x - t * dx, y - a.y - t * dy);
}

describe('shapes', () => {
  it('of a brush are what is within its radius of the line', () => {
    const next = random(7);
    for (let i = 0; i < 200; i++) {
      const a = { x: next() * kWidth, y: next() * kHeight };
      // Dots, and lines along the axes, are cases of their own.
      const b = [a, { x: next() * kWidth, y: a.y }, { x: a.x, y: next() * kHeight }][i % 8] ?? {
        x: next() * kWidth,
        y: next() * kHeight,
      };
      const radius = 0.6 + next() * 8;
      expect(drawn((mask) => stroke(a, b, radius, mask.setter(kMissing)))).toEqual(
        where((x, y) => distance(x, y, a, b) <= radius),
      );
    }
  });

  it('of a brush of one pixel are lines without gaps', () => {
    const mask = new Mask(9, 9);
    stroke({ x: 0.5, y: 0.5 }, { x: 8.5, y: 0.5 }, 0.5, mask.setter(kMissing));
    expect(mask.runs(0)).toEqual([[0, 9]]);
    expect(mask.count).toBe(9);
  });

  it('of a rectangle have its corners in any order', () => {
    const wanted = drawn((mask) => rectangle({ x: 3, y: 4 }, { x: 10, y: 6 }, mask.setter(kMissing)));
    expect(drawn((mask) => rectangle({ x: 10, y: 4 }, { x: 3, y: 6 }, mask.setter(kMissing)))).toEqual(wanted);
    expect(wanted.join('').replace(/\./g, '').length).toBe(14);
  });

  it('of a lasso are its inside by the even-odd rule', () => {
    const next = random(11);
    for (let i = 0; i < 50; i++) {
      const points = Array.from({ length: 3 + (i % 6) }, () => ({ x: next() * kWidth, y: next() * kHeight }));
      const inside = (x: number, y: number) => {
        let crossings = 0;
        points.forEach((a, k) => {
          const b = points[(k + 1) % points.length]!;
          if (a.y > y !== b.y > y && x < a.x + ((y - a.y) / (b.y - a.y)) * (b.x - a.x)) crossings++;
        });
        return crossings % 2 === 1;
      };
      expect(drawn((mask) => polygon(points, mask.setter(kMissing)))).toEqual(where(inside));
    }
  });
});
