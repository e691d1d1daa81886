/** The same in short, to the second: of the day of `now` only the time, of its year no year. */
export function shortTime(iso: string, now: Date): string {
  const [date = '', time = ''] = localTime(iso).split(' ');
  const [today = ''] = localTime(now.toISOString()).split(' ');
  const clock = time.split('.')[0] ?? '';
  if (date === today) return clock;
  return `${date.slice(0, 4) === today.slice(0, 4) ? date.slice(5) : date} ${clock}`.trim();
}

/** An ISO time as the local clock on the wall shows it: "2026-11-20 11:28:50.123". */
export function localTime(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const two = (amount: number): string => String(amount).padStart(2, '0');
  const date = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${date} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}
