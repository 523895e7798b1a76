import { kMissing, Mask } from '../../src/mask';

/** A mask as lines of text, # missing. */
export function picture(mask: Mask): string[] {
  return Array.from({ length: mask.height }, (_, y) =>
    [...mask.values.subarray(y * mask.width, (y + 1) * mask.width)].map((value) => (value === kMissing ? '#' : '.')).join(''),
  );
}

/** The mask of such lines, committed. */
export function draw(...lines: string[]): Mask {
  const mask = new Mask(lines[0]!.length, lines.length);
  lines.forEach((line, y) => {
    [...line].forEach((value, x) => {
      if (value === '#') mask.set(y, x, x + 1, kMissing);
    });
  });
  mask.commit();
  return mask;
}

/** Numbers from 0 to 1 that are the same every time (Marsaglia's xorshift). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** A mask of random discs. */
export function blobs(width: number, height: number, seed: number): Mask {
  const next = random(seed);
  const mask = new Mask(width, height);
  for (let i = 0; i < 6; i++) {
    const [x, y, radius] = [next() * width, next() * height, next() * 6];
    for (let v = 0; v < height; v++) {
      for (let u = 0; u < width; u++) {
        if (Math.hypot(u - x, v - y) <= radius) mask.set(v, u, u + 1, kMissing);
      }
    }
  }
  mask.commit();
  return mask;
}
