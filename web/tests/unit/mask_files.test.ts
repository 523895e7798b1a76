import { PNG } from 'pngjs';
import { describe, expect, it } from 'vitest';
import { Mask } from '../../src/mask';
import { MaskChannels } from '../../src/mask_file';
import { maskPng } from '../../src/mask_png';
import { blobs, picture } from './pictures';

describe('a mask as a PNG', () => {
  it('is read by another program as it was', async () => {
    // Widths around whole bytes, and one row.
    for (const [width, height] of [
      [29, 21],
      [32, 9],
      [33, 9],
      [1, 40],
      [40, 1],
    ] as const) {
      const mask = blobs(width, height, 5);
      const { data, ...header } = PNG.sync.read(Buffer.from(await (await maskPng(mask)).arrayBuffer()));
      expect([header.width, header.height]).toEqual([width, height]);
      const values = mask.values.map((_, i) => data[4 * i]);
      expect([...values]).toEqual([...mask.values]);
    }
  });

  it('of 24 megapixels is small', async () => {
    const mask = new Mask(6000, 4000);
    for (let y = 1000; y < 3000; y++) mask.set(y, y, y + 2000, 255);
    expect((await maskPng(mask)).size).toBeLessThan(100_000);
  });
});

describe('a picture as a mask', () => {
  const read = (...pixels: [grey: number, opacity: number][]) => {
    const size = { width: pixels.length, height: 1 };
    const channels = new MaskChannels(size);
    channels.add(new Uint8ClampedArray(pixels.flatMap(([grey, opacity]) => [grey, grey, grey, opacity])));
    const mask = new Mask(size.width, size.height);
    channels.fill(mask);
    return picture(mask)[0];
  };

  it('is missing where at least half white', () => {
    expect(read([0, 255], [127, 255], [128, 255], [255, 255])).toBe('..##');
  });

  it('counts what is transparent as black', () => {
    expect(read([255, 255], [255, 0], [0, 255], [200, 100])).toBe('#...');
  });

  it('is its opacity if that varies and the brightness hardly does', () => {
    expect(read([0, 255], [0, 0], [0, 200], [0, 127])).toBe('#.#.');
    expect(read([90, 255], [0, 0])).toBe('#.'); // a canvas forgets the colour of the second
    expect(read([120, 255], [170, 3], [130, 240])).toBe('#.#'); // a canvas and a lossy format shifted the others
    expect(read([0, 255], [60, 200], [0, 0])).toBe('...'); // two colours, though both are dark
  });

  it('of one colour is that colour', () => {
    expect(read([255, 255], [255, 255])).toBe('##');
    expect(read([0, 255], [0, 255])).toBe('..');
  });
});
