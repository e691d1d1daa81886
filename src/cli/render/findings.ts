/** What a look at the start at boot has found, as lines. Pure. */
import type { Finding } from '../boot/finding.js';
import type { Paint } from './paint.js';
import { escapeControls } from './text.js';

/** A table for `boot status`, each remedy below its line. */
export function renderFindings(findings: readonly Finding[], paint: Paint): readonly string[] {
  const width = Math.max(...findings.map(({ check }) => check.length)) + 1;
  const colours = { ok: paint.green, warning: paint.yellow, wrong: paint.red } as const;
  return findings.flatMap(({ check, state, detail, remedy }) => [
    `${paint.dim(`${check}:`.padEnd(width))} ${colours[state](state.padEnd('warning'.length))} ${escapeControls(detail)}`,
    ...(remedy === null ? [] : [`${''.padEnd(width)} ${paint.dim('hint:')} ${escapeControls(remedy)}`]),
  ]);
}

/** Notes and errors for `boot enable`: what is well is not worth a line. */
export const renderTroubles = (findings: readonly Finding[], paint: Paint): readonly string[] =>
  findings.flatMap(({ state, detail, remedy }) => {
    if (state === 'ok') return [];
    const head = state === 'wrong' ? paint.red('error:') : paint.yellow('warning:');
    return [`${head} ${escapeControls(detail)}`, ...(remedy === null ? [] : [`${paint.dim('hint:')} ${escapeControls(remedy)}`])];
  });
