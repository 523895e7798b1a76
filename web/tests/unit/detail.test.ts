import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Detail, type Source } from '../../src/detail';

const kSize = { width: 1000, height: 1000 };
const kSeen = { x0: 0, y0: 0, x1: 100, y1: 100 };

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal(
    'Image',
    class {
      style = {};
      decode = () => Promise.resolve();
      remove = () => undefined;
    },
  );
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** A source whose picture comes when `send` is called. */
function source(): { source: Source; asked: () => boolean; send: () => Promise<void> } {
  let answer: ((picture: Blob) => void) | null = null;
  return {
    source: { size: kSize, fetch: () => new Promise((resolve) => (answer = resolve)) },
    asked: () => answer !== null,
    send: async () => {
      answer!(new Blob());
      await vi.advanceTimersByTimeAsync(0);
    },
  };
}

it('a detail of the picture before, still on its way, is not shown', async () => {
  const placed: unknown[] = [];
  const detail = new Detail((image) => placed.push(image));
  const [before, after] = [source(), source()];
  detail.setSource(before.source);
  detail.look(kSeen, 1, 0.5);
  await vi.advanceTimersByTimeAsync(1000);
  expect(before.asked()).toBe(true);
  detail.setSource(after.source);
  await before.send();
  expect(placed.length).toBe(0);
  detail.look(kSeen, 1, 0.5);
  await vi.advanceTimersByTimeAsync(1000);
  await after.send();
  expect(placed.length).toBe(1);
});

it('a detail of the picture before that is about to be asked for is not', async () => {
  const detail = new Detail(() => undefined);
  const before = source();
  detail.setSource(before.source);
  detail.look(kSeen, 1, 0.5);
  detail.setSource(source().source);
  await vi.advanceTimersByTimeAsync(1000);
  expect(before.asked()).toBe(false);
});
