/**
 * What a keeper leaves on disk for the next one: one JSON line for each thing that it was to remember or that happened, in order.
 * Pure: lines in, lines out. A line is written by one write(2), so a keeper that is killed can tear only the last one.
 */

/** What the next daemon is to know: texts by key; null: the entry goes. The keeper does not look into them. */
export type MemoryChange = readonly [key: string, text: string | null];

/** What is done to a run that has not ended; one that has is passed over. */
export type RunOrder =
  /** Sends a signal to its process group. */
  | { readonly do: 'signal'; readonly key: string; readonly run: number; readonly signal: string }
  /** Ends its standard input. */
  | { readonly do: 'close-stdin'; readonly key: string; readonly run: number };

/** What became of a run. */
export type RunNews =
  | { readonly news: 'spawned'; readonly key: string; readonly run: number; readonly pid: number }
  | { readonly news: 'spawn-failed'; readonly key: string; readonly run: number; readonly errno: string; readonly message: string }
  /**
   * `groupLeft`: other members of its process group were still there; they have been sent SIGKILL. `adopted`: it was no child of the
   * keeper that tells this, so nobody could ask how it ended (code and signal are null, unless it has written the code itself) nor
   * signal its group; missed: it ended while there was no keeper at all, nobody knows when.
   */
  | {
      readonly news: 'exited';
      readonly key: string;
      readonly run: number;
      readonly pid: number;
      readonly code: number | null;
      readonly signal: string | null;
      readonly groupLeft: boolean;
      readonly adopted?: 'seen' | 'missed' | undefined;
    };

/** A process that was started for a run, and how it is found and served by a keeper that is not its parent. */
export interface Held {
  readonly key: string;
  readonly run: number;
  readonly pid: number;
  /** Start time in the kernel's ticks; null where the system does not tell them (macOS), or it had ended at once. */
  readonly startTicks: number | null;
  /** When it was started, in milliseconds since 1970. */
  readonly startedAt: number;
  readonly in: string | null;
  readonly out: string;
  readonly err: string;
  /** Where it may write its own exit code; null: it is not offered that. */
  readonly exit: string | null;
}

/** Everything that the lines of a state say when taken together. */
export interface RunState {
  /** As {@link bootOf} of machine.ts named the system then. */
  readonly boot: string;
  /** Everything was ended in order, to be brought up again at the next boot. */
  readonly isHalted: boolean;
  readonly memory: ReadonlyMap<string, string>;
  /** The latest news of the newest run of each port. */
  readonly latest: ReadonlyMap<string, RunNews>;
  /** Those whose end has not been told, by the key of their port. */
  readonly held: ReadonlyMap<string, Held>;
  /** Runs that were about to be started, and of which nothing else is known, by the key of their port. */
  readonly begun: ReadonlyMap<string, number>;
  /** What was to be done next, and perhaps was not. */
  readonly todo: readonly RunOrder[];
}

/** A line of a state but the first. */
export type StateLine =
  /** `todo` is done next; a line `done` says that it has been. */
  | { readonly remember: readonly MemoryChange[]; readonly todo?: readonly RunOrder[] | undefined }
  | { readonly done: true }
  /** A run is started next: should the keeper be killed before it can say what came of that, it may have been executed. */
  | { readonly begin: { readonly key: string; readonly run: number } }
  | { readonly news: RunNews; readonly held?: Held | undefined }
  | { readonly forget: string }
  | { readonly halted: true };

/** Of a file. Later versions may add kinds of lines, never change the meaning of one. */
const VERSION = 1;

/** The first line of a state. */
export const stateHeader = (boot: string): string => `${JSON.stringify({ portsup: 'state', version: VERSION, boot })}\n`;

/** A line as it stands in the file. */
export const stateText = (line: StateLine): string => `${JSON.stringify(line)}\n`;

/** A state as the shortest list of lines that says the same. */
export function stateLines({ memory, latest, held, begun }: Omit<RunState, 'boot' | 'isHalted' | 'todo'>): readonly StateLine[] {
  const news = [...latest.values()].map((one) => ({ news: one, held: one.news === 'spawned' ? held.get(one.key) : undefined }));
  const begins = [...begun].map(([key, run]) => ({ begin: { key, run } }));
  return [...(memory.size > 0 ? [{ remember: [...memory] }] : []), ...news, ...begins];
}

/** What was read: nothing at all, something that must not be trusted, or a state. */
export type StateRead =
  | { readonly kind: 'none' }
  | { readonly kind: 'damaged'; readonly why: string }
  | { readonly kind: 'state'; readonly state: RunState };

/**
 * Reads the text of a state. A last line without its newline was torn and does not count. Any other line that is none makes the
 * whole state damaged, unless it is of an earlier boot (`boot` names the present one): a machine that lost its power may have lost the end of the file.
 */
export function readState(text: string, boot: string): StateRead {
  const lines = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .slice(0, -1);
  const [first, ...others] = lines;
  if (first === undefined) return { kind: 'none' };
  const header = parsed(first);
  if (header?.['portsup'] !== 'state' || typeof header['boot'] !== 'string') return { kind: 'damaged', why: 'its first line is none' };
  if (header['version'] !== VERSION)
    return { kind: 'damaged', why: `it is of version ${String(header['version'])}, this portsup knows ${VERSION}` };
  const draft: Draft = {
    boot: header['boot'],
    isHalted: false,
    memory: new Map(),
    latest: new Map(),
    held: new Map(),
    begun: new Map(),
    todo: [],
  };
  for (const [index, line] of others.entries()) {
    const value = parsed(line);
    if (value && take(draft, value)) continue;
    if (isSameBoot(draft.boot, boot)) return { kind: 'damaged', why: `line ${index + 2} is none` };
    break;
  }
  return { kind: 'state', state: draft };
}

/** A clock that is set moves the time of a boot, where that is how it is named; nobody boots twice within this. */
const CLOCK_SET_S = 30;

/** Do two names of boots mean the same? */
export const isSameBoot = (one: string, other: string): boolean => one === other || Math.abs(Number(one) - Number(other)) <= CLOCK_SET_S;

interface Draft extends RunState {
  isHalted: boolean;
  readonly memory: Map<string, string>;
  readonly latest: Map<string, RunNews>;
  readonly held: Map<string, Held>;
  readonly begun: Map<string, number>;
  todo: readonly RunOrder[];
}

/** False if this is no line of a state. */
function take(draft: Draft, line: Readonly<Record<string, unknown>>): boolean {
  if (Array.isArray(line['remember'])) {
    for (const change of line['remember'] as readonly MemoryChange[]) applyChange(draft.memory, change);
    if (Array.isArray(line['todo'])) draft.todo = line['todo'] as readonly RunOrder[];
  } else if (line['done'] === true) {
    draft.todo = [];
  } else if (isObject(line['begin'])) {
    const { key, run } = line['begin'] as { readonly key: string; readonly run: number };
    draft.begun.set(key, run);
  } else if (isObject(line['news'])) {
    takeNews(draft, line['news'] as unknown as RunNews, line['held'] as Held | undefined);
  } else if (typeof line['forget'] === 'string') {
    draft.latest.delete(line['forget']);
    draft.held.delete(line['forget']);
    draft.begun.delete(line['forget']);
  } else if (line['halted'] === true) draft.isHalted = true;
  else return false;
  return true;
}

/** Makes a change to what is remembered. */
export function applyChange(memory: Map<string, string>, [key, text]: MemoryChange): void {
  if (text === null) memory.delete(key);
  else memory.set(key, text);
}

function takeNews(draft: Draft, news: RunNews, held: Held | undefined): void {
  // Taken out first: so they stay in the order in which they happened.
  draft.latest.delete(news.key);
  draft.latest.set(news.key, news);
  draft.held.delete(news.key);
  draft.begun.delete(news.key);
  if (held) draft.held.set(news.key, held);
}

function parsed(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === 'object' && value !== null;
