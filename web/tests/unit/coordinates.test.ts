import { describe, expect, it } from 'vitest';
import { fit, held, positionOf, sizeAt, stepped, toPicture, toScreen, zoomAbout } from '../../src/coordinates';

describe('placing the photo', () => {
  const viewport = { width: 800, height: 600 };

  it('fits it into the middle', () => {
    expect(fit({ width: 6000, height: 4000 }, viewport, 10)).toEqual({ scale: 0.13, x: 10, y: 40 });
    expect(fit({ width: 100, height: 100 }, viewport, 10)).toEqual({ scale: 5.8, x: 110, y: 10 });
    expect(fit({ width: 30, height: 20 }, viewport, 10)).toEqual({ scale: 8, x: 280, y: 220 }); // tiny: 8:1
  });

  it('converts points both ways', () => {
    const placement = { scale: 0.3, x: -41, y: 7 };
    const point = toPicture(placement, toScreen(placement, { x: 1234.5, y: 678 }));
    expect(point.x).toBeCloseTo(1234.5, 9);
    expect(point.y).toBeCloseTo(678, 9);
  });

  it('keeps the point under the pointer when zooming', () => {
    const before = { scale: 0.5, x: 12, y: -30 };
    const anchor = { x: 320, y: 200 };
    for (const factor of [0.8, 1.1, 3, 1000, 0.0001]) {
      const after = zoomAbout(before, anchor, factor, 0.4);
      expect(toPicture(after, anchor).x).toBeCloseTo(toPicture(before, anchor).x, 9);
      expect(toPicture(after, anchor).y).toBeCloseTo(toPicture(before, anchor).y, 9);
    }
    expect(zoomAbout(before, anchor, 1000, 0.4).scale).toBe(32);
    expect(zoomAbout(before, anchor, 0.0001, 0.4).scale).toBeCloseTo(0.1);
  });

  it('does not lose it', () => {
    const picture = { width: 1000, height: 1000 };
    expect(held({ scale: 1, x: -5000, y: 5000 }, picture, viewport)).toEqual({ scale: 1, x: -952, y: 552 });
    expect(held({ scale: 1, x: -100, y: 20 }, picture, viewport)).toEqual({ scale: 1, x: -100, y: 20 });
  });
});

describe('brush sizes', () => {
  it('reach from one pixel to the largest', () => {
    expect([sizeAt(0, 500), sizeAt(1, 500)]).toEqual([1, 500]);
    for (const size of [1, 2, 3, 17, 499]) expect(sizeAt(positionOf(size, 500), 500)).toBe(size);
  });

  it('step by one pixel when small and by a tenth when large', () => {
    expect([stepped(1, 1, 500), stepped(2, -1, 500), stepped(100, 1, 500), stepped(100, -1, 500)]).toEqual([2, 1, 110, 90]);
    expect([stepped(1, -1, 500), stepped(499, 1, 500)]).toEqual([1, 500]);
  });
});
