import { describe, expect, it } from 'vitest';
import { connectionTrouble } from '../../src/base/connection-trouble.js';

const failed = (code: string, message: string): Error => Object.assign(new Error(message), { code });

describe('why a connection has failed', () => {
  it('is told in words, of a host with two addresses in those of the first', () => {
    const [six, four] = ['::1', '127.0.0.1'].map((address) => failed('ECONNREFUSED', `connect ECONNREFUSED ${address}:1`));
    expect(connectionTrouble(four)).toBe('connection refused');
    expect(connectionTrouble(new AggregateError([six, four]))).toBe('connection refused');
  });

  it('is its message where it is something else', () => {
    expect(connectionTrouble(failed('DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'))).toBe('self-signed certificate');
    expect(connectionTrouble(new AggregateError([failed('EWHAT', 'what?')]))).toBe('what?');
  });
});
