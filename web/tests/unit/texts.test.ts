import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { english } from '../../src/texts_en';
import { chinese } from '../../src/texts_zh';

const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

describe('texts', () => {
  it('have the same placeholders in both languages', () => {
    for (const [key, text] of Object.entries(english)) {
      expect(placeholders(chinese[key as keyof typeof english]), key).toEqual(placeholders(text));
    }
  });

  it('exist for every element of the page', () => {
    const page = readFileSync(new URL('../../index.html', import.meta.url), 'utf8');
    for (const [, kind, key] of page.matchAll(/data-(text|label|name|alt)="(\w+)"/g)) {
      expect(Object.keys(english)).toContain(kind === 'name' ? `name_${key}` : key);
    }
  });
});
