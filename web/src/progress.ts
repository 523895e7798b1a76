// The progress of fills and of opening photos.

import type { Job } from './api';
import { byId } from './elements';
import { text } from './texts';

export function showJob(job: Job): void {
  if (job.state === 'queued') {
    showProgress(job.position > 0 ? text('queued', { ahead: job.position }) : text('next'), null);
  } else {
    showProgress(text('running', { percent: Math.round(100 * job.progress) }), job.progress);
  }
}

/** `share` is 0 to 1, or null if unknown. */
export function showProgress(message: string, share: number | null): void {
  showControl(true);
  byId('progress-text', HTMLElement).textContent = message;
  setShare(byId('progress-bar', HTMLProgressElement), share);
}

export function hideProgress(): void {
  showControl(false);
}

/** For the opening of photos. `share` is 0 to 1, or null if unknown. */
export function showBusy(message: string, share: number | null): void {
  byId('busy', HTMLElement).hidden = false;
  byId('busy-text', HTMLElement).textContent = message;
  setShare(byId('busy-bar', HTMLProgressElement), share);
}

export function hideBusy(): void {
  byId('busy', HTMLElement).hidden = true;
}

/** The button or, in its place, the progress. The focus stays there. */
function showControl(running: boolean): void {
  const [button, progress, cancel] = [byId('fill', HTMLElement), byId('progress', HTMLElement), byId('cancel', HTMLElement)];
  const focus = running ? button : cancel;
  const hadFocus = document.activeElement === focus;
  button.hidden = running;
  progress.hidden = !running;
  if (hadFocus) (running ? cancel : button).focus();
}

function setShare(bar: HTMLProgressElement, share: number | null): void {
  if (share === null) bar.removeAttribute('value');
  else bar.value = share;
}
