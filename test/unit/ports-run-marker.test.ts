import { describe, expect, it } from 'vitest';
import { homeIn, isWanted, markerIn, parseEnviron, type RunMarker } from '../../src/ports/run-marker.js';

const marker: RunMarker = { app: 'shop', path: 'backend/db', run: 7, home: '/srv/one' };
const own = ['PORTSUP_HOME=/srv/one', 'PORTSUP_APP=shop', 'PORTSUP_SERVICE=backend/db', 'PORTSUP_RUN=7'];
const block = (...entries: readonly string[]): Buffer => Buffer.from(entries.map((entry) => `${entry}\0`).join(''));
const carries = (...entries: readonly string[]): boolean => {
  const found = markerIn(block(...entries), '/home/me');
  return found !== undefined && isWanted(found, marker);
};

describe('an environment block', () => {
  it('is read with newlines, equals signs and unicode in its values, and empty ones', () => {
    const env = parseEnviron(block('A=1=2=', 'B=two\nlines\nPORTSUP_RUN=9', 'C=', 'Ä=ö', '=odd', 'nothing'));
    expect({ ...env }).toEqual({ A: '1=2=', B: 'two\nlines\nPORTSUP_RUN=9', C: '', Ä: 'ö' });
  });

  it('is read as getenv(3) does where a name comes twice, and where the last NUL is missing', () => {
    expect({ ...parseEnviron(Buffer.from('A=1\0A=2\0B=3')) }).toEqual({ A: '1', B: '3' });
  });

  it('has no variables that every object has', () => {
    expect(parseEnviron(block('A=1'))['constructor']).toBeUndefined();
    expect(parseEnviron(block('__proto__=1'))['__proto__']).toBe('1');
  });
});

describe('the marker of a run', () => {
  it('is carried by what has all of it, in whatever order', () => {
    expect(carries(...own)).toBe(true);
    expect(carries(...own.toReversed(), 'X=1')).toBe(true);
  });

  it.each(own)('is not carried without %s', (entry) => {
    expect(carries(...own.filter((other) => other !== entry))).toBe(false);
  });

  it.each(['PORTSUP_HOME=/srv/two', 'PORTSUP_APP=shop2', 'PORTSUP_SERVICE=db', 'PORTSUP_RUN=70', 'PORTSUP_RUN=', 'PORTSUP_RUN=07'])(
    'is not carried with %s',
    (entry) => {
      const [name = ''] = entry.split('=');
      expect(carries(...own.filter((other) => !other.startsWith(`${name}=`)), entry)).toBe(false);
    },
  );

  it('is not carried by what only has it within a value', () => {
    expect(carries('PORTSUP_HOME=/srv/one', `TEXT=${own.join('\n')}`)).toBe(false);
    expect(carries('PORTSUP_HOME=/srv/one', ...own.slice(1).map((entry) => `MY_${entry}`))).toBe(false);
  });

  it('is not carried by kernel threads and zombies, which have no environment', () => {
    expect(markerIn(Buffer.alloc(0), '/home/me')).toBeUndefined();
  });
});

describe('the home that an environment means', () => {
  it('is PORTSUP_HOME, else below XDG_STATE_HOME, else below its own HOME', () => {
    expect(homeIn({ PORTSUP_HOME: '/p', XDG_STATE_HOME: '/x', HOME: '/h' }, '/u')).toBe('/p');
    expect(homeIn({ XDG_STATE_HOME: '/x', HOME: '/h' }, '/u')).toBe('/x/portsup');
    expect(homeIn({ HOME: '/h' }, '/u')).toBe('/h/.local/state/portsup');
    expect(homeIn({}, '/u')).toBe('/u/.local/state/portsup');
  });
});
