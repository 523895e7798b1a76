// A card for users of the embedded model: the command that fetches a better one.

import type { Capabilities } from './api';
import { byId } from './elements';
import { showNote } from './messages';

const command = byId('better-command', HTMLElement);
const copy = byId('better-copy', HTMLButtonElement);

/** The models inside the program. */
const OWN = ['embedded', 'patches'];

/** Shows the card if the server has no other models than its own. */
export function offerBetterModel({ models }: Capabilities): void {
  const missing = models.find(({ installed }) => !installed);
  const hasBetter = models.some(({ name, installed }) => installed && !OWN.includes(name));
  byId('better', HTMLElement).hidden = !missing || hasBetter;
  if (missing) command.textContent = `lama models pull ${missing.name}`;
}

// Elsewhere browsers forbid copying, but users can select the text.
copy.hidden = !isSecureContext;
copy.addEventListener('click', () => {
  void navigator.clipboard.writeText(command.textContent).then(() => showNote('copied'));
});
