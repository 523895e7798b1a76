// Messages to the user, in one place: a new message replaces the one before. Errors
// stay until the user closes them or acts, notes vanish by themselves.

import { ApiError } from './api';
import { byId } from './elements';
import { MaskSizeError } from './mask_file';
import { kTexts, text, type TextKey } from './texts';

const kNoteMilliseconds = 5000;
const kLongestName = 24;
const message = byId('message', HTMLElement);
const line = byId('message-text', HTMLElement);
// Live regions for screen readers must always exist.
const status = byId('status', HTMLElement);
const alert = byId('alert', HTMLElement);

/** The message in the current language; null if there is none. */
let say: (() => string) | null = null;
let leaving = 0;

/** A reason that the page itself knows. */
export class Reason extends Error {
  constructor(readonly key: TextKey) {
    super(key);
  }
}

/** What a message's text has in its braces; `photo` is the name of the photo that it is about, if it needs one. */
type Values = Record<string, string | number>;

export function showNote(key: TextKey, values: Values = {}): void {
  showWork(key, values);
  leaving = window.setTimeout(clearMessage, kNoteMilliseconds);
}

/** A note on what has ended by itself. It replaces no error, which the user may not have read yet. */
export function showEnd(key: TextKey, values: Values = {}): void {
  if (message.classList.contains('error-message')) announce(text(key, values));
  else showNote(key, values);
}

/** A note on what the page does. It stays until the next message. */
export function showWork(key: TextKey, values: Values = {}): void {
  show('note-message', () => text(key, values), values);
  status.textContent = line.textContent;
}

/** Warns of what the user may lose. */
export function showWarning(key: TextKey): void {
  show('error-message', () => text(key), {});
  alert.textContent = line.textContent;
}

/** Shows the failure and its reason. The server's own text goes to the console. */
export function showError(what: TextKey, error: unknown, values: Values = {}): void {
  console.info(error);
  show('error-message', () => text('because', { what: text(what, values), reason: reason(error) }), values);
  alert.textContent = line.textContent;
}

export function clearMessage(): void {
  clearTimeout(leaving);
  say = null;
  message.hidden = true;
  message.className = 'message';
  status.textContent = alert.textContent = '';
}

/** A message for screen readers only. */
export function announce(words: string): void {
  status.textContent = words;
}

/** Called after a change of language. */
export function translateMessage(): void {
  line.textContent = say?.() ?? '';
}

/** A file's name for a message: a long one without its middle. */
export function shortName(name: string): string {
  const letters = [...name];
  if (letters.length <= kLongestName) return name;
  const half = kLongestName / 2;
  return `${letters.slice(0, half).join('')}…${letters.slice(1 - half).join('')}`;
}

function show(kind: string, words: () => string, { photo }: Values): void {
  clearMessage();
  say = photo === undefined ? words : () => text('about', { photo, message: words() });
  message.className = `message ${kind}`;
  message.hidden = false;
  translateMessage();
}

function reason(error: unknown): string {
  if (error instanceof ApiError) {
    const key = `error_${error.code}`;
    return key in kTexts ? text(key as TextKey) : text('error_other', { code: error.code });
  }
  if (error instanceof MaskSizeError) {
    return text('maskSize', {
      found: `${error.found.width} × ${error.found.height}`,
      wanted: `${error.wanted.width} × ${error.wanted.height}`,
    });
  }
  if (error instanceof Reason) return text(error.key);
  return text('error_other', { code: error instanceof Error ? error.name : 'unknown' });
}

byId('message-close', HTMLButtonElement).addEventListener('click', clearMessage);
