import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSmallFile } from '../../src/base/read-small-file.js';

let folder: string;
const at = (name: string): string => join(folder, name);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portsup-small-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('a small file', () => {
  it('is read up to its size, and no larger one', () => {
    const text = `é${'x'.repeat(100_000)}`;
    writeFileSync(at('file'), text);
    expect(readSmallFile(at('file'), 100_002)).toEqual({ is: 'text', text, isUtf8: true });
    expect(readSmallFile(at('file'), 100_001)).toEqual({ is: 'too-large' });
    writeFileSync(at('empty'), '');
    expect(readSmallFile(at('empty'), 0)).toEqual({ is: 'text', text: '', isUtf8: true });
  });

  it('is told of when it is not all UTF-8', () => {
    writeFileSync(at('file'), Buffer.from([0x61, 0xe9]));
    expect(readSmallFile(at('file'), 10)).toEqual({ is: 'text', text: 'a\uFFFD', isUtf8: false });
  });

  it('is not there', () => {
    writeFileSync(at('file'), '');
    for (const name of ['none', 'file/below']) expect(readSmallFile(at(name), 10)).toEqual({ is: 'missing' });
  });

  it('is no folder, device, socket or named pipe, and waits for none of them', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(at('socket'), resolve));
    for (const name of [folder, '/dev/zero', at('socket'), at('pipe')]) expect(readSmallFile(name, 10)).toEqual({ is: 'no-file' });
    await new Promise((resolve) => server.close(resolve));
  });

  it.runIf(process.getuid?.() !== 0)('is not for us to read', () => {
    writeFileSync(at('file'), '', { mode: 0 });
    expect(readSmallFile(at('file'), 10)).toEqual({ is: 'unreadable', errno: 'EACCES' });
  });

  it.runIf(process.platform === 'linux')('is read also where it says that it is empty', () => {
    expect(readSmallFile('/proc/version', 1_000)).toMatchObject({ is: 'text', text: expect.stringContaining('Linux') });
  });
});
