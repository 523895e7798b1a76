// The keyboard: the action of each key, and the help's list of keys.

import { byId } from './elements';
import { text, type TextKey } from './texts';

/** `ctrl+` is Ctrl, or Command on a Mac; letters are lower case, with `shift+` where held. */
export type KeyActions = Record<string, () => void>;

/** Keys that act while held. */
export type HeldKeys = Record<string, (held: boolean) => void>;

/**
 * Whether a click set the focus. A clicked button does not catch the keys that
 * follow; one reached with Tab does. (`:focus-visible` is no help: any key sets it.)
 */
let pointing = false;

export function listenToKeys(actions: KeyActions, heldKeys: HeldKeys): void {
  addEventListener('pointerdown', () => (pointing = true), { capture: true });
  addEventListener('keydown', (event) => {
    if (event.key === 'Tab') pointing = false;
    if (event.altKey || document.querySelector('dialog[open]') || belongsTo(event)) return;
    const held = heldKeys[event.key.toLowerCase()];
    if (held && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      if (!event.repeat) held(true);
      return;
    }
    const action = actions[nameOf(event)];
    if (!action) return;
    event.preventDefault();
    action();
  });
  addEventListener('keyup', (event) => {
    const held = heldKeys[event.key.toLowerCase()];
    if (!held || belongsTo(event)) return;
    event.preventDefault(); // otherwise the space bar would press the button clicked last
    held(false);
  });
}

function nameOf(event: KeyboardEvent): string {
  const key = event.key.toLowerCase();
  // Characters such as ? and + may need any keys.
  const shift = event.shiftKey && /^[a-z]$|^.{2,}$/.test(key) ? 'shift+' : '';
  return `${event.ctrlKey || event.metaKey ? 'ctrl+' : ''}${shift}${key}`;
}

/** Whether the element with the focus needs the key itself. */
function belongsTo(event: KeyboardEvent): boolean {
  const { target, key } = event;
  if (target instanceof HTMLSelectElement) return true;
  if (target instanceof HTMLInputElement && target.type === 'password') return true;
  if (target instanceof HTMLInputElement) return key === ' ' || key.startsWith('Arrow') || key === 'Home' || key === 'End';
  const pressed = target instanceof HTMLButtonElement || (target instanceof HTMLElement && target.tagName === 'SUMMARY');
  return pressed && (key === ' ' || key === 'Enter') && !pointing;
}

const kKeys: [keys: string[], action: TextKey][] = [
  [['B', 'E', 'R', 'L', 'W'], 'key_tools'],
  [['[', ']', 'Alt/Shift + {wheel}'], 'key_size'],
  [['Enter'], 'key_fill'],
  [['Esc'], 'key_cancel'],
  [['Ctrl+Z', 'Ctrl+Shift+Z'], 'key_undo'],
  [['C ({hold})'], 'key_hold'],
  [['D'], 'key_divide'],
  [['G', 'Shift+G', 'I', '{delete}'], 'key_mask'],
  [['{wheel}', '+', '−'], 'key_zoom'],
  [['0', '1'], 'key_fit'],
  [['{space} + {drag}', '{middle}'], 'key_pan'],
  [['Shift + {click}'], 'key_line'],
  [['{arrows}', '{space}'], 'key_paint'],
  [['Ctrl+O', 'Ctrl+S', 'Ctrl+C', 'Ctrl+V'], 'key_files'],
  [['S'], 'key_panel'],
  [['?'], 'key_help'],
];

export function listKeys(): void {
  byId('key-list', HTMLElement).replaceChildren(
    ...kKeys.flatMap(([keys, action]) => {
      const term = document.createElement('dt');
      for (const name of keys) {
        const key = document.createElement('kbd');
        key.textContent = name.replace(/\{(\w+)\}/g, (_, word: string) => text(`keys_${word}` as TextKey));
        term.append(key, ' ');
      }
      const description = document.createElement('dd');
      description.textContent = text(action);
      return [term, description];
    }),
  );
}
