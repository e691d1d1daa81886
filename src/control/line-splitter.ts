/**
 * Cuts bytes into lines. Works on bytes and decodes whole lines only, so that a character whose bytes came in two
 * parts is never torn. Pure.
 */
export interface LineSplitter {
  /** Takes the next bytes; returns the lines that they complete, without their newlines. */
  push(bytes: Buffer): readonly string[];
  /** What came after the last newline. */
  rest(): string;
}

const NEWLINE = 0x0a;

/** A splitter that has seen nothing yet. */
export function splitLines(): LineSplitter {
  let open: Buffer[] = [];
  return {
    rest: () => Buffer.concat(open).toString('utf8'),
    push: (bytes) => {
      const lines: string[] = [];
      let from = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, from)) {
        const last = bytes.subarray(from, end);
        lines.push(open.length === 0 ? last.toString('utf8') : Buffer.concat([...open, last]).toString('utf8'));
        open = [];
        from = end + 1;
      }
      if (from < bytes.length) open.push(bytes.subarray(from));
      return lines;
    },
  };
}
