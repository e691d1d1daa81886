/** Colours as functions from text to text, so that what renders stays pure and a pipe gets plain text. */
export interface Paint {
  readonly red: (text: string) => string;
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly cyan: (text: string) => string;
  readonly magenta: (text: string) => string;
  readonly blue: (text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
}

const same = (text: string): string => text;

/** No colour at all. */
export const plain: Paint = { red: same, green: same, yellow: same, cyan: same, magenta: same, blue: same, dim: same, bold: same };

/** The colour of a state: what is well is green, what is on its way yellow, what is not well red, what is meant to rest dim. */
export function paintState(paint: Paint, state: string): (text: string) => string {
  switch (state) {
    case 'running':
      return paint.green;
    case 'starting':
    case 'stopping':
    case 'waiting':
    case 'restarting':
      return paint.yellow;
    case 'failed':
      return paint.red;
    default:
      return paint.dim;
  }
}

/** The colour of the n-th of several names side by side. */
export function paintNth(paint: Paint, index: number): (text: string) => string {
  const colours = [paint.cyan, paint.yellow, paint.green, paint.magenta, paint.blue];
  return colours[index % colours.length] ?? same;
}
