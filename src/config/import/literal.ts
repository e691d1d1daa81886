/**
 * Text of other programs that portsup must take as it is: in `command`, `cwd`, `env` and `env_file` it fills in `${NAME}` and
 * reads `$$` as one dollar, so what looks like that is written with a dollar more.
 */
export const literal = (text: string): string => text.replace(/\$\$|\$\{/g, (found) => (found === '$$' ? '$$$$' : '$${'));

/** A part of a text: as it stands, or a variable that portsup is to fill in (`${NAME:-default}`, as it is written). */
export type TextPart = string | { readonly reference: string };

/** Text with variables, for a field in which portsup fills them in. */
export function withReferences(parts: readonly TextPart[]): string {
  return parts
    .map((part, index) => {
      if (typeof part !== 'string') return part.reference;
      const text = literal(part);
      // A lone dollar before a variable would take its meaning away.
      const isBeforeReference = typeof parts[index + 1] === 'object';
      return isBeforeReference && /(?<!\$)(?:\$\$)*\$$/.test(text) ? `${text}$` : text;
    })
    .join('');
}
