/** Samples to numbers, numbers to a table in markdown. */
import { MEASURES } from './plan.mjs';

/** One row for each measure that has samples. */
export function summarize(results) {
  return MEASURES.flatMap((measure) => {
    const samples = results.get(measure.id);
    if (!samples) return [];
    const values = samples.values.map(numberOf);
    const median = quantile(values, 0.5);
    const floor = samples.floor.length > 0 ? quantile(samples.floor.map(numberOf), 0.5) : null;
    const ratio = floor ? median / floor : null;
    const { id, what, unit, reach, ofFloor, leastOfFloor } = measure;
    const isMoreBetter = leastOfFloor !== undefined;
    const target = leastOfFloor ?? ofFloor ?? reach ?? null;
    const compared = reach === undefined ? ratio : median;
    const pss = samples.values.flatMap((sample) => (typeof sample === 'number' ? [] : [sample.pss]));
    const isReached = target === null ? null : isMoreBetter ? compared >= target : compared <= target;
    return [
      {
        id,
        what,
        unit,
        median,
        p90: quantile(values, isMoreBetter ? 0.1 : 0.9),
        count: values.length,
        floor,
        ratio,
        target,
        isMultiple: reach === undefined,
        isMoreBetter,
        isReached,
        pss,
      },
    ];
  });
}

/** The table, with what the reader has to know of it. */
export function render(rows) {
  const cells = rows.map((row) => [
    row.what,
    amount(row.median, row.unit),
    row.count < 3 ? '' : amount(row.p90, row.unit),
    row.floor === null ? '' : amount(row.floor, row.unit),
    row.ratio === null ? '' : `${row.ratio.toFixed(2)}x`,
    row.target === null ? '' : `${row.isMoreBetter ? '>=' : '<='} ${row.isMultiple ? `${row.target}x` : amount(row.target, row.unit)}`,
    row.isReached === null ? '' : row.isReached ? 'yes' : '**missed**',
  ]);
  const head = ['measure', 'portsup', 'p90', 'floor', 'ratio', 'reach', 'reached'];
  const lines = [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...cells].map((line) => `| ${line.join(' | ')} |`);
  return [...lines, '', ...notes(rows)].join('\n');
}

function notes(rows) {
  const shares = rows.filter(({ pss }) => pss.length > 0).map(({ id, pss }) => `${id} ${amount(quantile(pss, 0.5), 'MB')}`);
  const memory =
    "Memory is the PSS that keeper and daemon would have if no other Node program ran. The kernel's own PSS was smaller" +
    ` (${shares.join(', ')}), as this benchmark is a Node program too and shares the pages of the executable.`;
  return [
    'Medians. Floor: a bare Node daemon without supervision, output or history (test/bench/bare-node.mjs), unless the row says otherwise; taken in the same run.',
    ...(rows.some(({ isMoreBetter }) => isMoreBetter) ? ['Where more is better, p90 is what nine of ten reach.'] : []),
    ...(shares.length > 0 ? [memory] : []),
  ];
}

/** Of a memory sample the part that does not depend on who else runs. */
const numberOf = (sample) => (typeof sample === 'number' ? sample : sample.alone);

function quantile(values, part) {
  const sorted = [...values].sort((left, right) => left - right);
  const at = (sorted.length - 1) * part;
  const low = sorted[Math.floor(at)];
  return low + (sorted[Math.ceil(at)] - low) * (at - Math.floor(at));
}

function amount(value, unit) {
  const digits = value === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)}${unit === '/s' ? '' : ' '}${unit}`;
}
