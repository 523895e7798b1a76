// The tray: all open photos, to switch to and to close.

import { byId } from './elements';
import { text } from './texts';
import type { Work } from './work';

export interface TrayListener {
  /** Whether a fill of it runs, or is ordered. */
  fills(work: Work): boolean;
  chosen(work: Work): void;
  closed(work: Work): void;
}

const tray = byId('tray', HTMLElement);

export function showTray(works: Work[], current: Work | null, listener: TrayListener): void {
  const hadFocus = tray.contains(document.activeElement);
  const items = works.map((work) => {
    const { name, size } = work.photo;
    const item = document.createElement('li');
    item.className = 'photo';
    const open = document.createElement('button');
    open.className = 'photo-name';
    open.textContent = name;
    open.title = `${name}, ${size.width} × ${size.height}`;
    if (works.length > 1 && listener.fills(work)) {
      const sign = document.createElement('span');
      sign.className = 'spinner';
      item.append(sign);
    }
    open.setAttribute('aria-current', String(work === current));
    open.addEventListener('click', () => listener.chosen(work));
    const close = document.createElement('button');
    close.className = 'photo-close';
    close.textContent = '×';
    close.title = text('closePhoto', { name });
    close.setAttribute('aria-label', text('closePhoto', { name }));
    close.addEventListener('click', () => listener.closed(work));
    item.append(open, close);
    return item;
  });
  tray.replaceChildren(...items);
  const shown = current && items[works.indexOf(current)];
  if (hadFocus) shown?.querySelector('button')?.focus();
  shown?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}
