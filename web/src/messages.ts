// Messages to the user: errors stay until they are closed, notes leave by themselves.

import { ApiError } from './api';
import { byId } from './elements';
import { MaskSizeError } from './mask_file';
import { kTexts, text, type TextKey } from './texts';

const kNoteMilliseconds = 4000;
const list = byId('messages', HTMLElement);
const status = byId('status', HTMLElement);

export function showNote(message: string): void {
  status.textContent = message;
  const element = add('note-message', message);
  setTimeout(() => element.remove(), kNoteMilliseconds);
}

/** Says what failed, why, and the details as the server gave them. */
export function showError(what: TextKey, error: unknown): void {
  const element = add('error-message', `${text(what)} ${reason(error)}`.trim());
  element.setAttribute('role', 'alert');
  if (error instanceof ApiError && error.message) {
    const detail = document.createElement('small');
    detail.textContent = error.message;
    element.append(detail);
  }
  const close = document.createElement('button');
  close.className = 'button';
  close.textContent = text('close');
  close.addEventListener('click', () => element.remove());
  element.append(close);
}

export function clearErrors(): void {
  list.querySelectorAll('.error-message').forEach((element) => element.remove());
}

function reason(error: unknown): string {
  if (error instanceof ApiError) {
    const key = `error_${error.code}`;
    return key in kTexts ? text(key as TextKey) : '';
  }
  if (error instanceof MaskSizeError) {
    return text('maskSize', {
      found: `${error.found.width} × ${error.found.height}`,
      wanted: `${error.wanted.width} × ${error.wanted.height}`,
    });
  }
  return error instanceof Error ? error.message : String(error);
}

function add(kind: string, message: string): HTMLElement {
  const element = document.createElement('div');
  element.className = `message ${kind}`;
  const line = document.createElement('p');
  line.textContent = message;
  element.append(line);
  list.append(element);
  return element;
}
