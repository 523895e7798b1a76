import { describe, expect, it } from 'vitest';
import { kMissing, Mask } from '../../src/mask';
import { MaskLevels } from '../../src/mask_levels';

describe('the levels of a mask', () => {
  it('follow changes as if they were made anew', () => {
    const mask = new Mask(1001, 517); // odd sizes at several levels
    const levels = new MaskLevels(mask);
    for (const [x, y] of [
      [1000, 516],
      [0, 0],
      [333, 77],
    ] as const) {
      mask.set(y, x, x + 3, kMissing);
      levels.update({ x0: x, y0: y, x1: Math.min(1001, x + 3), y1: y + 1 });
    }
    const anew = new MaskLevels(mask);
    levels.levels.forEach((level, k) => expect([...level.values]).toEqual([...anew.levels[k]!.values]));
    expect(levels.levels.map(({ width }) => width)).toEqual([1001, 501, 251]);
    expect(levels.levels.map(({ height }) => height)).toEqual([517, 259, 130]);
  });

  it('keep single pixels visible', () => {
    const mask = new Mask(2048, 2048);
    mask.set(1000, 1000, 1001, kMissing);
    for (const { values } of new MaskLevels(mask).levels) expect(Math.max(...values.filter((v) => v > 0))).toBeGreaterThan(0);
  });

  it('are chosen by scale', () => {
    const { levels } = new MaskLevels(new Mask(4096, 16));
    const chosen = (scale: number) => new MaskLevels(new Mask(4096, 16)).at(scale).width;
    expect(levels.map(({ width }) => width)).toEqual([4096, 2048, 1024, 512, 256]);
    expect([8, 1, 0.5, 0.26, 0.001].map(chosen)).toEqual([4096, 4096, 2048, 1024, 256]);
  });
});
