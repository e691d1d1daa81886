/**
 * Bytes on their way to a file, gathered so that they can be written in large parts. A little is kept as text;
 * a flood goes straight into pages that all gatherers share and use again, so that it leaves nothing to collect.
 */

/** Size of a page, and of the largest part. */
const PAGE_BYTES = 128 * 1024;
/** Up to here text is cheaper than a page: a thousand services that print a line each need no thousand pages. */
const SMALL_BYTES = 8 * 1024;
/** So many free pages are kept for the next flood. */
const MAX_FREE_PAGES = 8;

const freePages: Buffer[] = [];

/** A part that is taken out: write it, then hand it back with {@link releasePart}. */
export interface Part {
  readonly bytes: Buffer;
  /** The whole page that `bytes` lie in; null for a small part. */
  readonly page: Buffer | null;
}

/** Gives the page of a part that is not used any more to whoever needs one next. */
export function releasePart({ page }: Part): void {
  if (page && freePages.length < MAX_FREE_PAGES) freePages.push(page);
}

/** First in, first out, for bytes. */
export class Gatherer {
  private text = '';
  /** All full but the last one; text comes after them and is empty unless there are none. */
  private pages: Buffer[] = [];
  /** Bytes in the last page. */
  private filled = 0;

  /** How many bytes wait here. */
  get size(): number {
    return this.pages.length === 0 ? this.text.length : (this.pages.length - 1) * PAGE_BYTES + this.filled;
  }

  /** Takes bytes as latin1 text: one character a byte. */
  add(bytes: string): void {
    if (this.pages.length === 0 && this.text.length + bytes.length <= SMALL_BYTES) {
      this.text += bytes;
      return;
    }
    if (this.text !== '') {
      const { text } = this;
      this.text = '';
      this.fill(text);
    }
    this.fill(bytes);
  }

  /** Takes bytes, which may be overwritten then. */
  addBytes(bytes: Buffer): void {
    if (bytes.length <= SMALL_BYTES && this.pages.length === 0) {
      this.add(bytes.toString('latin1'));
      return;
    }
    if (this.text !== '') {
      const { text } = this;
      this.text = '';
      this.fill(text);
    }
    for (let taken = 0; taken < bytes.length; ) {
      const page = this.lastPage();
      const copied = bytes.copy(page, this.filled, taken);
      this.filled += copied;
      taken += copied;
    }
  }

  /** Takes out the oldest bytes, as many as make a good write; undefined when nothing waits. */
  take(): Part | undefined {
    const page = this.pages.shift();
    if (page) {
      const isLast = this.pages.length === 0;
      const bytes = isLast ? page.subarray(0, this.filled) : page;
      if (isLast) this.filled = 0;
      return { bytes, page };
    }
    if (this.text === '') return undefined;
    const bytes = Buffer.from(this.text, 'latin1');
    this.text = '';
    return { bytes, page: null };
  }

  /** A copy of all that waits. */
  copy(): Buffer {
    const { pages, filled } = this;
    const parts = pages.map((page, index) => (index === pages.length - 1 ? page.subarray(0, filled) : page));
    return Buffer.concat([...parts, Buffer.from(this.text, 'latin1')]);
  }

  private fill(bytes: string): void {
    let rest = bytes;
    while (rest !== '') {
      const page = this.lastPage();
      const taken = page.write(rest, this.filled, 'latin1');
      this.filled += taken;
      rest = taken === rest.length ? '' : rest.slice(taken);
    }
  }

  /** The last page, which has room. */
  private lastPage(): Buffer {
    let page = this.pages.at(-1);
    if (!page || this.filled === PAGE_BYTES) {
      page = freePages.pop() ?? Buffer.allocUnsafeSlow(PAGE_BYTES);
      this.pages.push(page);
      this.filled = 0;
    }
    return page;
  }
}
