import { describe, expect, it } from 'vitest';
import { bodies } from '../../src/control/bodies.js';
import type { InputOf } from '../../src/control/contract.js';
import { decodeQuery } from '../../src/control/queries.js';
import { encodeQuery, isStreamRoute, methodsOf, routes } from '../../src/control/routes.js';

const refusal = (route: 'GET /v1/ps' | 'GET /v1/logs' | 'GET /v1/status', text: string): string => {
  try {
    decodeQuery(route, text);
  } catch (error) {
    return error instanceof Error ? error.message : 'no error';
  }
  return 'accepted';
};

describe('queries of the control socket', () => {
  it('come out of the query string as they went in', () => {
    const ps: InputOf<'GET /v1/ps'> = { here: '/a b/portsup.yaml', names: ['web-*', 'a/b', 'ü&=?'], all: false, usage: true };
    expect(decodeQuery('GET /v1/ps', encodeQuery<'GET /v1/ps'>(ps))).toEqual(ps);
    const flags = { follow: true, previous: false, ignoreCase: true, invert: false } as const;
    const words = { since: '2026-11-20T00:00:00Z', until: '2026-11-20T01:00:00Z', grep: 'a|b +&' };
    const logs: InputOf<'GET /v1/logs'> = { app: 'x', names: [], lines: 0, stream: 'err', run: 3, ...flags, ...words };
    expect(decodeQuery('GET /v1/logs', encodeQuery<'GET /v1/logs'>(logs))).toEqual(logs);
  });

  it('may leave out flags and lists, so that curl can ask simply', () => {
    expect(decodeQuery('GET /v1/ps', '')).toEqual({ names: [], all: false, usage: false });
  });

  it('are refused with the parameter and the value', () => {
    expect(refusal('GET /v1/ps', 'nmaes=x')).toBe('unknown parameter "nmaes"');
    expect(refusal('GET /v1/ps', 'all=yes')).toBe('parameter "all" is "yes"');
    expect(refusal('GET /v1/ps', 'app=a&app=b')).toBe('parameter "app" is given 2 times');
    expect(refusal('GET /v1/logs', 'lines=-1')).toBe('parameter "lines" is "-1"');
    expect(refusal('GET /v1/logs', 'stream=both')).toBe('parameter "stream" is "both"');
    expect(refusal('GET /v1/status', '')).toBe('parameter "name" is missing');
  });

  it('know which routes stream and which methods a path has', () => {
    expect(Object.keys(routes).filter((route) => isStreamRoute(route as keyof typeof routes))).toContain('POST /v1/up');
    expect(methodsOf('/v1/kill')).toEqual(['POST']);
    expect(methodsOf('/v1/nothing')).toEqual([]);
  });
});

describe('bodies of the control socket', () => {
  it('are told that a name is empty', () => {
    const checked = bodies['POST /v1/kill'].safeParse({ names: [''], signal: 'SIGKILL' });
    expect(checked.error?.issues.map(({ path, message }) => [path.join('.'), message])).toEqual([['names.0', 'it is empty']]);
  });
});
