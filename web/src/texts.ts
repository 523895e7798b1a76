// The page's texts, in the user's language.
// Elements name their texts: data-text (content), data-label (accessible name and tooltip), data-name
// (accessible name alone), data-alt.

import { remember, remembered } from './elements';
import { chinese } from './texts_zh';
import { english, type Texts } from './texts_en';

export type TextKey = keyof Texts;
export type Language = 'en' | 'zh';

export const kTexts: Texts = english;
const languages: Record<Language, Texts> = { en: english, zh: chinese };

let language: Language = preferred();

function preferred(): Language {
  const stored = remembered('language');
  if (stored === 'en' || stored === 'zh') return stored;
  for (const name of navigator.languages) {
    if (/^zh\b/i.test(name)) return 'zh';
    if (/^en\b/i.test(name)) return 'en';
  }
  return 'en';
}

/** The text, with {names} replaced by values. */
export function text(key: TextKey, values: Record<string, string | number> = {}): string {
  return languages[language][key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

export function otherLanguage(): void {
  language = language === 'en' ? 'zh' : 'en';
  remember('language', language);
}

/** Fills in the texts of all elements that name one. */
export function translatePage(): void {
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  document.title = text('title');
  for (const element of document.querySelectorAll<HTMLElement>('[data-text], [data-label], [data-name], [data-alt]')) {
    const { text: content, label, name, alt } = element.dataset;
    if (content) element.textContent = text(content as TextKey);
    if (label) {
      element.setAttribute('aria-label', text(label as TextKey));
      element.title = text(label as TextKey);
    }
    if (name) element.setAttribute('aria-label', text(`name_${name}` as TextKey));
    if (alt) element.setAttribute('alt', text(alt as TextKey));
  }
}
