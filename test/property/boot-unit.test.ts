import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { readPlist, renderPlist } from '../../src/cli/render/launchd-plist.js';
import { readUnit, renderUnit } from '../../src/cli/render/systemd-unit.js';
import { annsJob } from '../helpers/boot.js';

/** What may stand in a path, with a liking for what means something to systemd and XML. */
const path = fc
  .array(
    fc.oneof(
      fc.constantFrom('%', '$', '"', "'", '\\', '&', '<', '>', ';', ' ', '{', '}', '%t', '$$', '&amp;'),
      fc.string({ unit: 'grapheme', maxLength: 1 }),
    ),
    { maxLength: 12 },
  )
  .map((characters) => `/${characters.join('').replaceAll(/\p{Cc}/gu, '')}`);

it('a unit or plist tells which node, portsup and PATH were written into it, whatever they are', () => {
  fc.assert(
    fc.property(path, path, path, (node, launcher, PATH) => {
      const job = annsJob({ node, launcher, env: { PATH } });
      expect(readUnit(renderUnit(job))).toEqual({ node, launcher, path: PATH });
      expect(readPlist(renderPlist({ ...job, init: 'launchd' }))).toEqual({ node, launcher, path: PATH });
    }),
  );
});
