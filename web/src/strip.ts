// The history strip: every picture of the photo as a thumbnail, to go back to.

import { byId } from './elements';
import { text } from './texts';
import type { Picture, Work } from './work';

const strip = byId('strip', HTMLElement);

/** Shows the strip of `work`; `chosen` is called with the picture that was clicked. */
export function showStrip(work: Work, chosen: (picture: Picture) => void): void {
  const hadFocus = strip.contains(document.activeElement);
  const buttons = work.pictures.map((picture, i) => {
    const button = document.createElement('button');
    button.className = 'thumbnail';
    button.setAttribute('aria-current', String(picture === work.current));
    const image = document.createElement('img');
    image.src = picture.thumbnail;
    image.alt = '';
    const name = document.createElement('span');
    name.textContent = i === 0 ? text('thumbnailOriginal') : String(i);
    button.append(image, name);
    button.setAttribute('aria-label', i === 0 ? text('thumbnailOriginal') : text('thumbnailFill', { number: i }));
    button.addEventListener('click', () => chosen(picture));
    return button;
  });
  strip.replaceChildren(...buttons);
  const current = buttons[work.pictures.indexOf(work.current)]!;
  if (hadFocus) current.focus();
  current.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}
