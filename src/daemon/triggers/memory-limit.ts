/** Who has taken too much memory for too long: in two looks one after the other, as a moment's peak harms nobody. Pure. */

/** What the processes of one run take together, and may take. */
export interface Sample {
  readonly app: string;
  readonly path: string;
  readonly run: number;
  readonly bytes: number;
  readonly limitBytes: number;
}

/** Runs that took too much at the last look, by a name of their own. */
export type Suspects = ReadonlySet<string>;

/** The runs that exceed their limit now and did so at the last look; and those that do so now for the first time. */
export function judge(
  suspects: Suspects,
  samples: readonly Sample[],
): { readonly exceeded: readonly Sample[]; readonly suspects: Suspects } {
  const over = samples.filter(({ bytes, limitBytes }) => bytes > limitBytes);
  const exceeded = over.filter((sample) => suspects.has(nameOf(sample)));
  return { exceeded, suspects: new Set(over.filter((sample) => !suspects.has(nameOf(sample))).map(nameOf)) };
}

const nameOf = ({ app, path, run }: Sample): string => `${app}:${path} ${run}`;
