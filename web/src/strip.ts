// The history strip: every picture of the photo as a thumbnail, to go back to.

import { byId } from './elements';
import { text } from './texts';
import { thumbnail } from './thumbnails';
import type { Work } from './work';

const strip = byId('strip', HTMLElement);

/** Shows the strip of `work`; calls `chosen` with the place of a clicked picture. */
export function showStrip(work: Work, chosen: (place: number) => void): void {
  const hadFocus = strip.contains(document.activeElement);
  const buttons = work.pictures.map((_, place) => {
    const button = document.createElement('button');
    button.className = 'thumbnail';
    button.setAttribute('aria-current', String(place === work.currentPlace));
    const name = document.createElement('span');
    name.textContent = place === 0 ? text('thumbnailOriginal') : String(place);
    button.append(thumbnail(work, place), name);
    button.setAttribute('aria-label', place === 0 ? text('thumbnailOriginal') : text('thumbnailFill', { number: place }));
    button.addEventListener('click', () => chosen(place));
    return button;
  });
  strip.replaceChildren(...buttons);
  const current = buttons[work.currentPlace]!;
  if (hadFocus) current.focus();
  current.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}
