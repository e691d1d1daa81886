import { expect, expectTypeOf, it } from 'vitest';
import type * as z from 'zod/mini';
import type { PortsupConfig, ServiceConfig, SupervisorConfig } from '../../src/config/define-config.js';
import { wholeSchema } from '../../src/config/json-schema.js';
import type { rootSchema, serviceSchema, supervisorSchema } from '../../src/config/schema.js';
import { configTypeText } from '../helpers/config-type-text.js';

/** Children are checked one by one, so the schema knows nothing of what is in them. */
type WithoutChildren<C> = Omit<C, 'services' | 'template'>;
/** Fields and their values, whether or not they may be changed. */
type Values<C> = { -readonly [K in keyof C]: Plain<C[K]> };
type Plain<V> = V extends readonly (infer E)[] ? Plain<E>[] : V extends object ? Mapping<V> : V;
/** A mapping with any keys, or one with fields of its own. */
type Mapping<V> = string extends keyof V ? Record<string, Plain<V[keyof V]>> : Values<V>;

it('the written types of a configuration have exactly the fields and values of the schema', () => {
  expectTypeOf<Values<ServiceConfig>>().toEqualTypeOf<Values<z.input<typeof serviceSchema>>>();
  expectTypeOf<Values<WithoutChildren<SupervisorConfig>>>().toEqualTypeOf<Values<WithoutChildren<z.input<typeof supervisorSchema>>>>();
  expectTypeOf<Values<WithoutChildren<PortsupConfig>>>().toEqualTypeOf<Values<WithoutChildren<z.input<typeof rootSchema>>>>();
});

it('every field of the schema that holds children is in the written types', () => {
  expectTypeOf<keyof PortsupConfig>().toEqualTypeOf<keyof z.input<typeof rootSchema>>();
  expectTypeOf<keyof SupervisorConfig>().toEqualTypeOf<keyof z.input<typeof supervisorSchema>>();
});

it('the types are written from the JSON Schema, so from the very schema that validates', async () => {
  await expect(configTypeText(wholeSchema())).toMatchFileSnapshot('../../src/config/config-types.ts');
});
