import { describe, expect, it } from 'vitest';
import { kKnown, kMissing, Mask, middleColumn } from '../../src/mask';
import { draw, picture, random } from './pictures';

describe('a mask', () => {
  it('cuts spans to the picture', () => {
    const mask = new Mask(4, 2);
    mask.set(0, -3, 2, kMissing);
    mask.set(1, 3, 9, kMissing);
    mask.set(-1, 0, 4, kMissing);
    mask.set(2, 0, 4, kMissing);
    expect(picture(mask)).toEqual(['##..', '...#']);
    expect(mask.count).toBe(3);
  });

  it('has a middle column in its largest part', () => {
    const middle = (...rows: string[]) => {
      const mask = new Mask(rows[0]!.length, rows.length);
      rows.forEach((row, y) => [...row].forEach((cell, x) => cell === '#' && mask.set(y, x, x + 1, kMissing)));
      return middleColumn(mask.commit()!);
    };
    expect(middle('..#####..')).toBe(4);
    expect(middle('.##....####.', '.##....####.')).toBe(8);
    expect(middle('.##....####.', '.##.........', '.##.........')).toBe(1);
    expect(middle('........', '.......#')).toBe(7);
  });

  it('finds runs', () => {
    expect(draw('.##.#', '.....', '#####').runs(0)).toEqual([
      [1, 3],
      [4, 5],
    ]);
    expect(draw('.##.#', '.....', '#####').runs(1)).toEqual([]);
    expect(draw('.##.#', '.....', '#####').runs(2)).toEqual([[0, 5]]);
  });

  it('inverts and clears', () => {
    const mask = draw('.##.', '....');
    mask.invert();
    expect(picture(mask)).toEqual(['#..#', '####']);
    expect(mask.count).toBe(6);
    mask.clear();
    expect(picture(mask)).toEqual(['....', '....']);
    expect(mask.count).toBe(0);
  });

  it('undoes and redoes any edits', () => {
    const next = random(1);
    const mask = new Mask(37, 23);
    const states = [picture(mask)];
    const changes = [];
    for (let edit = 0; edit < 50; edit++) {
      if (edit % 10 === 9) mask.invert();
      else {
        // Spans overlap and contradict each other within one edit.
        for (let i = 0; i < 5; i++) {
          const x = Math.floor(next() * 37);
          mask.set(Math.floor(next() * 23), x, x + Math.floor(next() * 20), next() < 0.7 ? kMissing : kKnown);
        }
      }
      const change = mask.commit();
      if (!change) continue;
      changes.push(change);
      states.push(picture(mask));
    }
    for (let i = changes.length; i-- > 0; ) {
      mask.apply(changes[i]!);
      expect(picture(mask)).toEqual(states[i]);
      expect(mask.count).toBe(states[i]!.join('').replace(/\./g, '').length);
    }
    changes.forEach((change, i) => {
      mask.apply(change);
      expect(picture(mask)).toEqual(states[i + 1]);
    });
  });

  it('makes no change of an edit that leaves everything as it was', () => {
    const mask = draw('.##.');
    mask.set(0, 0, 4, kMissing);
    mask.set(0, 0, 1, kKnown);
    mask.set(0, 3, 4, kKnown);
    expect(mask.commit()).toBeNull();
    expect(new Mask(3, 3).commit()).toBeNull();
  });

  it('reverts what was not committed', () => {
    const mask = draw('.##.');
    mask.set(0, 0, 2, kMissing);
    mask.revert();
    expect(picture(mask)).toEqual(['.##.']);
    expect(mask.touched()).toBeNull();
  });
});
