import { describe, expect, it } from 'vitest';
import { kMissing, Mask, type Area } from '../../src/mask';
import { Work, type Picture, type WorkState } from '../../src/work';

const kSize = { width: 13, height: 7 };

const kWhole: Area = { x0: 0, y0: 0, x1: kSize.width, y1: kSize.height };

function picture(parent: number | null, area = kWhole): Picture {
  return { file: null, image: null, job: null, parent, layer: { blob: new Blob(), url: `blob:${parent}`, area } };
}

function work(state: Partial<WorkState> = {}): Work {
  return new Work(
    { id: 'w', name: 'photo.png', size: kSize, opened: 0 },
    { pictures: [picture(null)], current: 0, saved: true, past: [], future: [], mask: null, fill: null, ...state },
    { pictureChanged: () => undefined, maskChanged: () => undefined, changed: () => undefined },
  );
}

function paint(to: Work, y: number, x0: number, x1: number): void {
  to.mask.set(y, x0, x1, kMissing);
  to.commitMask();
}

const values = (mask: Mask) => mask.values.join('');

describe('a fill', () => {
  it('and what was painted during it are undone one by one', () => {
    const one = work();
    paint(one, 1, 2, 9);
    const before = values(one.mask);
    one.beginFill();
    expect([one.mask.count, one.filling!.count]).toEqual([0, 7]);
    paint(one, 1, 4, 6); // over what is being filled
    paint(one, 3, 0, 5);
    const painted = values(one.mask);
    one.undo();
    one.undo();
    expect([one.canUndo, one.canRedo]).toEqual([false, true]);
    one.redo();
    one.redo();
    one.filled(picture(0));
    expect([one.currentPlace, values(one.mask)]).toEqual([1, painted]);
    one.undo();
    one.undo();
    expect([one.currentPlace, one.mask.count]).toEqual([1, 0]);
    one.undo();
    expect([one.currentPlace, values(one.mask)]).toEqual([0, before]);
    one.redo();
    one.redo();
    one.redo();
    expect([one.currentPlace, values(one.mask)]).toEqual([1, painted]);
  });

  it('that came to nothing leaves the mask, and what was painted during it', () => {
    const one = work();
    paint(one, 1, 2, 9);
    const before = values(one.mask);
    one.beginFill();
    paint(one, 1, 4, 12);
    one.abandonFill();
    expect([one.mask.count, one.filling]).toEqual([10, null]);
    one.undo();
    expect(values(one.mask)).toBe(before);
    one.undo();
    expect(one.mask.count).toBe(0);
  });
});

describe('a fill during which the oldest steps are forgotten', () => {
  /** A work with a mask, a running fill, a stroke since, and nothing left of the steps before. */
  function forgetful(): Work {
    const bits = new Uint8Array(128 << 20); // all that a timeline holds
    const past = [{ serial: 1, change: { area: { x0: 0, y0: 0, x1: 0, y1: 0 }, bits }, from: 0, to: 0 }];
    const mask = { area: { x0: 0, y0: 0, x1: 8, y1: 1 }, bits: new Uint8Array([255]) };
    const one = work({ past, mask });
    one.beginFill();
    paint(one, 3, 0, 5);
    expect(one.timeline.past.map(({ serial }) => serial)).toEqual([2]);
    return one;
  }

  it('takes back the strokes since, then itself', () => {
    const one = forgetful();
    expect(one.canUndo).toBe(true);
    one.undo();
    expect([one.mask.count, one.canUndo]).toEqual([0, false]);
    one.redo();
    one.filled(picture(0));
    one.undo();
    expect([one.currentPlace, one.mask.count]).toEqual([1, 0]);
    one.undo();
    expect([one.currentPlace, one.mask.count]).toEqual([0, 8]);
  });

  it('that came to nothing has the strokes since in one step', () => {
    const one = forgetful();
    one.abandonFill();
    expect([one.mask.count, one.timeline.past.length]).toEqual([13, 1]);
    one.undo();
    expect([one.mask.count, one.canUndo]).toEqual([8, false]);
  });
});

describe('a work', () => {
  it('is the same after it was kept, a running fill’s mask included', () => {
    const one = work();
    paint(one, 1, 2, 9);
    one.beginFill();
    paint(one, 6, 0, 13);
    const { past, future } = one.timeline;
    const again = work({ mask: one.keptMask().mask!, past, future });
    expect(again.mask.count).toBe(20);
    again.undo();
    expect(again.mask.count).toBe(7);
  });

  it('goes on with a fill that the server works at', () => {
    const one = work();
    paint(one, 1, 2, 9);
    one.beginFill();
    one.fillStarted('j1');
    paint(one, 6, 0, 13);
    const { past, future } = one.timeline;
    const again = work({ ...one.keptMask(), past, future });
    expect([again.job, again.filling!.count, again.mask.count]).toEqual(['j1', 7, 13]);
    again.filled(picture(0));
    again.undo();
    again.undo();
    expect([again.currentPlace, again.mask.count, again.job]).toEqual([0, 7, null]);
  });

  it('shows a result as layers over what it was made from', () => {
    const one = work();
    one.mask.set(0, 0, 1, kMissing);
    one.beginFill();
    const part = { ...kWhole, x1: 5 };
    one.filled(picture(0, part));
    one.goTo(0);
    one.mask.set(0, 0, 1, kMissing);
    one.beginFill();
    one.filled(picture(0, part));
    const [original, , second] = one.pictures.map(({ layer }) => layer);
    expect(one.layers(2)).toEqual([original, second]);
    // A whole picture hides what is below it.
    one.mask.set(0, 0, 1, kMissing);
    one.beginFill();
    one.filled(picture(2));
    expect(one.layers(3)).toEqual([one.pictures[3]!.layer]);
  });
});
