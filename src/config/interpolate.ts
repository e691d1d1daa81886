/**
 * Variables in values: `${NAME}`, `${NAME:-default}`, `${NAME:?message}`, and `$$` for a dollar. Any other `$` is plain text, so that
 * shell lines and regular expressions stay as they are written. Pure.
 */

/** Variables by name. */
export type Variables = ReadonlyMap<string, string>;

/** A variable that is needed and not there. */
export interface MissingVariable {
  readonly name: string;
  /** What its author has to say about it; "" where there is only the name. */
  readonly message: string;
}

/** A text with its variables put in; where some are missing, they are empty there. */
export interface Interpolated {
  readonly text: string;
  readonly missing: readonly MissingVariable[];
}

const NAME = /\$\{([A-Za-z_][A-Za-z0-9_]*)(:-|:\?|\})/y;

/**
 * Puts variables into a text. `:-` and `:?` take an empty variable for one that is not set, as a shell does; a plain `${NAME}` does not. A default may
 * hold variables itself.
 */
export function interpolate(text: string, variables: Variables): Interpolated {
  if (!text.includes('$')) return { text, missing: [] };
  const missing: MissingVariable[] = [];
  let result = '';
  for (let at = 0; at < text.length; ) {
    const end = variableEnd(text, at);
    if (end === at) {
      const isEscape = text.startsWith('$$', at);
      result += text.charAt(at);
      at += isEscape ? 2 : 1;
    } else {
      result += valueOf(text.slice(at, end), variables, missing);
      at = end;
    }
  }
  return { text: result, missing };
}

/** Where the variable that begins at `start` ends; `start` itself where none begins. Whoever splits a text must not split it inside of one. */
export function variableEnd(text: string, start: number): number {
  NAME.lastIndex = start;
  const form = NAME.exec(text)?.[2];
  if (form === undefined) return start;
  if (form === '}') return NAME.lastIndex;
  let depth = 1;
  for (let at = NAME.lastIndex; at < text.length; at += 1) {
    if (text[at] === '{') depth += 1;
    else if (text[at] === '}') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return start;
}

function valueOf(expression: string, variables: Variables, missing: MissingVariable[]): string {
  NAME.lastIndex = 0;
  const [, name = '', form] = NAME.exec(expression) ?? [];
  const rest = expression.slice(NAME.lastIndex, -1);
  const value = variables.get(name);
  if (value !== undefined && (value !== '' || form === '}')) return value;
  if (form === ':-') {
    const inner = interpolate(rest, variables);
    missing.push(...inner.missing);
    return inner.text;
  }
  missing.push({ name, message: form === ':?' ? rest : '' });
  return '';
}
