import { describe, expect, it } from 'vitest';
import { Mask } from '../../src/mask';
import { grow, shrink } from '../../src/morphology';
import { blobs, draw, picture } from './pictures';

/** The definition, slowly: every pixel within `radius` of one that is `from`. */
function near(mask: Mask, radius: number, from: '#' | '.'): string[] {
  const lines = picture(mask);
  return lines.map((line, y) =>
    [...line]
      .map((_, x) => {
        const found = lines.some((other, v) =>
          [...other].some((value, u) => value === from && (u - x) ** 2 + (v - y) ** 2 <= radius ** 2),
        );
        return found === (from === '#') ? '#' : '.';
      })
      .join(''),
  );
}

describe('growing and shrinking', () => {
  it('follow their definition', () => {
    for (const [seed, radius] of [
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 5],
    ] as const) {
      const grown = blobs(29, 21, seed);
      const wantedGrown = near(grown, radius, '#');
      grow(grown, radius);
      expect(picture(grown)).toEqual(wantedGrown);
      const shrunk = blobs(29, 21, seed);
      const wantedShrunk = near(shrunk, radius, '.');
      shrink(shrunk, radius);
      expect(picture(shrunk)).toEqual(wantedShrunk);
    }
  });

  it('do not shrink from the border', () => {
    const mask = draw('###', '###');
    shrink(mask, 1);
    expect(picture(mask)).toEqual(['###', '###']);
  });

  it('are quick on a photo of 24 megapixels', () => {
    const mask = new Mask(6000, 4000);
    for (let y = 500; y < 3500; y++) mask.set(y, 500, 5500, 255);
    mask.commit();
    const start = performance.now();
    grow(mask, 15);
    // 0.2 s on an idle laptop; this catches a cost that goes with the area times the radius.
    expect(performance.now() - start).toBeLessThan(5000);
  });
});
