import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/calls/answer.js';
import { decodeRefusal, decodeResponse, encodeRequest } from '../../src/calls/jsonrpc.js';

describe('JSON-RPC', () => {
  it('sends whatever arguments there are as one line that says the same', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (args) => {
        const line = encodeRequest({ method: 'm', args: args as readonly Json[] }, 'id-1');
        expect(line).not.toContain('\n');
        expect(JSON.stringify(JSON.parse(line))).toBe(JSON.stringify({ jsonrpc: '2.0', id: 'id-1', method: 'm', params: args }));
      }),
    );
  });

  it('reads a result, also null and false', () => {
    for (const result of [null, false, 0, '', [1], { a: 1 }])
      expect(decodeResponse({ jsonrpc: '2.0', id: 'x', result }, 'x')).toEqual({ kind: 'value', value: result });
  });

  it('reads an error with its code and data', () => {
    const error = { code: -32_601, message: 'Method not found', data: { known: ['add'] } };
    expect(decodeResponse({ jsonrpc: '2.0', id: 'x', error }, 'x')).toEqual({ kind: 'error', reason: 'fault', ...error });
  });

  it.each([
    ['of another id', { id: 'y', result: 1 }],
    ['without an id', { result: 1 }],
    ['that is its own echo', { jsonrpc: '2.0', id: 'x', method: 'm', params: [] }],
    ['that is no object', [{ id: 'x', result: 1 }]],
    ['null', null],
  ])('takes nothing for the answer that is one %s', (_what, value) => {
    expect(decodeResponse(value, 'x')).toBeUndefined();
  });

  it('does not understand an error that is none', () => {
    expect(() => decodeResponse({ id: 'x', error: 'boom' }, 'x')).toThrow('its error is none of JSON-RPC: "boom"');
  });

  it('does not take what is nested too deeply', () => {
    const result: unknown = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`);
    expect(() => decodeResponse({ id: 'x', result }, 'x')).toThrow('nested too deeply');
  });

  it('reads that the request could not be read', () => {
    const refusal = { jsonrpc: '2.0', id: null, error: { code: -32_700, message: 'Parse error' } };
    expect(decodeRefusal(refusal)).toMatchObject({ reason: 'fault', message: 'Parse error', code: -32_700 });
    expect(decodeRefusal({ id: null, result: 1 })).toBeUndefined();
  });
});
