// Connects the page's elements with their actions.

import * as api from './api';
import { App } from './app';
import { byId, remember, remembered } from './elements';
import { insist } from './insist';
import { listenToKeys, listKeys } from './keys';
import { offerBetterModel } from './better_model';
import { clearMessage, showError } from './messages';
import { choosePhoto, listenForPhotos } from './open';
import { listenForMaskColour, offerSettings, translateSettings } from './settings';
import { otherLanguage, text, translatePage } from './texts';
import { kTools, type Tool } from './tools';

const app = new App();
const panel = byId('panel', HTMLElement);
const panelToggle = byId('panel-toggle', HTMLButtonElement);
/** Wide enough for the panel beside the photo (page.css). */
const kWide = matchMedia('(min-width: 1000px)');
let version = '';

function translate(): void {
  translatePage();
  byId('version', HTMLElement).textContent = version && text('version', { version });
  translateSettings();
  listKeys();
  app.translate();
}

function otherTheme(): void {
  const system = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
  const theme = (document.documentElement.dataset['theme'] ?? system) === 'dark' ? 'light' : 'dark';
  remember('theme', theme);
  document.documentElement.dataset['theme'] = theme;
}

function showPanel(shown: boolean): void {
  if (shown && !kWide.matches) clearMessage(); // there is no room for it and the photo
  document.body.classList.toggle('panel-open', shown);
  panelToggle.setAttribute('aria-expanded', String(shown));
}

function togglePanel(): void {
  showPanel(!document.body.classList.contains('panel-open'));
}

function closePanel(): void {
  showPanel(false);
  panelToggle.focus();
}

function showHelp(): void {
  byId('help-dialog', HTMLDialogElement).showModal();
}

function chooseTool(tool: Tool): void {
  app.chooseTool(tool);
}

/** The arrow keys move among the tools, as in every group of radio buttons. */
function moveAmongTools(event: KeyboardEvent): void {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (step === undefined || !(event.target as Element).matches('[data-tool]')) return;
  event.preventDefault();
  const next = kTools[(kTools.indexOf(app.tools.tool) + step + kTools.length) % kTools.length]!;
  chooseTool(next);
  document.querySelector<HTMLElement>(`[data-tool=${next}]`)!.focus();
}

const maskFile = byId('mask-file', HTMLInputElement);
const clicks: Record<string, () => void> = {
  open: choosePhoto,
  undo: () => app.undo(),
  redo: () => app.redo(),
  removed: () => void app.showRemoved(),
  copy: () => void app.copy(),
  download: () => void app.download(),
  language: () => {
    otherLanguage();
    translate();
  },
  theme: otherTheme,
  help: showHelp,
  fill: () => app.fill(),
  cancel: () => app.cancel(),
  'busy-cancel': () => app.cancelOpening(),
  'panel-toggle': togglePanel,
  'panel-close': closePanel,
  grow: () => app.growMask(),
  shrink: () => app.shrinkMask(),
  invert: () => app.invertMask(),
  clear: () => app.clearMask(),
  'mask-load': () => maskFile.click(),
  'mask-save': () => void app.saveMask(),
};
for (const [id, action] of Object.entries(clicks)) byId(id, HTMLButtonElement).addEventListener('click', action);
for (const tool of kTools) {
  document.querySelector(`[data-tool=${tool}]`)!.addEventListener('click', () => chooseTool(tool));
}
byId('tools', HTMLElement).addEventListener('keydown', moveAmongTools);

for (const hint of ['scribble', 'box']) {
  byId(`hint-${hint}`, HTMLInputElement).addEventListener('change', () => app.chooseHint(hint === 'box'));
}

const size = byId('size', HTMLInputElement);
size.addEventListener('input', () => app.slideSize(size.valueAsNumber));
size.addEventListener('change', () => app.endSlide());
maskFile.addEventListener('change', () => {
  const file = maskFile.files?.[0];
  if (file) void app.loadMask(file);
  maskFile.value = '';
});

listenToKeys(
  {
    b: () => chooseTool('brush'),
    e: () => chooseTool('eraser'),
    r: () => chooseTool('rectangle'),
    l: () => chooseTool('lasso'),
    w: () => chooseTool('select'),
    '[': () => app.tools.resize(-1),
    ']': () => app.tools.resize(1),
    enter: () => app.fill(),
    escape: () => app.cancel(),
    'ctrl+z': () => app.undo(),
    'ctrl+shift+z': () => app.redo(),
    'ctrl+y': () => app.redo(),
    d: () => app.toggleDivider(),
    g: () => app.growMask(),
    'shift+g': () => app.shrinkMask(),
    i: () => app.invertMask(),
    delete: () => app.clearMask(),
    backspace: () => app.clearMask(),
    '+': () => app.zoom(1.25),
    '=': () => app.zoom(1.25),
    '-': () => app.zoom(0.8),
    '0': () => app.zoomToFit(),
    '1': () => app.zoomToActualSize(),
    s: togglePanel,
    '?': showHelp,
    'ctrl+o': choosePhoto,
    'ctrl+s': () => void app.download(),
  },
  { c: (held) => app.holdOriginal(held), ' ': (held) => app.holdSpace(held) },
);

listenForPhotos(
  (photo, name, mask) => void app.open(photo, name, mask),
  (error, name) => showError('openFailed', error, { name }),
);
addEventListener('beforeunload', (event) => {
  if (app.hasUnkept) event.preventDefault();
});
addEventListener('copy', (event) => {
  if (!app.hasPhoto || getSelection()?.toString()) return; // selected text is copied as everywhere
  event.preventDefault();
  void app.copy();
});

const theme = remembered('theme');
if (theme) document.documentElement.dataset['theme'] = theme;
showPanel(kWide.matches);
panel.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || kWide.matches) return;
  event.stopPropagation(); // it cancels nothing else
  closePanel();
});
translate();

listenForMaskColour((colour) => app.setMaskColour(colour));

const advanced = byId('advanced', HTMLDetailsElement);
advanced.addEventListener('toggle', () => {
  if (advanced.open) advanced.scrollIntoView({ block: 'start' }); // else a phone shows none of it
});

const tokenDialog = byId('token-dialog', HTMLDialogElement);
const tokenInput = byId('token', HTMLInputElement);
byId('token-form', HTMLFormElement).addEventListener('submit', () => {
  api.setToken(tokenInput.value.trim());
  byId('token-note', HTMLElement).dataset['text'] = 'tokenWrong'; // if it is asked for again
  translate();
});

addEventListener('unauthorized', () => {
  if (!tokenDialog.open) tokenDialog.showModal();
});

/** Reads the server's capabilities, once it answers and has its token. */
async function connect(): Promise<void> {
  let failed = false;
  const lost = (error: api.ApiError) => {
    if (failed || error.code === 'unauthorized') return;
    failed = true;
    showError('serverFailed', error);
  };
  try {
    const offered = await insist(api.capabilities, lost);
    if (failed) clearMessage();
    version = offered.version;
    app.largestFile = offered.limits.body_bytes;
    offerSettings(offered);
    offerBetterModel(offered);
    translate();
  } catch (error) {
    showError('serverFailed', error);
  }
}

const more = byId('more', HTMLElement);
const moreToggle = byId('more-toggle', HTMLButtonElement);

function showMore(shown: boolean): void {
  if (!shown && more.contains(document.activeElement)) moreToggle.focus();
  document.body.classList.toggle('more-open', shown);
  moreToggle.setAttribute('aria-expanded', String(shown));
}

moreToggle.addEventListener('click', () => showMore(moreToggle.getAttribute('aria-expanded') === 'false'));
// Before the button acts: a dialog then gives the focus back to the menu's own button.
more.addEventListener(
  'click',
  ({ target }) => {
    if (!(target as Element).closest('#original')) showMore(false); // that one is held
  },
  { capture: true },
);
for (const elsewhere of ['pointerdown', 'focusin']) {
  addEventListener(elsewhere, ({ target }) => {
    if (!(target as Element).closest('#more, #more-toggle')) showMore(false);
  });
}
more.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || moreToggle.getAttribute('aria-expanded') === 'false') return;
  event.stopPropagation();
  showMore(false);
});

await Promise.all([app.restore(), connect()]);
if (api.forPhoto) {
  api.serversPhoto().then(
    (photo) => void app.open(photo, photo.name),
    (error: unknown) => showError('openFailed', error, { name: 'lama serve --open' }),
  );
}
