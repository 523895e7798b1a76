import { describe, expect, it } from 'vitest';
import { Timeline } from '../../src/timeline';

/** A step to the picture `to`, with a change of so many bytes. */
function step(to: number, bytes = 1) {
  return { change: { area: { x0: 0, y0: 0, x1: 8, y1: bytes }, bits: new Uint8Array(bytes) }, from: to - 1, to };
}

const places = (steps: { to: number }[]) => steps.map(({ to }) => to);

describe('the timeline', () => {
  it('goes back and forth', () => {
    const timeline = new Timeline(100);
    timeline.add(step(1));
    timeline.add(step(2));
    expect(timeline.undo()?.to).toBe(2);
    expect([places(timeline.past), places(timeline.future)]).toEqual([[1], [2]]);
    expect(timeline.redo()?.to).toBe(2);
    expect(timeline.redo()).toBe(null); // nothing left
    expect(places(timeline.past)).toEqual([1, 2]);
  });

  it('forgets what was undone when something new is done', () => {
    const timeline = new Timeline(100);
    timeline.add(step(1));
    timeline.undo();
    timeline.add(step(2));
    expect(timeline.future).toEqual([]);
    expect(timeline.undo()?.to).toBe(2);
    expect(timeline.undo()).toBe(null);
  });

  it('forgets the oldest beyond its limit, never the last', () => {
    const timeline = new Timeline(10);
    timeline.add(step(1, 6));
    timeline.add(step(2, 6));
    expect(places(timeline.past)).toEqual([2]);
    timeline.add(step(3, 1000));
    expect(places(timeline.past)).toEqual([3]);
  });

  it('inserts a step before later ones', () => {
    const timeline = new Timeline(100);
    timeline.add(step(1));
    timeline.add(step(3));
    timeline.insert(1, step(2));
    expect(places(timeline.past)).toEqual([1, 2, 3]);
  });

  it('gives no serial number twice, also after it was restored', () => {
    const timeline = new Timeline(100);
    timeline.add(step(1));
    timeline.add(step(2));
    timeline.undo();
    timeline.add(step(3));
    expect(timeline.past.map(({ serial }) => serial)).toEqual([1, 3]);
    const restored = new Timeline(100, timeline.past, timeline.future);
    restored.add(step(4));
    expect(restored.past.at(-1)!.serial).toBe(4);
  });
});
