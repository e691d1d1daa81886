import type { ConfigPath } from './path.js';

/** What of zod's schemas tells what is in them. */
interface SchemaPart {
  readonly _zod: {
    readonly def: {
      readonly shape?: Readonly<Record<string, unknown>>;
      readonly innerType?: unknown;
      readonly options?: readonly unknown[];
      readonly valueType?: unknown;
      readonly element?: unknown;
    };
  };
}

/** The keys that the mapping at a path may have, from the one on that the schema is of; `any` where names are keys. None where there is to be no mapping. */
export function keysAt(schema: unknown, path: ConfigPath): readonly string[] | 'any' {
  const {
    _zod: { def },
  } = schema as SchemaPart;
  if (def.innerType) return keysAt(def.innerType, path);
  if (def.options) {
    const found = def.options.map((option) => keysAt(option, path));
    return found.includes('any') ? 'any' : found.flat();
  }
  const [part, ...rest] = path;
  if (part === undefined) return def.valueType ? 'any' : Object.keys(def.shape ?? {});
  const shape = def.shape ?? {};
  const next = Object.hasOwn(shape, part) ? shape[part] : (def.valueType ?? def.element);
  return next === undefined ? [] : keysAt(next, rest);
}
