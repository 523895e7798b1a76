import { describe, expect, it } from 'vitest';
import { Timeline } from '../../src/timeline';

describe('the timeline', () => {
  /** Adds to a list of letters, one a step. */
  function letters(limit = 100) {
    const timeline = new Timeline(limit);
    const list: string[] = [];
    const add = (letter: string, bytes = 1) => {
      list.push(letter);
      timeline.add({ undo: () => list.pop(), redo: () => list.push(letter), bytes });
    };
    return { timeline, list, add };
  }

  it('goes back and forth', () => {
    const { timeline, list, add } = letters();
    expect([timeline.canUndo, timeline.canRedo]).toEqual([false, false]);
    add('a');
    add('b');
    timeline.undo();
    expect(list).toEqual(['a']);
    expect([timeline.canUndo, timeline.canRedo]).toEqual([true, true]);
    timeline.redo();
    timeline.redo(); // nothing left
    expect(list).toEqual(['a', 'b']);
  });

  it('forgets what was undone when something new is done', () => {
    const { timeline, list, add } = letters();
    add('a');
    timeline.undo();
    add('b');
    expect(timeline.canRedo).toBe(false);
    timeline.undo();
    timeline.undo(); // nothing left
    expect(list).toEqual([]);
  });

  it('forgets the oldest beyond its limit, never the last', () => {
    const { timeline, list, add } = letters(10);
    add('a', 6);
    add('b', 6);
    timeline.undo();
    timeline.undo();
    expect(list).toEqual(['a']);
    add('c', 1000);
    timeline.undo();
    expect(list).toEqual(['a']);
  });
});
