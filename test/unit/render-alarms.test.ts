import { describe, expect, it } from 'vitest';
import { alarmLines, renderAlarms } from '../../src/cli/render/alarms.js';
import { plain } from '../../src/cli/render/paint.js';
import type { AlarmRow } from '../../src/control/contract.js';

const alarm = (id: string, text: string): AlarmRow => ({ id, source: 'outside', app: null, path: null, since: '10:00:00', text });
const look = (width: number | undefined) => ({ width, paint: plain, showTime: (iso: string) => iso });

describe('the table of alarms', () => {
  const alarms = [alarm('backup', 'none since Monday'), alarm('liveness shop:api', 'HTTP 500 three times\u001b[2J')];

  it('has them one a line where there is room, also in a pipe, control characters visible', () => {
    const lines = [
      'ID                 SINCE     TEXT',
      'backup             10:00:00  none since Monday',
      'liveness shop:api  10:00:00  HTTP 500 three times\\e[2J',
    ];
    expect(renderAlarms(alarms, look(undefined))).toEqual(lines);
    expect(renderAlarms(alarms, look(54))).toEqual(lines);
  });

  it('has texts below them where there is not, whole', () => {
    expect(renderAlarms(alarms, look(30))).toEqual([
      'ID                 SINCE',
      'backup             10:00:00',
      '    none since Monday',
      'liveness shop:api  10:00:00',
      '    HTTP 500 three times\\e[2J',
    ]);
    for (const line of renderAlarms(alarms, look(24))) expect(line.length).toBeLessThanOrEqual(24);
  });

  it('says so when there are none', () => {
    expect(renderAlarms([], look(80))).toEqual(['no alarms']);
  });
});

describe('what ps says of alarms', () => {
  it('is a line for each, and of many only the first', () => {
    expect(alarmLines([alarm('a', 'x\u0007')])).toEqual(['alarm: a: x\\a']);
    const many = alarmLines(Array.from({ length: 12 }, (_, number) => alarm(`a${number}`, 'x')));
    expect(many).toHaveLength(6);
    expect(many.at(-1)).toBe('alarm: and 7 more; see "portsup alarms"');
  });
});
