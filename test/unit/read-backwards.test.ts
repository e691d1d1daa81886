import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linesBackwards } from '../../src/base/read-backwards.js';
import { makeTestFolder, removeTestFolder } from '../helpers/run.js';

let folder: string;
beforeEach(() => {
  folder = makeTestFolder();
});
afterEach(() => {
  removeTestFolder(folder);
});

describe('reading backwards', () => {
  it('gives every line whole, whatever blocks it lies across', async () => {
    const lines = Array.from({ length: 3_000 }, (_, index) => `${index} ${'x'.repeat((index * 7) % 401)}`);
    lines.push('y'.repeat(200_000), 'last');
    writeFileSync(`${folder}/file`, lines.join('\n'));
    const found: string[] = [];
    for await (const batch of linesBackwards({ file: `${folder}/file` })) found.push(...batch.map(String));
    expect(found.reverse()).toEqual(lines);
  });
});
