/** The element with this id, which the page must have. */
export function byId<T extends Element>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`#${id} is missing`);
  return element;
}

/** Downloads a file to the user's computer. */
export function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser reads it first
}

type Storage = 'localStorage' | 'sessionStorage';

/** The user's choice of an earlier visit, or of this tab's. Browsers may refuse to store it. */
export function remembered(key: string, storage: Storage = 'localStorage'): string | null {
  try {
    return window[storage].getItem(key);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string, storage: Storage = 'localStorage'): void {
  try {
    window[storage].setItem(key, value);
  } catch {
    // as above
  }
}
