// A card for users of the embedded model: the command that fetches a better one.

import type { Capabilities } from './api';
import { byId } from './elements';
import { showNote } from './messages';

const command = byId('better-command', HTMLElement);
const copy = byId('better-copy', HTMLButtonElement);

/** Shows the card if the server has no other model than the embedded one. */
export function offerBetterModel({ models }: Capabilities): void {
  const missing = models.find(({ installed }) => !installed);
  const hasBetter = models.some(({ name, installed }) => installed && name !== 'embedded');
  byId('better', HTMLElement).hidden = !missing || hasBetter;
  if (missing) command.textContent = `lama models pull ${missing.name}`;
}

// Elsewhere browsers forbid copying, but users can select the text.
copy.hidden = !isSecureContext;
copy.addEventListener('click', () => {
  void navigator.clipboard.writeText(command.textContent).then(() => showNote('copied'));
});
