// The ways a photo comes in: dropped, chosen, pasted, or one of the samples.

import { byId } from './elements';

/** Of examples/; their licences ask for the credit (examples/CREDITS.md). */
const kSamples = {
  bridge: 'Sander Klootwijk, CC BY-SA 4.0',
  mountain: 'Aitzol Berasategi, CC BY 4.0',
  dandelions: 'Clemens Engelhardt, CC0',
};

/** Calls `opened` with every photo that comes in, `failed` if a sample cannot be fetched. */
export function listenForPhotos(opened: (photo: Blob, name: string) => void, failed: (error: unknown) => void): void {
  const input = byId('photo-file', HTMLInputElement);
  const open = (file: File | null | undefined) => file && opened(file, file.name || 'photo.png');

  input.addEventListener('change', () => {
    open(input.files?.[0]);
    input.value = ''; // the same file again is a change too
  });
  byId('drop', HTMLButtonElement).addEventListener('click', choosePhoto);

  const veil = byId('drop-veil', HTMLElement);
  let depth = 0; // dragenter and dragleave come for every element on the way
  const carriesFile = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
  addEventListener('dragenter', (event) => {
    if (!carriesFile(event)) return;
    depth++;
    veil.hidden = false;
  });
  addEventListener('dragleave', (event) => {
    if (carriesFile(event) && --depth <= 0) veil.hidden = true;
  });
  addEventListener('dragover', (event) => {
    if (carriesFile(event)) event.preventDefault();
  });
  addEventListener('drop', (event) => {
    depth = 0;
    veil.hidden = true;
    if (!carriesFile(event)) return;
    event.preventDefault();
    open(event.dataTransfer?.files[0]);
  });
  addEventListener('paste', (event) => {
    open([...(event.clipboardData?.files ?? [])].find(({ type }) => type.startsWith('image/')));
  });

  byId('samples', HTMLElement).replaceChildren(
    ...Object.entries(kSamples).map(([sample, author]) => {
      const url = `/samples/${sample}.jpg`;
      const button = document.createElement('button');
      button.className = 'sample';
      button.dataset['sample'] = sample;
      const image = document.createElement('img');
      image.src = url;
      image.alt = '';
      const name = document.createElement('span');
      name.dataset['text'] = `sample_${sample}`; // translatePage fills it in
      const credit = document.createElement('small');
      credit.textContent = author;
      button.append(image, name, credit);
      button.addEventListener('click', () => {
        fetch(url)
          .then(async (response) => {
            if (!response.ok) throw new Error(response.statusText);
            opened(await response.blob(), `${sample}.jpg`);
          })
          .catch(failed);
      });
      const item = document.createElement('li');
      item.append(button);
      return item;
    }),
  );
}

export function choosePhoto(): void {
  byId('photo-file', HTMLInputElement).click();
}
